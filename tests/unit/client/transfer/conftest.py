"""A cache, a workspace and a memory of one's own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from saigen.data.cache import Cache
from saigen.data.memory import Memory


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home: nothing is remembered from before, no configuration of the machine is read."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DVC_SYSTEM_CONFIG_DIR", str(tmp_path / "nothing"))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "DVC_GLOBAL_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The root of a workspace."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def cache(root: Path) -> Cache:
    """The workspace's cache, empty."""
    return Cache(root / ".dvc" / "cache")


@pytest.fixture
def memory(cache: Cache) -> Iterator[Memory]:
    """The memory of the cache."""
    with Memory(cache.root) as memory:
        yield memory
