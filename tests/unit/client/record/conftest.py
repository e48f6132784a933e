"""A person with an empty home, and repositories of theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.login.trust import push_to
from tests.unit.client.record.checkouts import Checkout, new_checkout


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, without anything that the machine's own environment says."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "MLFLOW_TRACKING_URI", "SAIGEN_GIT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (folder / ".gitconfig").write_text(
        "[user]\n\tname = Ann\n\temail = ann@example.org\n[init]\n\tdefaultBranch = main\n"
    )
    return folder


@pytest.fixture
def checkout(tmp_path: Path, home: Path) -> Checkout:
    """A repository with one committed module."""
    assert home.exists()
    return new_checkout(tmp_path / "work")


@pytest.fixture
def remote(checkout: Checkout, tmp_path: Path) -> Path:
    """The repository's remote, which the person allowed."""
    bare = tmp_path / "remote.git"
    checkout.git("init", "--quiet", "--bare", str(bare))
    checkout.git("remote", "add", "origin", str(bare))
    checkout.write("saigen.toml", '[project]\nname = "flights"\n')
    push_to(str(bare))
    checkout.commit()
    return bare
