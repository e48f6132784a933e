"""What an experiment measures: one value for each row of predictions, and how values become one figure. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from saigen.errors import UsageError


class Form(str, Enum):
    """How the values of a group become one figure."""

    RATE = "rate"  # the share of ones among zeros and ones
    MEAN = "mean"
    ROOT = "root"  # the root of the mean


class Better(str, Enum):
    """Which way a metric gets better."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        name: as it was asked for. column: the column that it is the mean of; None for one of predictions and labels.
        better: None where neither way is. predictions, labels: whether it needs them.
        numbers: whether they must be numbers. binary: whether its values must be 0 or 1.
    """

    name: str
    form: Form
    better: Better | None = None
    column: str | None = None
    predictions: bool = False
    labels: bool = False
    numbers: bool = True
    binary: bool = False

    def row(self, *columns: str) -> str:
        """The value of one row in SQL, given the SQL of what it needs: prediction, label, or both in this order."""
        return _ROW[self.name].format(*columns)


_ROW = {
    "accuracy": "CASE WHEN {0} = {1} THEN 1 ELSE 0 END",
    "error": "CASE WHEN {0} = {1} THEN 0 ELSE 1 END",
    "mae": "abs({0} - {1})",
    "rmse": "({0} - {1}) * ({0} - {1})",
    "brier": "({0} - {1}) * ({0} - {1})",
    "prediction": "{0}",
    "conversion": "{0}",
}
_BUILT_IN = {
    metric.name: metric
    for metric in (
        Metric("accuracy", Form.RATE, Better.HIGHER, predictions=True, labels=True, numbers=False),
        Metric("error", Form.RATE, Better.LOWER, predictions=True, labels=True, numbers=False),
        Metric("mae", Form.MEAN, Better.LOWER, predictions=True, labels=True),
        Metric("rmse", Form.ROOT, Better.LOWER, predictions=True, labels=True),
        Metric("brier", Form.MEAN, Better.LOWER, predictions=True, labels=True),
        Metric("prediction", Form.MEAN, predictions=True),
        Metric("conversion", Form.RATE, Better.HIGHER, labels=True, binary=True),
    )
}
NAMES = (*_BUILT_IN, "conversion:COLUMN", "column:COLUMN")


def parse_metric(text: str, better: str | None = None) -> Metric:
    """The metric that a text names: `mae`, `conversion:bought`, `column:price`.

    Args:
        better: `higher` or `lower`, where a person says so.

    Raises:
        UsageError: there is none of that name.
    """
    found = _BUILT_IN.get(text) or _of_a_column(text)
    if found is None:
        raise UsageError(f"there is no metric {text!r}", f"expected one of {', '.join(NAMES)}", "choose one of them")
    return replace(found, better=Better(better)) if better else found


def _of_a_column(text: str) -> Metric | None:
    kind, _, column = text.partition(":")
    if kind == "column" and column:
        return Metric(text, Form.MEAN, column=column)
    if kind == "conversion" and column:
        return Metric(text, Form.RATE, Better.HIGHER, column=column, binary=True)
    return None
