"""Whether a file was only appended to: nothing that was there may be gone, changed or moved."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from saigen.branches.appended import not_only_appended

ENTRIES = some.lists(some.dictionaries(some.sampled_from("abc"), some.integers(0, 3) | some.booleans(), max_size=2))


def written(entries: list[dict[str, int]]) -> bytes:
    return json.dumps(entries, indent=1).encode()


@given(ENTRIES, some.data())
def test_entries_put_anywhere_are_appended(old: list[dict[str, int]], data: some.DataObject) -> None:
    new = list(old)
    for entry in data.draw(ENTRIES):
        new.insert(data.draw(some.integers(0, len(new))), entry)
    assert not_only_appended("runs.json", written(old), written(new)) is None


@given(ENTRIES.filter(bool), some.data())
def test_an_entry_less_is_found(old: list[dict[str, int]], data: some.DataObject) -> None:
    new = list(old)
    del new[data.draw(some.integers(0, len(new) - 1))]
    assert not_only_appended("runs.json", written(old), written(new)) is not None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'[{"a": 1}]', b'[{"a": true}]', "entry 1 of 1"),
        (b'[{"a": 1}, {"b": 2}]', b'[{"b": 2}, {"a": 1}]', "entry 2 of 2"),
        (b"[1]", None, "deleted"),
        (b"[1]", b'{"a": 1}', "not a JSON list"),
        (b"[1]", b"[1", "not a JSON list"),
        (None, b"{}", "not a JSON list"),
    ],
)
def test_what_was_done_is_said(old: bytes | None, new: bytes | None, said: str) -> None:
    assert said in str(not_only_appended("runs.json", old, new))


def test_order_of_keys_and_spaces_do_not_matter() -> None:
    assert not_only_appended("runs.json", b'[{"a": 1, "b": 2}]', b'[\n{"b":2,"a":1}, 3]') is None


def test_other_files_are_compared_by_lines() -> None:
    assert not_only_appended("log.txt", b"one\ntwo\n", b"one\nmore\ntwo\n") is None
    assert "line 2 of 2" in str(not_only_appended("log.txt", b"one\ntwo\n", b"one\nTWO\n"))


def test_a_file_that_is_new_is_appended() -> None:
    assert not_only_appended("runs.json", None, b"[]") is None
