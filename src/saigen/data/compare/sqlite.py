"""SQLite databases: table by table, recognised by name; a table's primary key is its key.

Read by Python's own SQLite, row by row: DuckDB has its reader in an extension that it would fetch from the network.
"""

# ruff: noqa: S608 - names in SQL are quoted by `engine.quoted`
from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from saigen.data.compare.engine import Engine, Table, UnreadableError, quoted
from saigen.data.compare.jsonl import load_values
from saigen.data.compare.result import Comparison, TableChanges
from saigen.data.compare.table import compare_tables, table_figures
from saigen.data.judgement import Figures

SUFFIXES = (".sqlite", ".sqlite3", ".db", ".db3")
MAGIC = b"SQLite format 3\0"


def compare_databases(engine: Engine, a: Path, b: Path, key: Sequence[str] = (), *, deep: bool = True) -> Comparison:
    """Everything that happened to a database. `key`: for the tables that have these columns. Raises UnreadableError."""
    left, right = load_database(engine, a), load_database(engine, b)
    both = [name for name in left if name in right]
    changes = []
    for name in both:
        given = key if key and set(key) <= left[name].columns.keys() & right[name].columns.keys() else ()
        changes.append(compare_tables(engine, left[name], right[name], given, deep=deep))
    return Comparison(
        "database",
        database_figures(left, changes),
        tables=tuple(changes),
        tables_added=tuple(name for name in right if name not in left),
        tables_removed=tuple(name for name in left if name not in right),
    )


def database_figures(a: dict[str, Table], changes: Sequence[TableChanges]) -> Figures:
    """What the judgement looks at: sums over all tables, so that a large table counts for more than a small one."""
    columns = sum(len(table.columns) for table in a.values())
    smaller = sum(min(one.rows.a, one.rows.b) for one in changes)
    common = sum(one.rows.a - one.rows.removed for one in changes)
    figures = [(one, table_figures(a[one.name], one)) for one in changes]
    overlap = sum((found.overlap or 0) * min(one.rows.a, one.rows.b) for one, found in figures)
    cells = [(one, found) for one, found in figures if found.changed_cells is not None]
    weight = sum(_cells(one) for one, _ in cells)
    known = any(one.rows.changed is not None for one in changes)
    return Figures(
        kept_columns=sum(len(one.schema.kept) for one in changes) / columns if columns else 1.0,
        overlap=overlap / smaller if smaller else (1.0 if changes else 0.0),
        changed_rows=sum(one.rows.changed or 0 for one in changes) / common if known and common else None,
        changed_cells=sum((found.changed_cells or 0) * _cells(one) for one, found in cells) / weight
        if weight
        else None,
        matched_by="the keys of its tables",
    )


def load_database(engine: Engine, path: Path) -> dict[str, Table]:
    """All tables of a database by name. Raises UnreadableError where it is none."""
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            connection.text_factory = lambda value: value.decode("utf-8", "replace")
            listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
            names = [name for (name,) in listed if not name.startswith("sqlite_")]
            return {name: _load_table(engine, connection, name) for name in names}
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise UnreadableError(
            f"{path.name} cannot be read", f"expected an SQLite database, found: {error}", "look at the file"
        ) from error


def _load_table(engine: Engine, connection: sqlite3.Connection, name: str) -> Table:
    described = connection.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
    types = {str(row[1]): _type(_kinds(connection, name, str(row[1]))) for row in described}
    key = tuple(str(row[1]) for row in sorted((row for row in described if row[5]), key=lambda row: row[5]))
    columns = ", ".join(map(quoted, types))  # those that the table holds; `*` has generated ones as well
    lines = engine.new_file(".jsonl")
    with lines.open("w", encoding="utf-8") as file:
        for row in connection.execute(f"SELECT {columns} FROM {quoted(name)}"):
            values = zip(types.items(), row, strict=True)
            file.write(json.dumps({column: _plain(value, type_) for (column, type_), value in values}) + "\n")
    return load_values(engine, lines, name, types, key)


def _kinds(connection: sqlite3.Connection, table: str, column: str) -> set[str]:
    """The types of a column's values: SQLite lets every value have its own."""
    found = connection.execute(f"SELECT DISTINCT typeof({quoted(column)}) FROM {quoted(table)}").fetchall()
    return {kind for (kind,) in found}


def _type(kinds: set[str]) -> str:
    """DuckDB's type for values of these types."""
    held = kinds - {"null"}
    if held == {"integer"}:
        return "BIGINT"
    return "DOUBLE" if held and held <= {"integer", "real"} else "VARCHAR"


def _plain(value: Any, type_: str) -> Any:
    """A value as JSON has it. An infinite number, which JSON has not, counts as missing."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if type_ == "VARCHAR" and value is not None else value


def _cells(changes: TableChanges) -> int:
    others = [name for name in changes.schema.kept if name not in changes.rows.key]
    return (changes.rows.a - changes.rows.removed) * len(others)
