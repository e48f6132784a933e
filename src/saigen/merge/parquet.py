"""Parquet: rows by a key or as a whole. DuckDB numbers equal rows and equal keys; which rows stay, the plan says."""

# ruff: noqa: S608 - names and texts in SQL are quoted by `engine.quoted` and `engine.text`
from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from saigen.data.compare.engine import Column, Engine, Table, UnreadableError, engine, quoted, text
from saigen.data.compare.keys import is_called_key
from saigen.data.compare.table import load_parquet
from saigen.merge.keys import WHOLE
from saigen.merge.outcome import SHOWN, Difference, Result, plan_notes, unmergeable
from saigen.merge.plan import Items, Plan, merge
from saigen.merge.versions import Versions
from saigen.project.branches import MergeRule

_MEMORY = "192MB"  # beyond it DuckDB writes to its temporary folder
_CODECS = ("snappy", "zstd", "gzip", "brotli", "lz4_raw")
_BATCH = 50_000  # rows that are fetched at once


def merge_parquet(name: str, versions: Versions, rule: MergeRule, target: Path) -> Result:
    """The rows of both sides, in `target`. The columns are in the current side's order.

    Raises:
        UnmergeableError: a version is no Parquet file, or they have different columns.
    """
    import duckdb

    try:
        with engine() as tables:
            tables.rows(f"SET memory_limit = {text(_MEMORY)}")
            tables.rows("SET threads = 2")
            return _Merge(tables, name, versions, rule).run(target)
    except UnreadableError as error:
        raise unmergeable(error.what, error.why) from error
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise unmergeable(f"{name} cannot be merged", f"expected tables that fit, found: {reason}") from error


