"""A checkout, and a home in which nobody is logged in to anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.client.data_versions.project import QUIET, Checkout


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, Git that signs with a made-up name, and no service that could be asked."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "MLFLOW_TRACKING_URI", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A fresh checkout, and the working directory in it."""
    made = Checkout(tmp_path / "birds")
    monkeypatch.chdir(made.root)
    return made
