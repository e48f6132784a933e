"""The rules of branches for a push: the same function for the server's gate, `saigen check` and a local hook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from saigen.branches.history import Commit, by_hand, commits, is_ancestor
from saigen.branches.kinds import KINDS, MODEL
from saigen.branches.names import Branch, branch_of
from saigen.branches.origin import claimed, origin_refusals
from saigen.branches.refusal import Refusal, shown
from saigen.branches.rules import MAIN, MAINTAINER, Pusher, Setting, path_refusals, suspects
from saigen.branches.tips import HEADS, Tips, tips_of
from saigen.git.repository import Repository
from saigen.project import FILE, Project
from saigen.project.branches import BranchRules, any_matches
from saigen.text import printable

__all__ = ["Pusher", "RefChange", "Refusal", "Tips", "judge_push", "shown", "tips_of"]

LOST = "would lose commits"  # what is said of a push that does not go on from where the branch is

# Kinds whose branches others build on: they only grow.
_GROW = frozenset({"main", "raw", "clean", "split", "stable", "monitor"})


@dataclass(frozen=True)
class RefChange:
    """A ref that a push changes, by its full name. `old` None makes it, `new` None deletes it; else full ids."""

    ref: str
    old: str | None
    new: str | None


def judge_push(
    repository: Repository,
    project: Project,
    changes: Sequence[RefChange],
    who: Pusher,
    *,
    tips: Tips | None = None,
) -> list[Refusal]:
    """Every reason of the branches' rules against a push; empty where it may happen.

    Args:
        repository: holds the new commits (bare on the server, where the push waits beside it).
        project: the rules: those of the default branch, not of the push.
        tips: the branches before the push; by default those of the repository itself.

    Raises:
        GitError: a commit is not in the repository.
    """
    if not project.branches.kinds:
        return []
    tips = tips or tips_of(repository)
    ground = _Ground(repository, project.branches, who)
    heads = [change for change in changes if change.ref.startswith(HEADS)]
    judged = dict(tips.branches)
    refusals: list[Refusal] = []
    for change, branch in _in_order(project.branches, heads):
        name = change.ref.removeprefix(HEADS)
        asked = replace(change, old=change.old or tips.branches.get(name))
        if name == tips.default and who.role != MAINTAINER:
            refusals += _own_rules(repository, asked)
        if branch:
            refusals += _branch_refusals(ground, asked, branch, Tips(judged, tips.default))
        if change.new:
            judged[name] = change.new
    return refusals


def _in_order(rules: BranchRules, changes: Iterable[RefChange]) -> list[tuple[RefChange, Branch | None]]:
    """The kinds that others merge from first: what was judged there may be merged in the same push."""
    order = list(KINDS)
    found = [(change, branch_of(rules.kinds, change.ref.removeprefix(HEADS))) for change in changes]
    return sorted(found, key=lambda one: order.index(one[1].kind.name) if one[1] else -1)


@dataclass(frozen=True)
class _Ground:
    """What a push is judged on."""

    repository: Repository
    rules: BranchRules
    who: Pusher


def _branch_refusals(ground: _Ground, change: RefChange, branch: Branch, tips: Tips) -> Iterator[Refusal]:
    repository, new = ground.repository, change.new
    grows = branch.kind.name in _GROW
    if new is None:
        if grows:
            yield _deleted(branch)
        return
    if change.old and not is_ancestor(repository, change.old, new):
        if grows:
            yield _forced(branch, change.old, new)
            return
        change = replace(change, old=repository.commit(change.old))  # None where a clone does not have it
    if _is_free(branch):
        return
    setting = Setting(branch, ground.rules, ground.who, new, tuple(tips.branches))
    if setting.may_all and not branch.kind.trailers:
        return
    made = commits(repository, [new], _known(ground.rules, branch, change, tips))
    setting = _with_facts(repository, setting, made, tips.branches)
    for commit in made:
        yield from path_refusals(setting, commit)
        yield from origin_refusals(setting, commit)


def _is_free(branch: Branch) -> bool:
    kind = branch.kind
    return "*" in kind.writes and not kind.appends and not kind.trailers


def _known(rules: BranchRules, branch: Branch, change: RefChange, tips: Tips) -> Iterator[str]:
    """The commits that are on the branch already, or came by merging from where it may be merged from."""
    kinds = {branch.kind.name, *branch.kind.merges}
    if change.old:
        yield change.old
    for name, commit in tips.branches.items():
        found = branch_of(rules.kinds, name)
        if found.kind.name in kinds if found else name == tips.default and MAIN in kinds:
            yield commit


def _with_facts(
    repository: Repository, setting: Setting, made: Sequence[Commit], branches: Mapping[str, str]
) -> Setting:
    hand = {commit.id: by_hand(repository, commit) for commit in made if commit.is_merge and suspects(setting, commit)}
    names = [
        f"{one}:{path}"
        for commit in made
        for path in commit.changes
        if any_matches(path, setting.branch.kind.appends) and not setting.may_all
        for one in (commit.id, *commit.parents)
    ]
    held: dict[str, set[str]] = {}
    for commit, name in dict.fromkeys(claim for one in made for claim in claimed(setting, one)):
        if is_ancestor(repository, commit, branches[name]):
            held.setdefault(commit, set()).add(name)
    tags = repository.tags() if MODEL in setting.branch.kind.trailers else []
    return replace(
        setting,
        hand=hand,
        contents=repository.objects(list(dict.fromkeys(names))),
        held={commit: frozenset(found) for commit, found in held.items()},
        tags=frozenset(tags),
    )


def _own_rules(repository: Repository, change: RefChange) -> Iterator[Refusal]:
    """The file that says what branches mean is changed by maintainers."""
    if change.new is None or not change.old:
        return
    if repository.ask("rev-parse", f"{change.old}:{FILE}") == repository.ask("rev-parse", f"{change.new}:{FILE}"):
        return
    name = printable(change.ref.removeprefix(HEADS))
    yield Refusal(
        "rules",
        f"{FILE} on {name} is changed by somebody who is not a maintainer",
        "it says what the branches mean, and the server reads it from there",
        f"git push origin {change.new[:12]}:refs/heads/dev/NAME    (and open a pull request: a maintainer merges)",
    )


def _deleted(branch: Branch) -> Refusal:
    name = printable(branch.name)
    return Refusal(
        "delete",
        f"{name} cannot be deleted",
        f"it is a {branch.kind.name} branch, and others build on what it holds",
        "leave it as it is; a maintainer may override this",
    )


def _forced(branch: Branch, old: str, new: str) -> Refusal:
    name = printable(branch.name)
    return Refusal(
        "force",
        f"{name} {LOST}",
        f"it is a {branch.kind.name} branch, which only grows; {new[:12]} does not contain {old[:12]}",
        f"git pull origin {name} && git push origin {name}",
    )
