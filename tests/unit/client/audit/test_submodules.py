"""What a submodule lacks is lacking in everything that holds it."""

from __future__ import annotations

from saigen.audit.facts import Lack, Reason
from saigen.audit.submodules import passed_up

TOP, MIDDLE, DEEP = ("team/top", "1" * 40), ("team/middle", "2" * 40), ("team/deep", "3" * 40)
GONE = Reason(Lack.SUBMODULE, "team/deep has no commit 333333333333")


def test_what_is_missing_deep_inside_is_missing_above_with_the_way_to_it() -> None:
    found = passed_up({DEEP: GONE}, {TOP: [("vendor/middle", MIDDLE)], MIDDLE: [("deep", DEEP)]})

    assert found[MIDDLE] == Reason(Lack.SUBMODULE, "in it deep: team/deep has no commit 333333333333")
    assert found[TOP].what == "in it vendor/middle: in it deep: team/deep has no commit 333333333333"


def test_what_holds_nothing_that_is_missing_is_there() -> None:
    assert passed_up({DEEP: GONE}, {TOP: [("vendor/middle", MIDDLE)], MIDDLE: []}) == {DEEP: GONE}


def test_repositories_that_name_each_other_come_to_an_end() -> None:
    assert passed_up({}, {TOP: [("m", MIDDLE)], MIDDLE: [("t", TOP)]}) == {}
