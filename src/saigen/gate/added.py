"""The files that a push adds to a repository, by two Git processes whatever their number. Their content is not read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from saigen.git.repository import Repository


@dataclass(frozen=True)
class Blob:
    """A file's content in Git that was not there before.

    Attributes:
        id: Git's id of it. path: one path under which it was added. size: bytes.
    """

    id: str
    path: str
    size: int


def added(repository: Repository, new: Sequence[str], known: Iterable[str]) -> list[Blob]:
    """The blobs that commits bring.

    Args:
        new: ids of the commits (or tags) that refs shall name. known: ids of commits whose content is there already.

    Raises:
        GitError: one of them is not in the repository.
    """
    if not new:
        return []
    asked = "".join(f"{one}\n" for one in new) + "".join(f"^{one}\n" for one in sorted(set(known)))
    listed = repository.run_bytes("rev-list", "--objects", "--stdin", given=asked.encode())
    paths: dict[str, str] = {}
    for line in listed.split(b"\n"):
        one, _, path = line.partition(b" ")
        paths[one.decode()] = os.fsdecode(path)
    said = repository.run_bytes(
        "cat-file",
        "--batch-check=%(objecttype) %(objectname) %(objectsize)",
        "--buffer",
        given="".join(f"{one}\n" for one in paths if one).encode(),
    )
    rows = (line.split() for line in said.decode().splitlines())
    return [Blob(row[1], paths[row[1]], int(row[2])) for row in rows if row[0] == "blob"]