class _Merge:
    """The merge of one file while it is made."""

    def __init__(self, tables: Engine, name: str, versions: Versions, rule: MergeRule) -> None:
        self._tables = tables
        self._name = name
        self._rule = rule
        self._current = versions.current
        paths = (versions.before, versions.current, versions.incoming)
        self._sides = [load_parquet(tables, path) if path else None for path in paths]

    def run(self, target: Path) -> Result:
        """Number the rows, plan, and write what the plan says."""
        present = [side for side in self._sides if side]
        _check_columns(self._name, present)
        columns = list(present[-2].columns)  # the current side's
        key = self._key(present)
        starts = self._number(columns, key)
        plan = self._plan(starts, keyed=bool(key))
        notes = plan_notes(plan, self._rule.prefer, "rows")
        if plan.clashes:
            return self._conflict(plan, key, starts, columns, notes)
        self._write(plan, starts, columns, target)
        return Result(target, notes)

    def _key(self, present: Sequence[Table]) -> tuple[str, ...]:
        if self._rule.key == (WHOLE,):
            return ()
        filled = [table for table in present if table.rows]
        if self._rule.key:
            for table in filled:
                if not set(self._rule.key) <= table.columns.keys() or not self._is_key(table, self._rule.key):
                    raise unmergeable(
                        f"rows of {self._name} cannot be recognised by {', '.join(self._rule.key)}",
                        "expected columns of all versions in which no value is there twice",
                        f'[merge] "{self._name}" in saigen.toml: another key, or key = ["{WHOLE}"] for whole rows',
                    )
            return self._rule.key
        for name in sorted(present[0].columns, key=lambda name: not is_called_key(name)):
            if all(_may_be_key(table.columns[name]) and self._is_key(table, (name,)) for table in filled):
                return (name,)
        return ()

    def _is_key(self, table: Table, key: Sequence[str]) -> bool:
        """Whether no value is there twice. Most columns show in their first rows that they are no key."""
        names = ", ".join(map(quoted, key))
        for limit in (2000, table.rows):
            rows = min(limit, table.rows)
            some = f"SELECT {names} FROM {table.sql} LIMIT {rows}"
            if self._tables.row(f"SELECT count(*) FROM (SELECT DISTINCT * FROM ({some}))")[0] != rows:
                return False
        return True

    def _number(self, columns: Sequence[str], key: Sequence[str]) -> list[int]:
        """Number all rows of all versions, and those that are equal by the first of them. Where each version begins."""
        names, starts, parts, total = ", ".join(map(quoted, columns)), [], [], 0
        for side in self._sides:
            starts.append(total)
            if side:
                parts.append(f"SELECT rowid + {total} AS saigen_row, {names} FROM {side.sql}")
                total += side.rows
        self._tables.rows(f"CREATE VIEW every AS {' UNION ALL '.join(parts)}")
        self._group("same", columns)
        if key:
            self._group("keyed", key)
        return [*starts, total]

    def _group(self, name: str, columns: Sequence[str]) -> None:
        names = ", ".join(map(quoted, columns))
        self._tables.rows(
            f"CREATE TABLE {name} AS SELECT first, unnest(members) AS member FROM"
            f" (SELECT min(saigen_row) AS first, list(saigen_row) AS members FROM every GROUP BY {names})"
        )

    def _plan(self, starts: Sequence[int], *, keyed: bool) -> Plan:
        values = self._numbers("same", starts[-1])
        keys = self._numbers("keyed", starts[-1]) if keyed else None
        items = [Items(values[start:end], keys[start:end] if keys else None) for start, end in pairwise(starts)]
        return merge(*items, prefer=self._rule.prefer)

    def _numbers(self, table: str, total: int) -> array[int]:
        """The number of the first equal row, for each row."""
        numbers = array("q", bytes(8 * total))
        for start in range(0, total, _BATCH):
            within = f"member >= {start} AND member < {start + _BATCH}"
            for member, first in self._tables.rows(f"SELECT member, first FROM {table} WHERE {within}"):
                numbers[member] = first
        return numbers

    def _write(self, plan: Plan, starts: Sequence[int], columns: Sequence[str], target: Path) -> None:
        listed = self._tables.new_file(".csv")
        with listed.open("w", encoding="ascii") as file:
            for place, pick in enumerate(plan.indexes):
                file.write(f"{place},{starts[1] + pick if pick >= 0 else starts[2] + ~pick}\n")
        picks = (
            f"read_csv({text(str(listed))}, header = false, columns = {{'place': 'BIGINT', 'saigen_row': 'BIGINT'}})"
        )
        names = ", ".join(map(quoted, columns))
        query = f"SELECT {names} FROM every JOIN {picks} USING (saigen_row) ORDER BY place"
        self._tables.rows(f"COPY ({query}) TO {text(str(target))} (FORMAT parquet, COMPRESSION {self._codec()})")

    def _codec(self) -> str:
        link = self._tables.link(self._current, ".parquet")
        found = self._tables.rows(f"SELECT compression FROM parquet_metadata({text(str(link))}) LIMIT 1")
        codec = str(found[0][0]).lower() if found else ""
        return codec if codec in _CODECS else "snappy"

    def _conflict(
        self,
        plan: Plan,
        key: Sequence[str],
        starts: Sequence[int],
        columns: Sequence[str],
        notes: tuple[str, ...],
    ) -> Result:
        differences = []
        for clash in plan.clashes[:SHOWN]:
            places = zip(starts, (clash.base, clash.current, clash.incoming), strict=False)
            numbers = [None if index is None else start + index for start, index in places]
            name = ", ".join(f"{one} = {value}" for one, value in zip(key, self._row(clash.key, key), strict=True))
            differences.append(Difference(name, *(self._shown(number, columns) for number in numbers)))
        return Result(None, notes, tuple(differences), len(plan.clashes))

    def _shown(self, number: int | None, columns: Sequence[str]) -> str | None:
        return None if number is None else ", ".join(map(str, self._row(number, columns)))

    def _row(self, number: object, columns: Sequence[str]) -> tuple[object, ...]:
        names = ", ".join(map(quoted, columns))
        return self._tables.row(f"SELECT {names} FROM every WHERE saigen_row = {int(str(number))}")


def _may_be_key(column: Column) -> bool:
    fraction = column.family == "number" and not column.whole and not is_called_key(column.name)
    return not column.missing and column.family not in ("nested", "boolean") and not fraction


def _check_columns(name: str, versions: Sequence[Table]) -> None:
    forms = [{one.name: one.type for one in version.columns.values()} for version in versions]
    for form in forms[1:]:
        if form != forms[0]:
            sides = (", ".join(f"{one} {type_}" for one, type_ in side.items()) for side in (forms[0], form))
            raise unmergeable(
                f"{name} has other columns on the two sides",
                f"expected one set of columns, found {' and '.join(sides)}",
                "give both branches the same columns, and merge again",
            )
