"""Directories under DVC, and pointers that are damaged."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saigen.data.pointer import Entry
from saigen.errors import SaigenError
from saigen.merge.answer import answer
from saigen.merge.directory import Directory, merge_directories
from saigen.merge.lock import merge_locks
from saigen.merge.outcome import Difference
from saigen.merge.versions import Versions
from saigen.project.branches import MergeRule
from tests.unit.client.data_versions.project import Checkout

Files = dict[str, str]
FILES = st.dictionaries(st.sampled_from(["a", "b", "c/a", "c/b", "d"]), st.sampled_from(["0" * 32, "1" * 32, "2" * 32]))
POINTER = b"outs:\n- md5: 0123456789abcdef0123456789abcde%d.dir\n  size: 1\n  nfiles: 1\n  hash: md5\n  path: birds\n"


def united(base: Files, current: Files, incoming: Files, rule: MergeRule | None = None) -> Directory:
    """The union, where no file's content can be merged."""

    def two_contents(*_: object) -> None:
        return None

    sides = [[Entry(path, md5) for path, md5 in side.items()] for side in (base, current, incoming)]
    chosen = rule or MergeRule("*", "data")
    return merge_directories(sides[0], sides[1], sides[2], lambda _: chosen, two_contents)


def files(merged: Directory) -> Files:
    return {entry.path: entry.md5 for entry in merged.entries}


@given(FILES, FILES, FILES)
def test_each_file_is_what_one_side_made_of_it(base: Files, current: Files, incoming: Files) -> None:
    merged = united(base, current, incoming)
    clashes = {one.what for one in merged.differences}
    for path in base.keys() | current.keys() | incoming.keys():
        was, mine, theirs = base.get(path), current.get(path), incoming.get(path)
        if theirs in (mine, was):
            assert files(merged).get(path) == mine
        elif mine == was:
            assert files(merged).get(path) == theirs
        else:
            assert path in clashes
            assert path not in files(merged)


@given(FILES, FILES, FILES)
def test_it_does_not_matter_which_side_merges(base: Files, current: Files, incoming: Files) -> None:
    assert files(united(base, current, incoming)) == files(united(base, incoming, current))


@given(FILES, FILES)
def test_what_one_side_did_alone_stands(base: Files, changed: Files) -> None:
    assert files(united(base, changed, base)) == files(united(base, base, changed)) == changed


@given(FILES, FILES, FILES)
def test_sizes_add_up(base: Files, current: Files, incoming: Files) -> None:
    merged = united(base, current, incoming, MergeRule("*", "data", prefer="incoming"))
    size = {"0" * 32: 1, "1" * 32: 20, "2" * 32: 300, None: 0}

    def total(side: Files) -> int:
        return sum(size[md5] for md5 in side.values())

    both = sum(size[b] - size[m] - size[t] + size[new] for b, m, t, new in merged.both)
    assert total(current) + total(incoming) - total(base) + both == total(files(merged))


def test_content_that_clashes_inside_a_file_is_told_with_its_path() -> None:
    def rows(*_: object) -> Sequence[Difference]:
        return [Difference("birds.csv: id = 1", None, "a", "b")]

    entries = [[Entry("birds.csv", str(number) * 32)] for number in (1, 2)]
    merged = merge_directories([], entries[0], entries[1], lambda _: MergeRule("*", "data"), rows)
    assert [one.what for one in merged.differences] == ["birds.csv: id = 1"]
    assert merged.entries == ()


@settings(max_examples=30)
@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes_as_a_lock_file_end_in_a_merge_or_a_reason(base: bytes, current: bytes, incoming: bytes) -> None:
    assert_merge_or_reason("dvc.lock", base, current, incoming)


@settings(max_examples=30)
@given(st.integers(0, 110), st.binary(min_size=1, max_size=6), st.integers(0, 2))
def test_a_damaged_pointer_is_a_conflict_that_leaves_it(place: int, other: bytes, side: int) -> None:
    sides = [POINTER % number for number in range(3)]
    sides[side] = sides[side][:place] + other + sides[side][place:]
    assert_merge_or_reason("data/birds.dvc", *sides)


def assert_merge_or_reason(path: str, *contents: bytes) -> None:
    """Git gets 0 or 1, and after a 1 the current version is as it was, or has Git's markers."""
    with tempfile.TemporaryDirectory() as folder:
        versions = Versions(*(Path(folder) / side for side in ("base", "current", "incoming")))
        for file, content in zip((versions.base, versions.current, versions.incoming), contents, strict=True):
            file.write_bytes(content)
        code = answer(path, versions, lists=no_lists)
        assert code in (0, 1)
        if code == 1:
            found = versions.current.read_bytes()
            assert found == contents[1] or b"<<<<<<<" in found


def no_lists() -> None:
    raise SaigenError("nothing is here", "expected lists, found none", "saigen data pull")


def test_no_lock_file_is_a_reason() -> None:
    with pytest.raises(SaigenError, match="lock"):
        merge_locks("dvc.lock", [b"", b"stages: [1]\n", b"stages: {}\n"])


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is the top of a repository, as when Git calls its driver."""
    monkeypatch.chdir(Checkout(tmp_path / "inside").root)
