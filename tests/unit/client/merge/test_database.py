"""SQLite: tables, rows, and all that hangs on them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from saigen.merge.content import merge_content
from saigen.merge.outcome import Result, UnmergeableError
from saigen.merge.versions import Versions
from saigen.project.branches import MergeRule

BIRDS = ("CREATE TABLE birds (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT)", "INSERT INTO birds VALUES (1, 'tit')")


class Databases:
    """Three versions of a database in a folder: what both began with, and what each side did then."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def merge(self, base: tuple[str, ...], current: tuple[str, ...], incoming: tuple[str, ...]) -> Result:
        changes = {"base": base, "current": (*base, *current), "incoming": (*base, *incoming)}
        for name, statements in changes.items():
            with closing(sqlite3.connect(self._folder / name)) as database, database:
                for statement in statements:
                    database.execute(statement)
        versions = Versions(*(self._folder / name for name in changes))
        found = merge_content("birds.db", versions, MergeRule("*", "data"), self._folder / "merged")
        assert found is not None
        return found

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._folder / "merged")) as database:
            return database.execute(query).fetchall()


@pytest.fixture
def databases(tmp_path: Path) -> Databases:
    return Databases(tmp_path)


def test_rows_tables_indexes_and_views_of_both_sides_are_there(databases: Databases) -> None:
    found = databases.merge(
        BIRDS,
        ("INSERT INTO birds VALUES (2, 'owl')", "CREATE VIEW names AS SELECT name FROM birds"),
        ("INSERT INTO birds VALUES (3, 'kite')", "CREATE TABLE places (n)", "CREATE INDEX by_name ON birds(name)"),
    )
    assert not found.is_conflict
    assert databases.rows("SELECT name FROM names ORDER BY 1") == [("kite",), ("owl",), ("tit",)]
    made = "SELECT name FROM sqlite_master WHERE name IN ('places', 'by_name') ORDER BY 1"
    assert databases.rows(made) == [("by_name",), ("places",)]
    assert databases.rows("PRAGMA integrity_check") == [("ok",)]
    assert databases.rows("SELECT seq FROM sqlite_sequence") == [(3,)]


def test_a_deleted_row_and_a_deleted_table_stay_deleted(databases: Databases) -> None:
    base = (*BIRDS, "CREATE TABLE old (n)", "INSERT INTO old VALUES (1)")
    found = databases.merge(base, ("DELETE FROM birds",), ("DROP TABLE old", "INSERT INTO birds VALUES (2, 'owl')"))
    assert not found.is_conflict
    assert databases.rows("SELECT * FROM birds") == [(2, "owl")]
    assert databases.rows("SELECT name FROM sqlite_master WHERE name = 'old'") == []


def test_triggers_do_not_act_on_the_merge_and_are_still_there(databases: Databases) -> None:
    base = (
        *BIRDS,
        "CREATE TABLE log (bird)",
        "CREATE TRIGGER seen AFTER INSERT ON birds BEGIN INSERT INTO log VALUES (new.id); END",
    )
    databases.merge(base, ("INSERT INTO birds VALUES (2, 'owl')",), ("INSERT INTO birds VALUES (3, 'kite')",))
    assert databases.rows("SELECT bird FROM log ORDER BY 1") == [(2,), (3,)]
    assert databases.rows("SELECT type FROM sqlite_master WHERE name = 'seen'") == [("trigger",)]


def test_the_same_new_key_with_two_values_names_table_and_key(databases: Databases) -> None:
    found = databases.merge(BIRDS, ("INSERT INTO birds VALUES (2, 'owl')",), ("INSERT INTO birds VALUES (2, 'kite')",))
    assert [one.what for one in found.differences] == ["birds.id = 2"]
    assert "kite" in (found.differences[0].incoming or "")


def test_a_table_without_rowid_is_merged_by_its_key(databases: Databases) -> None:
    base = ("CREATE TABLE seen (day TEXT, bird INT, n INT, PRIMARY KEY (day, bird)) WITHOUT ROWID",)
    base = (*base, "INSERT INTO seen VALUES ('mon', 1, 1)")
    databases.merge(base, ("UPDATE seen SET n = 2",), ("INSERT INTO seen VALUES ('mon', 2, 1)",))
    assert databases.rows("SELECT * FROM seen ORDER BY 2") == [("mon", 1, 2), ("mon", 2, 1)]


def test_rows_that_break_a_constraint_together_are_a_reason(databases: Databases) -> None:
    base = ("CREATE TABLE birds (id INTEGER PRIMARY KEY, name TEXT UNIQUE)",)
    with pytest.raises(UnmergeableError) as refused:
        databases.merge(base, ("INSERT INTO birds VALUES (1, 'owl')",), ("INSERT INTO birds VALUES (2, 'owl')",))
    assert "UNIQUE" in refused.value.why


def test_a_new_column_against_new_rows_is_a_conflict(databases: Databases) -> None:
    found = databases.merge(BIRDS, ("ALTER TABLE birds ADD COLUMN age",), ("INSERT INTO birds VALUES (2, 'owl')",))
    assert [one.what for one in found.differences] == ["the table birds"]


def test_a_new_column_alone_is_taken(databases: Databases) -> None:
    databases.merge(BIRDS, ("CREATE TABLE other (n)",), ("ALTER TABLE birds ADD COLUMN age INT DEFAULT 3",))
    assert databases.rows("SELECT * FROM birds") == [(1, "tit", 3)]
