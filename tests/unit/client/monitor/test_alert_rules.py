"""Alert rules: how saigen.toml says them, and which figures are worth an alert."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.errors import UsageError
from saigen.monitor.alerts import idle, raised, unsent
from saigen.project import AlertRule, parse_project
from saigen.project.alerts import ALERT_RULES, OPERATORS, parse_when
from saigen.project.project import unknown

PROJECT = '[project]\nname = "birds"\n'
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def rules(*lines: str) -> tuple[AlertRule, ...]:
    return parse_project(PROJECT + "".join(f"[[alerts]]\n{line}\n" for line in lines)).alerts


def test_a_rule_is_a_metric_an_operator_and_a_threshold() -> None:
    (rule,) = rules('when = "drift_share > 0.3"\nseverity = "error"\nenvironments = ["prod"]')
    assert rule == AlertRule("drift_share", ">", 0.3, "error", ("prod",))
    assert rule.when == "drift_share > 0.3"


def test_a_file_without_rules_has_those_that_everybody_wants() -> None:
    assert parse_project(PROJECT).alerts == ALERT_RULES


@pytest.mark.parametrize(
    "when",
    ["", "drift_share", "drift_share > ", "drift_share = 1", "drift_share > x", "drift_share > inf", "> 3", "a b > 3"],
)
def test_anything_else_is_an_error_that_shows_what_was_found(when: str) -> None:
    with pytest.raises(UsageError) as refused:
        rules(f'when = "{when}"')
    assert "METRIC > or >= or < or <= NUMBER" in refused.value.why
    assert repr(when) in refused.value.why


def test_all_errors_come_at_once() -> None:
    text = PROJECT + '[monitor]\ntask = "guessing"\nwebhook = "https://hooks.example.org/x"\n'
    with pytest.raises(UsageError) as refused:
        parse_project(text + '[[alerts]]\nwhen = "a > 1"\nseverity = "loud"\n[[alerts]]\nwhat = "b"\n')
    for expected in (
        "[monitor] task",
        "[monitor] webhook",
        "[alerts 1] severity",
        "[alerts 2] what",
        "[alerts 2] when",
    ):
        assert expected in refused.value.why
    assert "hooks.example.org" not in refused.value.why


def test_a_misspelt_key_is_known_as_one() -> None:
    assert unknown(PROJECT + '[monitor]\nrefrence = "x"\n[[alerts]]\nwhen = "a > 1"\n') == [
        "[monitor] refrence: expected one of key, reference, ignore, task, prediction, probability, label, target,"
        " check_seconds, webhook, email, found a key that means nothing"
    ]


@given(NUMBERS, NUMBERS, st.sampled_from(sorted(OPERATORS)))
def test_there_is_an_alert_exactly_where_the_comparison_holds(value: float, threshold: float, operator: str) -> None:
    found = raised({"a": value}, [AlertRule("a", operator, threshold)], "prod")
    expected = {">": value > threshold, ">=": value >= threshold, "<": value < threshold, "<=": value <= threshold}
    assert bool(found) is expected[operator]


@given(NUMBERS, st.sampled_from(sorted(OPERATORS)))
def test_what_a_rule_says_reads_as_the_rule(threshold: float, operator: str) -> None:
    assert parse_when(f"drift.a-b {operator} {threshold!r}") == ("drift.a-b", operator, threshold)


@pytest.mark.parametrize("operator", OPERATORS)
def test_what_is_not_a_number_is_no_alert(operator: str) -> None:
    assert raised({"a": math.nan}, [AlertRule("a", operator, 0)], "prod") == []


def test_a_pattern_names_every_figure_that_it_holds_for() -> None:
    figures = {"drift.x": 0.5, "drift.y": 0.1, "outlier_share": 0.9}
    (alert,) = raised(figures, [AlertRule("drift.*", ">", 0.3)], "prod")
    assert alert.figures == {"drift.x": 0.5}
    assert str(alert) == "warning: drift.* > 0.3  (drift.x = 0.5)"


def test_a_rule_holds_where_it_says_and_errors_come_first() -> None:
    both = [AlertRule("a", ">", 0), AlertRule("a", ">", 1, "error"), AlertRule("a", ">", 0, "error", ("dev",))]
    assert [alert.when for alert in raised({"a": 2}, both, "prod")] == ["a > 1", "a > 0"]
    assert len(raised({"a": 2}, both, "dev")) == 3


def test_a_rule_that_nothing_was_measured_for_is_named() -> None:
    asked = [AlertRule("drift_shar", ">", 0), AlertRule("rmse", ">", 0), AlertRule("ece", ">", 0, "error", ("dev",))]
    assert idle({"drift_share": 0.1, "rmse": 1.0}, asked, "prod") == ["drift_shar > 0"]


def test_nobody_is_told_twice() -> None:
    alerts = raised({"a": 2.0, "b": 2.0}, [AlertRule("a", ">", 1), AlertRule("b", ">", 1)], "prod")
    assert [alert.when for alert in unsent(alerts, ["a > 1"])] == ["b > 1"]
