"""Every pointer that was ever committed in a repository, read from Git alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from saigen.audit.commits import CONFIGURATION
from saigen.audit.unneeded import mentioned
from saigen.git.repository import Repository

_PATHS = ("*.dvc", "*dvc.lock", f"*{CONFIGURATION}")


@dataclass(frozen=True)
class Pointers:
    """What all commits of a repository mention: hashes, and the distinct texts of its `.dvc/config`.

    `missing`: commits that were asked for and that it has not.
    """

    mentioned: frozenset[str]
    configurations: tuple[str, ...]
    missing: frozenset[str] = frozenset()


def read_pointers(repository: Repository) -> Pointers:
    """Read the history of every branch, tag and other ref that is here.

    Raises:
        GitError: the history cannot be read.
    """
    found = committed(repository)
    settings = {blob for blob, path in found if path.endswith(CONFIGURATION)}
    hashes: set[str] = set()
    texts = []
    for blob, content in blobs(repository, sorted({blob for blob, _ in found})):
        if blob in settings:
            texts.append(content.decode(errors="replace"))
        else:
            hashes |= mentioned(content)
    return Pointers(frozenset(hashes), tuple(texts))


def uncommitted(repository: Repository) -> frozenset[str]:
    """The hashes that pointers in a checkout mention now, committed or not."""
    listed = repository.run_bytes("ls-files", "-z", "--cached", "--others", "--", *_PATHS[:2])
    paths = (repository.root / path.decode(errors="surrogateescape") for path in listed.split(b"\0") if path)
    return frozenset(md5 for path in paths if path.is_file() for md5 in mentioned(path.read_bytes()))


def committed(repository: Repository) -> set[tuple[str, str]]:
    """(blob, path) of each state of a pointer or setting that any commit brought in."""
    log = repository.run_bytes(
        "-c", "log.showRoot=true", "log", "--all", "--full-history", "-m", "--raw", "-z", "--no-renames",
        "--no-abbrev", "--format=", "--", *_PATHS,
    )  # fmt: skip
    words = iter(log.split(b"\0"))
    found = set()
    for word in words:
        if not word.lstrip(b"\n").startswith(b":"):
            continue
        path = next(words, b"").decode(errors="surrogateescape")
        blob = word.split()[3].decode()
        if blob.strip("0"):
            found.add((blob, path))
    return found


def blobs(repository: Repository, ids: list[str]) -> Iterator[tuple[str, bytes]]:
    """The content of each of these objects, by one Git process."""
    answer = memoryview(repository.run_bytes("cat-file", "--batch", given="".join(f"{id}\n" for id in ids).encode()))
    start = 0
    for id in ids:
        head_end = start + bytes(answer[start : start + 200]).index(b"\n")
        head = bytes(answer[start:head_end])
        if head.endswith(b" missing"):
            start = head_end + 1
            continue
        size = int(head.rpartition(b" ")[2])
        yield id, bytes(answer[head_end + 1 : head_end + 1 + size])
        start = head_end + size + 2
