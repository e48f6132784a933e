"""Whether two runs of the same commit say the same: metric by metric, step by step, parameter by parameter. Pure.

A value is known by (metric, model, dataset, step); the last value of a metric is the one with the highest step. NaN
equals NaN: that a loss became NaN again is a reproduction of it. Exact unless saigen.toml gives a tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from saigen.project import MetricRules
from saigen.recording import RELEASE_TAG, Verdict

PREDICTIONS = "predictions"


@dataclass(frozen=True, order=True)
class Key:
    """What a series of values belongs to. `model` is the model's name within the run, not its id; both may be empty."""

    name: str
    model: str = ""
    dataset: str = ""

    def __str__(self) -> str:
        of = ", ".join(part for part in (self.model, self.dataset) if part)
        return f"{self.name} ({of})" if of else self.name


# Values by step; the same step can have been logged more than once.
Series = Mapping[int, Sequence[float]]


@dataclass(frozen=True)
class Observed:
    """What one run logged."""

    metrics: Mapping[Key, Series] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Predictions:
    """How far apart the predictions of two models on the same rows are; `reason` where they were not compared."""

    model: str
    difference: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the table.

    kind: "metric", "parameter" or "predictions". original, reproduced: the last values; None where it was not logged.
    difference: the largest one over all steps; None for texts and where one side is missing. steps: how many.
    verdict: None where nothing was compared, and `note` says why.
    """

    kind: str
    name: str
    original: float | str | None
    reproduced: float | str | None
    difference: float | None
    verdict: Verdict | None
    steps: int = 1
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """The line as plain values."""
        return {name: plain(value.value if isinstance(value, Verdict) else value) for name, value in vars(self).items()}


@dataclass(frozen=True)
class Comparison:
    """All lines, what stands out first; and the names of the metrics that the rules leave out."""

    lines: tuple[Line, ...]
    ignored: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict | None:
        """The worst of all lines; None where nothing was compared."""
        return worst(line.verdict for line in self.lines)


_ORDER = (Verdict.REPRODUCED, Verdict.WITHIN_TOLERANCE, Verdict.DIVERGED)


def worst(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    """The worst of several verdicts; None where there is none."""
    found = [verdict for verdict in verdicts if verdict is not None]
    return max(found, key=_ORDER.index, default=None)


def compare(
    original: Observed, reproduced: Observed, rules: MetricRules, predictions: Sequence[Predictions] = ()
) -> Comparison:
    """Compare what two runs logged, under the rules of their project."""
    keys = sorted({*original.metrics, *reproduced.metrics})
    ignored = [key for key in keys if rules.ignored(key.name)]
    lines = [
        _metric(key, original.metrics.get(key, {}), reproduced.metrics.get(key, {}), rules.tolerance_of(key.name))
        for key in keys
        if key not in ignored
    ]
    lines += [_predicted(found, rules) for found in predictions]
    lines += [
        _parameter(name, original.params.get(name), reproduced.params.get(name))
        for name in sorted({*original.params, *reproduced.params})
        if name != RELEASE_TAG and not any(fnmatchcase(name, pattern) for pattern in rules.ignore)
    ]
    return Comparison(tuple(lines), tuple(str(key) for key in ignored))


def has_metrics(observed: Observed, rules: MetricRules) -> bool:
    """Whether there is anything to compare: a metric that the rules do not leave out."""
    return any(not rules.ignored(key.name) for key in observed.metrics)


def last(series: Series) -> float | None:
    """The value of the highest step; of several there, the one that was logged last. None for an empty series."""
    return series[max(series)][-1] if series else None


def spread(values: Sequence[float]) -> float:
    """The largest difference among values; NaN where some are NaN and others are not."""
    unknown = [math.isnan(value) for value in values]
    if any(unknown):
        return 0.0 if all(unknown) else math.nan
    low, high = min(values), max(values)
    return 0.0 if low == high else high - low


def plain(value: Any) -> Any:
    """A value as JSON has it: "nan" and "inf" as texts, since it has no numbers for them."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _metric(key: Key, original: Series, reproduced: Series, tolerance: float) -> Line:
    verdict, difference, note = Verdict.REPRODUCED, 0.0, ""
    if not original or not reproduced:
        note = "not logged this time" if original else "not logged by the original"
        return Line(
            "metric",
            str(key),
            last(original),
            last(reproduced),
            None,
            Verdict.DIVERGED,
            len(original or reproduced),
            note,
        )
    for step in sorted({*original, *reproduced}):
        found, distance = _values(original.get(step, ()), reproduced.get(step, ()), tolerance)
        difference = _larger(difference, distance)
        if _ORDER.index(found) > _ORDER.index(verdict):
            verdict, note = found, f"from step {step} on" if len(original) > 1 else ""
    return Line("metric", str(key), last(original), last(reproduced), difference, verdict, len(original), note)


def _values(original: Sequence[float], reproduced: Sequence[float], tolerance: float) -> tuple[Verdict, float]:
    if len(original) != len(reproduced):
        return Verdict.DIVERGED, math.nan
    found, largest = Verdict.REPRODUCED, 0.0
    for one, two in zip(original, reproduced, strict=True):
        distance = _distance(one, two)
        largest = _larger(largest, distance)
        if distance != 0:
            near = distance <= tolerance
            found = worst((found, Verdict.WITHIN_TOLERANCE if near else Verdict.DIVERGED)) or found
    return found, largest


def _distance(one: float, two: float) -> float:
    """Absolute difference: 0 for two NaN and for equal infinities, infinite where only one side is finite."""
    if one == two or (math.isnan(one) and math.isnan(two)):
        return 0.0
    return abs(one - two) if math.isfinite(one) and math.isfinite(two) else math.inf


def _larger(one: float, two: float) -> float:
    return math.nan if math.isnan(one) or math.isnan(two) else max(one, two)


def _parameter(name: str, original: str | None, reproduced: str | None) -> Line:
    verdict = Verdict.REPRODUCED if original == reproduced else Verdict.DIVERGED
    note = "not logged this time" if reproduced is None else "not logged by the original" if original is None else ""
    return Line("parameter", name, original, reproduced, None, verdict, note=note)


def _predicted(found: Predictions, rules: MetricRules) -> Line:
    name = f"{PREDICTIONS} of {found.model}"
    if found.difference is None:
        return Line(PREDICTIONS, name, None, None, None, None, note=found.reason)
    if found.difference == 0:
        verdict = Verdict.REPRODUCED
    elif found.difference <= rules.tolerance_of(PREDICTIONS):
        verdict = Verdict.WITHIN_TOLERANCE
    else:
        verdict = Verdict.DIVERGED
    return Line(PREDICTIONS, name, None, None, found.difference, verdict)
