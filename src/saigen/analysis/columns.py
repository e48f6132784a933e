"""Which columns of inputs, predictions and labels are meant, where nobody said. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from saigen.analysis.metric import Metric
from saigen.data.compare.engine import Column
from saigen.errors import BlockedError, UsageError

PARTS = ("predictions", "inputs", "labels")
Has = Mapping[str, Mapping[str, Column]]  # part -> column's name -> column


@dataclass(frozen=True)
class Columns:
    """Which columns mean what; None is found from the data.

    Attributes:
        key: recognise a row in inputs, predictions and labels; none where rows belong together by their place.
        unit: what was assigned to a group, such as a customer; the row where it is None.
        prediction, label: the two that metrics compare.
        predictions, labels: how those are usually called: the first name that is there is taken.
    """

    key: tuple[str, ...] = ()
    unit: str | None = None
    prediction: str | None = None
    label: str | None = None
    predictions: tuple[str, ...] = ("prediction",)
    labels: tuple[str, ...] = ("label",)


def find_columns(asked: Columns, metric: Metric, has: Has) -> Columns:
    """Which columns are meant.

    Raises:
        UsageError: one that was named is not there, or one must be named. BlockedError: a part that the metric needs
            is not there.
    """
    for name in asked.key:
        require("predictions", name, has)
    taken = {*asked.key, asked.unit}
    prediction = label = None
    if metric.predictions:
        prediction = _one("predictions", asked.prediction, asked.predictions, taken, has)
    if metric.labels:
        label = _one("labels", asked.label, asked.labels, taken, has)
    return replace(asked, prediction=prediction, label=label)


def part_of(name: str, has: Has) -> str:
    """The part that a column is in, predictions first. Raises UsageError where it is in none."""
    for part in PARTS:
        if name in has[part]:
            return part
    known = sorted({column for part in PARTS for column in has[part]})
    raise UsageError(f"there is no column {name!r}", f"expected one of {', '.join(known)}", "name one of them")


def require(part: str, name: str, has: Has) -> None:
    """Raises UsageError where a part has no such column."""
    if name not in has[part]:
        raise UsageError(
            f"there is no column {name!r} in the {part}",
            f"expected one of {', '.join(has[part]) or 'none: there are no records of them'}",
            "name one of them",
        )


def _one(part: str, asked: str | None, usual: Sequence[str], taken: Collection[str | None], has: Has) -> str:
    """The column of a part that a metric compares: one that is called as usual, or the only one."""
    if not has[part]:
        raise BlockedError(
            f"the records hold no {part}",
            f"the metric needs them, and no Parquet file was added to monitoring/{part}",
            f"saigen monitor record ENV --{part} FILE ..., or another metric",
        )
    if asked:
        require(part, asked, has)
        return asked
    left = [name for name in has[part] if name not in taken]
    found = [name for name in usual if name in left] or left
    if found and (found is not left or len(left) == 1):
        return found[0]
    one = part.removesuffix("s")
    raise UsageError(
        f"it is not clear which column of the {part} is the {one}",
        f"expected one called {' or '.join(usual)}, or only one, found {', '.join(left) or 'none'}",
        f"--{one} COLUMN, or [monitor] {one} in saigen.toml",
    )
