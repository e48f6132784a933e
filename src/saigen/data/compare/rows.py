"""Which rows two tables share, and which values differ in them."""

# ruff: noqa: S608 - names and texts in SQL are quoted by `engine.quoted` and `engine.text`
from __future__ import annotations

from collections.abc import Sequence

from saigen.data.compare.engine import Engine, Table, quoted
from saigen.data.compare.keys import Key
from saigen.data.compare.result import Change, RowChanges

EXAMPLES = 5
_STEADY = 0.5  # share of a column's values that are in both: below it, the column counts as rewritten


def compare_rows(engine: Engine, a: Table, b: Table, kept: Sequence[str], key: Key | None) -> RowChanges:
    """What happened to the rows.

    Args:
        kept: columns of both, which alone are compared.
    """
    if key:
        return _joined(engine, a, b, kept, key)
    if a.rows == b.rows and a.rows:
        return _joined(engine, a, b, kept, None)
    return _whole(engine, a, b, kept)


def same(a: Table, b: Table, column: str) -> str:
    """SQL for "this column's values are the same", for the tables `a` and `b` of a query. Missing equals missing."""
    one, other = _value(a, b, "a", column), _value(a, b, "b", column)
    return f"{one} IS NOT DISTINCT FROM {other}"


def _value(a: Table, b: Table, alias: str, column: str) -> str:
    """A column so that values of both tables can be compared: as it is, or both in a type that holds them."""
    name = f"{alias}.{quoted(column)}" if alias else quoted(column)
    one, other = a.columns[column], b.columns[column]
    if one.type == other.type:
        return name
    if one.whole and other.whole:
        return f"{name}::HUGEINT"
    return f"{name}::DOUBLE" if one.family == other.family == "number" else f"{name}::VARCHAR"


def _joined(engine: Engine, a: Table, b: Table, kept: Sequence[str], key: Key | None) -> RowChanges:
    columns = key.columns if key else ()
    on = " AND ".join(same(a, b, name) for name in columns) if columns else "a.rowid = b.rowid"
    both = f"{a.sql} a JOIN {b.sql} b ON {on}"
    others = [name for name in kept if name not in columns]
    differs = [f"NOT ({same(a, b, name)})" for name in others]
    counts = [f"count(*) FILTER (WHERE {condition})" for condition in (*differs, " OR ".join(differs) or "false")]
    common, *cells, changed = engine.row(f"SELECT count(*), {', '.join(counts)} FROM {both}")
    found = {name: number for name, number in zip(others, cells, strict=True) if number}
    return RowChanges(
        a=a.rows,
        b=b.rows,
        matched_by="key" if key else "position",
        added=b.rows - common,
        removed=a.rows - common,
        same=common - changed,
        overlap=_share(common, min(a.rows, b.rows), empty=a.rows == b.rows),
        changed=changed,
        key=columns,
        how=key.how if key else "",
        cells=found,
        examples=tuple(_examples(engine, a, b, on, columns, cells=found)),
    )


def _examples(
    engine: Engine, a: Table, b: Table, on: str, key: Sequence[str], *, cells: dict[str, int]
) -> list[Change]:
    """A few changed values, of the columns that changed most."""
    found: list[Change] = []
    both = f"{a.sql} a JOIN {b.sql} b ON {on}"
    order = ", ".join(f"a.{quoted(name)}" for name in key) or "a.rowid"
    keys = ", ".join(f"a.{quoted(name)}::VARCHAR" for name in key) or "(a.rowid + 1)::VARCHAR"
    for column in sorted(cells, key=lambda name: -cells[name])[:EXAMPLES]:
        wanted = 1 if len(cells) >= EXAMPLES else -(-EXAMPLES // len(cells))
        values = f"a.{quoted(column)}::VARCHAR, b.{quoted(column)}::VARCHAR"
        query = f"SELECT {keys}, {values} FROM {both} WHERE NOT ({same(a, b, column)}) ORDER BY {order} LIMIT {wanted}"
        found.extend(Change(tuple(row[:-2]), column, row[-2], row[-1]) for row in engine.rows(query))
    return found[:EXAMPLES]


def _whole(engine: Engine, a: Table, b: Table, kept: Sequence[str]) -> RowChanges:
    """Rows without a key, matched as a whole, each as often as it is there.

    Where that matches less than half, columns that were rewritten (less than half of their values are in both) are left
    out of the overlap, as long as at least half of the columns stay: the rows are the same, one thing in them is not.
    """
    common = _common(engine, a, b, kept)
    smaller = min(a.rows, b.rows)
    overlap = _share(common, smaller, empty=a.rows == b.rows)
    if smaller and overlap < _STEADY:
        steady = [name for name in kept if _common(engine, a, b, [name]) >= _STEADY * smaller]
        if len(steady) < len(kept) and 2 * len(steady) >= len(kept):
            overlap = max(overlap, _common(engine, a, b, steady) / smaller)
    return RowChanges(
        a=a.rows,
        b=b.rows,
        matched_by="whole rows",
        added=b.rows - common,
        removed=a.rows - common,
        same=common,
        overlap=overlap,
    )


def _common(engine: Engine, a: Table, b: Table, columns: Sequence[str]) -> int:
    """Number of rows that both have, in these columns, each counted as often as it is in both."""
    if not columns or not a.rows or not b.rows:
        return 0
    names = [f"c{number}" for number in range(len(columns))]
    values = ", ".join(f"{_value(a, b, '', one)} AS {name}" for one, name in zip(columns, names, strict=True))
    picked = (f"SELECT {values}, {side} AS side FROM {table.sql}" for side, table in enumerate((a, b)))
    counted = (
        f"SELECT least(count(*) FILTER (WHERE side = 0), count(*) FILTER (WHERE side = 1)) AS n"
        f" FROM ({' UNION ALL '.join(picked)}) GROUP BY {', '.join(names)}"
    )
    return int(engine.row(f"SELECT coalesce(sum(n), 0)::BIGINT FROM ({counted})")[0])


def _share(part: int, whole: int, *, empty: bool) -> float:
    return part / whole if whole else float(empty)
