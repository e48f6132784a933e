"""Two people with clones of one project, and storage in a folder: what DVC and Git do is real."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.client.data_branches.team import Clone, Team
from tests.unit.client.data_versions.project import QUIET


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home, Git that signs with a made-up name, and no service that could be asked."""
    (tmp_path / "home").mkdir()
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "MLFLOW_TRACKING_URI", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")


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
