"""A checkout with the merge driver set up, in a home in which nobody is logged in to anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.merge.setup import set_up
from tests.unit.client.data_versions.project import QUIET, Checkout
from tests.unit.client.merge.branches import Branches


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, Git that signs with a made-up name, and no service that could be asked."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.fixture
def branches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Branches:
    """A checkout on `main`, whose data Git keeps itself, with the driver set up and committed."""
    checkout = Checkout(tmp_path / "birds")
    checkout.write(".gitignore", "/.dvc/cache\n*.ignored\n")
    monkeypatch.chdir(checkout.root)
    set_up(checkout.repository)
    checkout.commit("Start")
    return Branches(checkout)
