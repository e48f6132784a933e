"""What each of these tests begins with, made once: a tracking database takes longer to make than a release."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from saigen.tracking import Tracking
from tests.unit.client.release.project import Birds, make, quiet


@pytest.fixture(scope="module", autouse=True)
def starts_warm(warm_dvc: None) -> None:
    """DVC itself, without the time that it takes to start."""


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tracking database with its tables, and nothing in them."""
    file = tmp_path_factory.mktemp("tracking") / "mlflow.db"
    Tracking(f"sqlite:///{file}").experiments()
    return file


@pytest.fixture(scope="session")
def hatched(tmp_path_factory: pytest.TempPathFactory, empty_database: Path, python: Path, dvc: Path) -> Birds:
    """A small project that has everything for its first release: made once, since that takes as long as a release."""
    return make(tmp_path_factory.mktemp("birds"), Tracking(f"sqlite:///{empty_database}"), python, dvc)


@pytest.fixture
def birds(tmp_path: Path, hatched: Birds, empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> Birds:
    """The project for one test, with a database of its own."""
    file = tmp_path / "mlflow.db"
    shutil.copy(empty_database, file)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")
    monkeypatch.chdir(tmp_path)
    for key, value in quiet().items():
        monkeypatch.setenv(key, value)
    return hatched.copied(tmp_path, Tracking(f"sqlite:///{file}"))
