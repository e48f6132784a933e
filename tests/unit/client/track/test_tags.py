"""Tags and values of a run that goes to another server: what is sent when, what is kept, and who is named."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.track.kept import sorted_out, unwritable
from saigen.track.tags import afterwards, at_creation, set_aside

TAGS = {
    "mlflow.user": "ada",
    "mlflow.runName": "bold-crow",
    "mlflow.parentRunId": "old-parent",
    "saigen.commit": "c" * 40,
    "saigen.recorded": "yes",
    "note": "mine",
}


def test_a_run_is_made_with_its_source_and_its_record() -> None:
    assert at_creation("old-1", "somebody", TAGS) == {
        "saigen.imported": "old-1",
        "saigen.imported.user": "ada",
        "saigen.commit": "c" * 40,
    }


def test_the_author_is_whom_the_folder_names_and_never_ours_to_write() -> None:
    assert at_creation("old-1", "somebody", {})["saigen.imported.user"] == "somebody"
    assert "mlflow.user" not in {*at_creation("old-1", "ada", TAGS), *afterwards(TAGS, {})}
    assert [one.name for one in set_aside(TAGS)] == ["mlflow.user", "saigen.recorded"]


def test_a_folder_that_holds_imported_runs_does_not_pass_them_off_as_ours() -> None:
    tags = {"saigen.imported": "older", "saigen.imported.complete": "yes"}
    assert at_creation("old-1", "", tags) == {"saigen.imported": "old-1"}
    assert [(one.name, one.value) for one in set_aside(tags)] == list(tags.items())


def test_ids_of_other_runs_become_those_of_the_server() -> None:
    history = json.dumps([{"run_id": "old1", "artifact_path": "model"}])
    found = afterwards(
        {"mlflow.parentRunId": "old1", "mlflow.log-model.history": history, "note": "old1"}, {"old1": "n"}
    )
    assert found["mlflow.parentRunId"] == "n"
    assert json.loads(found["mlflow.log-model.history"]) == [{"run_id": "n", "artifact_path": "model"}]
    assert found["note"] == "old1"


def test_a_parent_that_is_not_in_the_folder_stays_named() -> None:
    assert afterwards({"mlflow.parentRunId": "elsewhere"}, {"old1": "n"}) == {"mlflow.parentRunId": "elsewhere"}


@given(st.dictionaries(st.sampled_from([*TAGS, "saigen.imported", "saigen.imported.user", "x"]), st.text()))
def test_every_tag_goes_somewhere(tags: dict[str, str]) -> None:
    somewhere = {*at_creation("s", "", tags), *afterwards(tags, {}), *(one.name for one in set_aside(tags))}
    assert tags.keys() - {"mlflow.runName"} <= somewhere
    assert not {one.name for one in set_aside(tags)} & afterwards(tags, {}).keys()


@given(st.dictionaries(st.text(st.characters(), max_size=300), st.text(st.characters())))
def test_what_is_sent_is_text_and_nothing_is_dropped(values: dict[str, str]) -> None:
    sent, kept = sorted_out("tag", values)
    assert {**sent, **{one.name: one.value for one in kept}} == values
    assert len(sent) + len(kept) == len(values)
    for name, value in sent.items():
        assert "\0" not in name + value
        assert len(value.encode()) <= 8000


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("param", "x" * 6001, "it is longer than 6000 characters"),
        ("tag", "ü" * 4001, "it is longer than 8000 bytes"),
        ("param", "a\0b", "it holds a zero byte"),
        ("tag", "\udcff", "it is not text"),
    ],
)
def test_what_would_be_cut_or_break_the_batch_is_kept_with_its_reason(kind: str, value: str, why: str) -> None:
    sent, kept = sorted_out(kind, {"good": "1", "bad": value})
    assert sent == {"good": "1"}
    assert [(one.kind, one.name, one.value, one.why) for one in kept] == [(kind, "bad", value, why)]


@pytest.mark.parametrize("path", ["a#b", "100%", "what?", "a\\b", "a\nb", "\udcff"])
def test_names_that_mlflow_would_change_are_not_used(path: str) -> None:
    assert unwritable(path)
    assert unwritable("reports/größe 1.txt") is None
