"""What the forge's own jobs may do to refs that nobody else may change: only what loses nothing.

fold     makes refs/saigen/keep/<commit>, and takes away refs that this commit holds
purge    does the same, and may lose the commits that refs/saigen/forget/ names, and no others
notes    adds to refs/notes/saigen/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from saigen.errors import NotPermittedError
from saigen.folds import unfolded
from saigen.tags import FORGOTTEN, INCOMING, KEPT, NOTES

Git = Callable[..., str]
Change = tuple[str, "str | None"]  # ref, and the object that it shall name; None to delete it
_PARENT = re.compile(r"^parent ([0-9a-f]{40}|[0-9a-f]{64})$", re.MULTILINE)


def judge(job: str, changes: Sequence[Change], git: Git) -> list[NotPermittedError]:
    """Every reason against what a job asks for."""
    if job == "notes":
        return [reason for ref, new in changes if (reason := _note(ref, new, git))]
    if job == "fold":
        return _fold(changes, git, loses=())
    if job == "purge":
        listed = git("for-each-ref", "--format=%(refname)", FORGOTTEN).split("\n")
        return _fold(changes, git, loses=[ref.removeprefix(FORGOTTEN) for ref in listed if ref])
    return [_refused(f"no job is called {job!r}", "fold, purge or notes")]


def _fold(changes: Sequence[Change], git: Git, loses: Sequence[str]) -> list[NotPermittedError]:
    """What the refs that go held must be held by those that come. Not the folds: one may be made anew."""
    made = [new for ref, new in changes if new is not None and ref == KEPT + new]
    gone = [ref for ref, new in changes if new is None and ref.startswith((INCOMING, KEPT))]
    if len(made) + len(gone) != len(changes):
        return [_refused("a fold changes other refs", f"{KEPT}<commit> made, and refs that it holds taken away")]
    before, after = (
        unfolded(commits, lambda one: _parents(one, git)) for commits in (_named(gone, git).values(), made)
    )
    lost = before - after - set(loses)
    if lost:
        return [_refused(f"{len(lost)} commits would be held by nothing, such as {min(lost)}", "each held by the fold")]
    return []


def _named(refs: Sequence[str], git: Git) -> dict[str, str]:
    """What these refs name now, by one process whatever their number."""
    if not refs:
        return {}
    listed = git("for-each-ref", "--format=%(refname) %(objectname)", INCOMING, KEPT)
    wanted = set(refs)
    pairs = (line.split(" ", 1) for line in listed.split("\n") if line)
    return {name: held for name, held in pairs if name in wanted}


def _parents(commits: Iterable[str], git: Git) -> dict[str, list[str]]:
    """Parents of each of these commits, by one process."""
    given = "".join(f"{commit}\n" for commit in commits)
    listed = git("log", "--no-walk=unsorted", "--stdin", "--format=%H %P", given=given) if given else ""
    return {words[0]: words[1:] for words in (line.split() for line in listed.splitlines())}


def _note(ref: str, new: str | None, git: Git) -> NotPermittedError | None:
    if new is None or not ref.startswith(NOTES):
        return _refused(f"{ref} would be changed or deleted", f"something added to {NOTES}")
    before = git("for-each-ref", "--format=%(objectname)", ref).strip()
    head = git("cat-file", "commit", new).partition("\n\n")[0]
    if before and before not in _PARENT.findall(head):
        return _refused(f"{ref} would be rewritten", "a commit on top of what is there")
    return None


def _refused(found: str, expected: str) -> NotPermittedError:
    return NotPermittedError(
        what="a job of the platform was stopped", why=f"expected {expected}, found that {found}", next="report it"
    )
