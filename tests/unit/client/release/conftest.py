"""What each of these tests begins with, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.tracking import Tracking
from tests.unit.client.release.project import Birds, make, quiet
from tests.unit.conftest import NewDatabase


@pytest.fixture(scope="module", autouse=True)
def starts_warm(warm_dvc: None) -> None:
    """DVC itself, without the time that it takes to start."""


@pytest.fixture(scope="session")
def hatched(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase, python: Path, dvc: Path) -> Birds:
    """A small project that has everything for its first release: made once, since that takes as long as a release."""
    folder = tmp_path_factory.mktemp("birds")
    return make(folder, Tracking(new_database(folder / "mlflow.db")), python, dvc)


@pytest.fixture
def birds(tmp_path: Path, hatched: Birds, new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch) -> Birds:
    """The project for one test, with a database of its own."""
    database = new_database(tmp_path / "mlflow.db")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    monkeypatch.chdir(tmp_path)
    for key, value in quiet().items():
        monkeypatch.setenv(key, value)
    return hatched.copied(tmp_path, Tracking(database))
