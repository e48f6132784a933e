"""How DVC 2 named text: by the md5 of its content with the line ends of Unix. Pure, but for reading the file.

Rule and block size: dvc-data, `hashfile/hash.py` (`md5-dos2unix`) and `hashfile/istextfile.py`.
"""

from __future__ import annotations

import hashlib
import os

from saigen.data.hashing import md5_of

_TEXT = bytes(range(32, 127)) + b"\n\r\t\f\b"
_BLOCK = 512  # bytes at the start of each chunk that decide whether the chunk is text
_CHUNK = 1 << 20


def content_md5(path: str | os.PathLike[str], *, legacy: bool) -> str:
    """The md5 under which DVC keeps a file: DVC 2's where `legacy`, else that of its bytes. Raises OSError."""
    return _md5_as_unix_text(path) if legacy else md5_of(path)


def is_text(block: bytes) -> bool:
    """Whether DVC takes a chunk that begins with this block for text: no NUL, and at most 30 % of other bytes."""
    if not block:
        return True
    return b"\0" not in block and len(block.translate(None, _TEXT)) / len(block) <= 0.30


def _md5_as_unix_text(path: str | os.PathLike[str]) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb", buffering=_CHUNK) as file:  # noqa: PTH123
        while chunk := file.read(_CHUNK):
            digest.update(chunk.replace(b"\r\n", b"\n") if is_text(chunk[:_BLOCK]) else chunk)
    return digest.hexdigest()
