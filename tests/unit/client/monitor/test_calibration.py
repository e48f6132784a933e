"""How what a model said compares with what came true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from saigen.monitor.calibration import assess, reliability, task_of

PAIRS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=200)


def outcomes(prediction: Any, label: Any, **more: Any) -> pd.DataFrame:
    return pd.DataFrame({"prediction": prediction, "label": label, **more})


def test_a_regression_is_told_by_its_errors() -> None:
    found = assess(outcomes([1.0, 2.0, 3.0], [1.5, 2.0, None]), None)
    assert found is not None
    assert (found.task, found.rows) == ("regression", 2)
    assert found.figures == {"mae": 0.25, "rmse": pytest.approx(0.125**0.5), "bias": -0.25}
    assert found.residuals is not None
    assert found.residuals[0.5] == -0.25


def test_a_probability_is_told_by_its_calibration() -> None:
    chance = np.random.default_rng(1)
    said = chance.uniform(size=20_000)
    honest = assess(outcomes(said, (chance.uniform(size=20_000) < said).astype(int)), None)
    boastful = assess(outcomes(said, (chance.uniform(size=20_000) < said**2).astype(int)), None)
    assert honest is not None
    assert boastful is not None
    assert honest.figures["ece"] < 0.02
    assert boastful.figures["ece"] > 0.1
    assert len(honest.bins) == 10
    assert all(abs(one.share - one.probability) < 0.05 for one in honest.bins)


@given(PAIRS)
def test_figures_are_those_of_the_books(pairs: list[tuple[float, int]]) -> None:
    probability, label = pd.Series([p for p, _ in pairs]), pd.Series([y for _, y in pairs])
    frame = outcomes((probability >= 0.5).astype(int), label, probability=probability)
    found = assess(frame, "classification")
    assert found is not None
    assert found.figures["brier"] == pytest.approx(brier_score_loss(label, probability, pos_label=1))
    assert 0 <= found.figures["ece"] <= 1
    assert sum(one.rows for one in found.bins) == len(pairs)


@given(st.integers(0, 100), st.integers(1, 100))
def test_a_constant_that_is_right_on_average_is_calibrated(true: int, false: int) -> None:
    label = pd.Series([1.0] * true + [0.0] * false)
    (one,) = reliability(pd.Series([label.mean()] * len(label)), label)
    assert one.share == pytest.approx(one.probability)


def test_words_are_classes_and_a_probability_is_of_the_class_that_was_said() -> None:
    found = assess(outcomes(["owl", "owl", "jay"], ["owl", "jay", "jay"], probability=[0.9, 0.6, 0.7]), None)
    assert found is not None
    assert found.task == "classification"
    assert found.figures["accuracy"] == pytest.approx(2 / 3)
    assert found.figures["brier"] == pytest.approx((0.1**2 + 0.6**2 + 0.3**2) / 3)


def test_true_and_false_are_one_and_zero() -> None:
    found = assess(outcomes([0.9, 0.2], pd.Series([True, False], dtype=object)), None)
    assert found is not None
    assert found.figures["accuracy"] == 1
    assert found.figures["brier"] == pytest.approx(0.025)


def test_without_labels_there_is_nothing_to_say() -> None:
    assert assess(outcomes([1.0, 2.0], [None, None]), None) is None


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        ([0, 1, 1], "classification"),
        ([1.5, 2.5], "regression"),
        (list(range(50)), "regression"),
        (["a"], "classification"),
    ],
)
def test_what_labels_are_of_is_found_from_them(labels: list[Any], task: str) -> None:
    assert task_of(pd.DataFrame({"label": labels})) == task
