"""Comparison of JSON, JSON lines and SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from saigen.data.compare.jsonl import leaves
from saigen.data.compare.kinds import Side, compare
from saigen.data.compare.result import Comparison, TableChanges
from saigen.data.judgement import Answer, judge


def compared(tmp_path: Path, name: str, a: bytes, b: bytes) -> Comparison:
    sides = []
    for side, content in (("a", a), ("b", b)):
        path = tmp_path / side
        path.write_bytes(content)
        sides.append(Side(name, file=path))
    return compare(sides[0], sides[1])


def lines(*records: Any) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def database(path: Path, tables: dict[str, tuple[str, Sequence[Sequence[Any]]]]) -> Path:
    """A database with these tables: their columns as SQL, and their rows."""
    connection = sqlite3.connect(path)
    with connection:
        for name, (columns, rows) in tables.items():
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            for row in rows:
                connection.execute(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(row))})', row)  # noqa: S608
    connection.close()
    return path


def table(found: Comparison, name: str) -> TableChanges:
    return next(one for one in found.tables if one.name == name)


A = [{"id": "a", "score": 1, "tags": ["x"]}, {"id": "b", "score": 2, "tags": []}]
B = [{"id": "a", "score": 1, "tags": ["x", "y"]}, {"id": "c", "score": 2, "tags": []}]


def test_json_lines_are_records(tmp_path: Path) -> None:
    rows = compared(tmp_path, "x.jsonl", lines(*A), lines(*B)).tables[0].rows
    assert (rows.key, rows.added, rows.removed, rows.cells) == (("id",), 1, 1, {"tags": 1})


def test_a_list_of_objects_is_records(tmp_path: Path) -> None:
    rows = compared(tmp_path, "x.json", json.dumps(A).encode(), json.dumps(B).encode()).tables[0].rows
    assert (rows.key, rows.added, rows.changed) == (("id",), 1, 1)


def test_a_document_is_compared_by_its_paths(tmp_path: Path) -> None:
    a = {"model": {"kind": "tree", "depth": 3}, "seeds": [1, 2]}
    b = {"model": {"kind": "tree", "depth": 4}, "seeds": [1, 2, 3]}
    rows = compared(tmp_path, "x.json", json.dumps(a).encode(), json.dumps(b).encode()).tables[0].rows
    assert rows.key == ("path",)
    assert (rows.added, rows.changed, rows.same) == (1, 1, 3)
    assert rows.examples[0].key == ("/model/depth",)


def test_a_list_of_numbers_is_a_document(tmp_path: Path) -> None:
    rows = compared(tmp_path, "x.json", b"[1, 2, 3]", b"[1, 5, 3]").tables[0].rows
    assert (rows.key, rows.changed) == (("path",), 1)


def test_a_name_with_a_slash_keeps_its_own_path() -> None:
    assert dict(leaves({"a/b": 1, "a": {"b": 2}, "c~": {}})) == {"/a~1b": 1, "/a/b": 2, "/c~0": {}}


def test_broken_json_is_compared_by_its_bytes(tmp_path: Path) -> None:
    assert compared(tmp_path, "x.json", b"{", b"{}").kind == "bytes"


def test_tables_of_a_database_are_compared_by_their_primary_key(tmp_path: Path) -> None:
    columns = "name TEXT, id INTEGER PRIMARY KEY, weight REAL, picture BLOB"
    a = database(tmp_path / "a.db", {"birds": (columns, [("x", 1, 1.5, b"\0"), ("y", 2, None, None)])})
    b = database(tmp_path / "b.db", {"birds": (columns, [("x", 1, 1.5, b"\1"), ("z", 3, 2.0, None)])})
    found = compare(Side("a.db", file=a), Side("b.db", file=b))
    rows = table(found, "birds").rows
    assert (rows.key, rows.how) == (("id",), "declared")
    assert (rows.added, rows.removed, rows.cells) == (1, 1, {"picture": 1})


def test_a_table_with_a_generated_column_is_compared_by_what_it_holds(tmp_path: Path) -> None:
    columns = "id INTEGER PRIMARY KEY, twice INTEGER AS (grams * 2) STORED, grams INTEGER"
    a = database(tmp_path / "a.db", {"birds": (columns, [(1, 3000), (2, 4000)])})
    b = database(tmp_path / "b.db", {"birds": (columns, [(1, 3000), (2, 4100)])})
    rows = table(compare(Side("a.db", file=a), Side("b.db", file=b)), "birds").rows
    assert (rows.same, rows.cells) == (1, {"grams": 1})


def test_tables_that_came_and_went_are_named(tmp_path: Path) -> None:
    one = ("id INTEGER", [(1,), (2,)])
    a = database(tmp_path / "a.db", {"old": one, "kept": one})
    b = database(tmp_path / "b.db", {"kept": one, "new": one})
    found = compare(Side("a.db", file=a), Side("b.db", file=b))
    assert (found.tables_added, found.tables_removed) == (("new",), ("old",))
    assert found.figures.kept_columns == 0.5


def test_a_large_table_counts_for_more_than_a_small_one(tmp_path: Path) -> None:
    columns = "id INTEGER PRIMARY KEY, x INTEGER"
    large = [(number, number) for number in range(1000)]
    a = database(tmp_path / "a.db", {"large": (columns, large), "small": (columns, [(1, 1), (2, 2)])})
    b = database(tmp_path / "b.db", {"large": (columns, large), "small": (columns, [(8, 8), (9, 9)])})
    found = compare(Side("a.db", file=a), Side("b.db", file=b))
    assert judge(found.figures).answer is Answer.NEW_VERSION


def test_a_database_without_its_suffix_is_known_by_its_content(tmp_path: Path) -> None:
    a = database(tmp_path / "a", {"t": ("id INTEGER", [(1,)])})
    b = database(tmp_path / "b", {"t": ("id INTEGER", [(1,), (2,)])})
    assert compare(Side("store", file=a), Side("store", file=b)).kind == "database"


def test_values_of_several_types_in_one_column_are_compared_as_texts(tmp_path: Path) -> None:
    a = database(tmp_path / "a.db", {"t": ("id INTEGER PRIMARY KEY, x", [(1, 5), (2, "five"), (3, b"\5")])})
    b = database(tmp_path / "b.db", {"t": ("id INTEGER PRIMARY KEY, x", [(1, 5), (2, "six"), (3, b"\5")])})
    assert table(compare(Side("a.db", file=a), Side("b.db", file=b)), "t").rows.changed == 1
