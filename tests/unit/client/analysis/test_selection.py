"""Which records a group is made of."""

from __future__ import annotations

import pytest

from saigen.analysis.selection import Selection, parse_selection, select
from saigen.errors import BlockedError, UsageError

TAGS = [
    *(f"monitor/prod/delay-1/{number}" for number in (1, 2, 10, 3)),
    "monitor/prod/delay-2/1",
    "monitor/stage/delay-2/1",
    "monitor/stage/delay-3/1",
    "monitor/history/delay-3/1",
    "delay-1",
    "flights_v1",
]


def numbers(control: str, candidate: str, **said: object) -> tuple[list[str], list[str]]:
    environment = said.pop("environment", None)
    found = select(
        parse_selection(control),
        parse_selection(candidate),
        TAGS,
        environment=environment,
        **said,  # type: ignore[arg-type]
    )
    return [one.tag for one in found[0]], [one.tag for one in found[1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acme-7", Selection("acme-7")),
        ("acme-7/12", Selection("acme-7", None, 12, 12)),
        ("acme-7/12..20", Selection("acme-7", None, 12, 20)),
        ("acme-7/12..", Selection("acme-7", None, 12)),
        ("acme-7/..20", Selection("acme-7", None, 1, 20)),
        ("monitor/prod/acme-7/12", Selection("acme-7", "prod", 12, 12)),
        ("monitor/prod/acme-7", Selection("acme-7", "prod")),
    ],
)
def test_records_are_named_by_model_and_number(text: str, expected: Selection) -> None:
    assert parse_selection(text) == expected


@pytest.mark.parametrize("text", ["", "acme", "flights_v3", "acme-7/x", "acme-7/", "a/b/acme-7", "monitor/prod"])
def test_other_texts_name_none(text: str) -> None:
    with pytest.raises(UsageError):
        parse_selection(text)


def test_all_records_of_a_model_in_the_order_of_their_numbers() -> None:
    control, candidate = numbers("delay-1", "delay-2")
    assert [tag.rpartition("/")[2] for tag in control] == ["1", "2", "3", "10"]
    assert candidate == ["monitor/prod/delay-2/1"]


def test_a_range_selects() -> None:
    assert numbers("delay-1/2..9", "delay-2")[0] == ["monitor/prod/delay-1/2", "monitor/prod/delay-1/3"]


def test_the_environment_is_the_one_in_which_both_have_records() -> None:
    assert numbers("delay-2", "delay-3") == (["monitor/stage/delay-2/1"], ["monitor/stage/delay-3/1"])


def test_no_common_environment_is_a_question() -> None:
    with pytest.raises(UsageError, match="environment"):
        numbers("delay-1", "delay-3")


def test_offline_each_may_be_of_any_environment() -> None:
    assert len(numbers("delay-1", "delay-3", anywhere=True)[1]) == 2


def test_a_model_without_records_is_named_with_those_that_there_are() -> None:
    with pytest.raises(BlockedError, match=r"delay-9.*in prod(.|\n)*delay-1 in prod, delay-2 in prod"):
        numbers("delay-9", "delay-2", environment="prod")
