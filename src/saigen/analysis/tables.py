"""The values of both groups, a value a unit: batches joined and averaged by DuckDB.

Rows of inputs, predictions and labels belong together by the key; without one, by their place in batches of the same
name. A label is the same whichever group recorded it, and where there are several the last one holds.
"""

# ruff: noqa: S608 - names and texts in SQL are quoted by `engine.quoted` and `engine.text`
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saigen.analysis.batches import Batch
from saigen.analysis.columns import PARTS, Columns, Has, find_columns, part_of
from saigen.analysis.metric import Metric
from saigen.data.compare.engine import Column, Engine, engine, quoted, text
from saigen.errors import BlockedError, UsageError

if TYPE_CHECKING:
    import numpy as np

    Values = np.ndarray[Any, np.dtype[np.float64]]

SIDES = ("control", "candidate")
# Columns that we add to each row of a part: its group, the number of its batch, the batch's name, its row there.
_OWN = ('"saigen side"', '"saigen place"', '"saigen batch"', '"saigen row"')
_NAMED = 5  # units that are named of those in both groups


@dataclass(frozen=True)
class Sides:
    """What was found.

    Attributes:
        control, candidate: the values. units: number of units of each group, whether they have a value or not.
        both: number of units in both groups. named: a few of them.
        without: rows of predictions of each group that have no value: no label, or no prediction.
        columns: which columns were taken.
    """

    control: Values
    candidate: Values
    units: tuple[int, int]
    both: int
    named: tuple[str, ...]
    without: tuple[int, int]
    columns: Columns


def read_values(
    batches: Sequence[Mapping[str, Sequence[Batch]]], metric: Metric, asked: Columns, *, paired: bool
) -> Sides:
    """The values of control and candidate.

    Args:
        batches: of both groups, by part.
        paired: value i of both is of the same unit, and other units are left out. Else units in both are left out.

    Raises:
        BlockedError: there are no predictions or no labels. UsageError: a column is not there, must be named, or
            holds what the metric cannot take.
    """
    for side, parts in zip(SIDES, batches, strict=True):
        if not parts["predictions"]:
            raise BlockedError(
                f"the records of the {side} hold no predictions",
                "expected Parquet files added to monitoring/predictions, found none",
                "saigen monitor record ENV --predictions FILE ...",
            )
    with engine() as database:
        has = {part: _load(database, part, [parts[part] for parts in batches]) for part in PARTS}
        columns = find_columns(asked, metric, has)
        _give(database, metric, columns, has)
        return _read(database, columns, paired)


def _load(database: Engine, part: str, batches: Sequence[Sequence[Batch]]) -> Mapping[str, Column]:
    """Make the table of a part; the columns of its own, which are none where there are no batches."""
    folder = database.folder / part
    folder.mkdir()
    numbered = [(side, one) for side, found in enumerate(batches) for one in found]
    if not numbered:
        return {}
    lines = []
    for place, (side, batch) in enumerate(numbered):
        link = folder / f"{place:08}.parquet"
        link.symlink_to(batch.file.resolve())
        lines.append(f"({text(str(link))}, {side}, {place}, {text(batch.name)})")
    database.rows(f"CREATE TEMP TABLE files AS SELECT * FROM (VALUES {', '.join(lines)}) AS f(file, side, place, name)")
    source = (
        f"read_parquet({text(str(folder))} || '/*.parquet', union_by_name=true, filename=true, file_row_number=true)"
    )
    held = ("side", "place", "name", "file_row_number")
    own = ", ".join(f"{one} AS {name}" for one, name in zip(held, _OWN, strict=True))
    rows = f"(SELECT {own}, r.* EXCLUDE (filename, file_row_number) FROM {source} AS r JOIN files ON file = filename)"
    table = database.load(rows, folder)
    database.rows(f"ALTER TABLE {table.sql} RENAME TO {part}; DROP TABLE files")
    return {name: column for name, column in table.columns.items() if quoted(name) not in _OWN}


def _give(database: Engine, metric: Metric, columns: Columns, has: Has) -> None:
    """Make `given`: group, unit and value of each row of predictions."""
    unit = _column(columns.unit, has) if columns.unit else _row("predictions", columns, has)
    held, value = _value(metric, columns, has)
    joins = [_join(part, columns, has) for part in ("inputs", "labels") if has[part]]
    query = (
        f"SELECT predictions.{_OWN[0]} AS side, CAST({unit} AS VARCHAR) AS unit, {value} AS value"
        f" FROM predictions {' '.join(joins)}"
    )
    database.rows(
        f"CREATE TABLE given AS SELECT side, unit, CASE WHEN isfinite(value) THEN value END AS value FROM ({query})"
    )
    if metric.binary:
        (wrong,) = database.row("SELECT count(*) FROM given WHERE value NOT IN (0, 1)")
        if wrong:
            raise UsageError(
                f"{metric.name} is for zeros and ones",
                f"{wrong:,} rows of {held} hold something else",
                f"--metric column:{held}, for a mean",
            )


