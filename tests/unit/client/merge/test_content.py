"""Every kind of file: the rows that come out, the clashes, and what happens to content that is damaged."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saigen.merge.content import merge_content
from saigen.merge.outcome import Result, UnmergeableError
from saigen.merge.versions import Versions
from saigen.project.branches import MergeRule

Row = tuple[int, str]
Write = Callable[[Path, Sequence[Row]], None]
Read = Callable[[Path], list[Row]]

KEYS = st.integers(0, 9)
WORDS = st.text(st.sampled_from('ab",;\n\t é\'\\'), max_size=4)
TABLE = st.dictionaries(KEYS, WORDS, max_size=6).map(lambda found: list(found.items()))
ROWS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["a", "b"])), max_size=6)
DATA = MergeRule("*", "data")
WHOLE = MergeRule("*", "data", key=("*",))


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("id", "word"), *rows])


def read_csv(path: Path) -> list[Row]:
    read = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert read[:1] == [["id", "word"]]
    return [(int(number), word) for number, word in read[1:]]


def write_json(path: Path, rows: Sequence[Row]) -> None:
    path.write_text(json.dumps([{"id": number, "word": word} for number, word in rows], indent=2) + "\n")


def read_json(path: Path) -> list[Row]:
    return [(one["id"], one["word"]) for one in json.loads(path.read_bytes())]


def write_lines(path: Path, rows: Sequence[Row]) -> None:
    path.write_text("".join(json.dumps({"id": number, "word": word}) + "\n" for number, word in rows))


def read_lines(path: Path) -> list[Row]:
    read = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [(one["id"], one["word"]) for one in read]


def write_database(path: Path, rows: Sequence[Row]) -> None:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE words (id INTEGER, word TEXT)")
        database.executemany("INSERT INTO words VALUES (?, ?)", rows)


def write_keyed_database(path: Path, rows: Sequence[Row]) -> None:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT)")
        database.executemany("INSERT INTO words VALUES (?, ?)", rows)


def read_database(path: Path) -> list[Row]:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return database.execute("SELECT id, word FROM words").fetchall()


def write_parquet(path: Path, rows: Sequence[Row]) -> None:
    with closing(duckdb.connect()) as database:
        database.execute("CREATE TABLE words (id BIGINT, word VARCHAR)")
        for row in rows:
            database.execute("INSERT INTO words VALUES (?, ?)", row)
        database.execute(f"COPY words TO '{path}' (FORMAT parquet)")


def read_parquet(path: Path) -> list[Row]:
    with closing(duckdb.connect()) as database:
        return database.execute(f"SELECT id, word FROM '{path}'").fetchall()


# name of a file, how rows are written with a key and without one, how they are read
FORMS: dict[str, tuple[Write, Write, Read]] = {
    "words.csv": (write_csv, write_csv, read_csv),
    "words.json": (write_json, write_json, read_json),
    "words.jsonl": (write_lines, write_lines, read_lines),
    "words.db": (write_keyed_database, write_database, read_database),
    "words.parquet": (write_parquet, write_parquet, read_parquet),
}
every_form = pytest.mark.parametrize("name", FORMS)
few = settings(max_examples=12)


class Merged:
    """A merge of three tables in files of some form."""

    def __init__(self, folder: Path, name: str, write: Write, read: Read) -> None:
        self._paths = [folder / side for side in ("base", "current", "incoming")]
        self._target = folder / "merged"
        self._name, self._write, self._read = name, write, read

    def result(self, *sides: Sequence[Row], rule: MergeRule = DATA) -> Result:
        for path, rows in zip(self._paths, sides, strict=True):
            self._write(path, rows)
        found = merge_content(self._name, Versions(*self._paths), rule, self._target)
        assert found is not None
        return found

    def rows(self, *sides: Sequence[Row], rule: MergeRule = DATA) -> list[Row] | None:
        """The rows that come out; None for a clash."""
        content = self.result(*sides, rule=rule).content
        if content is None:
            return None
        if isinstance(content, bytes):
            self._target.write_bytes(content)
            return self._read(self._target)
        return self._read(content)


def with_form(name: str, test: Callable[[Merged], None], *, keyed: bool) -> None:
    """Run a test in a folder of its own: hypothesis makes many examples in one test."""
    with_key, without_key, read = FORMS[name]
    with tempfile.TemporaryDirectory() as folder:
        test(Merged(Path(folder), name, with_key if keyed else without_key, read))


@every_form
@few
@given(TABLE, TABLE, TABLE)
def test_each_key_is_what_a_side_made_of_it(name: str, base: list[Row], current: list[Row], incoming: list[Row]) -> None:
    was, mine, theirs = dict(base), dict(current), dict(incoming)
    expected = {}
    clashes = 0
    for key in was.keys() | mine.keys() | theirs.keys():
        sides = [side.get(key) for side in (was, mine, theirs)]
        if sides[1] != sides[2] and sides[0] not in sides[1:]:
            clashes += 1
        expected[key] = sides[2] if sides[0] == sides[1] else sides[1]

    def check(merged: Merged) -> None:
        found = merged.rows(base, current, incoming)
        other = merged.rows(base, incoming, current)
        if clashes:
            assert found is None
            assert other is None
            assert merged.result(base, current, incoming).count == clashes
        else:
            assert found is not None
            assert dict(found) == {key: word for key, word in expected.items() if word is not None}
            assert sorted(found) == sorted(other or [])
            assert merged.rows(incoming, found, incoming) == found

    with_form(name, check, keyed=True)


@every_form
@few
@given(ROWS, ROWS, ROWS)
def test_whole_rows_are_neither_lost_nor_invented(
    name: str, base: list[Row], current: list[Row], incoming: list[Row]
) -> None:
    def check(merged: Merged) -> None:
        found = Counter(merged.rows(base, [*base, (7, "left"), *current], [*base, (8, "right"), *incoming], rule=WHOLE))
        assert found == Counter([*base, (7, "left"), *current, (8, "right"), *incoming])

    with_form(name, check, keyed=False)


@every_form
@few
@given(ROWS, ROWS)
def test_what_one_side_did_alone_stands(name: str, base: list[Row], changed: list[Row]) -> None:
    def check(merged: Merged) -> None:
        assert merged.rows(base, changed, base, rule=WHOLE) == changed
        assert merged.rows(base, base, changed, rule=WHOLE) == changed
        assert merged.rows(base, changed, changed, rule=WHOLE) == changed

    with_form(name, check, keyed=False)


@every_form
@pytest.mark.parametrize(("prefer", "word"), [("current", "mine"), ("incoming", "theirs")])
def test_the_preferred_row_stays(name: str, prefer: str, word: str) -> None:
    def check(merged: Merged) -> None:
        rule = MergeRule("*", "data", prefer=prefer)
        found = merged.rows([(1, "was"), (2, "b")], [(1, "mine"), (2, "b")], [(1, "theirs"), (2, "b"), (3, "c")], rule=rule)
        assert sorted(found or []) == [(1, word), (2, "b"), (3, "c")]
        assert "1 rows" in " ".join(merged.result([(1, "a")], [(1, "b")], [(1, "c")], rule=rule).notes).replace(
            "records", "rows"
        )

    with_form(name, check, keyed=True)


@every_form
def test_a_key_of_the_rule_that_is_twice_there_is_a_reason(name: str) -> None:
    def check(merged: Merged) -> None:
        rows: list[list[Row]] = [[(1, "a"), (2, "a")], [(1, "a"), (2, "a"), (3, "b")], [(1, "a"), (2, "a"), (4, "b")]]
        with pytest.raises(UnmergeableError, match="word"):
            merged.rows(*rows, rule=MergeRule("*", "data", key=("word",)))

    with_form(name, check, keyed=False)


def damaged(content: bytes, cuts: Sequence[tuple[int, bytes]]) -> bytes:
    for place, other in cuts:
        at = place % (len(content) + 1)
        content = content[:at] + other + content[at + len(other) :]
    return content


CUTS = st.lists(st.tuples(st.integers(0, 20_000), st.binary(min_size=1, max_size=8)), min_size=1, max_size=3)


@every_form
@few
@given(TABLE, TABLE, TABLE, st.integers(0, 2), CUTS)
def test_damaged_content_ends_in_a_merge_or_a_reason(
    name: str, base: list[Row], current: list[Row], incoming: list[Row], side: int, cuts: list[tuple[int, bytes]]
) -> None:
    write, _, _ = FORMS[name]
    with tempfile.TemporaryDirectory() as place:
        paths = [Path(place) / one for one in ("base", "current", "incoming")]
        for path, rows in zip(paths, (base, current, incoming), strict=True):
            write(path, rows)
        paths[side].write_bytes(damaged(paths[side].read_bytes(), cuts))
        before = paths[1].read_bytes()
        try:
            found = merge_content(name, Versions(*paths), DATA, Path(place) / "merged")
            assert found is not None
            assert found.content is not None or found.count
        except UnmergeableError as error:
            assert error.why
        assert paths[1].read_bytes() == before


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.json", "a.jsonl", "a.txt", "a.db", "a.parquet"])
@given(st.binary(max_size=80), st.binary(max_size=80), st.binary(max_size=80))
def test_any_bytes_end_in_a_merge_or_a_reason(name: str, base: bytes, current: bytes, incoming: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        paths = [Path(place) / one for one in ("base", "current", "incoming")]
        for path, content in zip(paths, (base, current, incoming), strict=True):
            path.write_bytes(content)
        try:
            merge_content(name, Versions(*paths), DATA, Path(place) / "merged")
        except UnmergeableError as error:
            assert error.why
        assert paths[1].read_bytes() == current


def merged_text(name: str, base: str, current: str, incoming: str, rule: MergeRule = DATA) -> Any:
    """What becomes of three texts; its content as text."""
    with tempfile.TemporaryDirectory() as place:
        paths = [Path(place) / one for one in ("base", "current", "incoming")]
        for path, content in zip(paths, (base, current, incoming), strict=True):
            path.write_bytes(content.encode())
        found = merge_content(name, Versions(*paths), rule, Path(place) / "merged")
        assert found is not None
        content = found.content if found.content is not None else found.marked
        return (content if isinstance(content, bytes) else content.read_bytes()).decode() if content else found
