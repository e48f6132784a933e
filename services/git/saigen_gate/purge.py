"""The purge: what a maintainer wants forgotten (`refs/saigen/forget/<commit>`) leaves the repository, objects included.

First no ref holds the commit any more: its own goes, and folds that hold it are made anew without it. Then everything
that only it held is moved out of the repository, where nobody reads it, and is deleted by a purge an hour later. Until
then a push that was under way, and counted on such an object, has made itself known: what a ref needs is moved back.

The ref that asked stays. It says who and when, and keeps the same snapshot from being pushed again.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.errors import BlockedError
from saigen.git.objects import only_below
from saigen.git.repository import Repository
from saigen.tags import FORGOTTEN, INCOMING, KEPT
from saigen_gate.fold import hold, refs
from saigen_gate.jobs import in_each
from saigen_gate.snapshots import held_elsewhere, snapshots_in

ASIDE = "saigen-purged"  # folder in a repository: objects by `ab/cdef...`
UNDER_WAY = 3600  # seconds in which every push that was under way has ended


@dataclass(frozen=True)
class Purged:
    """What a purge did in one repository: commits that went, objects moved aside, and objects deleted for ever.

    held: commits that are asked for and still there, each with what holds it.
    """

    commits: tuple[str, ...] = ()
    moved: int = 0
    deleted: int = 0
    held: tuple[str, ...] = ()


def purge(folder: Path) -> Purged:
    """Do what the forget refs of a bare repository ask for, as far as it is not done.

    Raises:
        GitError: a ref moved meanwhile, or the repository is damaged. The next purge goes on from there.
    """
    repository = Repository(folder)
    deleted = _finish(repository)
    asked = [name.removeprefix(FORGOTTEN) for name, _ in refs(repository, FORGOTTEN)]
    there = [commit for commit in asked if repository.commit(commit) == commit]
    holders = {commit: held_elsewhere(repository, commit, asked) for commit in there}  # a branch may have come since
    held = tuple(f"{commit} is held by {', '.join(names[:3])}" for commit, names in holders.items() if names)
    commits = [commit for commit, names in holders.items() if not names]
    if not commits:
        return Purged(deleted=deleted, held=held)
    all_of_it = [*commits, *_release(repository, commits)]
    doomed = only_below(repository, all_of_it, "--all")
    if doomed != only_below(repository, all_of_it, "--all", "--reflog"):
        # Some of it was once on a branch, which remembers that for months, and which gc would miss then.
        repository.run("reflog", "expire", "--expire-unreachable=now", "--all")
    moved = _move_aside(repository, doomed)
    left = tuple(f"{commit} is still there" for commit in commits if repository.commit(commit) == commit)
    gone = tuple(commit for commit in commits if repository.commit(commit) is None)
    return Purged(gone, moved, deleted, (*held, *left))


def purge_all(root: Path, say: Callable[[str], None]) -> bool:
    """Purge every repository below a folder; False where one could not be, which is said."""

    def one(folder: Path) -> Iterator[str]:
        done = purge(folder)
        yield from (f"{commit} is taken away" for commit in done.commits)
        yield from done.held
        if done.moved or done.deleted:
            yield f"{done.moved} objects moved aside, {done.deleted} deleted"

    return in_each(root, "purge", one, say)


def _release(repository: Repository, commits: Sequence[str]) -> list[str]:
    """Let no ref hold these commits; returns the folds that did."""
    own = [(name, held) for name, held in refs(repository, INCOMING) if held in commits]
    kept = refs(repository, KEPT)
    snapshots = {ref: snapshots_in(repository, [ref[1]]) for ref in kept}
    taken = [ref for ref in kept if snapshots[ref].intersection(commits)]
    rest = sorted({one for ref in taken for one in snapshots[ref]} - set(commits))
    if own or taken:
        hold(repository, rest, [*own, *taken], "purge")
    return [held for _, held in taken]


def _move_aside(repository: Repository, objects: Sequence[str]) -> int:
    """Move objects out of the repository; returns how many.

    Args:
        objects: each before what it leads to. They go the other way round, so that what is cut off can be gone on with.

    Raises:
        BlockedError: some stay in packs. Nothing is moved then. GitError: the repository cannot be packed anew.
    """
    if any((repository.root / "objects" / "pack").glob("*.pack")):
        repository.run("repack", "-A", "-d", "--quiet")  # out of packs they come only when nothing leads to them
    if left := [id_ for id_ in objects if not _loose(repository, id_).exists()]:
        raise BlockedError("not all of it can be taken away", f"{len(left)} objects stay in packs", "git repack -a -d")
    for id_ in reversed(objects):
        _move(repository, id_)
    info = repository.root / "objects" / "info"
    if (info / "commit-graph").exists() or (info / "commit-graphs").exists():
        repository.run("commit-graph", "write", "--reachable")  # the old one names what went
    return len(objects)


def _move(repository: Repository, id_: str) -> None:
    place = repository.root / ASIDE / id_[:2] / id_[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    _loose(repository, id_).replace(place)
    os.utime(place)  # from now on it waits


def _loose(repository: Repository, id_: str) -> Path:
    return repository.root / "objects" / id_[:2] / id_[2:]


def _finish(repository: Repository) -> int:
    """Delete what has been aside for long enough, but for what a ref needs by now; returns how many objects went."""
    aside = repository.root / ASIDE
    if not aside.is_dir():
        return 0
    files = {file.parent.name + file.name: file for file in aside.glob("*/*") if file.is_file()}
    for needed in (_named, _missing):
        while back := files.keys() & needed(repository):
            for id_ in back:  # each may lead to more
                place = _loose(repository, id_)
                place.parent.mkdir(exist_ok=True)
                files.pop(id_).replace(place)
    old = [file for file in files.values() if time.time() - file.stat().st_mtime >= UNDER_WAY]
    for file in old:
        file.unlink()
    if len(old) == len(files):
        shutil.rmtree(aside)
    return len(old)


def _named(repository: Repository) -> set[str]:
    """What refs name, be it there or not: Git walks no history with a ref to nothing."""
    return set(repository.lines("for-each-ref", "--format=%(objectname)"))


def _missing(repository: Repository) -> set[str]:
    """Objects that refs lead to and that are not there."""
    words = ("rev-list", "--objects", "--no-object-names", "--all", "--missing=print")
    return {line.removeprefix("?") for line in repository.lines(*words) if line.startswith("?")}
