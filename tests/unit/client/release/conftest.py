"""One tracking database for all releases of these tests: making one takes longer than a release."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from saigen.tracking import Tracking
from tests.unit.client.release.project import Birds, make, quiet


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tracking database with its tables, and nothing in them."""
    file = tmp_path_factory.mktemp("tracking") / "mlflow.db"
    Tracking(f"sqlite:///{file}").experiments()
    return file


@pytest.fixture
def birds(tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> Birds:
    """A small project that has everything for its first release."""
    file = tmp_path / "mlflow.db"
    shutil.copy(empty_database, file)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")
    monkeypatch.chdir(tmp_path)
    for key, value in quiet().items():
        monkeypatch.setenv(key, value)
    return make(tmp_path, Tracking(f"sqlite:///{file}"))
