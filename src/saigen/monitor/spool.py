"""Files that a service's records wait in: append-only, one JSON value a line, the first line says whose they are.

    <id>.open     somebody writes to it, and holds a lock on it as long as they live
    <id>.batch    finished: to be sent
    rejected/     could not be recorded, with the reason beside it

A process that is killed leaves an open file that nobody locks. What is in it is whole but for the last line.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import math
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OPEN, BATCH, REJECTED = ".open", ".batch", "rejected"
_FORMAT = 1
_COUNT = itertools.count()  # files of this process sort as they were made


@dataclass(frozen=True)
class Header:
    """The first line of a file. `key`: name of the column that recognises a row, or None."""

    environment: str
    model: str
    key: str | None = None

    def line(self) -> bytes:
        """As it is written."""
        return encode({"saigen": _FORMAT, **self.__dict__})


class SpoolFile:
    """A file that is being written to.

    Args:
        folder: made where it is missing.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, folder: Path, header: Header) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        self.id = f"{now}-{os.getpid()}-{next(_COUNT):06}-{secrets.token_hex(4)}"
        self.path = folder / f"{self.id}{OPEN}"
        self.rows = 0
        self.born = time.monotonic()
        self._left = header.line()  # what the file lacks of what was given to it
        draft = folder / f".{self.id}"  # nobody takes a file for abandoned before it is locked
        self._descriptor = os.open(draft, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            draft.rename(self.path)
        except OSError:
            self.leave()
            raise

    def append(self, lines: bytes, rows: int) -> None:
        """Give lines to the kernel: they survive the process, but not the machine before `sync`.

        Raises:
            OSError: not all of it could be written. It is not lost: the next call writes what is left first.
        """
        self._left += lines
        self.rows += rows
        self.write()

    def write(self) -> None:
        """Write what is left. Raises OSError where that does not go either."""
        while self._left:
            self._left = self._left[os.write(self._descriptor, self._left) :]

    def sync(self) -> None:
        """Bring it to the disk. Raises OSError."""
        self.write()
        os.fsync(self._descriptor)

    def finish(self) -> Path | None:
        """Make it a batch that can be sent; one without rows is removed. Raises OSError where that does not go."""
        self.sync()
        target = self.path.with_suffix(BATCH) if self.rows else None
        if target:
            self.path.rename(target)
        else:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)
        return target

    def leave(self) -> None:
        """Let go of it: in a process that inherited it, whose owner goes on writing; or where it cannot be finished."""
        os.close(self._descriptor)


def encode(value: Any) -> bytes:
    """A value as a line of JSON. Numbers of NumPy become Python's, what is no number becomes null, the rest text."""
    try:
        text = json.dumps(value, default=_plain, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(_finite(json.loads(json.dumps(value, default=_plain))), separators=(",", ":"))
    return text.encode() + b"\n"


def finish_abandoned(folder: Path) -> list[Path]:
    """Make batches of what processes left that are gone. Files that somebody writes to stay."""
    finished = []
    for path in sorted(folder.glob(f"*{OPEN}")):
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.exists():
                    path.rename(path.with_suffix(BATCH))
                    finished.append(path.with_suffix(BATCH))
        except (BlockingIOError, FileNotFoundError):
            continue
    return finished


def read_batch(path: Path) -> tuple[Header | None, list[dict[str, Any]]]:
    """Whose records a file holds, and the whole ones. None where not even the first line is whole."""
    lines = list(_whole_lines(path.read_bytes()))
    if not lines or lines[0].get("saigen") != _FORMAT:
        return None, []
    first = lines[0]
    return Header(str(first["environment"]), str(first["model"]), first.get("key")), lines[1:]


def reject(path: Path, reason: str) -> Path:
    """Put a batch aside that cannot be recorded, with the reason beside it."""
    folder = path.parent / REJECTED
    folder.mkdir(exist_ok=True, mode=0o700)
    (folder / f"{path.stem}.txt").write_text(f"{reason}\n", encoding="utf-8")
    return path.rename(folder / path.name)


def _whole_lines(content: bytes) -> Iterator[dict[str, Any]]:
    for line in content.split(b"\n")[:-1]:  # what stands behind the last line end was cut off
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def _plain(value: Any) -> Any:
    for name in ("item", "tolist", "isoformat"):
        method = getattr(value, name, None)
        if callable(method) and (name != "item" or getattr(value, "size", 1) == 1):
            return method()
    return dict(value) if isinstance(value, Mapping) else str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list) else value
