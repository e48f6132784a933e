"""Which records a check looks at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.errors import BlockedError, UsageError
from saigen.monitor.layout import Facts, Record, facts_of, file_of, model_and_number
from saigen.monitor.selection import models_in, pending, select
from saigen.tags import MonitoringRecord, ReleasedModel

BATCH = ("inputs", "predictions")
LABELS = ("labels",)
NAMES = st.from_regex(r"[A-Za-z][A-Za-z]{0,8}", fullmatch=True)
NUMBERS = st.integers(min_value=1, max_value=10**6)


def a_record(number: int, parts: tuple[str, ...] = BATCH, model: int = 1, **facts: object) -> Record:
    released = ReleasedModel("birds", model)
    said = Facts(released.tag, parts, 10, **facts)  # type: ignore[arg-type]
    return Record(MonitoringRecord("prod", released, number), f"{number:040}", said, when=f"2026-01-{number:02}")


def numbers(records: tuple[Record, ...]) -> list[int]:
    return [one.number for one in records]


def test_the_newest_batch_of_the_model_that_was_recorded_last() -> None:
    found = select([a_record(1), a_record(2), a_record(3, model=2)], "prod")
    assert (found.model.tag, numbers(found.batches)) == ("birds-2", [3])


def test_several_of_one_model_and_those_before() -> None:
    found = select([a_record(number) for number in range(1, 6)], "prod", model="birds-1", last=2)
    assert (numbers(found.batches), numbers(found.before)) == ([4, 5], [1, 2, 3])


def test_all_after_a_record() -> None:
    found = select([a_record(number) for number in range(1, 6)], "prod", since="monitor/prod/birds-1/3")
    assert numbers(found.batches) == [4, 5]


def test_labels_that_came_later_are_looked_for() -> None:
    records = [a_record(1), a_record(2), a_record(3, LABELS, labels_of=2), a_record(4, LABELS, key=("id",))]
    found = select(records, "prod")
    assert numbers(found.batches) == [2]
    assert (numbers(found.by_place), numbers(found.by_key), found.head.number) == ([3], [4], 4)


def test_labels_of_another_batch_by_place_are_not() -> None:
    found = select([a_record(1), a_record(2), a_record(3, LABELS, labels_of=1)], "prod")
    assert numbers(found.by_place) == []


def test_a_batch_may_bring_its_labels() -> None:
    found = select([a_record(1, (*BATCH, "labels"))], "prod")
    assert numbers(found.by_place) == [1]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"last": 0}, UsageError),
        ({"since": "birds-1"}, UsageError),
        ({"since": "monitor/dev/birds-1/1"}, UsageError),
        ({"since": "monitor/prod/birds-1/9"}, BlockedError),
        ({"since": "monitor/prod/birds-1/1"}, BlockedError),
        ({"model": "birds"}, UsageError),
        ({"model": "birds-7"}, BlockedError),
    ],
)
def test_what_is_not_there_is_said(arguments: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        select([a_record(1)], "prod", **arguments)  # type: ignore[arg-type]


def test_nothing_recorded_names_the_command_that_records() -> None:
    with pytest.raises(BlockedError) as refused:
        select([], "prod")
    assert refused.value.next.startswith("saigen monitor record prod")


def test_every_model_with_batches_is_watched_up_to_its_newest_record() -> None:
    records = [a_record(1), a_record(2, LABELS, labels_of=1), a_record(1, LABELS, model=2)]
    assert [(model, head.number) for model, head in models_in(records)] == [("birds-1", 2)]


@pytest.mark.parametrize(
    ("later", "checked", "expected"),
    [
        ([], 0, 1),  # never checked: the newest alone
        ([], 3, 1),
        ([a_record(4), a_record(5)], 3, 2),
        ([a_record(4, LABELS, labels_of=2)], 3, 2),  # batches 2 and 3
        ([a_record(4, LABELS, key=("id",))], 3, 3),  # any of the three
        ([a_record(4), a_record(5, LABELS, labels_of=4)], 3, 1),
    ],
)
def test_a_watch_looks_at_what_came_since(later: list[Record], checked: int, expected: int) -> None:
    assert pending([a_record(1), a_record(2), a_record(3), *later], "birds-1", checked) == expected


@given(NAMES, NUMBERS, NUMBERS)
def test_the_name_of_a_file_says_model_and_number(line: str, release: int, number: int) -> None:
    model = ReleasedModel(line, release)
    assert model_and_number(file_of(model, number)) == (model, number)


@given(
    st.sets(st.sampled_from(["inputs", "predictions", "labels"]), min_size=1),
    NUMBERS,
    st.lists(NAMES, max_size=3),
    st.none() | NUMBERS,
)
def test_trailers_say_what_a_record_is(parts: set[str], rows: int, key: list[str], labels_of: int | None) -> None:
    model = ReleasedModel("birds", 1)
    facts = Facts(model.tag, tuple(sorted(parts)), rows, tuple(key), labels_of, "abc")
    trailers = dict(line.split(": ", 1) for line in facts.trailers())
    assert facts_of(model, trailers) == facts


def test_a_commit_made_by_hand_says_little_and_breaks_nothing() -> None:
    assert facts_of(ReleasedModel("birds", 1), {"Rows": "many", "Labels-of": "-3"}) == Facts("birds-1", (), 0)
