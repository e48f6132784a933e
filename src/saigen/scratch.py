"""Folders for work that can be cut off: one goes when its work ends; what a killed process left goes at the next."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if os.name == "posix":
    import fcntl

_OWNER = "owner"


@contextmanager
def scratch(place: Path) -> Iterator[Path]:
    """A new folder of one's own in `place`, empty but for a file that says that it is in use.

    Folders there whose process is gone are removed.
    """
    place.mkdir(parents=True, exist_ok=True)
    _sweep(place)
    folder = Path(tempfile.mkdtemp(dir=place))
    try:
        draft = folder / f".{_OWNER}"
        with locked(draft):
            draft.rename(folder / _OWNER)  # seen by others when it is held, and not before
            yield folder
    finally:
        remove(folder)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a lock that ends with this process. Another process that wants it waits."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        if os.name == "posix":
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it, also what a training made read-only. What links name stays."""
    for root, names, _ in os.walk(folder):
        for below in (Path(root, name) for name in names):
            if not below.is_symlink():
                with contextlib.suppress(OSError):
                    below.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _sweep(place: Path) -> None:
    for folder in place.iterdir():
        if not _in_use(folder):
            remove(folder)


def _in_use(folder: Path) -> bool:
    if os.name != "posix":
        return True
    try:
        with (folder / _OWNER).open("r+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        # Held by a living process, or too young to have one.
        return True
    return False
