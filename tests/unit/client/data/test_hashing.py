"""Hashes as DVC writes them, remembered while a file stays the same."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saigen.data import hashing
from saigen.data.hashing import Hashes
from saigen.data.legacy import content_md5
from saigen.data.pointer import Output

OLD = time.time() - 3600


def md5(content: bytes) -> str:
    """Its md5, as hex digits."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.fixture
def hashes(tmp_path: Path) -> Hashes:
    return Hashes(tmp_path / "memory" / "hashes.sqlite")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


def settle(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file look as if it had not been touched for long."""
    os.utime(file, (OLD, OLD))
    monkeypatch.setattr(hashing, "_FRESH", -1)


def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are read from now on."""
    seen: list[Path] = []

    def noted(path: str, *, legacy: bool = False) -> str:
        seen.append(Path(path))
        return content_md5(path, legacy=legacy)

    monkeypatch.setattr(hashing, "content_md5", noted)
    return seen


def test_a_file_that_stays_the_same_is_read_once(hashes: Hashes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "a.csv"
    file.write_bytes(b"1\n")
    settle(file, monkeypatch)
    seen = reads(monkeypatch)
    assert hashes.file(file) == hashes.file(file) == md5(b"1\n")
    assert seen == [file]


def test_a_change_is_seen_though_size_and_time_stay(
    hashes: Hashes, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "a.csv"
    file.write_bytes(b"1\n")
    settle(file, monkeypatch)
    first = hashes.file(file)
    file.write_bytes(b"2\n")
    os.utime(file, (OLD, OLD))
    assert hashes.file(file) != first


def test_a_file_that_was_just_written_is_not_remembered(
    hashes: Hashes, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "a.csv"
    file.write_bytes(b"1\n")
    seen = reads(monkeypatch)
    hashes.file(file)
    hashes.file(file)
    assert seen == [file, file]


def test_without_a_memory_it_reads(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where the memory's folder would be")
    file = folder / "a.csv"
    file.write_bytes(b"1\n")
    assert Hashes(tmp_path / "blocked" / "hashes.sqlite").file(file) == content_md5(file)


def test_texts_of_dvc_2_have_the_line_ends_of_unix(hashes: Hashes, folder: Path) -> None:
    text, binary = folder / "a.txt", folder / "a.bin"
    text.write_bytes(b"a\r\nb\r\n")
    binary.write_bytes(b"\0a\r\n")
    assert hashes.file(text, text=True) == md5(b"a\nb\n")
    assert hashes.file(text) == md5(b"a\r\nb\r\n")
    assert hashes.file(binary, text=True) == md5(b"\0a\r\n")


def test_dvc_2_decides_for_each_mebibyte_whether_it_is_text(hashes: Hashes, folder: Path) -> None:
    file = folder / "mixed"
    start, rest = b"a\r\n" * 349_526, b"\0\r\n"
    file.write_bytes(start[: 1 << 20] + rest)
    assert hashes.file(file, text=True) == md5(start[: 1 << 20].replace(b"\r\n", b"\n") + rest)


def test_what_is_not_there_has_no_hash(hashes: Hashes, folder: Path) -> None:
    assert hashes.output(folder, Output("gone", "gone.dvc", "0" * 32)) is None


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which DVC works."""
    root = tmp_path_factory.mktemp("project")
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], cwd=root, check=True)
    return root


def dvc_hash(root: Path, path: str) -> str:
    """What DVC itself says."""
    subprocess.run([sys.executable, "-m", "dvc", "add", "--quiet", path], cwd=root, check=True)
    content = yaml.safe_load((root / f"{path}.dvc").read_text())
    return str(content["outs"][0]["md5"])


def test_directories_hash_as_dvc_hashes_them(hashes: Hashes, project: Path) -> None:
    for path in ("b/2.png", "b/1.png", "a.txt", "ü/x y.csv", "tmp/skip.me", ".hidden", "b-c/z"):
        file = project / "images" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)
    (project / "images" / "link.txt").symlink_to(project / "images" / "a.txt")
    (project / ".dvcignore").write_text("# none of these\nskip.*\n")
    expected = dvc_hash(project, "images")
    assert hashes.output(project, Output("images", "images.dvc", expected)) == expected
    assert "tmp/skip.me" not in {entry.path for entry in hashes.folder(project / "images")}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(st.binary(max_size=64), min_size=1, max_size=6))
def test_hashes_are_those_of_the_content_in_whichever_order_files_are_asked(
    tmp_path: Path, contents: list[bytes]
) -> None:
    memory = Hashes(tmp_path / "hashes.sqlite")
    files = [tmp_path / f"{number}" for number in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    expected = [md5(content) for content in contents]
    assert [memory.file(file) for file in files] == expected
    assert [memory.file(file) for file in reversed(files)] == expected[::-1]
