"""How far columns moved from what a model was trained on: Evidently's distances, with thresholds for small batches.

Numbers: Wasserstein distance in standard deviations of the reference. Texts and booleans: Jensen-Shannon distance of
the most frequent values. Both count as drift from 0.1 on, Evidently's own threshold. Two samples of ONE distribution
differ as well, the more the smaller they are, so the threshold is lifted to what chance alone stays below:

  Jensen-Shannon  near 0 the divergence is an eighth of the population stability index, whose 95 % point
                  `shift.noise` gives; 1.4 times that, because rare values move more than the formula says.
  Wasserstein     2.5 * sqrt(1/n + 1/m), which lies above the 95 % point of normal, uniform, exponential and
                  lognormal values.

tests/unit/client/monitor/test_drift.py simulates both.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saigen.data.compare.shift import noise
from saigen.errors import BlockedError
from saigen.installing import to_install

if TYPE_CHECKING:
    import pandas as pd

THRESHOLD = 0.1
CATEGORIES = 20  # the most frequent values of a column; the others are one
PREDICTION = "prediction"  # name of the predictions among the columns of a report
_OTHER = "(other)"


@dataclass(frozen=True)
class ColumnDrift:
    """How far one column moved.

    Attributes:
        kind: number or category. distance: by what the module says. threshold: from where on it counts as drift.
        missing_before, missing: share of missing values in the reference and now.
    """

    column: str
    kind: str
    distance: float
    threshold: float
    missing_before: float
    missing: float

    @property
    def drifted(self) -> bool:
        """Whether it moved more than chance explains."""
        return self.distance > self.threshold


@dataclass(frozen=True)
class Drift:
    """What was found.

    Attributes:
        columns: the inputs, the furthest first. prediction: the predictions against those before; None where there is
            nothing to compare with. left_out: column -> why it is not compared.
        missing, new: columns that only the reference has, or only the inputs. html: Evidently's report.
    """

    columns: tuple[ColumnDrift, ...]
    prediction: ColumnDrift | None
    left_out: Mapping[str, str]
    missing: tuple[str, ...]
    new: tuple[str, ...]
    html: str

    @property
    def share(self) -> float:
        """Share of the columns that drifted."""
        return sum(one.drifted for one in self.columns) / len(self.columns) if self.columns else 0.0


def measure(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    *,
    before: pd.Series | None,
    predictions: pd.Series,
    ignore: Sequence[str] = (),
    outcome: Sequence[str] = (),
) -> Drift:
    """Compare the inputs with the reference, column by column, and predictions with those before.

    Args:
        ignore: columns not to compare. outcome: columns of the reference that no input has: the target.

    Raises:
        BlockedError: Evidently is not installed, or no column is in both.
    """
    import pandas as pd

    shared = [name for name in reference if name in current and name not in ignore]
    left_out: dict[str, str] = {}
    pairs: dict[str, tuple[str, pd.Series, pd.Series]] = {}
    for name in shared:
        kind = _kind(reference[name], current[name])
        if isinstance(kind, str):
            left_out[name] = kind
        else:
            pairs[str(name)] = _prepared(kind, reference[name], current[name])
    if before is not None and PREDICTION not in pairs and not isinstance(_kind(before, predictions), str):
        pairs[PREDICTION] = _prepared(_kind(before, predictions), before, predictions)
    if not pairs:
        raise BlockedError(
            "there is no column to compare",
            f"the reference has {', '.join(map(str, reference))}; the inputs have {', '.join(map(str, current))}",
            "name another one in saigen.toml: [monitor] reference",
        )
    thresholds = {name: _threshold(*pair) for name, pair in pairs.items()}
    old = pd.DataFrame({name: pair[1].reset_index(drop=True) for name, pair in pairs.items()})
    new = pd.DataFrame({name: pair[2].reset_index(drop=True) for name, pair in pairs.items()})
    distances, html = _evidently(old, new, {name: pair[0] for name, pair in pairs.items()}, thresholds)
    found = {}
    for name, (kind, _, _) in pairs.items():
        sides = (reference[name], current[name]) if name in shared else (before, predictions)
        missing = [float(side.isna().mean()) for side in sides if side is not None]
        found[name] = ColumnDrift(name, kind, distances[name], thresholds[name], *missing)
    prediction = found.pop(PREDICTION, None) if PREDICTION not in shared else None
    expected = [str(name) for name in reference if name not in {*ignore, *outcome}]
    return Drift(
        columns=tuple(sorted(found.values(), key=lambda one: one.threshold - one.distance)),
        prediction=prediction,
        left_out=left_out,
        missing=tuple(name for name in expected if name not in current),
        new=tuple(str(name) for name in current if name not in reference and name not in ignore),
        html=html,
    )


def threshold_of_number(reference: int, current: int) -> float:
    """From which Wasserstein distance on two samples of these sizes differ by more than chance."""
    return max(THRESHOLD, 2.5 * math.sqrt(1 / reference + 1 / current))


def threshold_of_category(categories: int, reference: int, current: int) -> float:
    """From which Jensen-Shannon distance on two samples of these sizes differ by more than chance."""
    return max(THRESHOLD, math.sqrt(1.4 * noise(categories, reference, current) / 8))


@dataclass(frozen=True)
class _Kind:
    """A kind of column that can be compared: `number` or `category`."""

    name: str


def _kind(reference: pd.Series, current: pd.Series) -> _Kind | str:
    """What a column is; as text, why it is not compared."""
    from pandas.api import types

    sides = (reference.dropna(), current.dropna())
    if any(side.empty for side in sides):
        return "no values in one of them"
    if any(types.is_datetime64_any_dtype(side) or types.is_timedelta64_dtype(side) for side in sides):
        return "a time: it always moves"
    if all(types.is_numeric_dtype(side) and not types.is_bool_dtype(side) for side in sides):
        return _Kind("number")
    if any(isinstance(side.iloc[0], list | dict | set | tuple) or getattr(side.iloc[0], "ndim", 0) for side in sides):
        return "nested values"
    distinct = max(side.astype(str).nunique() / len(side) for side in sides)
    if distinct > 0.5 and max(side.nunique() for side in sides) > 2 * CATEGORIES:
        return "most values are there once: names or free text"
    return _Kind("category")


def _prepared(kind: Any, reference: pd.Series, current: pd.Series) -> tuple[str, pd.Series, pd.Series]:
    """Kind and both sides without missing values; of a category the values that are not frequent are one."""
    old, new = reference.dropna(), current.dropna()
    if kind.name == "number":
        old, new = old.astype(float), new.astype(float)
        finite = [side[abs(side) != math.inf] for side in (old, new)]
        return kind.name, finite[0], finite[1]
    old, new = old.astype(str), new.astype(str)
    frequent = set(old.value_counts().index[:CATEGORIES])
    return kind.name, *(side.where(side.isin(frequent), _OTHER).astype(object) for side in (old, new))


def _threshold(kind: str, reference: pd.Series, current: pd.Series) -> float:
    if kind == "number":
        return threshold_of_number(len(reference), len(current))
    return threshold_of_category(len({*reference, *current}), len(reference), len(current))


def _evidently(
    old: pd.DataFrame, new: pd.DataFrame, kinds: Mapping[str, str], thresholds: Mapping[str, float]
) -> tuple[dict[str, float], str]:
    """Distance by column, and the report as HTML."""
    with _quiet():
        try:
            from evidently import DataDefinition, Dataset, Report
            from evidently.presets import DataDriftPreset
        except ImportError as error:
            raise BlockedError(
                "drift cannot be measured here",
                f"expected the package evidently, which starts, found: {error}",
                f"in an environment of its own: {to_install('saigen[monitor] @ URL')}    (the URL: saigen platform)",
            ) from error
        of = {kind: [name for name, one in kinds.items() if one == kind] for kind in ("number", "category")}
        definition = DataDefinition(numerical_columns=of["number"], categorical_columns=of["category"])
        preset = DataDriftPreset(
            columns=list(kinds),
            num_method="wasserstein",
            cat_method="jensenshannon",
            per_column_threshold=dict(thresholds),
        )
        report = Report([preset]).run(Dataset.from_pandas(new, definition), Dataset.from_pandas(old, definition))
        told = [one for one in report.dict()["metrics"] if one["config"].get("column") in kinds]
        html = report.get_html_str(as_iframe=False)
    return {one["config"]["column"]: float(one["value"]) for one in told}, str(html)


@contextmanager
def _quiet() -> Iterator[None]:
    """Evidently's libraries warn of one another; that is not about the data."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
