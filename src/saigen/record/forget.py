"""`saigen forget`: removes what a run ran from this machine, and has the platform's forge take it away."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from saigen.errors import BlockedError, NotPermittedError, UnreachableError, UsageError
from saigen.git.address import is_own
from saigen.git.mirror import refusal_of
from saigen.git.objects import only_below
from saigen.git.repository import GitError, Repository
from saigen.login.profile import state_folder
from saigen.record import spool
from saigen.record.deliver import find_destination
from saigen.record.destination import Destination
from saigen.record.place import find
from saigen.record.worktree import Worktree
from saigen.tags import FORGOTTEN, INCOMING

_NOT_THERE = ("not our ref", "couldn't find remote ref", "unadvertised object")


@dataclass(frozen=True)
class Forgotten:
    """What was removed here. `objects`: Git objects that nothing else needs. `forge`: repository that takes it away."""

    commit: str
    recordings: tuple[str, ...]
    objects: int
    forge: str | None = None


def forget(commit: str, folder: Path | None = None) -> Forgotten:
    """Remove a snapshot from this machine: its recordings, its ref, and the objects that nothing else needs.

    One that was pushed to the platform's forge is taken away there within minutes, if a maintainer asks for it.

    Args:
        commit: its full id, as `saigen.commit` of a run says it. folder: in its repository; here by default.

    Raises:
        UsageError: it is no full commit id. BlockedError: there is no such snapshot, or no repository here.
        NotPermittedError: it was pushed, and its remote does not take it away: removed here at most.
        UnreachableError: its remote does not answer; nothing was removed.
    """
    if len(commit) not in {40, 64} or set(commit) - set("0123456789abcdef"):
        raise UsageError(
            "this is no commit", f"expected its full id of 40 hex digits, found {commit!r}", "saigen status"
        )
    records = tuple(entry.record for entry in spool.pending() if entry.commit == commit)
    place = find(folder or Path.cwd())
    removed = 0
    held_by, refused = None, None
    if place is not None:
        repository = Repository(place.root)
        state_folder().mkdir(parents=True, exist_ok=True)
        tree = Worktree(place, state_folder())
        held_by = _holder(tree, repository, commit)
        refused = _ask_to_forget(repository, held_by, commit) if held_by else None
        if repository.ask("rev-parse", "--verify", "--quiet", f"{INCOMING}{commit}"):
            repository.run("update-ref", "-d", f"{INCOMING}{commit}")
        removed = sum(_purge(objects, repository, commit) for objects in (place.objects, *_borrowed()))
    for record in records:
        spool.remove(record)
    if held_by is not None and refused is not None:
        raise NotPermittedError(f"{commit[:12]} is still in {held_by.identity}", refused.why, refused.next)
    if place is None and not records:
        raise BlockedError("there is no repository here", "expected a clone of the run's repository", "cd into a clone")
    if not records and not removed and held_by is None:
        raise BlockedError(
            "there is nothing to forget", f"expected a snapshot {commit} here, found none", "saigen status"
        )
    return Forgotten(commit, records, removed, held_by.identity if held_by else None)


def _holder(tree: Worktree, repository: Repository, commit: str) -> Destination | None:
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
    return goal


class _Refused(NamedTuple):
    """Why a remote does not take a commit away, and what to do."""

    why: str
    next: str


def _ask_to_forget(repository: Repository, goal: Destination, commit: str) -> _Refused | None:
    """Push the wish to have a commit taken away; what speaks against it, None where nothing does.

    Raises:
        BlockedError: Git does not know who asks. UnreachableError, NotPermittedError: the remote does not answer.
    """
    if not is_own(goal.identity):
        return _Refused(
            "it was pushed there, and only the platform's own forge takes such a commit away when it is asked",
            f"ask whoever runs it to remove {INCOMING}{commit}; and change every secret that was in it",
        )
    nothing = repository.run("hash-object", "-t", "tree", "-w", "--stdin", given=b"")
    wish = repository.run("commit-tree", nothing, "-m", f"Forget {commit}")
    url = goal.remote.fetch
    try:
        repository.run("push", "--quiet", "--no-verify", url, f"{wish}:{FORGOTTEN}{commit}")
    except GitError as error:
        if "[rejected]" in error.output:  # somebody asked before
            return None
        said = [line.removeprefix("remote:").strip() for line in error.output.splitlines()]
        told = {word: rest for word, _, rest in (line.partition(": ") for line in said)}
        if "why" in told and "next" in told:
            return _Refused(told["why"], told["next"])
        raise refusal_of(url, error) from error
    return None


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
