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
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.git.objects import only_below
from saigen.git.repository import Repository
from saigen.tags import FORGOTTEN, INCOMING, KEPT
from saigen_gate.fold import hold, refs, repositories
from saigen_gate.snapshots import held_elsewhere, snapshots_in

ASIDE = "saigen-purged"  # folder in a repository: objects by `ab/cdef...`
UNDER_WAY = 3600  # seconds in which every push that was under way has ended


@dataclass(frozen=True)
class Purged:
    """What a purge did in one repository: commits that went, objects moved aside, and objects deleted for ever."""

    commits: tuple[str, ...] = ()
    moved: int = 0
    deleted: int = 0


def purge(folder: Path) -> Purged:
    """Do what the forget refs of a bare repository ask for, as far as it is not done.

    Raises:
        GitError: a ref moved meanwhile, or the repository is damaged. The next purge goes on from there.
    """
    repository = Repository(folder)
    deleted = _finish(repository)
    asked = [name.removeprefix(FORGOTTEN) for name, _ in refs(repository, FORGOTTEN)]
    there = [commit for commit in asked if repository.commit(commit) == commit]
    commits = [commit for commit in there if not held_elsewhere(repository, commit, asked)]  # a branch may have come
    if not commits:
        return Purged(deleted=deleted)
    garbage = _release(repository, commits)
    # What was once on a branch is remembered by it for months, which would hold the commit as well.
    repository.run("reflog", "expire", "--expire-unreachable=now", "--all")
    moved = _move_aside(repository, only_below(repository, [*commits, *garbage], "--all"), commits)
    gone = tuple(commit for commit in commits if repository.commit(commit) is None)
    return Purged(gone, moved, deleted)


def purge_all(root: Path, say: Callable[[str], None]) -> bool:
    """Purge every repository below a folder; False where one could not be, which is said."""
    from saigen.errors import SaigenError

    good = True
    for folder in repositories(root):
        name = f"{folder.parent.name}/{folder.name.removesuffix('.git')}"
        try:
            done = purge(folder)
        except (SaigenError, OSError) as error:
            good = False
            said = f"{error.what}: {error.why}" if isinstance(error, SaigenError) else str(error)
            say(f"purge {name}: {said}")
            continue
        for commit in done.commits:
            say(f"purge {name}: {commit} is taken away")
        if done.moved or done.deleted:
            say(f"purge {name}: {done.moved} objects moved aside, {done.deleted} deleted")
    return good


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


def _move_aside(repository: Repository, objects: Collection[str], last: Sequence[str]) -> int:
    """Move objects out of the repository; returns how many. `last`: they tell the next purge what is not done."""
    order = [*(id_ for id_ in objects if id_ not in last), *(id_ for id_ in objects if id_ in last)]
    moved = {id_ for id_ in order if _move(repository, id_)}
    if left := _present(repository, order):
        repository.run("repack", "-A", "-d", "--quiet")  # they come out of packs only when nothing leads to them
        moved |= {id_ for id_ in order if id_ in left and _move(repository, id_)}
    info = repository.root / "objects" / "info"
    if (info / "commit-graph").exists() or (info / "commit-graphs").exists():
        repository.run("commit-graph", "write", "--reachable")  # the old one names what went
    return len(moved)


def _move(repository: Repository, id_: str) -> bool:
    source, place = (repository.root / folder / id_[:2] / id_[2:] for folder in ("objects", ASIDE))
    if not source.exists():
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    source.replace(place)
    os.utime(place)  # from now on it waits
    return True


def _present(repository: Repository, objects: Sequence[str]) -> set[str]:
    given = "".join(f"{id_}\n" for id_ in objects).encode()
    said = repository.run("cat-file", "--batch-check=%(objectname)", given=given).splitlines()
    return {line for line in said if not line.endswith(" missing")}


def _finish(repository: Repository) -> int:
    """Delete what has been aside for long enough, but for what a ref needs by now; returns how many objects went."""
    aside = repository.root / ASIDE
    if not aside.is_dir():
        return 0
    files = {file.parent.name + file.name: file for file in aside.glob("*/*") if file.is_file()}
    while back := files.keys() & _missing(repository):
        for id_ in back:  # each may lead to more
            place = repository.root / "objects" / id_[:2]
            place.mkdir(exist_ok=True)
            files.pop(id_).replace(place / id_[2:])
    old = [file for file in files.values() if time.time() - file.stat().st_mtime >= UNDER_WAY]
    for file in old:
        file.unlink()
    if len(old) == len(files):
        shutil.rmtree(aside)
    return len(old)


def _missing(repository: Repository) -> set[str]:
    """Objects that refs lead to and that are not there."""
    words = ("rev-list", "--objects", "--no-object-names", "--all", "--missing=print")
    return {line.removeprefix("?") for line in repository.lines(*words) if line.startswith("?")}
