"""What is in the cache, and whether it is what its name says."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.data.cache import Cache
from saigen.data.memory import Memory
from tests.unit.client.transfer.places import fill, md5


def corrupt(path: str, content: bytes) -> None:
    Path(path).chmod(0o644)
    Path(path).write_bytes(content)
    Path(path).chmod(0o444)


def test_content_is_held(cache: Cache, memory: Memory) -> None:
    (name,) = fill(cache, b"one")
    assert cache.holds(name, memory)


def test_what_is_not_there_is_not_held(cache: Cache, memory: Memory) -> None:
    assert not cache.holds(md5(b"one"), memory)


def test_damaged_content_is_not_held(cache: Cache, memory: Memory) -> None:
    (name,) = fill(cache, b"one")
    corrupt(cache.path(name), b"two")
    assert not cache.holds(name, memory)


def test_damage_is_found_although_the_file_is_remembered(cache: Cache) -> None:
    content = md5(b"one")
    with Memory(cache.root) as first, cache.staging() as folder:
        staged = f"{folder}/{content}"
        Path(staged).write_bytes(b"one")
        cache.admit(staged, content, first)
    corrupt(cache.path(content), b"two")
    with Memory(cache.root) as second:
        assert not cache.holds(content, second)


def test_a_remembered_file_is_not_read_again(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    content = md5(b"one")
    with Memory(cache.root) as first, cache.staging() as folder:
        staged = f"{folder}/{content}"
        Path(staged).write_bytes(b"one")
        cache.admit(staged, content, first)
    monkeypatch.setattr("saigen.data.memory.content_md5", lambda *_, **__: pytest.fail("it was read"))
    with Memory(cache.root) as second:
        assert cache.holds(content, second)


def test_what_is_taken_in_is_protected_as_dvc_protects_it(cache: Cache, memory: Memory) -> None:
    content = md5(b"one")
    with cache.staging() as folder:
        Path(folder, content).write_bytes(b"one")
        cache.admit(f"{folder}/{content}", content, memory)
    assert Path(cache.path(content)).stat().st_mode & 0o777 == 0o444


def test_staging_leaves_nothing_behind(cache: Cache) -> None:
    with cache.staging() as folder:
        Path(folder, "half").write_bytes(b"half")
    assert list(cache.root.iterdir()) == []


def test_the_two_layouts(cache: Cache) -> None:
    content = md5(b"one")
    assert cache.path(content) == f"{cache.root}/files/md5/{content[:2]}/{content[2:]}"
    assert cache.path(content, legacy=True) == f"{cache.root}/{content[:2]}/{content[2:]}"


def test_a_home_that_cannot_be_written_to_is_no_obstacle(cache: Cache, home: Path) -> None:
    home.write_text("not a folder")
    (name,) = fill(cache, b"one")
    with Memory(cache.root) as memory:
        assert cache.holds(name, memory)
