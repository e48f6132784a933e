"""Which kind of store it is that runs are brought from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from saigen.track.database import SERVED, Database
from saigen.track.folder import Folder
from saigen.track.old import Store

_BESIDE = (SERVED, "mlruns")  # folders of files that MLflow makes where its database is


def open_store(path: Path, artifacts: Sequence[Path]) -> Store:
    """The store at a path: a file is a database, everything else a folder.

    Args:
        artifacts: further folders from which files may be taken.
    """
    if path.is_file():
        return Database(path, (*(path.absolute().parent / name for name in _BESIDE), *artifacts))
    return Folder(path, (path, *artifacts))
