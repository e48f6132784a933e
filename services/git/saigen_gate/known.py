"""Which objects are known to be in the storage: a job writes down what the storage tells it (`saigen_gate.listen`).

To ask for each of ten thousand objects takes the storage seconds, in which whoever pushes waits. The gate looks here
first, asks for what is not here, and writes that down too. An object that is removed is told as well.

Something is known only while the job listens. Each connection begins with nothing, since what went while nobody
listened is not told. The job holds a lock, which the system takes from it when it ends, however that happens.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

FILE = Path("/data/tmp/known.sqlite")
_TABLES = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS objects (place TEXT, md5 BLOB, size INTEGER, PRIMARY KEY (place, md5)) WITHOUT ROWID;
DELETE FROM objects;
"""
_PUT = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?)"
_LEARN = "INSERT OR IGNORE INTO objects VALUES (?, ?, ?)"  # what the storage told meanwhile is newer
_FOUND = "SELECT md5, size FROM wanted JOIN objects USING (md5) WHERE place = ? AND size IS NOT NULL"


@dataclass(frozen=True)
class Change:
    """An object that came, or went (`size` None). `place`: the folder of its layout: `flights/files/md5/`."""

    place: str
    md5: str
    size: int | None


class Known:
    """The objects that are known. Made by `listening` for the job, by `known` for the gate."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def write(self, changes: Iterable[Change]) -> None:
        """Write down what the storage told."""
        with self._database:
            self._database.executemany(_PUT, [(one.place, bytes.fromhex(one.md5), one.size) for one in changes])

    def sizes(self, place: str, wanted: Collection[str]) -> dict[str, int]:
        """Bytes by md5 of those objects that are known to be there."""
        with self._database:
            self._database.execute("CREATE TEMP TABLE wanted (md5 BLOB PRIMARY KEY) WITHOUT ROWID")
            self._database.executemany("INSERT INTO wanted VALUES (?)", ((bytes.fromhex(md5),) for md5 in wanted))
            found = {md5.hex(): size for md5, size in self._database.execute(_FOUND, (place,))}
            self._database.execute("DROP TABLE wanted")
        return found

    def learn(self, place: str, sizes: Mapping[str, int]) -> None:
        """Write down what the storage answered."""
        with self._database:
            self._database.executemany(_LEARN, [(place, bytes.fromhex(md5), size) for md5, size in sizes.items()])

    def count(self) -> int:
        """How many objects are known."""
        (number,) = self._database.execute("SELECT count(*) FROM objects WHERE size IS NOT NULL").fetchone()
        return int(number)


@contextmanager
def listening(file: Path = FILE) -> Iterator[Known]:
    """For the job, once it listens: it knows nothing yet. Waits where another one still holds the lock."""
    with _lock(file).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with closing(_open(file, "rwc")) as database:
            database.executescript(_TABLES)
            print("listening", file=lock, flush=True)  # not before what an earlier one knew is gone
            yield Known(database)


@contextmanager
def known(file: Path = FILE) -> Iterator[Known | None]:
    """For the gate; None where nobody listens, so that nothing is known."""
    if not _is_held(_lock(file)):
        yield None
        return
    with closing(_open(file, "rw")) as database:
        yield Known(database)


def _open(file: Path, mode: str) -> sqlite3.Connection:
    database = sqlite3.connect(f"{file.as_uri()}?mode={mode}", uri=True, timeout=60)
    database.execute("PRAGMA synchronous = OFF")  # the service begins with an empty folder: nothing has to last
    return database


def _lock(file: Path) -> Path:
    return file.with_suffix(".lock")


def _is_held(lock: Path) -> bool:
    if not lock.exists():
        return False
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return bool(file.read())
    return False
