"""From tables to figures: everything that a check measures, before anybody is told. No network, no Git."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from saigen.monitor.calibration import Quality, assess
from saigen.monitor.checks import CheckResult
from saigen.monitor.drift import Drift, measure
from saigen.monitor.frames import Frames
from saigen.monitor.outliers import outlier_share
from saigen.project import MonitorRules


@dataclass(frozen=True)
class Examination:
    """What was measured. `outliers`: share of rows, None without columns of numbers. `quality`: None without labels."""

    rows: int
    labels: int
    drift: Drift
    outliers: float | None
    quality: Quality | None
    checks: tuple[CheckResult, ...] = ()


def examine(frames: Frames, rules: MonitorRules, checks: Sequence[CheckResult] = ()) -> Examination:
    """Measure drift, outliers and quality. Raises BlockedError where a library or a common column is missing."""
    outcome = (rules.target or rules.label,)
    drift = measure(
        frames.reference,
        frames.inputs,
        before=frames.before,
        predictions=frames.outcomes["prediction"],
        ignore=(*rules.ignore, *frames.key),
        outcome=outcome,
    )
    numbers = [one.column for one in drift.columns if one.kind == "number"]
    return Examination(
        rows=len(frames.inputs),
        labels=frames.labels,
        drift=drift,
        outliers=outlier_share(frames.reference, frames.inputs, numbers),
        quality=assess(frames.outcomes, rules.task),
        checks=tuple(checks),
    )


def figures_of(found: Examination) -> Mapping[str, float]:
    """Every figure of an examination by the name that alert rules use."""
    drift = found.drift
    figures: dict[str, float] = {
        "rows": found.rows,
        "labels": found.labels,
        "drift_share": drift.share,
        "drift_count": sum(one.drifted for one in drift.columns),
        "columns_missing": len(drift.missing),
        "columns_new": len(drift.new),
        "missing_rise": max((one.missing - one.missing_before for one in drift.columns), default=0.0),
        "checks_failed": sum(one.error is not None for one in found.checks),
    }
    figures |= {f"drift.{one.column}": one.distance for one in drift.columns}
    if drift.prediction:
        figures["prediction_drift"] = drift.prediction.distance
    if found.outliers is not None:
        figures["outlier_share"] = found.outliers
    if found.quality:
        figures |= found.quality.figures
    for check in found.checks:
        figures |= check.figures
    return figures
