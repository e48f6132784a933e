"""The md5 under which DVC keeps content: of its bytes; in DVC 2, of a text with the line ends of Unix.

Rule and sizes of DVC 2: dvc-data, `hashfile/hash.py` (`md5-dos2unix`) and `hashfile/istextfile.py`.
"""

from __future__ import annotations

import hashlib
import os

_TEXT = bytes(range(32, 127)) + b"\n\r\t\f\b"
_BLOCK = 512  # bytes at the start of each chunk that decide whether the chunk is text
_CHUNK = 1 << 20
_FIRST = 1 << 16  # bytes: most files end within them, and a large buffer for each costs more than its hash


def content_md5(path: str | os.PathLike[str], *, legacy: bool = False) -> str:
    """The md5 of a file's content in hex, in constant memory: DVC 2's where `legacy`. Raises OSError."""
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb", buffering=_CHUNK if legacy else 0) as file:  # noqa: PTH123 - a third of Path.open's time
        part = file.read(_CHUNK if legacy else _FIRST)
        while part:
            digest.update(part.replace(b"\r\n", b"\n") if legacy and is_text(part[:_BLOCK]) else part)
            part = file.read(_CHUNK)
    return digest.hexdigest()


def is_text(block: bytes) -> bool:
    """Whether DVC takes a chunk that begins with this block for text: no NUL, and at most 30 % of other bytes."""
    if not block:
        return True
    return b"\0" not in block and len(block.translate(None, _TEXT)) / len(block) <= 0.30
