"""Two people with clones of one project, and storage in a folder: what DVC and Git do is real."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.client.data_branches.team import Clone, Team
from tests.unit.client.data_versions.project import QUIET


def alone(patch: pytest.MonkeyPatch, home: Path) -> None:
    """An empty home, Git that signs with a made-up name, and no service that could be asked."""
    home.mkdir()
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "MLFLOW_TRACKING_URI", "AWS_ENDPOINT_URL_S3"):
        patch.delenv(name, raising=False)
    for name, value in {**QUIET, "HOME": str(home), "DVC_NO_ANALYTICS": "1"}.items():
        patch.setenv(name, value)


@pytest.fixture(scope="module", autouse=True)
def starts_warm(warm_dvc: None) -> None:
    """DVC itself, without the time that it takes to start."""


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the person who runs the tests."""
    alone(monkeypatch, tmp_path / "home")


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """The project's remote, with one commit on `main`."""
    return Team.begin(tmp_path)


@pytest.fixture
def ada(team: Team) -> Clone:
    """A clone."""
    return team.clone("ada")


@pytest.fixture
def bob(team: Team) -> Clone:
    """Another one."""
    return team.clone("bob")
