"""The purge: what a maintainer wants forgotten (`refs/saigen/forget/<commit>`) leaves the repository, objects included.

First no ref holds the commit any more: its own goes, and folds that hold it are made anew without it. Then everything
that only it held is moved out of the repository, where nobody reads it, and is deleted by the next purge. Between the
two a push that was under way meanwhile, and counted on such an object, would have made itself known: what a ref needs
is moved back.

The ref that asked stays. It says who and when, and keeps the same snapshot from being pushed again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.git.objects import only_below
from saigen.git.repository import Repository
from saigen.tags import FORGOTTEN, INCOMING, KEPT
from saigen_gate.fold import MESSAGE, hold, refs, repositories
from saigen_gate.snapshots import branches_with

ASIDE = "saigen-purged"  # folder in a repository: objects by `ab/cdef...`


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
    commits = [commit for commit in there if not branches_with(repository, commit)]  # one may have come since
    if not commits:
        return Purged(deleted=deleted)
    garbage = _release(repository, commits)
    doomed = only_below(repository, [*commits, *garbage], "--all")
    return Purged(tuple(commits), _move_aside(repository, doomed), deleted)


def purge_all(root: Path, say: Callable[[str], None]) -> bool:
    """Purge every repository below a folder; False where one could not be, which is said."""
    from saigen.errors import SaigenError

    good = True
    for folder in repositories(root):
        name = f"{folder.parent.name}/{folder.name.removesuffix('.git')}"
        try:
            done = purge(folder)
        except SaigenError as error:
            good = False
            say(f"purge {name}: {error.what}: {error.why}")
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
    snapshots = {ref: _snapshots(repository, ref[1]) for ref in kept}
    taken = [ref for ref in kept if set(commits) & set(snapshots[ref])]
    rest = sorted({one for ref in taken for one in snapshots[ref]} - set(commits))
    if own or taken:
        hold(repository, rest, [*own, *taken], "purge")
    return [held for _, held in taken]


def _snapshots(repository: Repository, commit: str) -> list[str]:
    """The snapshots that a fold holds, by way of other folds as well."""
    found: list[str] = []
    level = [commit]
    while level:
        given = "".join(f"{one}\n" for one in level).encode()
        listed = repository.run("log", "--no-walk=unsorted", "--stdin", "--format=%H %P%x00%B%x01", given=given)
        level = []
        for head, _, message in (entry.strip().partition("\0") for entry in listed.split("\x01") if entry.strip()):
            id_, *parents = head.split()
            if message.strip() == MESSAGE:
                level += parents
            else:
                found.append(id_)
    return found


def _move_aside(repository: Repository, objects: Iterable[str]) -> int:
    loose = {id_: repository.root / "objects" / id_[:2] / id_[2:] for id_ in objects}
    if not all(file.exists() for file in loose.values()):
        repository.run("repack", "-A", "-d", "--quiet")  # in packs they come out only when no ref leads to them
    moved = [id_ for id_, file in loose.items() if file.exists()]
    for id_ in moved:
        place = repository.root / ASIDE / id_[:2] / id_[2:]
        place.parent.mkdir(parents=True, exist_ok=True)
        loose[id_].replace(place)
    graph = repository.root / "objects" / "info"
    if (graph / "commit-graph").exists() or (graph / "commit-graphs").exists():
        repository.run("commit-graph", "write", "--reachable")  # the old one names what went
    return len(moved)


def _finish(repository: Repository) -> int:
    """Delete what an earlier purge moved aside, unless a ref needs it by now; returns how many objects went."""
    aside = repository.root / ASIDE
    if not aside.is_dir():
        return 0
    files = [file for file in aside.glob("*/*") if file.is_file()]
    while back := [file for file in files if file.parent.name + file.name in _missing(repository)]:
        for file in back:  # each may lead to more
            file.replace(repository.root / "objects" / file.parent.name / file.name)
    left = sum(1 for file in files if file.exists())
    shutil.rmtree(aside)
    return left


def _missing(repository: Repository) -> set[str]:
    """Objects that refs lead to and that are not there."""
    listed = repository.run("rev-list", "--objects", "--no-object-names", "--all", "--missing=print").split()
    return {id_.removeprefix("?") for id_ in listed if id_.startswith("?")}
