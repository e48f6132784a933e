"""What several comparisons say together, and which runs are told."""

from __future__ import annotations

import pytest

from saigen.errors import BlockedError
from saigen.project import MetricRules
from saigen.recording import Verdict
from saigen.reproduce.compare import Comparison, Key, Observed, Predictions, compare
from saigen.reproduce.verdict import Pair, judge, spreads, tags_of

RULES = MetricRules(tolerance={"rmse": 0.5})


def pair(then: float, now: float, original: str = "a", made: str = "x", name: str = "rmse") -> Pair:
    return Pair(original, made, compare(Observed({Key(name): {0: (then,)}}), Observed({Key(name): {0: (now,)}}), RULES))


def test_reproduced_says_what_is_the_same() -> None:
    found = judge(["a"], [pair(1.0, 1.0)])

    assert found.verdict is Verdict.REPRODUCED
    assert found.reason == "its only metric is the same, to the last digit"


def test_tolerance_is_named() -> None:
    assert "rmse differ by no more than saigen.toml allows" in judge(["a"], [pair(1.0, 1.25)]).reason


def test_what_diverged_is_named() -> None:
    found = judge(["a"], [pair(1.0, 9.0)])

    assert found.verdict is Verdict.DIVERGED
    assert found.reason == "rmse came out differently"


def test_worst_repetition_decides() -> None:
    assert judge(["a"], [pair(1.0, 1.0), pair(1.0, 9.0, made="y")]).verdict is Verdict.DIVERGED


def test_nested_runs_belong_to_what_was_asked_for_siblings_do_not() -> None:
    pairs = [pair(1.0, 1.0), pair(1.0, 9.0, "sibling", "y")]

    assert judge(["a"], pairs).verdict is Verdict.REPRODUCED
    assert judge(["a", "sibling"], pairs).verdict is Verdict.DIVERGED


def test_parameters_alone_are_no_evidence() -> None:
    with pytest.raises(BlockedError, match="no metrics to compare"):
        judge(["a"], [Pair("a", "x", compare(Observed(params={"p": "1"}), Observed(params={"p": "1"}), RULES))])


def test_other_predictions_are_worse_than_the_same_metrics() -> None:
    same = Observed({Key("rmse"): {0: (1.0,)}})

    assert (
        judge(["a"], [Pair("a", "x", compare(same, same, RULES, [Predictions("model", 3.0)]))]).verdict
        is Verdict.DIVERGED
    )


def test_spread_is_among_repetitions_of_the_asked_run_only() -> None:
    pairs = [pair(5.0, 1.0), pair(5.0, 1.5, made="y"), pair(5.0, 100.0, "sibling", "z")]

    assert spreads("a", pairs) == {"rmse": 0.5}


def test_repeating_run_is_told_what_it_repeats_and_how_it_came_out() -> None:
    assert tags_of(pair(1.0, 1.25)) == {"saigen.reproduces": "a", "saigen.verdict": "within-tolerance"}


def test_run_that_nothing_was_compared_of_gets_no_verdict() -> None:
    assert tags_of(Pair("a", "x", Comparison(()))) == {}
    assert tags_of(Pair("a", "x", compare(Observed(params={"p": "1"}), Observed(), RULES))) == {}
