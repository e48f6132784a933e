"""Programs that start warm, for the tests that start many of them, and tracking databases that need not be made."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from saigen.data import dvc_program
from saigen.data.branches import reproduction
from saigen.tracking import Tracking
from tests import warm

NewDatabase = Callable[[Path], str]


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Puts an empty tracking database into a file, with its artifacts beside it, and returns its address.

    It is a copy of one that MLflow made, which takes MLflow seconds.
    """
    made = tmp_path_factory.mktemp("tracking") / "mlflow.db"
    Tracking(f"sqlite:///{made}").experiments()

    def put(file: Path) -> str:
        shutil.copy(made, file)
        # MLflow's first experiment keeps its artifacts in the folder where the database was made: that was another one.
        with contextlib.closing(sqlite3.connect(file)) as database, database:
            database.execute("UPDATE experiments SET artifact_location = ?", [str(file.parent / "mlruns" / "0")])
        return f"sqlite:///{file}"

    return put


@pytest.fixture(scope="session")
def dvc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The program `dvc`."""
    script = Path(sys.executable).parent / "dvc"
    with warm.program(tmp_path_factory.mktemp("warm"), "dvc", warm.DVC, str(script)) as started:
        yield started


@pytest.fixture(scope="module")
def warm_dvc(dvc: Path) -> Iterator[None]:
    """The client finds that `dvc`, in place of the one beside its interpreter."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (dvc_program, reproduction):
            patch.setattr(module, "dvc_path", lambda: str(dvc))
        yield


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The program `python`, for scripts that use MLflow."""
    with warm.program(tmp_path_factory.mktemp("warm"), "python", warm.MLFLOW) as started:
        yield started
