"""SQLite databases: table by table, the rows of a table by its primary key. The merge is a copy of the current side."""

# ruff: noqa: S608 - names in SQL are quoted by `engine.quoted`
from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from saigen.data.compare.engine import quoted
from saigen.merge.outcome import SHOWN, Difference, Result, conflict, unmergeable
from saigen.merge.plan import CURRENT, Items, Plan, merge
from saigen.merge.versions import Versions
from saigen.project.branches import MergeRule

_NUMBERS = ("user_version", "application_id")  # of the database, kept as a row with one column is
_ROWID = ("rowid", "_rowid_", "oid")


@dataclass(frozen=True)
class Table:
    """One version of a table.

    Attributes:
        sql: how it was made. columns: those that can be written. key: the primary key, or the rule's; may be empty.
        place: SQL that finds a row: columns of the primary key, or the row's number.
    """

    database: sqlite3.Connection
    name: str
    sql: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    place: tuple[str, ...]

    @cached_property
    def rows(self) -> list[tuple[Any, ...]]:
        """All rows, each behind what finds it."""
        names = ", ".join(map(quoted, (*self.place, *self.columns)))
        return self.database.execute(f"SELECT {names} FROM {quoted(self.name)}").fetchall()

    @cached_property
    def values(self) -> list[tuple[Any, ...]]:
        """The values of all rows."""
        return [row[len(self.place) :] for row in self.rows]

    @cached_property
    def keys(self) -> list[tuple[Any, ...]] | None:
        """The key of each row; None where it does not recognise rows."""
        if not self.key:
            return None
        numbers = [self.columns.index(name) for name in self.key]
        keys = [tuple(row[number] for number in numbers) for row in self.values]
        return keys if len(set(keys)) == len(keys) else None

    def is_same(self, other: Table) -> bool:
        """Whether it is made in the same way and holds the same rows."""
        return self.sql == other.sql and sorted(map(repr, self.values)) == sorted(map(repr, other.values))


def merge_databases(name: str, versions: Versions, rule: MergeRule, target: Path) -> Result:
    """The tables of both sides, in `target`.

    Raises:
        UnmergeableError: a version is no SQLite database, or the rows of both break a rule of a table.
    """
    shutil.copyfile(versions.current, target)
    sides = (versions.before, versions.current, versions.incoming)
    try:
        with ExitStack() as stack:
            opened = [stack.enter_context(_opened(side)) for side in sides]
            merged = stack.enter_context(closing(sqlite3.connect(target, isolation_level=None)))
            merged.execute("PRAGMA trusted_schema = OFF")
            merged.execute("BEGIN")
            return _Merge(rule, opened, merged).run(target)
    except (sqlite3.Error, UnicodeError) as error:
        raise unmergeable(f"{name} cannot be merged", f"expected SQLite databases that fit, found: {error}") from error


