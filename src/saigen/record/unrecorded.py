"""Which files a training opens, noted by an audit hook, so that files that nobody tracks do not go unnoticed.

The hook sees what Python opens. What a library opens by itself (Parquet by Arrow, images by OpenCV) it does not see, so
that it may add to what is known of a run and never prove that something was not read.

Cheap by design: outside of the repository it does one comparison; each path is handled once; and a path is on disk the
moment it is seen, by one write to an open file, so that nothing is lost when the training is killed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import get_ident
from typing import NamedTuple

from saigen.text import utf8

MOST = 20_000  # paths that are kept of one process
_SKIPPED = (
    "/.git/",
    "/__pycache__/",
    "/.venv/",
    "/site-packages/",
    "/mlruns/",
    "/mlartifacts/",
    "/.ipynb_checkpoints/",
)
# What data outside of the repository is called, and where files lie that belong to the system or to nobody.
_DATASETS = (
    *(".csv", ".tsv", ".jsonl", ".geojson", ".xlsx", ".parquet", ".feather", ".arrow", ".avro"),
    *(".db", ".sqlite", ".h5", ".hdf5", ".nc", ".mat", ".npy", ".npz", ".tfrecord"),
    *(".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".wav", ".flac", ".mp3"),
    *(".pt", ".pth", ".onnx", ".safetensors"),
)
_DATA = (*_DATASETS, ".json", ".txt", ".pkl", ".pickle", ".bin", ".zip", ".gz", ".tar")
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/usr/", "/lib", "/etc/", "/opt/", "/var/", "/run/")
_SHARED = "/tmp/"  # noqa: S108 - where programs leave files for each other, and where data is put as well
_COARSE = 1.0  # seconds by which a file system's clock may be behind
_IMPORT = "<frozen importlib._bootstrap_external>"
_SHOWN = 10


class Opened(NamedTuple):
    """Paths relative to the repository's root, with `/`, that a process opened to read and to write."""

    read: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()


class Watch:
    """Notes the files that this process opens: those below one folder, and data elsewhere. It cannot be taken back."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """`names`: what paths below the folder begin with, each with a separator at its end."""
        self._names = names
        self._environment = sys.prefix + os.sep
        self._seen: dict[tuple[str, bool], None] = {}
        self._file: int | None = None
        self._outputs: frozenset[str] = frozenset()
        self._loaded: dict[str, float] = {}
        self._began = time.time()
        self._paused: set[int] = set()  # threads

    def begin(self) -> None:
        """Start to note."""
        sys.addaudithook(self._hook)

    def keep_in(self, file: str, outputs: Iterable[str] = ()) -> None:
        """Write what was seen until now, and from now on everything new at once, to the end of a file.

        `outputs`: directories and files that DVC tracks. Of what is below one, only its own path is noted from now on.
        """
        self._outputs = frozenset(outputs)
        before, self._file = self._file, os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if before is not None:
            os.close(before)
        os.write(self._file, b"".join(_line(path, writes) for path, writes in list(self._seen)))

    def opened(self) -> Opened:
        """What was seen until now."""
        return parse([_line(path, writes) for path, writes in list(self._seen)])

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Do not note what this thread opens meanwhile: what a recording looks at is not what the training reads."""
        thread = get_ident()
        self._paused.add(thread)
        try:
            yield
        finally:
            self._paused.discard(thread)

    def loaded(self, path: str) -> float | None:
        """When a Python file (relative to the folder) was last loaded, in seconds since 1970; None: before."""
        return self._loaded.get(path)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in {"open", "sqlite3.connect"}:
            return
        if self._paused and get_ident() in self._paused:
            return
        path = arguments[0]
        if type(path) is bytes:
            path = os.fsdecode(path)
        if type(path) is str:
            with suppress(Exception):  # whatever happens here must not reach the training
                self._note(path, *arguments[1:3])

    def _note(self, path: str, mode: object = "r", flags: object = 0) -> None:
        if not path.startswith(os.sep):
            path = os.getcwd() + os.sep + path  # noqa: PTH109 - called for each file that is opened
        if path.startswith(self._environment):
            return
        writes = "r" not in mode if isinstance(mode, str) else _only_writes(flags)
        if path.startswith(self._names):
            inside = path.removeprefix(next(name for name in self._names if path.startswith(name)))
            if path.endswith((".py", ".pyc")) and sys._getframe(2).f_code.co_filename == _IMPORT:
                self._loaded[_source(inside)] = time.time()
            if any(part in path for part in _SKIPPED):
                return
            path = inside
            if self._outputs:
                path = next((above for above in _with_parents(path) if above in self._outputs), path)
        elif (
            not path.endswith(_DATA)
            or path.startswith(_SYSTEM)
            or "/." in path
            or (path.startswith(_SHARED) and not writes and not self._was_left_there(path))
        ):
            return
        key = (path, writes)
        if key in self._seen or len(self._seen) >= MOST:
            return
        self._seen[key] = None
        if self._file is not None:
            os.write(self._file, _line(*key))

    def _was_left_there(self, path: str) -> bool:
        """Whether a file of the folder for temporary ones is data that was there before this process.

        By the time that nobody can set: a copy has that of its making, whatever else it took from its original.
        """
        return path.endswith(_DATASETS) and os.stat(path).st_ctime < self._began - _COARSE  # noqa: PTH116


def parse(lines: Iterable[bytes]) -> Opened:
    """What lines of the kept file say. A line that was cut off (by a full disk) says nothing."""
    read: set[str] = set()
    written: set[str] = set()
    for line in lines:
        if line[:2] in {b"r ", b"w "} and line.endswith(b"\n"):
            path = os.path.normpath(os.fsdecode(line[2:-1].replace(b"\\n", b"\n"))).replace(os.sep, "/")
            (read if line[:1] == b"r" else written).add(path)
    return Opened(frozenset(read), frozenset(written))


def untracked_reads(opened: Opened, tracked: Iterable[str], outputs: Iterable[str]) -> list[str]:
    """What was read and neither is in the commit, nor belongs to data that DVC tracks, nor was made by the run itself.

    Args:
        tracked: paths of the commit. outputs: paths of files and directories that DVC tracks.
    """
    known, data = set(tracked), set(outputs)
    return sorted(
        path
        for path in opened.read - opened.written - known
        if not path.startswith("../") and not any(above in data for above in _with_parents(path))
    )


def render(paths: list[str]) -> str:
    """The value of `saigen.unrecorded`: count and first names."""
    return f"{len(paths)}: " + utf8(", ".join(paths[:_SHOWN])) + (", ..." if len(paths) > _SHOWN else "")


def used(opened: Opened, outputs: Iterable[str]) -> set[str]:
    """Paths of DVC's outputs of which anything was read."""
    data = set(outputs)
    return {above for path in opened.read for above in _with_parents(path) if above in data}


def _only_writes(flags: object) -> bool:
    return isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR) == os.O_WRONLY


def _source(path: str) -> str:
    """The path of the source that a loaded file was made from: `pkg/__pycache__/model.cpython-311.pyc`."""
    folder, _, name = path.rpartition(os.sep)
    if not name.endswith(".pyc"):
        return path
    source = name.split(".")[0] + ".py"
    above = folder.removesuffix("__pycache__").rstrip(os.sep)
    return f"{above}{os.sep}{source}" if above else source


def _with_parents(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def _line(path: str, writes: bool) -> bytes:
    return (b"w " if writes else b"r ") + os.fsencode(path).replace(b"\n", b"\\n") + b"\n"
