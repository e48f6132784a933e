"""The tag contract: who may write what, and what stays."""

from __future__ import annotations

import pytest
from saigen_tracking.tags import is_remark, is_write_once, may_become, signed, signed_run


@pytest.mark.parametrize("key", ["review", "reviewed.by", "mlflow.note.content", "Saigen.x", "data_version2"])
def test_a_remark_may_come_from_anyone(key: str) -> None:
    assert is_remark(key)


@pytest.mark.parametrize(
    "key", ["saigen.state", "saigen.", "data_version", "mlflow.user", "mlflow.runName", "mlflow.source.git.commit"]
)
def test_what_states_the_run_is_no_remark(key: str) -> None:
    assert not is_remark(key)


@pytest.mark.parametrize("key", ["mlflow.user", "saigen.recorded", "saigen.commit", "saigen.anything"])
def test_authorship_and_record_are_written_once(key: str) -> None:
    assert is_write_once(key)


def test_a_record_is_written_when_it_is_not_there_and_may_be_said_again() -> None:
    assert may_become("saigen.commit", None, "abc")
    assert may_become("saigen.commit", "abc", "abc")
    assert not may_become("saigen.commit", "abc", "abd")


@pytest.mark.parametrize("key", ["mlflow.user", "saigen.recorded"])
def test_what_the_server_writes_nobody_adds_later(key: str) -> None:
    assert not may_become(key, None, "yes")
    assert may_become(key, "yes", "yes")


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("code=unpushed; data=unpushed", "code=pushed; data=pushed", True),
        ("code=local; data=pushed", "code=pushed; data=pushed", True),
        ("code=partial; data=unknown", "code=pushed; data=modified", True),
        ("code=pushed; data=unpushed", "code=unpushed; data=pushed", False),
        ("code=pushed; data=pushed", "code=pushed; data=unknown", False),
        ("code=pushed; data=pushed", "code=pushed", False),
        ("code=pushed; data=pushed", "nonsense", False),
        ("code=partial (2 left out: a, b); data=pushed", "code=pushed; data=pushed", True),
    ],
)
def test_the_state_may_improve_and_never_get_worse(old: str, new: str, allowed: bool) -> None:
    assert may_become("saigen.state", old, new) is allowed


def test_a_new_thing_is_signed_over_whatever_the_client_said() -> None:
    said = [("mlflow.user", "mallory"), ("a", "1"), ("mlflow.user", "eve")]

    assert signed(said, "author") == [{"key": "a", "value": "1"}, {"key": "mlflow.user", "value": "author"}]


@pytest.mark.parametrize(
    ("said", "recorded"),
    [
        ([("saigen.record", "r1")], "yes"),
        ([("saigen.record", "r1"), ("saigen.recorded", "no")], "yes"),
        ([("saigen.recorded", "yes")], "no"),
        ([("saigen.record", "")], "no"),
        ([], "no"),
    ],
)
def test_recorded_says_whether_a_recording_came_with_the_run(said: list[tuple[str, str]], recorded: str) -> None:
    tags = [(tag["key"], tag["value"]) for tag in signed_run(said, "author")]

    assert tags.count(("saigen.recorded", recorded)) == 1
    assert [value for key, value in tags if key == "saigen.recorded"] == [recorded]
