"""What the data of all branches takes, and what of it is stored: the same content once, on however many branches."""

from __future__ import annotations

from dataclasses import dataclass

from saigen.data.content import Contents
from saigen.data.listing import sizes_of, stored_once
from saigen.data.pointer import Output
from saigen.data.version import outputs_at
from saigen.errors import SaigenError
from saigen.git.repository import Repository

_HEADS, _REMOTES = "refs/heads/", "refs/remotes/"


@dataclass(frozen=True)
class BranchData:
    """A branch's data. `files`, `size`: of all of it; None where it is not known."""

    branch: str
    outputs: int
    files: int | None
    size: int | None


@dataclass(frozen=True)
class AllBranches:
    """Every branch with data. `sum`: bytes of all branches together, `stored`: each content once; None: not known."""

    branches: tuple[BranchData, ...]
    sum: int | None = None
    stored: int | None = None
    notes: tuple[str, ...] = ()


def branch_data(repository: Repository, *, sizes: bool = True) -> AllBranches:
    """The data of all branches that are known here (`git fetch` brings others').

    Args:
        sizes: find out what is stored, which may ask the remote.
    """
    held = {name: outputs for name, tip in _tips(repository).items() if (outputs := _with_content(repository, tip))}
    if not sizes:
        return AllBranches(tuple(BranchData(name, len(outputs), None, None) for name, outputs in held.items()))
    contents = Contents(repository)
    distinct = {(one.md5, one.path): one for outputs in held.values() for one in outputs}
    try:
        found = dict(zip(distinct, sizes_of(contents, list(distinct.values())), strict=True))
    except SaigenError as error:
        note = f"what the branches take in storage is not known: {error.what} ({error.why})"
        return AllBranches(tuple(BranchData(n, len(o), None, None) for n, o in held.items()), notes=(note,))
    weighed = {name: [found[one.md5, one.path] for one in outputs] for name, outputs in held.items()}
    total, once = stored_once(one for every in weighed.values() for one in every)
    return AllBranches(tuple(_branch(name, one) for name, one in weighed.items()), total, once)


def _branch(name: str, outputs: list[list[tuple[str, int]]]) -> BranchData:
    return BranchData(name, len(outputs), sum(map(len, outputs)), stored_once(outputs)[0])


def _tips(repository: Repository) -> dict[str, str]:
    """Commit of every branch, by its name; of a branch that is here and at a remote, what is here."""
    listed = repository.run("for-each-ref", "--format=%(refname) %(objectname)", _HEADS, _REMOTES).splitlines()
    found: dict[str, str] = {}
    for line in listed:  # refs/heads/ come first
        ref, _, commit = line.partition(" ")
        name = ref.removeprefix(_HEADS) if ref.startswith(_HEADS) else ref.removeprefix(_REMOTES).partition("/")[2]
        if name != "HEAD":
            found.setdefault(name, commit)
    return dict(sorted(found.items()))


def _with_content(repository: Repository, commit: str) -> list[Output]:
    return [one for one in outputs_at(repository, commit) if one.md5]
