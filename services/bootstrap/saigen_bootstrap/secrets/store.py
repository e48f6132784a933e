"""Secret files on disk: written whole or not at all, readable by one uid, never overwritten."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from ..errors import UP, BlockedError

MODE = 0o400


def read(path: Path) -> str | None:
    """The file's text, or None when it is missing or empty.

    Raises BlockedError when it is there and cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8") or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise BlockedError(f"secret {path} cannot be read", type(error).__name__, _restore(path)) from error


def require(path: Path) -> str:
    """The file's text without its line end. Raises BlockedError when it is missing or empty."""
    text = read(path)
    if text is None:
        raise BlockedError(f"expected secret {path}", "found none", UP)
    return text.strip()


def require_json(path: Path) -> dict[str, str]:
    """The file's JSON object. Raises BlockedError when it is missing or is none."""
    try:
        content = json.loads(require(path))
    except ValueError as error:
        raise BlockedError(f"secret {path} is no JSON", "it was changed by hand", _restore(path)) from error
    return {str(name): str(value) for name, value in content.items()}


def replace(path: Path, text: str) -> None:
    """Put `text` at `path` atomically: a reader, or a crash, sees the old file or the new one, never a part."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(MODE)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync(path.parent)


def remove(path: Path) -> None:
    """Take the file away for good; nothing happens when it is gone already."""
    path.unlink(missing_ok=True)
    _sync(path.parent)


def sweep(folder: Path) -> None:
    """Remove what an interrupted `replace` left behind."""
    for leftover in folder.glob(".*.????????"):
        leftover.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _restore(path: Path) -> str:
    return f"restore {path} from a backup, then {UP}"
