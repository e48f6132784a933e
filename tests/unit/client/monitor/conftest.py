"""A project under Git and DVC with a released model, and two people who each have a clone; no server."""

from __future__ import annotations

import csv
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from saigen.git.repository import Repository
from tests.unit.client.monitor.storage import Storage

MODEL = "birds-1"
SETTINGS = '[project]\nname = "birds"\n'


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home: no configuration of the machine is read, nothing is remembered from before."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DVC_SYSTEM_CONFIG_DIR", str(tmp_path / "nothing"))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "DVC_GLOBAL_CONFIG_DIR", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
        monkeypatch.setenv(name, "Ada")
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "ada@example.org")


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """Object storage, to which the environment points."""
    with Storage() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ada")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
        yield server
        server.shutdown()


@pytest.fixture
def checkout(tmp_path: Path, storage: Storage) -> Repository:
    """A clone with a saigen.toml, DVC on the storage as its remote, and the released model birds-1."""
    assert storage.url
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", "remote.git")
    git(tmp_path, "clone", "--quiet", "remote.git", "here")
    root = tmp_path / "here"
    (root / ".dvc").mkdir()
    (root / ".dvc" / ".gitignore").write_text("/config.local\n/tmp\n/cache\n")
    remote = "[core]\nremote = storage\nanalytics = false\n['remote \"storage\"']\nurl = s3://dvc/birds\n"
    (root / ".dvc" / "config").write_text(remote)
    (root / "saigen.toml").write_text(SETTINGS)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "First")
    git(root, "tag", MODEL)
    git(root, "push", "--quiet", "origin", "HEAD:main", MODEL)
    git(root, "remote", "set-head", "origin", "main")
    return Repository(root)


@pytest.fixture
def colleague(checkout: Repository) -> Repository:
    """Somebody else's clone, with a cache of their own."""
    git(checkout.root.parent, "clone", "--quiet", "remote.git", "there")
    return Repository(checkout.root.parent / "there")
