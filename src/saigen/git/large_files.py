"""Whether a commit's files are kept in Git LFS, and the commit holds only pointers to them. See git-lfs(1)."""

from __future__ import annotations

from collections.abc import Mapping

from saigen.git.repository import Repository

_CHUNK = 500  # files that are read at once
_POINTER = 1024  # bytes; a pointer is smaller
_BEGINS = b"version https://git-lfs"


def is_attributes(path: str) -> bool:
    """Whether Git reads attributes from this path."""
    return path.rpartition("/")[2] == ".gitattributes"


def has_large_files(repository: Repository, commit: str, contents: Mapping[str, bytes]) -> bool:
    """Whether a commit holds a pointer of Git LFS: a small file that begins as its specification says.

    Args:
        contents: by path, of all files in it from which Git reads attributes, and of others perhaps. Where none of the
            attributes names the filter, nothing more is read.
    """
    if not any(b"filter=lfs" in text for path, text in contents.items() if is_attributes(path)):
        return False
    listed = repository.run_bytes("ls-tree", "-r", "-l", "-z", "--full-tree", commit).split(b"\0")
    heads = (head.split() for head, _, path in (line.partition(b"\t") for line in listed) if path)
    small = [head[2].decode() for head in heads if head[3].isdigit() and int(head[3]) <= _POINTER]
    chunks = (small[start : start + _CHUNK] for start in range(0, len(small), _CHUNK))
    return any(text.startswith(_BEGINS) for chunk in chunks for text in repository.objects(chunk).values())
