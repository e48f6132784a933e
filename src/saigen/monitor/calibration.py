"""How what a model said compares with what came true.

Classification: accuracy; Brier score and expected calibration error (ECE) where the model gave probabilities. ECE is
the mean over ten equal bins of |share that came true - mean probability|, weighted by rows (M. Naeini et al.,
Obtaining Well Calibrated Probabilities Using Bayesian Binning, 2015). Regression: errors, and quantiles of residuals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

BINS = 10
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_CLASSES = 20  # whole numbers with at most so many values are classes


@dataclass(frozen=True)
class Bin:
    """Rows of one range of probability: how probable they were said to be, and the share that came true."""

    probability: float
    share: float
    rows: int


@dataclass(frozen=True)
class Quality:
    """How good predictions were.

    Attributes:
        task: regression or classification. rows: with a label. figures: name -> value.
        bins: of the reliability diagram, for probabilities. residuals: quantile -> prediction - label, for numbers.
    """

    task: str
    rows: int
    figures: Mapping[str, float]
    bins: tuple[Bin, ...] = ()
    residuals: Mapping[float, float] | None = None


def assess(outcomes: pd.DataFrame, task: str | None) -> Quality | None:
    """How good predictions were, by the rows whose label is known; None where none is.

    Args:
        outcomes: columns prediction, label, and probability where the model gave one: of the class 1 where labels are
            0 and 1, else of the class that it predicted. task: None finds it from the labels.
    """
    known = outcomes[outcomes["label"].notna() & outcomes["prediction"].notna()]
    if known.empty:
        return None
    return _classes(known) if (task or task_of(known)) == "classification" else _numbers(known)


def task_of(known: pd.DataFrame) -> str:
    """What labels are of: numbers with a fraction or of many values are a regression's."""
    from pandas.api import types

    label = known["label"].infer_objects()
    if not types.is_numeric_dtype(label) or types.is_bool_dtype(label):
        return "classification"
    whole = bool((label.astype(float) % 1 == 0).all())
    return "classification" if whole and label.nunique() <= _CLASSES else "regression"


def _numbers(known: pd.DataFrame) -> Quality:
    residual = known["prediction"].astype(float) - known["label"].astype(float)
    figures = {
        "mae": float(residual.abs().mean()),
        "rmse": math.sqrt(float((residual**2).mean())),
        "bias": float(residual.mean()),
    }
    quantiles = {quantile: float(residual.quantile(quantile)) for quantile in QUANTILES}
    return Quality("regression", len(known), figures, residuals=quantiles)


def _classes(known: pd.DataFrame) -> Quality:
    from pandas.api import types

    predicted, label = known["prediction"], known["label"].infer_objects()
    numbers = types.is_numeric_dtype(label) and types.is_numeric_dtype(predicted)
    binary = numbers and set(label.astype(float).unique()) <= {0.0, 1.0}
    probability = known.get("probability")
    if probability is None and binary and bool((predicted.astype(float) % 1 != 0).any()):
        probability, predicted = predicted, (predicted.astype(float) >= 0.5).astype(int)
    right = _same(predicted, label)
    figures = {"accuracy": float(right.mean())}
    if probability is None:
        return Quality("classification", len(known), figures)
    came_true = label.astype(float) if binary else right.astype(float)
    bins = reliability(probability.astype(float), came_true)
    figures["brier"] = float(((probability.astype(float) - came_true) ** 2).mean())
    figures["ece"] = sum(abs(one.share - one.probability) * one.rows for one in bins) / len(known)
    return Quality("classification", len(known), figures, bins)


def reliability(probability: pd.Series, came_true: pd.Series) -> tuple[Bin, ...]:
    """The bins of a reliability diagram that hold rows."""
    number = (probability * BINS).clip(0, BINS - 1).astype(int)
    return tuple(
        Bin(float(probability[rows].mean()), float(came_true[rows].mean()), int(rows.sum()))
        for rows in (number == one for one in range(BINS))
        if rows.any()
    )


def _same(predicted: pd.Series, label: pd.Series) -> pd.Series:
    from pandas.api import types

    if types.is_numeric_dtype(predicted) and types.is_numeric_dtype(label):
        return predicted.astype(float) == label.astype(float)
    return predicted.astype(str) == label.astype(str)
