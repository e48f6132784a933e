"""Where a commit's data came from, as its trailers say, and whether that holds. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from saigen.branches.history import Commit
from saigen.branches.kinds import DERIVED, MODEL, SOURCE, TAKEN
from saigen.branches.names import Branch, branch_of
from saigen.branches.refusal import Refusal
from saigen.branches.rules import Setting, data_changes, said
from saigen.project.branches import BranchRules
from saigen.tags import ReleasedModel, is_commit, parse_tag
from saigen.text import named, printable

_EXAMPLES = {SOURCE: "WHERE IT CAME FROM", MODEL: "TAG OF THE MODEL"}


def claimed(setting: Setting, commit: Commit) -> list[tuple[str, str]]:
    """The commits that its data was made of or taken from, each with the branch that must contain it."""
    if not data_changes(setting.rules, commit):
        return []
    found: list[tuple[str, str]] = []
    if setting.branch.kind.derives:
        above = upstream(setting.rules, setting.branch, setting.branches)
        found += [(value, name) for value in commit.values(DERIVED) if is_commit(value) for name in above]
    for value in commit.values(TAKEN):
        name, _, there = value.rpartition("@")
        if is_commit(there) and name in setting.branches:
            found.append((there, name))
    return found


def origin_refusals(setting: Setting, commit: Commit) -> Iterator[Refusal]:
    """What its trailers do not say of its data, or say wrongly."""
    paths = data_changes(setting.rules, commit)
    if not paths:
        return
    for trailer in setting.branch.kind.trailers:
        values = commit.values(trailer)
        taken = commit.values(TAKEN) if trailer in {SOURCE, DERIVED} else []
        if not values and not taken:
            yield _missing(setting, commit, trailer, paths)
        for value in values:
            if reason := _wrong(setting, trailer, value):
                yield _refused(setting, commit, trailer, value, reason)
        for value in taken:
            if reason := _wrongly_taken(setting, value):
                yield _refused(setting, commit, TAKEN, value, reason)


def upstream(rules: BranchRules, branch: Branch, present: Sequence[str]) -> list[str]:
    """The branches that data on a branch may be derived from: of its own line where there is one, else all.

    Args:
        present: names of the branches that exist.
    """
    lines = {branch.line} | {one.id for one in rules.clients.values() if branch.name in one.branches.values()}
    own = {rules.branch(kind, line) for kind in branch.kind.derives for line in lines - {None}} & set(present)
    if own:
        return sorted(name for name in own if name)
    found = ((name, branch_of(rules.kinds, name)) for name in present)
    return sorted(name for name, one in found if one and one.kind.name in branch.kind.derives)


def _wrong(setting: Setting, trailer: str, value: str) -> str | None:
    if trailer == MODEL:
        if not isinstance(parse_tag(value), ReleasedModel):
            return "expected the tag of a released model such as acme-7"
        return None if value in setting.tags else "expected the tag of a released model, and there is no such tag"
    if trailer != DERIVED:
        return None
    kinds = setting.branch.kind.derives
    if not is_commit(value):
        return f"expected the full id of a commit on {_said_kinds(kinds)}"
    above = upstream(setting.rules, setting.branch, setting.branches)
    if setting.held.get(value, frozenset()) & set(above):
        return None
    return f"expected a commit of {named(above) or _said_kinds(kinds)}, and it is on none of them"


def _wrongly_taken(setting: Setting, value: str) -> str | None:
    name, _, commit = value.rpartition("@")
    if not name or not is_commit(commit):
        return "expected <branch>@<full id of a commit>"
    if name not in setting.branches:
        return "expected a branch that exists"
    if name not in setting.held.get(commit, frozenset()):
        return f"expected a commit of {printable(name)}, and it is not on that branch"
    kind, there = setting.branch.kind, branch_of(setting.rules.kinds, name)
    if DERIVED in kind.trailers and (there is None or there.kind.name not in {kind.name, *kind.derives, *kind.merges}):
        return f"expected a branch of {_said_kinds((kind.name, *kind.derives, *kind.merges))}"
    return None


def _said_kinds(kinds: Sequence[str]) -> str:
    return " or ".join(f"a {kind} branch" for kind in dict.fromkeys(kinds))


def _missing(setting: Setting, commit: Commit, trailer: str, paths: Sequence[str]) -> Refusal:
    branch = setting.branch
    also = f" or {TAKEN}" if trailer in {SOURCE, DERIVED} else ""
    return Refusal(
        "origin",
        f"{said(commit)} changes data without saying where it came from: {named(paths)}",
        f"on {printable(branch.name)} ({branch.kind.name}) such a commit ends with the trailer {trailer}{also}",
        say(setting, commit, trailer, _example(setting, trailer)),
    )


def _refused(setting: Setting, commit: Commit, trailer: str, value: str, reason: str) -> Refusal:
    return Refusal(
        "origin",
        f"{said(commit)} says {trailer}: {printable(value)}",
        reason,
        say(setting, commit, trailer, _example(setting, trailer)),
    )


def _example(setting: Setting, trailer: str) -> str:
    if trailer == DERIVED:
        above = upstream(setting.rules, setting.branch, setting.branches)
        return f"$(git rev-parse origin/{printable(above[0])})" if above else "COMMIT"
    return _EXAMPLES.get(trailer, "BRANCH@COMMIT")


def say(setting: Setting, commit: Commit, trailer: str, value: str) -> str:
    """The command that gives a commit a trailer."""
    amend = f'git commit --amend --no-edit --trailer "{trailer}: {value}"'
    if commit.values(trailer):
        amend = f'git -c trailer.ifExists=replace commit --amend --no-edit --trailer "{trailer}: {value}"'
    if commit.id == setting.tip:
        return amend
    edit = f"git -c sequence.editor='sed -i.old 1s/pick/edit/' rebase -i {commit.id[:12]}^"
    return f"{edit} && {amend} && git rebase --continue"
