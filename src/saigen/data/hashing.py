"""Hashes of data as DVC writes them, remembered as long as a file's size, times and inode stay the same.

The memory is an SQLite file in the client's cache folder, shared by all commands and repositories of a person. It may
be deleted at any time, and where it cannot be used every file is simply read again.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from saigen.data.legacy import content_md5
from saigen.data.pointer import Entry, Output, render_directory
from saigen.errors import BlockedError
from saigen.git.repository import GitError, Repository
from saigen.login.profile import cache_folder

_FRESH = 2_000_000_000  # ns; a file that changed that recently may change again within the clock's resolution
_SKIPPED = frozenset({".git", ".hg", ".dvc"})
_TABLE = (
    "CREATE TABLE IF NOT EXISTS hashes (path TEXT NOT NULL, text INTEGER NOT NULL, stamp TEXT NOT NULL,"
    " md5 TEXT NOT NULL, PRIMARY KEY (path, text)) WITHOUT ROWID"
)


@dataclass(frozen=True)
class _File:
    """A file to hash: absolute path, and what says whether it is still the same."""

    path: str
    stamp: str
    changed: int


class Hashes:
    """Hashes files and directories, and remembers them.

    Args:
        file: where to remember; by default `hashes.sqlite` in the client's cache folder.
        workers: how many files are read at once.
    """

    def __init__(self, file: Path | None = None, workers: int | None = None) -> None:
        self._store = file or cache_folder() / "hashes.sqlite"
        self._workers = workers or min(8, os.cpu_count() or 1)

    def file(self, path: Path, *, text: bool = False) -> str:
        """The md5 of a file's content. `text`: as DVC 2 did, with the line ends of Unix in a text.

        Raises:
            OSError: it cannot be read.
        """
        return self._hash([_look(os.path.abspath(path))], text)[0]  # noqa: PTH100 - keeps links as they are

    def folder(self, folder: Path, *, text: bool = False) -> list[Entry]:
        """Every file below a folder that DVC sees, by path: not those that `.dvcignore` excludes.

        Raises:
            OSError: it cannot be read.
        """
        top = os.path.abspath(folder)  # noqa: PTH100
        files = sorted(_files(top), key=lambda file: file.path)
        ignored = _ignored(Path(top), files)
        kept = [file for file in files if file.path not in ignored and Path(file.path).name != ".dvcignore"]
        hashes = self._hash(kept, text)
        return [Entry(file.path[len(top) + 1 :], md5) for file, md5 in zip(kept, hashes, strict=True)]

    def output(self, root: Path, output: Output) -> str | None:
        """What the hash in an output's pointer would be for what is in the checkout now; None where nothing is there.

        Raises:
            OSError: it cannot be read.
        """
        path = root / output.path
        if path.is_dir():
            listed = render_directory(self.folder(path, text=output.legacy))
            return hashlib.md5(listed, usedforsecurity=False).hexdigest() + ".dir"
        return self.file(path, text=output.legacy) if path.exists() else None

    def _hash(self, files: Sequence[_File], text: bool) -> list[str]:
        known = self._remembered(files, text)
        unknown = [file for file in files if file.path not in known]
        if unknown:
            with ThreadPoolExecutor(self._workers) as pool:
                read = list(pool.map(lambda file: content_md5(file.path, legacy=text), unknown))
            found = dict(zip((file.path for file in unknown), read, strict=True))
            self._remember([file for file in unknown if _is_settled(file)], found, text)
            known |= found
        return [known[file.path] for file in files]

    def _remembered(self, files: Sequence[_File], text: bool) -> dict[str, str]:
        if not files:
            return {}
        first, last = min(file.path for file in files), max(file.path for file in files)
        stamps = {file.path: file.stamp for file in files}
        query = "SELECT path, md5, stamp FROM hashes WHERE text = ? AND path BETWEEN ? AND ?"
        try:
            with closing(self._open()) as store:
                return {
                    path: md5
                    for path, md5, stamp in store.execute(query, (text, first, last))
                    if stamps.get(path) == stamp
                }
        except (sqlite3.Error, OSError, UnicodeError):
            return {}

    def _remember(self, files: Sequence[_File], found: dict[str, str], text: bool) -> None:
        rows = [(file.path, text, file.stamp, found[file.path]) for file in files]
        with suppress(sqlite3.Error, OSError, UnicodeError), closing(self._open()) as store, store:
            store.executemany("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?, ?)", rows)

    def _open(self) -> sqlite3.Connection:
        self._store.parent.mkdir(parents=True, exist_ok=True)
        store = sqlite3.connect(self._store, timeout=10)
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA synchronous = NORMAL")
        store.execute(_TABLE)
        return store


def _look(path: str, found: os.stat_result | None = None) -> _File:
    one = found or os.stat(path)  # noqa: PTH116 - called for each of many files
    stamp = f"{one.st_size} {one.st_mtime_ns} {one.st_ctime_ns} {one.st_ino}"
    return _File(path, stamp, max(one.st_mtime_ns, one.st_ctime_ns))


def _is_settled(file: _File) -> bool:
    """Whether a file that was just read is still as it was before, and long enough for its times to tell."""
    with suppress(OSError):
        return _look(file.path).stamp == file.stamp and time.time_ns() - file.changed > _FRESH
    return False


def _files(folder: str) -> Iterator[_File]:
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=True):
                    if entry.name not in _SKIPPED:
                        waiting.append(entry.path)
                elif entry.is_file():
                    yield _look(entry.path, entry.stat())


def _ignored(folder: Path, files: Sequence[_File]) -> set[str]:
    """Absolute paths that `.dvcignore` excludes. Git decides it: the rules are written as those of `.gitignore` are."""
    repository = Repository.containing(folder)
    if repository is None:
        return set()
    above = [parent / ".dvcignore" for parent in folder.parents if parent.is_relative_to(repository.root)]
    if not any(_has_rules(file) for file in above) and not any(Path(file.path).name == ".dvcignore" for file in files):
        return set()
    options = ("--others", "--ignored", "--exclude-per-directory=.dvcignore", "-z", "--full-name")
    try:
        listed = Repository(folder).run_bytes("ls-files", *options, "--", ".")
    except GitError as error:
        raise BlockedError("what .dvcignore excludes is not known", error.why, "dvc check-ignore PATH") from error
    return {str(repository.root / os.fsdecode(path)) for path in listed.split(b"\0") if path}


def _has_rules(file: Path) -> bool:
    with suppress(OSError):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        return any(line.strip() and not line.startswith("#") for line in lines)
    return False
