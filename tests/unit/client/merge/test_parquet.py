"""Parquet: types, order of columns, compression, and values that are equal to nothing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pytest

from saigen.merge.content import merge_content
from saigen.merge.outcome import Difference, Result, UnmergeableError
from saigen.merge.versions import Versions
from saigen.project.branches import MergeRule


class Tables:
    """Three versions of a table in a folder, each by a query."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def merge(self, *queries: str, rule: MergeRule | None = None, options: str = "") -> Result:
        paths = [self._folder / name for name in ("base", "current", "incoming")]
        with closing(duckdb.connect()) as database:
            for path, query in zip(paths, queries, strict=True):
                database.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet{options})")
        found = merge_content("t.parquet", Versions(*paths), rule or MergeRule("*", "data"), self._folder / "merged")
        assert found is not None
        return found

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(duckdb.connect()) as database:
            return database.execute(query.replace("merged", f"read_parquet('{self._folder / 'merged'}')")).fetchall()

    def compression(self) -> str:
        with closing(duckdb.connect()) as database:
            found = database.execute("SELECT compression FROM parquet_metadata(?)", [str(self._folder / "merged")])
            row = found.fetchone()
            return str(row[0]) if row else ""


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(tmp_path)


def test_columns_in_another_order_are_the_same_columns(tables: Tables) -> None:
    incoming = "SELECT unnest(['a', 'c']) x, unnest([1, 3]) id"
    tables.merge("SELECT 1 id, 'a' x", "SELECT 1 id, 'a' x UNION ALL SELECT 2, 'b'", incoming)
    assert tables.rows("SELECT * FROM merged") == [(1, "a"), (2, "b"), (3, "c")]


def test_another_type_of_a_column_is_a_reason(tables: Tables) -> None:
    with pytest.raises(UnmergeableError) as refused:
        tables.merge("SELECT 1 id", "SELECT unnest([1, 2]) id", "SELECT 1::DOUBLE id")
    assert "id DOUBLE" in refused.value.why


def test_missing_and_not_a_number_are_values_like_any_other(tables: Tables) -> None:
    base = "SELECT unnest([NULL, 'nan'::DOUBLE, 0.5]) x, unnest([[1], NULL, [2, 3]]) y"
    tables.merge(base, f"{base} UNION ALL SELECT 0.7, [1]", f"FROM ({base}) WHERE x IS NOT NULL")
    assert tables.rows("SELECT y FROM merged") == [(None,), ([2, 3],), ([1],)]


def test_types_and_compression_stay(tables: Tables) -> None:
    columns = "1::TINYINT a, 'x'::BLOB b, TIMESTAMPTZ '2026-01-01' c, {'k': 1.5::FLOAT} d, 1.25::DECIMAL(5, 2) e"
    sides = [f"SELECT {number} id, {columns}" for number in (1, 2, 3)]
    appended = [f"{sides[0]} UNION ALL {side}" for side in sides[1:]]
    tables.merge(sides[0], *appended, options=", COMPRESSION zstd")
    types = [row[1] for row in tables.rows("DESCRIBE SELECT * FROM merged")]
    assert types == ["INTEGER", "TINYINT", "BLOB", "TIMESTAMP WITH TIME ZONE", "STRUCT(k FLOAT)", "DECIMAL(5,2)"]
    assert tables.compression() == "ZSTD"


def test_a_clash_shows_the_rows(tables: Tables) -> None:
    found = tables.merge("SELECT 1 id, 'a' x", "SELECT 1 id, 'b' x", "SELECT 1 id, 'c' x")
    assert found.is_conflict
    assert found.differences == (Difference("id = 1", "1, a", "1, b", "1, c"),)


def test_the_index_of_pandas_stays_an_index(tables: Tables, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("base", "current", "incoming")]
    for path, names in zip(paths, (["owl"], ["owl", "tit"], ["owl", "kite"]), strict=True):
        pandas.DataFrame({"n": range(len(names))}, index=pandas.Index(names, name="bird")).to_parquet(path)
    merge_content("t.parquet", Versions(*paths), MergeRule("*", "data", key=("bird",)), tmp_path / "merged")
    read = pandas.read_parquet(tmp_path / "merged")
    assert list(read.columns) == ["n"]
    assert list(read.index) == ["owl", "tit", "kite"]
    assert tables.rows("SELECT count(*) FROM merged") == [(3,)]


def test_a_frame_without_an_index_gets_none(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("base", "current", "incoming")]
    for path, numbers in zip(paths, ([1], [1, 2], [1, 3]), strict=True):
        pandas.DataFrame({"id": numbers}).to_parquet(path)
    merge_content("t.parquet", Versions(*paths), MergeRule("*", "data"), tmp_path / "merged")
    assert pandas.read_parquet(tmp_path / "merged").to_dict("list") == {"id": [1, 2, 3]}


def test_names_that_differ_only_by_case_are_a_reason(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("base", "current", "incoming")]
    for path, numbers in zip(paths, ([1], [1, 2], [1, 3]), strict=True):
        pandas.DataFrame({"id": numbers, "Id": numbers}).to_parquet(path)
    with pytest.raises(UnmergeableError, match="cannot be merged"):
        merge_content("t.parquet", Versions(*paths), MergeRule("*", "data"), tmp_path / "merged")
