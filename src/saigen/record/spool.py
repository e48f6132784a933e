"""What is left to do for the recordings of this machine, on disk, so that it survives the training.

One folder a recording, below the client's state folder, readable by its owner only:

    spool/<recording>/entry.json     what was found at the start of the run
                      opened         files that the training opened, one a line, as they are opened
                      result.json    what the first pass found: later runs of the same recording say it at once
                      cells.py       of a notebook: the cells that were executed
                      begun, ended   there once a pass of that kind was made: nobody needs to make it again
                      lock           held by whoever finishes the recording
    turn-0, turn-1                   held by the two processes that finish recordings at the same time
    processes/<process>              held while a process makes runs, for whoever cannot see it: another machine or
                                     container that shares this folder
    sessions/<session>               as many bytes as tags were asked for in this session
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from saigen.login.profile import state_folder
from saigen.record import process
from saigen.record.place import Place

try:
    import fcntl
except ImportError:  # Windows: nobody waits for anybody
    fcntl = None  # type: ignore[assignment]

BEGUN, ENDED = "begun", "ended"  # passes over a recording; helper.py knows these names as well
LAST = "last"  # the same as ENDED, made by the process itself when it is about to end
_FORMAT = 1
_KEPT_SESSIONS = 200
_STARTING = 600  # seconds until the helper of a training certainly holds its process's file
_DAY = 86_400  # seconds


class Entry(NamedTuple):
    """One recording.

    Attributes:
        record: its id, which is the tag `saigen.record` of its runs.
        pid, started, where: the process that makes the runs. See `saigen.record.process`.
        tracking: URI of the tracking server that it uses. folder: where it was started.
        root, git, common: of its repository, see `saigen.record.place`; None outside of any.
        objects: folder with the snapshot's objects where they are not in the repository; None where they are.
        commit: what ran. head: of the working tree. deferred: the commit is not told to the run yet (notebooks).
        partial: something that ran is not in the commit. notes: what the state says beside its two words.
        data: hash in the pointer by path, of data that is in the checkout. versions: its id by path.
        data_version: what the tags said at the start.
        artifacts: texts to upload, path to content.
    """

    record: str
    pid: int
    started: int
    tracking: str | None
    folder: str
    created: int
    where: str = ""
    root: str | None = None
    git: str | None = None
    common: str | None = None
    objects: str | None = None
    commit: str | None = None
    head: str | None = None
    branch: str | None = None
    repository: str | None = None
    session: str = ""
    deferred: bool = False
    partial: bool = False
    promised: bool = False
    notes: tuple[str, ...] = ()
    data: Mapping[str, str] = {}
    versions: Mapping[str, str] = {}
    data_version: str | None = None
    described: bool = False
    artifacts: Mapping[str, str] = {}

    @property
    def place(self) -> Place | None:
        """The working tree, or None."""
        if self.root is None or self.git is None or self.common is None:
            return None
        return Place(Path(self.root), Path(self.git), Path(self.common))

    @property
    def process(self) -> Path:
        """The file that is held while the process runs."""
        return state_folder() / "processes" / f"{self.where}-{self.pid}-{self.started}"

    @property
    def is_here(self) -> bool:
        """Whether the process can be seen from here: it runs, or ran, on this machine and in this PID namespace."""
        # Earlier clients did not say where, and knew of one machine.
        return self.where in {"", process.here()}

    @property
    def is_running(self) -> bool:
        """Whether the process still runs, or it is not known."""
        if self.is_here:
            return process.is_running(self.pid, self.started)
        return time.time() - self.created / 1000 < _STARTING or _is_held(self.process)


def new_id() -> str:
    """An id for a recording."""
    return secrets.token_hex(12)


def folder(record: str | None = None) -> Path:
    """The spool, or the folder of one recording in it."""
    spool = state_folder() / "spool"
    return spool / record if record else spool


def write(entry: Entry) -> Path:
    """Keep an entry, new or changed; returns its folder. Raises OSError where nothing can be written."""
    place = folder(entry.record)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = json.dumps({"format": _FORMAT, **entry._asdict()}, separators=(",", ":"))
    _replace(place / "entry.json", text)
    (place / BEGUN).unlink(missing_ok=True)
    return place


def mark(record: str, stage: str) -> None:
    """Keep that a pass, BEGUN or ENDED, was made."""
    with suppress(OSError):
        (folder(record) / stage).touch()


def is_marked(record: str, stage: str) -> bool:
    """Whether such a pass was made."""
    return (folder(record) / stage).exists()


def read(record: str) -> Entry | None:
    """The entry of a recording, or None where there is none that this version can read."""
    try:
        values = json.loads((folder(record) / "entry.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(values, dict) or values.pop("format", None) != _FORMAT:
        return None
    try:
        entry = Entry(**values)
        return entry._replace(notes=tuple(entry.notes))
    except TypeError:
        return None


def pending() -> list[Entry]:
    """All entries, the oldest first."""
    names = [place.name for place in folder().iterdir()] if folder().is_dir() else []
    return sorted((entry for name in names if (entry := read(name))), key=lambda entry: (entry.created, entry.record))


def remove(record: str) -> None:
    """Drop a recording's folder."""
    shutil.rmtree(folder(record), ignore_errors=True)


def write_result(record: str, result: Mapping[str, Any]) -> None:
    """Keep what a pass found."""
    with suppress(FileNotFoundError):
        _replace(folder(record) / "result.json", json.dumps(result))


def read_result(record: str) -> dict[str, Any]:
    """What the last pass found; empty before one ended."""
    try:
        found = json.loads((folder(record) / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def locked(record: str, *, wait: bool = False) -> Iterator[bool]:
    """Hold a recording's lock; False where it is gone, or another process holds it and that is not waited for."""
    try:
        descriptor = os.open(folder(record) / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield False
        return
    try:
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def next_ordinal(session: str) -> int:
    """The next number of a session, 0 first, unique among all its processes: the length of a file that each appends to.

    Raises OSError where nothing can be written.
    """
    place = state_folder() / "sessions"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(place / session, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, b".")
        return os.lseek(descriptor, 0, os.SEEK_CUR) - 1
    finally:
        os.close(descriptor)


def tidy() -> None:
    """Drop the oldest sessions beyond a few hundred, and what processes that were killed left behind a day ago."""
    for _, old in _by_age(state_folder() / "sessions")[:-_KEPT_SESSIONS]:
        old.unlink(missing_ok=True)
    for changed, left in _by_age(state_folder() / "scratch"):
        if time.time() - changed > _DAY:
            shutil.rmtree(left, ignore_errors=True)
    for changed, left in _by_age(state_folder() / "processes"):
        if time.time() - changed > _DAY and not _is_held(left):
            left.unlink(missing_ok=True)


def _by_age(place: Path) -> list[tuple[float, Path]]:
    """What is in a folder, the oldest first, with its time. Another process may drop some of it meanwhile."""
    found = []
    with suppress(FileNotFoundError):
        for one in place.iterdir():
            with suppress(FileNotFoundError):
                found.append((one.stat().st_mtime, one))
    return sorted(found)


def _is_held(file: Path) -> bool:
    """Whether another process holds a file, or that cannot be told."""
    if fcntl is None:
        return False
    try:
        with file.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _replace(file: Path, text: str) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