class _Merge:
    """The merge of one database while it is made."""

    def __init__(self, rule: MergeRule, sides: Sequence[sqlite3.Connection], merged: sqlite3.Connection) -> None:
        self._rule = rule
        self._sides = sides
        self._merged = merged
        self._differences: list[Difference] = []
        self._count = 0
        self._notes: list[str] = []

    def run(self, target: Path) -> Result:
        """All tables, then what else is in it."""
        others = [_others(side) for side in self._sides]
        for name, (kind, _) in others[1].items():
            if kind == "trigger":  # it would act on the rows that are put in
                self._merged.execute(f"DROP TRIGGER {quoted(name)}")
        tables = [_tables(side, self._rule.key) for side in self._sides]
        for table in sorted({*tables[0], *tables[1], *tables[2]}):
            self._table(table, *(side.get(table) for side in tables))
        self._rest(others)
        self._numbers()
        if self._count:
            return Result(None, tuple(self._notes), tuple(self._differences[:SHOWN]), self._count)
        self._merged.execute("COMMIT")
        return Result(target, tuple(self._notes))

    def _table(self, name: str, before: Table | None, mine: Table | None, theirs: Table | None) -> None:
        if mine and theirs and mine.sql == theirs.sql and (before is None or before.columns == mine.columns):
            return self._rows(name, before, mine, theirs)
        if _same(theirs, before) or _same(theirs, mine):
            return None
        if _same(mine, before):
            return self._replace(name, theirs)
        if self._rule.prefer:
            self._notes.append(f"the table {name} was changed on both sides: the {self._rule.prefer} one stays")
            return None if self._rule.prefer == CURRENT else self._replace(name, theirs)
        return self._clash(f"the table {name}", before, mine, theirs)

    def _rows(self, name: str, before: Table | None, mine: Table, theirs: Table) -> None:
        versions = (before, mine, theirs)
        keyed = all(version is None or version.keys is not None for version in versions)
        sides = [
            Items(version.values if version else [], ((version.keys or []) if version else []) if keyed else None)
            for version in versions
        ]
        plan = merge(*sides, prefer=self._rule.prefer)
        if plan.settled:
            self._notes.append(
                f"{plan.settled} rows of {name} were changed on both sides: the {self._rule.prefer} ones stay"
            )
        if plan.clashes:
            texts = [list(map(repr, version.values)) if version else [] for version in versions]
            found = conflict(plan, tuple(f"{name}.{column}" for column in mine.key), texts)
            self._differences += found.differences
            self._count += found.count
            return
        self._write(plan, mine, theirs)

    def _write(self, plan: Plan, mine: Table, theirs: Table) -> None:
        kept = {pick for pick in plan.indexes if pick >= 0}
        where = " AND ".join(f"{quoted(column)} IS ?" for column in mine.place)
        gone = [row[: len(mine.place)] for number, row in enumerate(mine.rows) if number not in kept]
        self._merged.executemany(f"DELETE FROM {quoted(mine.name)} WHERE {where}", gone)
        self._insert(mine, [theirs.values[~pick] for pick in plan.indexes if pick < 0])

    def _insert(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        names, marks = ", ".join(map(quoted, table.columns)), ", ".join("?" for _ in table.columns)
        self._merged.executemany(f"INSERT INTO {quoted(table.name)} ({names}) VALUES ({marks})", rows)

    def _replace(self, name: str, table: Table | None) -> None:
        self._merged.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
        if table:
            self._merged.execute(table.sql)
            self._insert(table, table.values)

    def _rest(self, others: Sequence[dict[str, tuple[str, str]]]) -> None:
        """Indexes, views and triggers, each as one item."""
        plan = merge(*(Items(list(side.values()), list(side)) for side in others), prefer=self._rule.prefer)
        for clash in plan.clashes:
            self._clash(f"{clash.key}", *(side.get(str(clash.key)) for side in others))
        names = [list(side) for side in others]
        wanted = {names[1][at]: others[1][names[1][at]] for at in plan.indexes if at >= 0}
        wanted |= {names[2][~at]: others[2][names[2][~at]] for at in plan.indexes if at < 0}
        present = _others(self._merged)
        for name, (kind, _) in present.items():
            if wanted.get(name) != present[name]:
                self._merged.execute(f"DROP {kind.upper()} IF EXISTS {quoted(name)}")
        for name, (_, sql) in wanted.items():
            if present.get(name) != wanted[name]:
                self._merged.execute(sql)

    def _numbers(self) -> None:
        for number in _NUMBERS:
            before, mine, theirs = (side.execute(f"PRAGMA {number}").fetchone()[0] for side in self._sides)
            if mine == before:
                self._merged.execute(f"PRAGMA {number} = {int(theirs)}")
            elif theirs not in (before, mine) and self._rule.prefer is None:
                self._clash(f"PRAGMA {number}", before, mine, theirs)

    def _clash(self, what: str, *versions: object) -> None:
        self._count += 1
        shown = (None if one is None else one.sql if isinstance(one, Table) else str(one) for one in versions)
        self._differences.append(Difference(what, *shown))


@contextmanager
def _opened(path: Path | None) -> Iterator[sqlite3.Connection]:
    """A database that nobody changes; an empty one where there is none. Raises sqlite3.Error where it is damaged."""
    place = f"{path.resolve().as_uri()}?mode=ro&immutable=1" if path else ":memory:"
    with closing(sqlite3.connect(place, uri=True)) as database:
        database.execute("PRAGMA trusted_schema = OFF")
        database.text_factory = lambda value: value.decode("utf-8", "surrogateescape")
        found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(f"it is damaged: {found}")
        yield database


def _tables(database: sqlite3.Connection, key: tuple[str, ...]) -> dict[str, Table]:
    listed = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    tables = {}
    for name, sql in listed:
        if name.startswith("sqlite_"):
            continue
        if sql.upper().startswith("CREATE VIRTUAL"):
            raise sqlite3.DatabaseError(f"the table {name} is virtual")
        described = database.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
        columns = tuple(row[1] for row in described)
        primary = tuple(row[1] for row in sorted((row for row in described if row[5]), key=lambda row: row[5]))
        chosen = key if key and set(key) <= set(columns) else primary
        tables[name] = Table(database, name, sql, columns, chosen, _place(database, name, columns, primary))
    return tables


def _place(
    database: sqlite3.Connection, name: str, columns: Sequence[str], primary: tuple[str, ...]
) -> tuple[str, ...]:
    taken = {column.lower() for column in columns}
    for number in _ROWID:
        if number not in taken:
            try:
                database.execute(f"SELECT {number} FROM {quoted(name)} LIMIT 1")
            except sqlite3.OperationalError:
                break  # a table WITHOUT ROWID: its primary key is what finds a row
            return (number,)
    return primary or tuple(columns)


def _others(database: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    listed = database.execute("SELECT name, type, sql FROM sqlite_master WHERE type != 'table' AND sql IS NOT NULL")
    return {name: (kind, sql) for name, kind, sql in listed}


def _same(one: Table | None, other: Table | None) -> bool:
    return other is one if one is None or other is None else one.is_same(other)
