"""`[release]` of saigen.toml: what it means, and that everything wrong in it is said."""

from __future__ import annotations

import math

import pytest

from saigen.errors import UsageError
from saigen.project import Threshold, parse_project
from saigen.project.release import ReleaseRules

BEGINNING = '[project]\nname = "birds"\n[release]\nevaluate = ["python", "train.py"]\n'


def rules(text: str) -> ReleaseRules:
    return parse_project(BEGINNING + text).release


def test_a_project_without_the_section_has_no_phases() -> None:
    assert parse_project('[project]\nname = "birds"\n').release.phases == {}


def test_phases_come_in_their_order_and_the_last_one_ships() -> None:
    found = rules('final = ["make", "final"]\ntune = ["make", "tune"]\n')
    assert list(found.phases) == ["tune", "evaluate", "final"]
    assert found.ships == "final"


def test_without_a_final_fit_the_evaluated_model_ships() -> None:
    assert rules("").ships == "evaluate"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ('">= 0.8"', Threshold("accuracy", least=0.8)),
        ('"<=-1e-3"', Threshold("accuracy", most=-0.001)),
        ("{min = 0, max = 1}", Threshold("accuracy", 0, 1)),
    ],
)
def test_thresholds_are_written_as_a_text_or_a_table(said: str, meant: Threshold) -> None:
    assert rules(f"[release.thresholds]\naccuracy = {said}\n").thresholds == (meant,)


def test_a_threshold_is_inclusive() -> None:
    both = Threshold("accuracy", 0.8, 0.9)
    assert [both.holds(value) for value in (0.79, 0.8, 0.9, 0.91)] == [False, True, True, False]


def test_a_metric_that_is_missing_or_no_number_reaches_no_threshold() -> None:
    assert not Threshold("loss", most=1).holds(None)
    assert not Threshold("loss", most=1).holds(math.nan)


def test_everything_wrong_is_said_at_once() -> None:
    text = (
        'tests = "pytest"\nimage = "yes"\ntresholds = {}\ncode = ""\n'
        '[release.thresholds]\naccuracy = "> 0.8"\nloss = {most = 1}\nrows = {min = "many"}\n'
    )
    with pytest.raises(UsageError) as caught:
        rules(text)
    places = ("tests:", "image:", "tresholds:", "code:", "accuracy:", "most:", "min:")
    assert [place for place in places if place not in caught.value.why] == []


def test_a_release_needs_an_evaluation() -> None:
    with pytest.raises(UsageError, match="evaluate"):
        parse_project('[project]\nname = "birds"\n[release]\nfinal = ["make"]\n')
