"""How far the distribution of a column moved between two tables.

Population stability index (PSI): sum over bins of (b - a) * ln(b / a), where a and b are the shares of the two tables.
Read as credit scoring does: below 0.1 none, from 0.1 moderate, from 0.25 large (N. Siddiqi, Credit Risk Scorecards,
2006). Two samples of ONE distribution do not give 0 but (1/n + 1/m) times a chi-squared variable with bins - 1 degrees
of freedom (B. Yurdakul, Statistical Properties of Population Stability Index, 2018); what is within its 95 % is none.
"""

# ruff: noqa: S608 - names and texts in SQL are quoted by `engine.quoted` and `engine.text`
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from saigen.data.compare.engine import Column, Engine, Table, quoted
from saigen.data.compare.result import Shift

MODERATE, LARGE = 0.1, 0.25
_BINS = 10
_CATEGORIES = 20
_SMALLEST = 0.0001  # an empty bin counts as this share: the logarithm of zero is not a number
_MISSING = "missing"


def shifts(engine: Engine, a: Table, b: Table, columns: Sequence[str]) -> list[Shift]:
    """The shift of each of these columns that has a distribution: the largest first.

    Left out: nested values, and texts of which more than half are distinct (names, free text).
    """
    if not a.rows or not b.rows:
        return []
    found = [_shift(engine, a, b, name) for name in columns]
    return sorted((one for one in found if one), key=lambda one: -one.psi)


def psi(a: Mapping[Any, int], b: Mapping[Any, int]) -> float:
    """Population stability index of two histograms (counts by bin)."""
    total_a, total_b = sum(a.values()) or 1, sum(b.values()) or 1
    value = 0.0
    for name in {*a, *b}:
        share_a = max(a.get(name, 0) / total_a, _SMALLEST)
        share_b = max(b.get(name, 0) / total_b, _SMALLEST)
        value += (share_b - share_a) * math.log(share_b / share_a)
    return value


def noise(bins: int, a: int, b: int) -> float:
    """What the PSI of two samples of one distribution, `a` and `b` values in `bins` bins, stays below 95 times of 100.

    The 95 % point of chi-squared is Wilson and Hilferty's approximation: d * (1 - 2/9d + 1.645 * sqrt(2/9d))^3.
    """
    degrees = bins - 1
    if degrees < 1 or not a or not b:
        return 0.0
    spread = 2 / (9 * degrees)
    return float(degrees * (1 - spread + 1.645 * math.sqrt(spread)) ** 3 * (1 / a + 1 / b))


def level(value: float, below: float) -> str:
    """`none`, `moderate` or `large`."""
    if value < MODERATE or value <= below:
        return "none"
    return "moderate" if value < LARGE else "large"


def _shift(engine: Engine, a: Table, b: Table, name: str) -> Shift | None:
    families = {table.columns[name].family for table in (a, b) if table.columns[name].missing < table.rows}
    if "nested" in families:
        return None
    ordered = families in ({"number"}, {"time"})
    histograms = _ordered(engine, a, b, name) if ordered else _categories(engine, a, b, name)
    if histograms is None:
        return None
    left, right = histograms
    value, below = psi(left, right), noise(len({*left, *right}), a.rows, b.rows)
    means = _means(engine, a, b, name) if families == {"number"} else (None, None)
    return Shift(
        column=name,
        psi=value,
        noise=below,
        level=level(value, below),
        missing_a=left.get(_MISSING, 0) / a.rows,
        missing_b=right.get(_MISSING, 0) / b.rows,
        ks=_ks(engine, a, b, name) if ordered else None,
        mean_a=means[0],
        mean_b=means[1],
    )


def _number(column: Column) -> str:
    """A number or time as a DOUBLE in SQL; NaN counts as missing."""
    name = quoted(column.name)
    value = f"epoch({name}::TIMESTAMP)" if column.family == "time" else f"{name}::DOUBLE"
    return f"CASE WHEN isnan({value}) THEN NULL ELSE {value} END"


