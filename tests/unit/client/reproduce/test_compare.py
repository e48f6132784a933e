"""When two runs say the same."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.project import MetricRules
from saigen.recording import Verdict
from saigen.reproduce.compare import Key, Line, Observed, Predictions, compare, last, spread, worst

EXACT = MetricRules()
REPRODUCED, WITHIN, DIVERGED = Verdict.REPRODUCED, Verdict.WITHIN_TOLERANCE, Verdict.DIVERGED


def metric(value: float, name: str = "rmse") -> Observed:
    return Observed({Key(name): {0: (value,)}})


def only(original: Observed, reproduced: Observed, rules: MetricRules = EXACT) -> Line:
    (line,) = compare(original, reproduced, rules).lines
    return line


def test_same_value_is_reproduced() -> None:
    assert only(metric(0.1), metric(0.1)).verdict is REPRODUCED


def test_last_digit_counts() -> None:
    line = only(metric(0.1), metric(math.nextafter(0.1, 1)))

    assert line.verdict is DIVERGED
    assert line.difference == pytest.approx(1.4e-17, rel=0.1)


def test_nan_equals_nan() -> None:
    assert only(metric(math.nan), metric(math.nan)).verdict is REPRODUCED


def test_infinity_equals_infinity_but_not_minus_infinity() -> None:
    assert only(metric(math.inf), metric(math.inf)).verdict is REPRODUCED
    assert only(metric(math.inf), metric(-math.inf)).verdict is DIVERGED


@pytest.mark.parametrize("other", [math.nan, math.inf, -math.inf])
def test_no_tolerance_makes_a_number_of_what_is_none(other: float) -> None:
    assert only(metric(1.0), metric(other), MetricRules(tolerance={"rmse": 1e9})).verdict is DIVERGED


def test_zero_equals_minus_zero() -> None:
    assert only(metric(0.0), metric(-0.0)).verdict is REPRODUCED


def test_tolerance_is_said_apart_from_sameness() -> None:
    rules = MetricRules(tolerance={"rm*": 0.25})

    assert only(metric(1.0), metric(1.25), rules).verdict is WITHIN
    assert only(metric(1.0), metric(1.26), rules).verdict is DIVERGED
    assert only(metric(1.0), metric(1.0), rules).verdict is REPRODUCED


def test_tolerance_of_one_metric_is_not_that_of_another() -> None:
    assert only(metric(1.0, "mae"), metric(1.1, "mae"), MetricRules(tolerance={"rmse": 1})).verdict is DIVERGED


def test_every_step_counts_not_only_the_last() -> None:
    line = only(
        Observed({Key("loss"): {0: (3.0,), 1: (2.0,), 2: (1.0,)}}),
        Observed({Key("loss"): {0: (3.0,), 1: (2.5,), 2: (1.0,)}}),
    )

    assert line.verdict is DIVERGED
    assert (line.original, line.reproduced, line.difference) == (1.0, 1.0, 0.5)
    assert line.note == "from step 1 on"


def test_last_is_the_highest_step_however_it_was_logged() -> None:
    assert last({7: (1.0,), 2: (5.0, 6.0)}) == 1.0
    assert last({2: (5.0, 6.0)}) == 6.0
    assert last({}) is None


def test_missing_step_diverges() -> None:
    assert (
        only(Observed({Key("loss"): {0: (3.0,), 1: (2.0,)}}), Observed({Key("loss"): {0: (3.0,)}})).verdict is DIVERGED
    )


def test_value_that_was_logged_twice_at_one_step_is_compared_twice() -> None:
    assert only(Observed({Key("loss"): {0: (3.0, 2.0)}}), Observed({Key("loss"): {0: (3.0, 1.0)}})).verdict is DIVERGED


def test_metrics_of_two_models_or_datasets_are_different_metrics() -> None:
    original = Observed({Key("rmse", "a", "train"): {0: (1.0,)}, Key("rmse", "b", "train"): {0: (2.0,)}})
    swapped = Observed({Key("rmse", "a", "train"): {0: (2.0,)}, Key("rmse", "b", "train"): {0: (1.0,)}})

    assert compare(original, original, EXACT).verdict is REPRODUCED
    assert compare(original, swapped, EXACT).verdict is DIVERGED


@pytest.mark.parametrize(("then", "now"), [(metric(1.0), Observed()), (Observed(), metric(1.0))])
def test_metric_that_one_side_lacks_diverges(then: Observed, now: Observed) -> None:
    line = only(then, now)

    assert line.verdict is DIVERGED
    assert "not logged" in line.note


def test_timing_and_system_metrics_are_left_out_and_named() -> None:
    original = Observed({Key("fit_seconds"): {0: (1.0,)}, Key("system/cpu"): {0: (1.0,)}, Key("rmse"): {0: (1.0,)}})
    found = compare(original, metric(1.0), EXACT)

    assert [line.name for line in found.lines] == ["rmse"]
    assert found.ignored == ("fit_seconds", "system/cpu")


def test_project_leaves_out_more() -> None:
    assert compare(metric(1.0), metric(2.0), MetricRules(ignore=("rm*",))).verdict is None


def test_parameters_are_compared_as_texts() -> None:
    found = compare(Observed(params={"depth": "6", "lr": "0.1"}), Observed(params={"depth": "6", "lr": "0.10"}), EXACT)

    assert [(line.name, line.verdict) for line in found.lines] == [("depth", REPRODUCED), ("lr", DIVERGED)]


def test_predictions_have_a_tolerance_of_their_own() -> None:
    near = [Predictions("model", 0.01)]

    assert compare(metric(1.0), metric(1.0), EXACT, near).verdict is DIVERGED
    assert compare(metric(1.0), metric(1.0), MetricRules(tolerance={"predictions": 0.1}), near).verdict is WITHIN


def test_predictions_that_could_not_be_compared_say_why_and_decide_nothing() -> None:
    found = compare(metric(1.0), metric(1.0), EXACT, [Predictions("model", reason="no input example")])

    assert found.verdict is REPRODUCED
    assert [line.note for line in found.lines if line.kind == "predictions"] == ["no input example"]


def test_worst_of_all_lines_is_the_verdict() -> None:
    assert worst([REPRODUCED, DIVERGED, WITHIN, None]) is DIVERGED
    assert worst([None]) is None


def test_spread_is_the_largest_difference() -> None:
    assert spread([1.0, 3.0, 2.0]) == 2.0
    assert spread([math.nan, math.nan]) == 0.0
    assert math.isnan(spread([1.0, math.nan]))
    assert spread([math.inf, math.inf]) == 0.0


def test_line_is_json_that_every_reader_takes() -> None:
    text = json.dumps(only(metric(math.nan), metric(math.inf)).as_json(), allow_nan=False)

    assert json.loads(text)["verdict"] == "diverged"


VALUES = st.dictionaries(st.integers(0, 5), st.lists(st.floats(), min_size=1, max_size=3).map(tuple), min_size=1)


@given(st.dictionaries(st.text(min_size=1, max_size=5).map(Key), VALUES, max_size=5))
def test_every_run_reproduces_itself(metrics: dict[Key, dict[int, tuple[float, ...]]]) -> None:
    found = compare(Observed(metrics), Observed(metrics), EXACT)

    assert all(line.verdict is REPRODUCED for line in found.lines)


@given(VALUES, VALUES)
def test_verdict_does_not_depend_on_which_came_first(
    one: dict[int, tuple[float, ...]], two: dict[int, tuple[float, ...]]
) -> None:
    left, right = Observed({Key("m"): one}), Observed({Key("m"): two})

    assert compare(left, right, EXACT).verdict is compare(right, left, EXACT).verdict
