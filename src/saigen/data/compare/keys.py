"""Which columns recognise a row in two tables: given, declared by a database, or found by this rule.

Candidates hold whole numbers, texts, times or booleans, and no missing value, in both tables. A key is unique in both.

1. One column: the first that is called `id`, `key`, `uuid`, `guid` or `index`, or ends so (`flight_id`); else the
   first in the order of A's columns that the name of no measurement suggests by being a fraction.
2. Up to four columns together: beginning with the one of most distinct values, the column that adds most distinct
   combinations is taken, until they are unique. Columns that turn out not to be needed are dropped again.
3. None: rows are matched by position where both tables have the same number of rows, else as whole rows.
"""

# ruff: noqa: S608 - names and texts in SQL are quoted by `engine.quoted` and `engine.text`
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from saigen.data.compare.engine import Column, Engine, Table, quoted
from saigen.errors import UsageError

LONGEST = 4  # columns
_CANDIDATES = 12
_CALLED = re.compile(r"(^|[_\W]|(?<=[a-z])(?=[A-Z]))(id|key|uuid|guid|index)$", re.IGNORECASE)


@dataclass(frozen=True)
class Key:
    """Columns that recognise a row, and how they were found: `given`, `declared` or `detected`."""

    columns: tuple[str, ...]
    how: str


def is_called_key(name: str) -> bool:
    """Whether a column's name says that it recognises rows: `id`, `flight_id`, `runId`."""
    return _CALLED.search(name) is not None


def find_key(engine: Engine, a: Table, b: Table, kept: Sequence[str], given: Sequence[str] = ()) -> Key | None:
    """The key of two tables, or None.

    Args:
        kept: columns of both. given: names that a person chose.

    Raises:
        UsageError: the given columns are not in both tables, or do not recognise rows.
    """
    if given:
        return _given(engine, a, b, kept, given)
    if a.key and a.key == b.key and set(a.key) <= set(kept):
        return Key(a.key, "declared")
    candidates = [name for name in kept if _may_be_key(a.columns[name]) and _may_be_key(b.columns[name])]
    if not a.rows or not b.rows or not candidates:
        return None
    found = _single(engine, a, b, candidates) or _combined(engine, a, b, candidates)
    return Key(found, "detected") if found else None


def _given(engine: Engine, a: Table, b: Table, kept: Sequence[str], given: Sequence[str]) -> Key:
    missing = [name for name in given if name not in kept]
    if missing:
        raise UsageError(
            f"{missing[0]!r} cannot be a key here",
            f"expected columns of both, which are {', '.join(kept) or 'none'}",
            "saigen data diff ... --key COLUMN[,COLUMN]",
        )
    for table, side in ((a, "the first"), (b, "the second")):
        if _distinct(engine, table, given) != table.rows:
            raise UsageError(
                f"{', '.join(given)} does not recognise rows",
                f"expected no value twice, and none missing, found otherwise in {side}",
                "choose other columns, or leave --key out",
            )
    return Key(tuple(given), "given")


def _may_be_key(column: Column) -> bool:
    fraction = column.family == "number" and not column.whole
    return not column.missing and column.family != "nested" and not fraction


def _single(engine: Engine, a: Table, b: Table, candidates: Sequence[str]) -> tuple[str, ...] | None:
    in_order = sorted(candidates, key=lambda name: not is_called_key(name))
    distinct_a, distinct_b = (_distinct_each(engine, table, in_order) for table in (a, b))
    for name in in_order:
        if distinct_a[name] == a.rows and distinct_b[name] == b.rows:
            return (name,)
    return None


def _combined(engine: Engine, a: Table, b: Table, candidates: Sequence[str]) -> tuple[str, ...] | None:
    counts = _distinct_each(engine, a, candidates)
    left = sorted((name for name in candidates if counts[name] > 1), key=lambda name: -counts[name])[:_CANDIDATES]
    if len(left) < 2:
        return None
    chosen = [left.pop(0)]
    while len(chosen) < LONGEST and left:
        best = max(left, key=lambda name: _distinct(engine, a, [*chosen, name]))
        chosen.append(best)
        left.remove(best)
        if _unique(engine, a, chosen):
            needed = _without_idle(engine, a, chosen)
            return tuple(needed) if _unique(engine, b, needed) else None
    return None


def _without_idle(engine: Engine, table: Table, columns: Iterable[str]) -> list[str]:
    needed = list(columns)
    for name in list(needed):
        rest = [other for other in needed if other != name]
        if rest and _unique(engine, table, rest):
            needed = rest
    return sorted(needed, key=list(table.columns).index)


def _unique(engine: Engine, table: Table, columns: Sequence[str]) -> bool:
    return _distinct(engine, table, columns) == table.rows


def _distinct(engine: Engine, table: Table, columns: Sequence[str]) -> int:
    """Number of distinct combinations in which nothing is missing."""
    names = ", ".join(map(quoted, columns))
    present = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in columns)
    return int(engine.row(f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM {table.sql} WHERE {present})")[0])


def _distinct_each(engine: Engine, table: Table, columns: Sequence[str]) -> dict[str, int]:
    counts = ", ".join(f"count(DISTINCT {quoted(name)})" for name in columns)
    return dict(zip(columns, engine.row(f"SELECT {counts} FROM {table.sql}"), strict=True))
