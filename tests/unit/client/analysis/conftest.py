"""An empty home, and a project in production."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.client.analysis.production import Production
from tests.unit.client.data_versions.project import QUIET


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home in which nobody is logged in, and Git that signs with a made-up name."""
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "MLFLOW_TRACKING_URI", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Production:
    """A project without records, and the working directory in it."""
    made = Production(tmp_path / "delays")
    monkeypatch.chdir(made.checkout.root)
    return made
