"""In a forge: nothing of the data is read, and what would need it is a conflict that names the command to run."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from saigen.data.pointer import Entry, Output, parse_directory, parse_pointer, render_directory
from saigen.errors import SaigenError
from saigen.merge.driver import merge
from saigen.merge.outcome import Result
from saigen.merge.setup import command
from saigen.merge.versions import Versions
from saigen.project.branches import BranchRules
from tests.unit.client.merge.branches import Branches
from tests.unit.client.merge.test_git import add, put, rows


class BucketLists:
    """The lists that a forge reads from the remote, in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def entries(self, output: Output) -> list[Entry]:
        return parse_directory(self.objects[output.md5 or ""])

    def keep(self, content: bytes | Path, end: str = "") -> str:
        body = content if isinstance(content, bytes) else content.read_bytes()
        md5 = hashlib.md5(body, usedforsecurity=False).hexdigest() + end
        self.objects[md5] = body
        return md5

    def size(self, md5: str) -> int | None:
        return len(self.objects[md5]) if md5 in self.objects else None

    def pointer(self, size: int, **files: str) -> bytes:
        """A pointer to a directory whose files have contents with these texts."""
        md5 = self.keep(render_directory(Entry(name, md5_of(text)) for name, text in files.items()), ".dir")
        return f"outs:\n- md5: {md5}\n  size: {size}\n  nfiles: {len(files)}\n  hash: md5\n  path: birds\n".encode()


def md5_of(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def united(folder: Path, lists: BucketLists, *contents: bytes) -> Result:
    paths = [folder / name for name in ("base", "current", "incoming")]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    rules = BranchRules()
    return merge("data/birds.dvc", Versions(*paths), rules, folder / "merged", lambda: lists, parse=False)


def test_directories_are_united_by_their_lists(tmp_path: Path) -> None:
    lists = BucketLists()
    sides = (lists.pointer(1, a="a"), lists.pointer(3, a="a", b="bb"), lists.pointer(4, a="a", c="ccc"))
    found = united(tmp_path, lists, *sides)
    assert isinstance(found.content, bytes)
    (output,) = parse_pointer("data/birds.dvc", found.content)
    assert (output.files, output.size) == (3, 6)
    assert [entry.path for entry in lists.entries(output)] == ["a", "b", "c"]


def test_a_table_in_a_directory_that_both_changed_is_a_conflict(tmp_path: Path) -> None:
    lists = BucketLists()
    sides = (lists.pointer(1, a="a"), lists.pointer(1, a="b"), lists.pointer(1, a="c"))
    assert united(tmp_path, lists, *sides).is_conflict


def test_a_file_behind_pointers_is_a_conflict(tmp_path: Path) -> None:
    sides = [f"outs:\n- md5: {md5_of(text)}\n  hash: md5\n  path: birds\n".encode() for text in "abc"]
    with pytest.raises(SaigenError, match="changed on both sides"):
        united(tmp_path, BucketLists(), *sides)


@pytest.fixture
def forge(branches: Branches) -> Branches:
    """A repository whose driver is that of a forge."""
    driver = branches.checkout.git("config", "merge.saigen.driver")
    branches.checkout.git("config", "merge.saigen.driver", command(driver.split()[0].strip("'"), "--server"))
    return branches


def merged_bare(forge: Branches) -> subprocess.CompletedProcess[str]:
    """What a forge does: merge two branches in a bare repository, where Git finds the attributes elsewhere."""
    bare = forge.checkout.root.parent / "bare.git"
    forge.checkout.git("clone", "--quiet", "--bare", ".", str(bare))
    (bare / "info" / "attributes").write_bytes(forge.read(".gitattributes"))
    for key in ("merge.saigen.driver", "merge.saigen.name"):
        forge.checkout.git("-C", str(bare), "config", key, forge.checkout.git("config", key))
    return forge.git("-C", str(bare), "merge-tree", "--write-tree", "main", "other")


def test_a_pointer_that_both_sides_changed_names_the_command_to_run(forge: Branches) -> None:
    forge.checkout.write(".gitignore", "/data/*\n!/data/*.dvc\n/.dvc/cache\n")
    forge.diverge(*(add("data/birds.csv", rows(*numbers)) for numbers in ((1,), (1, 2), (1, 3))))
    done = forge.git("merge", "other")
    assert done.returncode == 1
    assert "git merge origin/" in done.stdout + done.stderr
    assert not (forge.checkout.root / ".git" / "saigen").exists()


def test_rows_that_git_would_not_merge_are_a_conflict(forge: Branches) -> None:
    forge.diverge(*(put("data/birds.csv", rows(*numbers)) for numbers in ((1,), (1, 2), (1, 3))))
    assert forge.git("merge", "other").returncode == 1
    assert b"<<<<<<<" in forge.read("data/birds.csv")


def test_a_model_is_overwritten(forge: Branches) -> None:
    forge.diverge(*(put("models/delay.bin", content) for content in (b"\0base", b"\0current", b"\0incoming")))
    assert forge.git("merge", "other").returncode == 0
    assert forge.read("models/delay.bin") == b"\0incoming"


def test_a_bare_repository_merges_as_a_checkout_does(forge: Branches) -> None:
    forge.diverge(*(put("models/delay.bin", content) for content in (b"\0base", b"\0current", b"\0incoming")))
    done = merged_bare(forge)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "overwrites" in done.stdout + done.stderr
