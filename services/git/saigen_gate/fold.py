"""The fold: many `refs/saigen/in/<commit>` become few `refs/saigen/keep/*`, so that pushes do not pay for every run.

A push is told every ref of the repository that is not hidden, and the server walks them. Folded snapshots are parents
of a commit under a hidden ref instead: nothing is lost, each is still fetched by its id. Such a commit holds no files,
says so, and dates from 1970, so that no walk that asks what is new ever comes to it.

Crash-safe: the commits are written first, then one transaction makes the new ref and takes the old ones away. The
hook of that transaction (services/git/policy) lets it through only where everything taken away is held by what is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.folds import fold_text
from saigen.git.repository import Repository
from saigen.tags import INCOMING, KEPT
from saigen_gate.jobs import in_each

FEWEST = 100  # snapshots that are worth a fold: so few cost a push nothing that anyone could measure
PARENTS = 500  # of one commit
AT_ONCE = 5_000  # refs in one transaction: each is a file and a lock while it runs
MOST_KEPT = 20  # refs below refs/saigen/keep
_DURABLE = ("-c", "core.fsync=loose-object,reference")  # by default Git leaves loose objects to the system
_WRITE = ("hash-object", "-t", "commit", "-w", "--stdin")

Ref = tuple[str, str]  # name, id of the object it names


@dataclass(frozen=True)
class Folded:
    """What a fold did in one repository: snapshots folded, and refs below refs/saigen/keep afterwards."""

    snapshots: int
    kept: int


def chunks(refs: Sequence[Ref], size: int) -> Iterator[Sequence[Ref]]:
    """The refs in groups of at most `size`."""
    return (refs[start : start + size] for start in range(0, len(refs), size))


def transaction(commit: str | None, taken: Iterable[Ref]) -> bytes:
    """Input of `git update-ref --stdin`: a fold's ref made, others taken away if they still are what they were."""
    made = [f"update {KEPT}{commit} {commit}"] if commit else []
    lines = [*made, *(f"delete {name} {held}" for name, held in taken)]
    return ("\n".join(["start", *lines, "prepare", "commit"]) + "\n").encode()


def fold(folder: Path, fewest: int = FEWEST) -> Folded:
    """Fold the snapshots of one bare repository, when there are at least `fewest`.

    Raises:
        GitError: a ref moved meanwhile, or the repository is damaged. What was folded before stays folded.
    """
    repository = Repository(folder)
    incoming = refs(repository, INCOMING)
    if len(incoming) < fewest:
        return Folded(0, len(refs(repository, KEPT)))
    for group in chunks(incoming, AT_ONCE):
        _keep(repository, group)
    if len(kept := refs(repository, KEPT)) > MOST_KEPT:
        _keep(repository, kept)
    return Folded(len(incoming), len(refs(repository, KEPT)))


def fold_all(root: Path, say: Callable[[str], None], fewest: int = FEWEST) -> bool:
    """Fold every repository below a folder; False where one could not be, which is said."""

    def one(folder: Path) -> Iterator[str]:
        done = fold(folder, fewest)
        if done.snapshots:
            yield f"{done.snapshots} snapshots folded, {done.kept} refs keep them all"

    return in_each(root, "fold", one, say)


def _keep(repository: Repository, taken: Sequence[Ref]) -> None:
    """Hold what these refs hold by one ref in their place."""
    hold(repository, [held for _, held in taken], taken, "fold")


def hold(repository: Repository, commits: Sequence[str], taken: Sequence[Ref], job: str) -> None:
    """Hold commits by one ref below refs/saigen/keep (none where there are none), and take other refs away.

    Args:
        job: as whose the change is judged.
    """
    tree = repository.run("hash-object", "-t", "tree", "-w", "--stdin", given=b"")
    level = list(commits)
    while level:
        level = [
            repository.run(*_DURABLE, *_WRITE, given=fold_text(tree, parents))
            for parents in (level[start : start + PARENTS] for start in range(0, len(level), PARENTS))
        ]
        if len(level) == 1:
            break
    change = transaction(level[0] if level else None, taken)
    repository.run(*_DURABLE, "update-ref", "--stdin", environment={"SAIGEN_PLATFORM": job}, given=change)


def refs(repository: Repository, *below: str) -> list[Ref]:
    """Refs of a repository below these names."""
    listed = repository.run("for-each-ref", "--format=%(refname) %(objectname)", *below)
    return [(name, held) for name, _, held in (line.partition(" ") for line in listed.splitlines())]
