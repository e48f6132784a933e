"""Git, asked what differs in a working tree: the first thing that a recording does, since it takes longest.

Imported with MLflow. Everything else that a recording needs is imported while Git looks at the files.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from saigen.git.repository import GitError
from saigen.login.profile import state_folder
from saigen.record.place import Place
from saigen.record.worktree import Worktree

STATUS = (
    "status",
    "--porcelain=v2",
    "-z",
    "--branch",
    "--untracked-files=all",
    "--no-renames",
    "--ignore-submodules=none",
)
POINTERS = (".dvc", "dvc.lock", "dvc.yaml")  # what the names of DVC's files end with
_THREADS = 7
T = TypeVar("T")


class Parent(NamedTuple):
    """HEAD's commit, its committer's date in seconds since 1970, and its tree."""

    commit: str
    date: str
    tree: str


class Listed(NamedTuple):
    """Tracked files: those that Git was told not to look at and that are there, and those of DVC."""

    flagged: list[str]
    pointers: list[str]


class Asked(NamedTuple):
    """Git's answers, as they come: the bytes of STATUS, the tracked files, and HEAD, None before the first commit.

    Each raises BlockedError where Git refuses, or there is none. `pool`: threads for whatever else is waited for.
    """

    tree: Worktree
    pool: ThreadPoolExecutor
    status: Future[bytes]
    listed: Future[Listed]
    parent: Future[Parent | None]


@contextmanager
def ask(place: Place) -> Iterator[Asked]:
    """Ask about a working tree. Raises OSError where the client's state folder cannot be written to."""
    scratch = state_folder() / "scratch"
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    objects = None if place.is_writable else _own_objects(place)
    with ThreadPoolExecutor(_THREADS) as pool, tempfile.TemporaryDirectory(dir=scratch) as folder:
        yield begin(Worktree(place, Path(folder), objects), pool)


def begin(tree: Worktree, pool: ThreadPoolExecutor) -> Asked:
    """Start the three processes that ask, the longest first."""
    ready = pool.submit(_prepare, tree)

    def later(call: Callable[[Worktree], T]) -> T:
        ready.result()
        return call(tree)

    return Asked(tree, pool, pool.submit(later, _status), pool.submit(later, _listed), pool.submit(later, _parent))


def _prepare(tree: Worktree) -> None:
    tree.check()
    tree.copy_index()


def _status(tree: Worktree) -> bytes:
    return tree.git_bytes(*STATUS)


def _parent(tree: Worktree) -> Parent | None:
    try:
        return Parent(*tree.git("log", "-1", "--format=%H %ct %T", "HEAD").split(" "))
    except GitError:
        return None


def _listed(tree: Worktree) -> Listed:
    listed = tree.git_bytes("ls-files", "-v", "-z")
    return Listed(_flagged(tree, listed), _pointers(listed))


def _flagged(tree: Worktree, listed: bytes) -> list[str]:
    """Tracked files with one of Git's flags (assume-unchanged, skip-worktree) that are there."""
    if listed.count(b"\0") == listed.count(b"\0H ") + listed.startswith(b"H "):
        return []  # none, and ten thousand lines need not be looked at one by one
    marked = [os.fsdecode(line) for line in listed.split(b"\0") if line[:1].islower() or line[:1] == b"S"]
    return [line[2:] for line in marked if (tree.place.root / line[2:]).exists()]


def _pointers(listed: bytes) -> list[str]:
    """DVC's files in a listing. Their ends are looked for: most lines are other files."""
    found: list[str] = []
    for ending in POINTERS:
        end = listed.find(mark := f"{ending}\0".encode())
        while end >= 0:
            start = listed.rfind(b"\0", 0, end) + len(b"\0H ")
            found.append(os.fsdecode(listed[start : end + len(ending)]))
            end = listed.find(mark, end + 1)
    return found


def _own_objects(place: Place) -> Path:
    folder = state_folder() / "objects" / hashlib.sha256(str(place.common).encode()).hexdigest()[:24]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
