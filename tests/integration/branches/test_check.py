"""`saigen check` with the real storage: data that a push points to must be there, whole and of the size it says."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from saigen.data.pointer import Entry, render_directory
from tests.integration.person import Person


@pytest.fixture
def clone(author: Person) -> Path:
    """The author's clone of the demo project, on a branch of its own."""
    root = author.home / f"check-{uuid.uuid4().hex[:8]}x"
    author.run("git", "clone", "--quiet", f"{author.exports['SAIGEN_GIT_URL']}/demo.git", str(root))
    author.run("git", "switch", "--quiet", "--create", root.name, cwd=root)
    return root


def commit(author: Person, clone: Path) -> None:
    author.run("git", "add", "--all", cwd=clone)
    author.run("git", "commit", "--quiet", "-m", "Change the data", cwd=clone)


def problems(author: Person, clone: Path) -> list[dict[str, Any]]:
    """What `saigen check` finds; its exit code says whether there is anything."""
    done = author.run("saigen", "check", "--json", cwd=clone, check=False)
    found: list[dict[str, Any]] = json.loads(done.stdout)["problems"]
    assert done.returncode == bool(found), done.stderr
    return found


def write_pointer(clone: Path, files: Mapping[str, bytes], *, nfiles: int, size: int) -> bytes:
    """A pointer to a directory with these files; returns the directory's list."""
    listed = render_directory(Entry(name, md5(content)) for name, content in files.items())
    text = f"outs:\n- md5: {md5(listed)}.dir\n  size: {size}\n  nfiles: {nfiles}\n  hash: md5\n  path: birds\n"
    (clone / "data" / "birds.dvc").write_text(text)
    return listed


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def put(author: Person, content: bytes, ending: str = "") -> None:
    """Write one object of the project's remote, past DVC."""
    name = md5(content) + ending
    author.s3().put_object(Bucket="dvc", Key=f"demo/files/md5/{name[:2]}/{name[2:]}", Body=content)


def test_data_that_was_not_pushed_is_found_and_pushed_data_is_well(author: Person, clone: Path) -> None:
    folder = clone / "data" / "birds"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(f"{clone.name} {number}\n")
    (clone / "data" / "one.txt").write_text(f"{clone.name}\n")
    author.run("dvc", "add", "--quiet", "data/birds", "data/one.txt", cwd=clone)
    commit(author, clone)
    found = problems(author, clone)
    assert [one["rule"] for one in found] == ["pointer", "pointer"]
    assert "data/birds is not whole in s3://dvc/demo" in found[0]["what"]
    assert found[0]["next"].startswith("saigen data push data/birds")
    author.run("saigen", "data", "push", cwd=clone)
    assert problems(author, clone) == []


def test_a_directory_whose_files_are_missing_is_found_though_its_list_is_there(author: Person, clone: Path) -> None:
    files = {f"{number}.txt": f"{clone.name} {number}\n".encode() for number in range(2)}
    listed = write_pointer(clone, files, nfiles=2, size=sum(map(len, files.values())))
    put(author, listed, ".dir")
    put(author, files["0.txt"])
    commit(author, clone)
    (found,) = problems(author, clone)
    assert found["why"] == "1 of its 2 files are not there: 1.txt"
    put(author, files["1.txt"])
    assert problems(author, clone) == []


@pytest.mark.parametrize(("nfiles", "more", "said"), [(3, 0, "says 3 files"), (2, 1, "bytes, and there are")])
def test_a_pointer_whose_sums_are_wrong_is_found(
    author: Person, clone: Path, nfiles: int, more: int, said: str
) -> None:
    files = {f"{number}.txt": f"{clone.name} {number}\n".encode() for number in range(2)}
    listed = write_pointer(clone, files, nfiles=nfiles, size=sum(map(len, files.values())) + more)
    put(author, listed, ".dir")
    for content in files.values():
        put(author, content)
    commit(author, clone)
    (found,) = problems(author, clone)
    assert said in found["why"]


def test_a_storage_that_is_away_is_a_problem_and_no_consent(author: Person, clone: Path) -> None:
    write_pointer(clone, {"0.txt": b"0\n"}, nfiles=1, size=2)
    commit(author, clone)
    away = {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}
    cut_off = Person(author.name, author.home, {**author.exports, **away}, author.urls)
    assert [one["rule"] for one in problems(cut_off, clone)] == ["storage"]