def _ordered(engine: Engine, a: Table, b: Table, name: str) -> tuple[dict[object, int], dict[object, int]]:
    """Counts by bin; the bins lie between the deciles of A, so that each holds as much of A as values allow."""
    deciles = [number / _BINS for number in range(1, _BINS)]
    cuts = engine.row(f"SELECT quantile_disc(x, {deciles}) FROM ({_numbers(a, name)}) WHERE x IS NOT NULL")[0]
    edges = sorted({float(edge) for edge in cuts or () if math.isfinite(edge)})
    bin_ = " + ".join(f"(x > {edge!r}::DOUBLE)::INTEGER" for edge in edges) or "0"
    return _histogram(engine, a, name, bin_), _histogram(engine, b, name, bin_)


def _numbers(table: Table, name: str) -> str:
    return f"SELECT {_number(table.columns[name])} AS x FROM {table.sql}"


def _histogram(engine: Engine, table: Table, name: str, bin_: str) -> dict[object, int]:
    numbered = f"SELECT CASE WHEN x IS NULL THEN -1 ELSE {bin_} END AS bin FROM ({_numbers(table, name)})"
    query = f"SELECT bin, count(*) FROM ({numbered}) GROUP BY bin"
    return {_MISSING if number == -1 else number: count for number, count in engine.rows(query)}


def _categories(engine: Engine, a: Table, b: Table, name: str) -> tuple[dict[object, int], dict[object, int]] | None:
    """Counts of the most frequent values of both together; the others are one bin. None where most are distinct."""
    sides = (
        f"SELECT {quoted(name)}::VARCHAR AS x, {side} AS side FROM {table.sql}" for side, table in enumerate((a, b))
    )
    counted = (
        "SELECT x, count(*) FILTER (WHERE side = 0) AS na, count(*) FILTER (WHERE side = 1) AS nb"
        f" FROM ({' UNION ALL '.join(sides)}) GROUP BY x"
    )
    distinct, present = engine.row(f"SELECT count(*), sum(na + nb)::BIGINT FROM ({counted}) WHERE x IS NOT NULL")
    if distinct > 2 * _CATEGORIES and 2 * distinct > present:
        return None
    most = f"SELECT x, na, nb FROM ({counted}) WHERE x IS NOT NULL ORDER BY na + nb DESC, x LIMIT {_CATEGORIES}"
    top = engine.rows(most)
    missing = engine.rows(f"SELECT na, nb FROM ({counted}) WHERE x IS NULL")
    left: dict[object, int] = {("is", value): count for value, count, _ in top}
    right: dict[object, int] = {("is", value): count for value, _, count in top}
    if missing:
        left[_MISSING], right[_MISSING] = missing[0]
    if distinct > _CATEGORIES:
        left["other"], right["other"] = a.rows - sum(left.values()), b.rows - sum(right.values())
    return left, right


def _ks(engine: Engine, a: Table, b: Table, name: str) -> float | None:
    """The largest difference of the two distribution functions, exactly."""
    sides = (
        f"SELECT x, {side} AS side FROM ({_numbers(table, name)}) WHERE x IS NOT NULL"
        for side, table in enumerate((a, b))
    )
    counted = (
        "SELECT x, count(*) FILTER (WHERE side = 0) AS na, count(*) FILTER (WHERE side = 1) AS nb"
        f" FROM ({' UNION ALL '.join(sides)}) GROUP BY x"
    )
    summed = (
        "SELECT sum(na) OVER (ORDER BY x) AS sa, sum(nb) OVER (ORDER BY x) AS sb,"
        f" sum(na) OVER () AS ta, sum(nb) OVER () AS tb FROM ({counted})"
    )
    found = engine.row(f"SELECT max(abs(sa / ta - sb / tb)) FROM ({summed}) WHERE ta > 0 AND tb > 0")[0]
    return None if found is None else float(found)


def _means(engine: Engine, a: Table, b: Table, name: str) -> tuple[float | None, float | None]:
    left, right = (engine.row(f"SELECT avg(x) FROM ({_numbers(table, name)})")[0] for table in (a, b))
    return left, right
