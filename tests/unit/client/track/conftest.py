"""A folder `mlruns`, a database `mlflow.db`, and an empty server: a database that MLflow's client uses like one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from mlflow import MlflowClient

from tests import mlruns
from tests.unit.conftest import NewDatabase


@dataclass(frozen=True)
class Folder:
    """A folder `mlruns`, or a database, and the ids in it by name."""

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
def made_database(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The same as a database, with a folder `mlruns` of files beside it: nobody changes it."""
    file = tmp_path_factory.mktemp("made") / "mlflow.db"
    return Folder(file, mlruns.make_database(file))


@pytest.fixture
def database(made_database: Folder, tmp_path: Path) -> Folder:
    """A copy of it that a test may change, at another place than the one where MLflow made it."""
    shutil.copytree(made_database.path.parent / "mlruns", tmp_path / "mlruns")
    shutil.copyfile(made_database.path, tmp_path / "mlflow.db")
    return Folder(tmp_path / "mlflow.db", made_database.ids)


@pytest.fixture(params=["folder", "database"])
def store(request: pytest.FixtureRequest) -> Folder:
    """One after the other."""
    found: Folder = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def client(new_database: NewDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """MLflow's client on a database of the test's own, with its artifacts in a folder of the test's own."""
    (tmp_path / "server").mkdir()
    monkeypatch.chdir(tmp_path / "server")
    return MlflowClient(new_database(tmp_path / "server" / "mlflow.db"))