def _join(part: str, columns: Columns, has: Has) -> str:
    """The last row of a part for each row of predictions."""
    row, (_, place, _, number) = _row(part, columns, has), _OWN
    last = (
        f"SELECT *, {row} AS {quoted('saigen id')} FROM {part} QUALIFY row_number() OVER"
        f" (PARTITION BY {row} ORDER BY {place} DESC, {number} DESC) = 1"
    )
    return f"LEFT JOIN ({last}) AS {part} ON {part}.{quoted('saigen id')} = {_row('predictions', columns, has)}"


def _row(part: str, columns: Columns, has: Has) -> str:
    """What recognises a row of a part."""
    if columns.key and all(name in has[part] for name in columns.key):
        names = (f"CAST({part}.{quoted(name)} AS VARCHAR)" for name in columns.key)
        return f"concat_ws(chr(31), {', '.join(names)})"
    return f"concat({part}.{_OWN[2]}, '#', {part}.{_OWN[3]})"


def _value(metric: Metric, columns: Columns, has: Has) -> tuple[str, str]:
    """Name of the column that the value of a row is of, and its SQL: NULL where prediction or label is missing."""
    if metric.column is not None:
        return metric.column, _number(part_of(metric.column, has), metric.column, has)
    pairs = [("predictions", columns.prediction), ("labels", columns.label)]
    named = [(part, name) for part, name in pairs if name is not None]
    sql = [_number(part, name, has) for part, name in named] if metric.numbers else _comparable(named, has)
    missing = " OR ".join(f"{one} IS NULL" for one in sql)
    return named[-1][1], f"CASE WHEN {missing} THEN NULL ELSE CAST({metric.row(*sql)} AS DOUBLE) END"


def _column(name: str, has: Has) -> str:
    return f"{part_of(name, has)}.{quoted(name)}"


def _number(part: str, name: str, has: Has) -> str:
    family = has[part][name].family
    if family not in {"number", "boolean"}:
        raise UsageError(
            f"the column {name!r} of the {part} is not a number",
            f"expected numbers or truth values, found {has[part][name].type}",
            "another column, or a metric for classes such as accuracy",
        )
    return f"CAST({part}.{quoted(name)} AS DOUBLE)"


def _comparable(named: Sequence[tuple[str, str]], has: Has) -> list[str]:
    """Two columns of classes so that equal ones are equal: 1 and 1.0 and true are."""
    if all(has[part][name].family in {"number", "boolean"} for part, name in named):
        return [_number(part, name, has) for part, name in named]
    return [f"CAST({part}.{quoted(name)} AS VARCHAR)" for part, name in named]


def _read(database: Engine, columns: Columns, paired: bool) -> Sides:
    database.rows("CREATE TABLE units AS SELECT unit, count(DISTINCT side) AS sides FROM given GROUP BY unit")
    (both,) = database.row("SELECT count(*) FROM units WHERE sides = 2")
    named = database.rows(f"SELECT unit FROM units WHERE sides = 2 ORDER BY unit LIMIT {_NAMED}")
    counts = database.rows(
        "SELECT count(DISTINCT unit), count(*) FILTER (value IS NULL) FROM given GROUP BY side ORDER BY side"
    )
    control, candidate = _paired(database) if paired else (_apart(database, side) for side in range(2))
    return Sides(
        control=control,
        candidate=candidate,
        units=(counts[0][0], counts[1][0]),
        both=both,
        named=tuple(str(unit) for (unit,) in named),
        without=(counts[0][1], counts[1][1]),
        columns=columns,
    )


def _apart(database: Engine, side: int) -> Values:
    """The mean of each unit that is in one group only."""
    found = database.rows(
        f"SELECT avg(value) FROM given JOIN units USING (unit) WHERE side = {side} AND sides = 1 AND value IS NOT NULL"
        " GROUP BY unit ORDER BY unit"
    )
    return _array([value for (value,) in found])


def _paired(database: Engine) -> tuple[Values, Values]:
    """The means of each unit that has a value in both groups."""
    found = database.rows(
        "SELECT avg(value) FILTER (side = 0) AS a, avg(value) FILTER (side = 1) AS b FROM given"
        " GROUP BY unit HAVING a IS NOT NULL AND b IS NOT NULL ORDER BY unit"
    )
    return _array([a for a, _ in found]), _array([b for _, b in found])


def _array(values: list[float]) -> Values:
    import numpy as np

    return np.array(values, dtype=np.float64)
