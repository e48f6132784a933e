"""One line of a metric's file: what MLflow wrote reads as it was logged, and anything else is told, never guessed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.store.tracking.file_store import FileStore

from saigen.track.points import OldPoint, batches, comparable, parse_point, parse_points

WHOLE = st.integers(-(2**63), 2**63 - 1)
WORD = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=8)
NAME = st.lists(WORD, min_size=1, max_size=3).map(" ".join)


@given(WHOLE, st.floats(), WHOLE)
def test_a_line_reads_as_it_was_logged(timestamp: int, value: float, step: int) -> None:
    found = parse_point(f"{timestamp} {value} {step}\n")
    assert (found.timestamp, found.step) == (timestamp, step)
    assert found.value == value or (math.isnan(found.value) and math.isnan(value))


@given(WHOLE, st.floats(allow_nan=False), WHOLE, NAME, WORD)
def test_a_dataset_s_name_may_hold_spaces(timestamp: int, value: float, step: int, name: str, digest: str) -> None:
    found = parse_point(f"{timestamp} {value} {step} {name} {digest}\n")
    assert found == OldPoint(value, timestamp, step, (name, digest))


@given(WHOLE, st.floats(allow_nan=False), WHOLE, WORD)
def test_a_model_s_line_names_the_run(timestamp: int, value: float, step: int, run: str) -> None:
    line = f"{timestamp} {value} {step} {run}"
    assert parse_point(line, of_model=True) == OldPoint(value, timestamp, step, None, run)
    assert parse_point(f"{line} birds 77", of_model=True) == OldPoint(value, timestamp, step, ("birds", "77"), run)


@given(WHOLE, st.floats(allow_nan=False), WHOLE)
def test_mlflow_reads_the_same(timestamp: int, value: float, step: int) -> None:
    for line in (f"{timestamp} {value}", f"{timestamp} {value} {step}"):
        theirs = FileStore._get_metric_from_line("run", "rmse", line, "0")
        ours = parse_point(line)
        assert (ours.value, ours.timestamp, ours.step) == (theirs.value, theirs.timestamp, theirs.step)


@given(st.text() | st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")))
def test_any_other_line_is_told_as_it_is(line: str) -> None:
    for found in parse_points([line]):
        assert isinstance(found, OldPoint) or found == line


@pytest.mark.parametrize("line", ["1", "a 1 2", "1 b 2", "1 2 3.5", "1 2 3 4", f"{2**63} 1 1", f"1 1 {2**63}"])
def test_a_line_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_point(line)


def test_empty_lines_are_nothing() -> None:
    assert list(parse_points(["\n", "1 2 3\n", "  \n"])) == [OldPoint(2.0, 1, 3)]


@pytest.mark.parametrize(("file", "server"), [(math.inf, 1.7976931348623157e308), (math.nan, math.nan), (0.1, 0.1)])
def test_what_a_database_makes_of_a_value_is_the_same_value(file: float, server: float) -> None:
    assert comparable(file, 1, 2) == comparable(server, 1, 2)
    assert comparable(file, 1, 2) != comparable(-1.0, 1, 2)


@given(st.lists(st.integers(), max_size=30), st.integers(1, 7))
def test_batches_hold_everything_in_order(items: list[int], size: int) -> None:
    found = list(batches(items, size))
    assert [one for batch in found for one in batch] == items
    assert all(1 <= len(batch) <= size for batch in found)
