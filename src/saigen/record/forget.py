"""`saigen forget`: removes what a run ran, as far as this machine has it."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from saigen.errors import BlockedError, NotPermittedError, UnreachableError, UsageError
from saigen.git.objects import only_below
from saigen.git.repository import GitError, Repository
from saigen.login.profile import state_folder
from saigen.record import spool
from saigen.record.deliver import find_destination
from saigen.record.place import find
from saigen.record.worktree import Worktree
from saigen.tags import INCOMING

_NOT_THERE = ("not our ref", "couldn't find remote ref", "unadvertised object")


@dataclass(frozen=True)
class Forgotten:
    """What was removed here. `objects`: Git objects that nothing else needs."""

    commit: str
    recordings: tuple[str, ...]
    objects: int


def forget(commit: str, folder: Path | None = None) -> Forgotten:
    """Remove a snapshot from this machine: its recordings, its ref, and the objects that nothing else needs.

    Args:
        commit: its full id, as `saigen.commit` of a run says it. folder: in its repository; here by default.

    Raises:
        UsageError: it is no full commit id. BlockedError: there is no such snapshot here.
        NotPermittedError: it was pushed, so that colleagues have it: removed here, and only here.
        UnreachableError: its remote does not answer; nothing was removed.
    """
    if len(commit) not in {40, 64} or set(commit) - set("0123456789abcdef"):
        raise UsageError(
            "this is no commit", f"expected its full id of 40 hex digits, found {commit!r}", "saigen status"
        )
    records = tuple(entry.record for entry in spool.pending() if entry.commit == commit)
    place = find(folder or Path.cwd())
    removed = 0
    pushed_to = None
    if place is not None:
        repository = Repository(place.root)
        state_folder().mkdir(parents=True, exist_ok=True)
        pushed_to = _holder(Worktree(place, state_folder()), repository, commit)
        if repository.ask("rev-parse", "--verify", "--quiet", f"{INCOMING}{commit}"):
            repository.run("update-ref", "-d", f"{INCOMING}{commit}")
        removed = sum(_purge(objects, repository, commit) for objects in (place.objects, *_borrowed()))
    for record in records:
        spool.remove(record)
    if pushed_to is not None:
        raise NotPermittedError(
            f"{commit[:12]} is gone from this machine only",
            f"it was pushed to {pushed_to}, where nobody but whoever runs the platform can take it away",
            f"ask them to purge the commit {commit} of {pushed_to}, and change every secret that was in it",
        )
    if not records and not removed:
        raise BlockedError(
            "there is nothing to forget", f"expected a snapshot {commit} here, found none", "saigen status"
        )
    return Forgotten(commit, records, removed)


def _holder(tree: Worktree, repository: Repository, commit: str) -> str | None:
    """What holds the snapshot beside this machine: its remote, asked from an empty repository, since refs are hidden.

    Raises:
        UnreachableError: the remote does not answer.
    """
    goal = find_destination(tree, repository.branch())
    if goal is None or goal.refused is not None:
        return None
    with tempfile.TemporaryDirectory(dir=tree.scratch) as folder:
        empty = Repository(Path(folder))
        empty.run("init", "--quiet", "--bare", ".")
        try:
            empty.run("fetch", "--quiet", "--depth=1", "--filter=blob:none", goal.remote.fetch, commit)
        except GitError as error:
            if any(words in error.output for words in _NOT_THERE):
                return None
            raise UnreachableError(
                "nothing was forgotten",
                f"{goal.identity} does not say whether it has the commit: {error.why}",
                "saigen doctor",
            ) from error
    return goal.identity


def _borrowed() -> list[Path]:
    folder = state_folder() / "objects"
    return [one for one in folder.iterdir() if one.is_dir()] if folder.is_dir() else []


def _purge(objects: Path, repository: Repository, commit: str) -> int:
    """Remove loose objects of the commit that no ref, reflog, stash or index needs; returns how many."""
    borrowed = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects)}
    try:
        doomed = only_below(repository, [commit], "--all", "--reflog", "--indexed-objects", environment=borrowed)
    except GitError:
        return 0
    removed = 0
    for id_ in doomed:
        file = objects / id_[:2] / id_[2:]
        if file.exists():
            file.chmod(0o600)
            os.unlink(file)  # noqa: PTH108
            removed += 1
    return removed
