"""The consolidated list of runs: only ever added to, one run a line, never damaged."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.branches.kinds import RESULTS
from saigen.track.results import ResultsError, append, entry, merged, parsed, read, written
from saigen.tracking.runs import Run

IDS = st.text("abc", min_size=1, max_size=2)
TEXT = st.text(st.characters())  # surrogates as well: JSON can name them
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
ENTRIES = st.lists(st.fixed_dictionaries({"run_id": IDS}, optional={"started": st.text(), "x": VALUES}), max_size=6)
BY_HAND = st.lists(st.dictionaries(st.sampled_from(["model", "rmse"]), VALUES), max_size=3)


def run(id_: str = "r1", **given: Any) -> Run:
    said: dict[str, Any] = {
        "experiment_id": "3",
        "name": "bold-crow",
        "status": "FINISHED",
        "user": "author",
        "start": 1_700_000_000_123,
        "end": None,
        "artifact_uri": "",
    }
    return Run(id=id_, **{**said, **given})


def test_an_entry_says_what_was_tried_and_what_came_of_it() -> None:
    one = run(params={"depth": "3", "alpha": "1"}, metrics={"rmse": 1.5}, tags={"data_version": "flights_v1", "x": "y"})

    assert entry(one, "delays") == {
        "run_id": "r1",
        "experiment": "delays",
        "name": "bold-crow",
        "started": "2023-11-14T22:13:20.123+00:00",
        "user": "author",
        "params": {"alpha": "1", "depth": "3"},
        "metrics": {"rmse": 1.5},
        "tags": {"data_version": "flights_v1"},
    }


def test_release_and_commit_are_among_the_tags() -> None:
    tags = {"saigen.commit": "c" * 40, "saigen.release": "acme-7", "saigen.state": "code=pushed"}
    assert entry(run(tags=tags))["tags"] == {"saigen.commit": "c" * 40, "saigen.release": "acme-7"}


@pytest.mark.parametrize(("value", "said"), [(math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf")])
def test_what_json_has_no_number_for_is_said_in_words(value: float, said: str) -> None:
    text = written([entry(run(metrics={"loss": value}))])
    assert parsed(text)[0]["metrics"] == {"loss": said}


@given(BY_HAND, ENTRIES, ENTRIES)
def test_nothing_that_was_there_changes_and_every_new_run_comes_in_once(
    by_hand: list[dict[str, Any]], old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> None:
    before = [*by_hand, *merged([], old)]
    after = merged(before, new)

    assert after[: len(before)] == before
    added = [one["run_id"] for one in after[len(before) :]]
    assert len(added) == len(set(added))
    assert set(added) == {one["run_id"] for one in new} - {one["run_id"] for one in old}


@given(ENTRIES, ENTRIES)
def test_adding_twice_is_adding_once(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
    once = merged(merged([], old), new)
    assert merged(once, new) == once


@given(ENTRIES, ENTRIES)
def test_both_orders_of_two_additions_hold_the_same_runs(a: list[dict[str, Any]], b: list[dict[str, Any]]) -> None:
    def ids(entries: list[Any]) -> list[str]:
        return sorted(one["run_id"] for one in entries)

    assert ids(merged(merged([], a), b)) == ids(merged(merged([], b), a))


@given(BY_HAND, ENTRIES)
def test_what_is_written_reads_the_same(by_hand: list[dict[str, Any]], entries: list[dict[str, Any]]) -> None:
    every = [*by_hand, *entries]
    text = written(every)
    assert parsed(text.encode().decode()) == every
    assert written(parsed(text)) == text


@given(ENTRIES, ENTRIES)
def test_an_addition_adds_lines_and_changes_none(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
    old = merged([], old)  # type: ignore[assignment]
    before = written(old).split("\n")
    after = written(merged(old, new)).split("\n")
    assert after[: len(before) - 2] == before[:-2]
    assert after[-2:] == before[-2:] == ["]", ""]


def test_the_file_is_made_and_then_left_alone(tmp_path: Path) -> None:
    assert append(tmp_path, [entry(run("b", start=2)), entry(run("a", start=1))])
    text = (tmp_path / RESULTS).read_text()

    assert [one["run_id"] for one in json.loads(text)] == ["a", "b"]
    assert not append(tmp_path, [entry(run("a", params={"now": "different"}))])
    assert (tmp_path / RESULTS).read_text() == text
    assert [path.name for path in (tmp_path / RESULTS).parent.iterdir()] == [Path(RESULTS).name]


def test_a_list_that_somebody_formatted_otherwise_is_understood(tmp_path: Path) -> None:
    (tmp_path / RESULTS).parent.mkdir()
    (tmp_path / RESULTS).write_text(json.dumps([{"model": "linear", "rmse": 3}], indent=4))

    assert append(tmp_path, [entry(run())])

    assert read(tmp_path / RESULTS)[0] == {"model": "linear", "rmse": 3}
    assert len(read(tmp_path / RESULTS)) == 2


@pytest.mark.parametrize("text", ["", "{}", '[{"run_id": "a"},', "[1]", '"runs"', "<<<<<<< ours\n[]", "\xff\xfe"])
def test_a_broken_file_is_named_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / RESULTS
    path.parent.mkdir()
    path.write_bytes(text.encode("latin-1"))

    with pytest.raises(ResultsError, match=r"tracking/runs\.json cannot be read"):
        append(tmp_path, [entry(run())])

    assert path.read_bytes() == text.encode("latin-1")
