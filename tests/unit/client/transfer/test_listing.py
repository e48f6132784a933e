"""How a remote is looked through, and by how many threads."""

from __future__ import annotations

import threading

import pytest

from saigen.data.transfer.crew import each, threads_for
from saigen.data.transfer.listing import Way, way_for


@pytest.mark.parametrize(
    ("wanted", "in_one_folder", "way"),
    [
        (3_000, 0, Way.LIST),  # nothing was pushed yet
        (3_000, 8, Way.LIST),  # two thousand objects are two pages
        (50_000, 195, Way.LIST_FOLDERS),  # what is wanted is what is there
        (3_000, 195, Way.LIST_FOLDERS),
        (3_000, 20_000, Way.ASK),  # a few thousand of five million
        (101, 1_000, Way.ASK),
    ],
)
def test_the_cheapest_way_to_look(wanted: int, in_one_folder: int, way: Way) -> None:
    assert way_for(wanted, in_one_folder) is way


@pytest.mark.parametrize(("latency", "threads"), [(0.0005, 8), (0.003, 8), (0.02, 40), (0.5, 64)])
def test_a_storage_far_away_is_asked_by_more_threads(latency: float, threads: int) -> None:
    assert threads_for(latency) == threads


def test_every_item_is_worked_on_once() -> None:
    done: list[int] = []
    each(range(1000), done.append, 8)
    assert sorted(done) == list(range(1000))


def test_the_first_error_ends_the_work() -> None:
    done: list[int] = []

    def work(item: int) -> None:
        if item == 10:
            raise ValueError("ten")
        done.append(item)

    with pytest.raises(ValueError, match="ten"):
        each(range(1_000_000), work, 4)
    assert len(done) < 1_000_000


def test_items_are_taken_as_they_are_needed() -> None:
    taken = 0
    most = 0
    working = 0
    counting = threading.Lock()

    def items() -> object:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield number

    def work(_: int) -> None:
        nonlocal most, working
        with counting:
            working += 1
            most = max(most, working)
            working -= 1

    each(items(), work, 4)  # type: ignore[arg-type]
    assert taken == 100
    assert most <= 4


def test_an_error_of_the_items_is_raised() -> None:
    def items() -> object:
        yield 1
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        each(items(), lambda _: None, 2)  # type: ignore[arg-type]
