"""A folder `mlruns` and an empty server: a database of MLflow's, which its client uses like a server over HTTP."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from mlflow import MlflowClient

from tests import mlruns


@dataclass(frozen=True)
class Folder:
    """A folder `mlruns`, and the ids in it by name."""

    path: Path
    ids: Mapping[str, str]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """One folder for all tests, made by MLflow itself: nobody changes it."""
    path = tmp_path_factory.mktemp("made") / "mlruns"
    return Folder(path, mlruns.make(path))


@pytest.fixture
def folder(made: Folder, tmp_path: Path) -> Folder:
    """A copy of it that a test may change, at another place than the one where MLflow made it."""
    shutil.copytree(made.path, tmp_path / "mlruns")
    return Folder(tmp_path / "mlruns", made.ids)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, which takes MLflow seconds to make."""
    path = tmp_path_factory.mktemp("empty") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def client(empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """MLflow's client on a database of the test's own, with its artifacts in a folder of the test's own."""
    server = tmp_path / "server"
    server.mkdir()
    monkeypatch.chdir(server)
    shutil.copy(empty, server / "mlflow.db")
    # MLflow's first experiment keeps its artifacts in the folder where the database was made: that was another one.
    with contextlib.closing(sqlite3.connect(server / "mlflow.db")) as database, database:
        database.execute("UPDATE experiments SET artifact_location = ?", [str(server / "mlruns" / "0")])
    return MlflowClient(f"sqlite:///{server / 'mlflow.db'}")
