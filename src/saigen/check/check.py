"""`saigen check`: what the rules say of this checkout, all problems at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from saigen.branches.history import is_ancestor
from saigen.branches.names import Branch, branch_of
from saigen.branches.push import Pusher, RefChange, Refusal
from saigen.branches.rules import MAIN
from saigen.branches.tips import HEADS, Tips, tips_of
from saigen.check.project import double_names, merging, read
from saigen.check.push import based, judge, rules_of, with_base
from saigen.errors import BlockedError
from saigen.git.repository import Repository
from saigen.project import FILE, Project
from saigen.text import printable

REMOTE = "origin"


@dataclass(frozen=True)
class Checked:
    """What was found.

    Attributes:
        branch: the one that is checked out; None on none. kind, line: what it means; None for a free branch.
        facts: what may be written here, and so on, in lines for people.
        problems: what is wrong, or would be refused. notes: what else is to be known.
    """

    branch: str | None
    kind: str | None
    line: str | None
    facts: tuple[str, ...]
    problems: tuple[Refusal, ...]
    notes: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """1 where there is a problem."""
        return 1 if self.problems else 0


def check(folder: Path | None = None, *, role: str = "member", remote: str = REMOTE) -> Checked:
    """Whether a checkout keeps the rules of its project: its saigen.toml, its clone, and what a push would send.

    Args:
        folder: inside the repository; by default the current one. role: of the one who will push.
        remote: name of the Git remote that would be pushed to.

    Raises:
        BlockedError: it is not in a Git repository.
    """
    repository = _repository(folder)
    tips = _tips(repository, remote)
    name = repository.branch()
    change = RefChange(HEADS + name, tips.branches.get(name), repository.commit("HEAD")) if name else None
    changes = [change] if change and change.new and change.new != change.old else []
    behind = [one for one in changes if one.old and one.new and is_ancestor(repository, one.new, one.old)]
    found = _checked(repository, tips, [] if behind else changes, Pusher("you", role), whole=True)
    notes = [f"{printable(name or '')} is behind {remote}, and has nothing to push: git pull" for _ in behind]
    return replace(found, notes=(*found.notes, *notes))


def check_push(
    changes: Sequence[RefChange] | None = None,
    *,
    folder: Path | None = None,
    role: str = "member",
    remote: str = REMOTE,
    base: str | None = None,
    branch: str | None = None,
) -> Checked:
    """What the forge would say of a push.

    Args:
        changes: the refs that it changes; None for HEAD on `branch`, as changed from `base`.
        folder, role, remote: as for `check`. base: a revision. branch: by default the one that is checked out.

    Raises:
        BlockedError: it is not in a Git repository. UsageError: `base` or `branch` are missing or wrong.
    """
    repository = _repository(folder)
    tips = _tips(repository, remote)
    if changes is None:
        change = based(repository, base or f"refs/remotes/{remote}/{branch or repository.branch() or 'HEAD'}", branch)
        changes, tips = [change], with_base(tips, change)
    return _checked(repository, tips, changes, Pusher("you", role), whole=False)


def _checked(repository: Repository, tips: Tips, changes: Sequence[RefChange], who: Pusher, *, whole: bool) -> Checked:
    text = _text(repository)
    own, problems = read(text, FILE) if text is not None else (None, [])
    rules = rules_of(repository, tips, own) or Project("none")
    name = repository.branch()
    meant = branch_of(rules.branches.kinds, name) if name else None
    if whole and text is not None and own:
        problems += double_names(own.branches, [*tips_of(repository).branches, *tips.branches])
        problems += merging(repository, own.branches) if own.branches.kinds else ()
    if not whole:
        problems = []
    refused, notes = judge(repository, rules, changes, who, tips)
    if text is None:
        notes.insert(0, f"there is no {FILE} here: every branch is free (saigen init)")
    return Checked(
        branch=name,
        kind=meant.kind.name if meant else None,
        line=meant.line if meant else None,
        facts=(*_of_the_branch(rules, own, meant, name), *_of_the_push(repository, changes)),
        problems=(*problems, *refused),
        notes=tuple(notes),
    )


def _tips(repository: Repository, remote: str) -> Tips:
    """The branches of the remote; where there is none yet, those here but for the one that is checked out."""
    if repository.remote_url(remote):
        return tips_of(repository, f"refs/remotes/{remote}/")
    here = {name: tip for name, tip in tips_of(repository).branches.items() if name != repository.branch()}
    return Tips(here, MAIN if MAIN in here else None)


def _of_the_branch(rules: Project, own: Project | None, branch: Branch | None, name: str | None) -> list[str]:
    said = [f"branch {printable(name)}" if name else "HEAD is on no branch"]
    if branch:
        kind = branch.kind
        said[0] += f" is of the kind {kind.name}" + (f", line {branch.line}" if branch.line else "")
        if kind.writes:
            said.append(f"may be written here: {', '.join(kind.writes)}")
        if kind.appends:
            said.append(f"may be appended to: {', '.join(kind.appends)}")
        if kind.merges:
            said.append(f"may be merged here: {', '.join(kind.merges)}")
        if kind.trailers:
            said.append(f"a commit that changes data says: {', '.join(kind.trailers)}")
    elif rules.branches.kinds and name:
        said[0] += " matches no kind: it is free"
    elif name:
        said[0] += f" is free: {FILE} on the default branch says nothing of branches"
        if own and own.branches.kinds:
            said.append(f"{FILE} here does: it holds once it is on the default branch of the remote")
    return said


def _of_the_push(repository: Repository, changes: Sequence[RefChange]) -> Iterator[str]:
    for change in changes:
        count = _count(repository, change)
        yield f"a push would bring {count} commit{'' if count == 1 else 's'} to {printable(change.ref)}"


def _count(repository: Repository, change: RefChange) -> int:
    if not change.new:
        return 0
    since = [f"^{change.old}"] if change.old and repository.commit(change.old) else ["--not", "--remotes"]
    return int(repository.ask("rev-list", "--count", change.new, *since) or 0)


def _repository(folder: Path | None) -> Repository:
    found = Repository.containing(folder or Path.cwd())
    if found is None:
        raise BlockedError(
            f"{folder or 'this folder'} is not in a Git repository", "expected one, found none", "git init"
        )
    return found


def _text(repository: Repository) -> str | None:
    try:
        return (repository.root / FILE).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
