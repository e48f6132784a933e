"""What was hashed before: a file whose size, times and inode are the same need not be read again.

Kept per person and machine, not beside the data, so that nobody else's word is taken for it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from pathlib import Path
from types import TracebackType

from saigen.data.legacy import content_md5
from saigen.login.profile import cache_folder

_YOUNG = 50_000_000  # ns: a file this new when it is read may change again within the same tick of its clock
_SCHEMA = """CREATE TABLE IF NOT EXISTS file (
    path BLOB PRIMARY KEY, size INTEGER, mtime INTEGER, ctime INTEGER, inode INTEGER, md5 TEXT) WITHOUT ROWID"""
_FIND = "SELECT size, mtime, ctime, inode, md5 FROM file WHERE path = ?"
_KEEP = "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)"


class Memory:
    """Hashes by path. Use as a context manager: what was learnt is written at its end.

    Args:
        subject: the folder that it is about, one file of memory each. None remembers nothing.
    """

    def __init__(self, subject: Path | None) -> None:
        self._learnt: dict[str, tuple[bytes, int, int, int, int, str]] = {}
        self._database = _open(subject) if subject else None

    def md5(self, path: str, stat: os.stat_result, *, legacy: bool = False) -> str:
        """The md5 of a file with this `stat`, from memory or by reading it. Raises OSError."""
        if legacy or self._database is None:
            return content_md5(path, legacy=legacy)
        row = self._database.execute(_FIND, (os.fsencode(path),)).fetchone()
        if row and row[:4] == (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino):
            return str(row[4])
        old = max(stat.st_mtime_ns, stat.st_ctime_ns) < time.time_ns() - _YOUNG
        md5 = content_md5(path, legacy=False)
        if old:
            self.learn(path, stat, md5)
        return md5

    def learn(self, path: str, stat: os.stat_result, md5: str) -> None:
        """Remember the md5 of a file that had this `stat` before its content was read, or after it was put there."""
        if self._database is not None:
            seen = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
            self._learnt[path] = (os.fsencode(path), *seen, md5)

    def __enter__(self) -> Memory:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._database is None:
            return
        try:
            with self._database:
                self._database.executemany(_KEEP, self._learnt.values())
        except sqlite3.Error:
            pass  # another command is writing, or the disk is full: the next one reads the files again
        finally:
            self._database.close()
            self._database = None


def _open(subject: Path) -> sqlite3.Connection | None:
    name = hashlib.sha256(os.fsencode(subject.absolute())).hexdigest()[:24]
    folder = cache_folder() / "hashes"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(folder / f"{name}.sqlite", timeout=2)
        database.execute(_SCHEMA)
    except (OSError, sqlite3.Error):
        return None
    return database
