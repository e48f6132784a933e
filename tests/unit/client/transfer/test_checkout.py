"""The workspace after a checkout, and what a checkout refuses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from saigen.data.cache import Cache
from saigen.data.checkout import Changes, Wanted, Workspace, require_saved
from saigen.data.links import DRAFT
from saigen.data.memory import Memory
from saigen.data.pointer import Output
from saigen.data.transfer.progress import Progress
from saigen.errors import BlockedError, NotPermittedError
from saigen.git.repository import Repository
from tests.unit.client.transfer.places import contents, directory, fill, write


def check_out(root: Path, wanted: Wanted, cache: Cache, memory: Memory, *, force: bool = False) -> Changes:
    workspace = Workspace(root, cache, memory)
    changes = workspace.compare(wanted)
    if not force:
        require_saved(changes.unsaved)
    workspace.apply(wanted, changes, Progress())
    return changes


def test_a_directory_is_written(root: Path, cache: Cache, memory: Memory) -> None:
    wanted = directory(cache, "data", {"a.txt": b"a", "deep/er/b.txt": b"b", "empty": b""})
    changes = check_out(root, wanted, cache, memory)
    assert contents(root / "data") == {"a.txt": b"a", "deep/er/b.txt": b"b", "empty": b""}
    assert len(changes.write) == 3


def test_a_second_checkout_changes_nothing(root: Path, cache: Cache, memory: Memory) -> None:
    wanted = directory(cache, "data", {"a.txt": b"a", "b.txt": b"b"})
    check_out(root, wanted, cache, memory)
    again = check_out(root, wanted, cache, memory)
    assert (again.write, again.remove, again.kept) == ({}, [], 2)


def test_an_earlier_version_is_replaced(root: Path, cache: Cache, memory: Memory) -> None:
    check_out(root, directory(cache, "data", {"a": b"1", "old/b": b"2"}), cache, memory)
    check_out(root, directory(cache, "data", {"a": b"3"}), cache, memory)
    assert contents(root / "data") == {"a": b"3"}
    assert not (root / "data" / "old").exists()


def test_a_file_that_is_in_no_cache_is_not_overwritten(root: Path, cache: Cache, memory: Memory) -> None:
    write(root, {"data/a": b"mine"})
    with pytest.raises(BlockedError, match="data/a"):
        check_out(root, directory(cache, "data", {"a": b"theirs"}), cache, memory)
    assert contents(root / "data") == {"a": b"mine"}


def test_a_file_that_is_in_no_cache_is_not_removed(root: Path, cache: Cache, memory: Memory) -> None:
    write(root, {"data/notes": b"mine"})
    with pytest.raises(BlockedError, match="data/notes"):
        check_out(root, directory(cache, "data", {"a": b"theirs"}), cache, memory)


def test_a_name_that_is_no_utf8_is_a_name(root: Path, cache: Cache, memory: Memory) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    wanted = directory(cache, "data", {name: b"coffee"})
    for _ in range(2):
        check_out(root, wanted, cache, memory)
    assert contents(root / "data") == {name: b"coffee"}
    write(root, {f"data/mine-{name}": b"mine"})
    with pytest.raises(BlockedError, match=r"data/mine-caf\?\.txt"):
        check_out(root, wanted, cache, memory)


def test_force_replaces_and_removes(root: Path, cache: Cache, memory: Memory) -> None:
    write(root, {"data/a": b"mine", "data/notes": b"mine"})
    check_out(root, directory(cache, "data", {"a": b"theirs"}), cache, memory, force=True)
    assert contents(root / "data") == {"a": b"theirs"}


def test_nothing_beside_an_output_is_touched(root: Path, cache: Cache, memory: Memory) -> None:
    write(root, {"database/x": b"x", "data.txt": b"y"})
    check_out(root, directory(cache, "data", {"a": b"a"}), cache, memory)
    assert (root / "database/x").read_bytes() == b"x"
    assert (root / "data.txt").read_bytes() == b"y"


def test_a_file_in_the_place_of_a_folder_gives_way(root: Path, cache: Cache, memory: Memory) -> None:
    check_out(root, directory(cache, "data", {"x": b"file"}), cache, memory)
    check_out(root, directory(cache, "data", {"x/y": b"inside"}), cache, memory)
    assert contents(root / "data") == {"x/y": b"inside"}
    check_out(root, directory(cache, "data", {"x": b"file"}), cache, memory)
    assert contents(root / "data") == {"x": b"file"}


def test_what_a_killed_checkout_left_is_swept(root: Path, cache: Cache, memory: Memory) -> None:
    write(root, {f"data/.a.0123456789ab{DRAFT}": b"hal"})
    check_out(root, directory(cache, "data", {"a": b"half"}), cache, memory)
    assert contents(root / "data") == {"a": b"half"}


def test_a_copy_of_a_damaged_cache_file_may_be_replaced(root: Path, cache: Cache, memory: Memory) -> None:
    wanted = directory(cache, "data", {"a": b"right"})
    damaged = Path(cache.path(wanted.files["data/a"]))
    damaged.chmod(0o644)
    damaged.write_bytes(b"wrong")
    write(root, {"data/a": b"wrong"})
    assert Workspace(root, cache, memory).compare(wanted).unsaved == []


def test_files_that_dvcignore_names_stay(root: Path, cache: Cache, memory: Memory) -> None:
    Repository(root).run("init", "--quiet", ".")
    write(root, {".dvcignore": b"*.tmp\n", "data/x.tmp": b"mine"})
    check_out(root, directory(cache, "data", {"a": b"a"}), cache, memory)
    assert contents(root / "data") == {"a": b"a", "x.tmp": b"mine"}


@pytest.mark.parametrize("path", [".git", ".git/hooks", "sub/.git", ".dvc", ".GIT/hooks", "."])
def test_a_pointer_may_not_write_into_folders_of_git_and_dvc(
    root: Path, cache: Cache, memory: Memory, path: str
) -> None:
    with pytest.raises(NotPermittedError, match="who wrote it"):
        Workspace(root, cache, memory).compare(directory(cache, path, {"post-checkout": b"#!/bin/sh"}))


def test_a_list_may_not_write_into_folders_of_git(root: Path, cache: Cache, memory: Memory) -> None:
    with pytest.raises(NotPermittedError):
        Workspace(root, cache, memory).compare(directory(cache, "data", {".git/config": b""}))


def test_nothing_is_written_through_a_link_to_elsewhere(
    root: Path, cache: Cache, memory: Memory, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotPermittedError, match="out/data"):
        Workspace(root, cache, memory).compare(directory(cache, "out/data", {"a": b"a"}))


def test_a_link_inside_of_an_output_is_replaced_not_followed(
    root: Path, cache: Cache, memory: Memory, tmp_path: Path
) -> None:
    write(tmp_path / "elsewhere", {"a": b"precious"})
    (root / "data").mkdir()
    (root / "data" / "sub").symlink_to(tmp_path / "elsewhere")
    wanted = directory(cache, "data", {"sub/a": b"a"})
    with pytest.raises(BlockedError, match="data/sub"):
        check_out(root, wanted, cache, memory)
    check_out(root, wanted, cache, memory, force=True)
    assert (tmp_path / "elsewhere" / "a").read_bytes() == b"precious"
    assert (root / "data" / "sub" / "a").read_bytes() == b"a"


def test_an_executable_file_is_executable(root: Path, cache: Cache, memory: Memory) -> None:
    (name,) = fill(cache, b"#!/bin/sh")
    output = Output("run.sh", "run.sh.dvc", name, executable=True)
    check_out(root, Wanted(output, {"run.sh": name}), cache, memory)
    assert (root / "run.sh").stat().st_mode & 0o100


@pytest.mark.parametrize("kind", ["hardlink", "symlink"])
def test_links_into_the_cache(root: Path, memory: Memory, kind: str) -> None:
    linked = Cache(root / ".dvc" / "cache", (kind, "copy"))
    check_out(root, directory(linked, "data", {"a": b"one"}), linked, memory)
    second = directory(linked, "data", {"a": b"two"})
    check_out(root, second, linked, memory)
    assert (root / "data" / "a").samefile(linked.path(second.files["data/a"]))
    assert Path(linked.path(second.files["data/a"])).stat().st_mode & 0o777 == 0o444


def test_a_copy_can_be_edited_without_harm_to_the_cache(root: Path, cache: Cache, memory: Memory) -> None:
    wanted = directory(cache, "data", {"a": b"one"})
    check_out(root, wanted, cache, memory)
    (root / "data" / "a").write_bytes(b"edited")
    assert cache.is_whole(wanted.files["data/a"])
