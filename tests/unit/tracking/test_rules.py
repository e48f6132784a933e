"""What a role may do with each class of route, and what has to be true first."""

from __future__ import annotations

import json
from typing import Any

import pytest
from saigen_tracking.access import Person, Role
from saigen_tracking.errors import Refusal
from saigen_tracking.rules import DATASET, KINDS, MODEL, RUN, Answer, Owned, Question, WriteOnce, admit, examine

MEMBER = Person("author", Role.MEMBER)
VIEWER = Person("watcher", Role.VIEWER)
MAINTAINER = Person("captain", Role.MAINTAINER)
ID = "0123456789abcdef0123456789abcdef"


def ask(kind: str, body: Any = None, caller: Person = MEMBER, query: bytes = b"", **values: str) -> Answer:
    return examine(Question(caller, kind, values, query, body or {}))


def refused(kind: str, body: Any = None, caller: Person = MEMBER, query: bytes = b"", **values: str) -> int:
    with pytest.raises(Refusal) as refusal:
        ask(kind, body, caller, query, **values)
    return refusal.value.status


def owned(answer: Answer) -> list[tuple[str, str]]:
    return [(need.kind, need.id) for need in answer.requirements if isinstance(need, Owned)]


def tags_of(answer: Answer) -> list[tuple[str, str]]:
    assert answer.body is not None
    return [(tag["key"], tag["value"]) for tag in answer.body["tags"]]


@pytest.mark.parametrize("kind", sorted(KINDS - {"read", "public"}))
def test_a_viewer_reads_and_nothing_else(kind: str) -> None:
    admit(VIEWER, "read")
    with pytest.raises(Refusal) as refusal:
        admit(VIEWER, kind)
    assert refusal.value.status == 403


@pytest.mark.parametrize("kind", sorted(KINDS - {"maintainer", "off"}))
def test_a_member_may_use_every_class_but_the_maintainers(kind: str) -> None:
    admit(MEMBER, kind)


@pytest.mark.parametrize("kind", ["maintainer", "off"])
def test_a_member_may_not_use_what_is_for_maintainers_or_off(kind: str) -> None:
    with pytest.raises(Refusal):
        admit(MEMBER, kind)


def test_a_maintainer_may_use_everything_that_is_on() -> None:
    for kind in KINDS - {"off"}:
        admit(MAINTAINER, kind)
    with pytest.raises(Refusal):
        admit(MAINTAINER, "off")


def test_a_new_run_is_signed_by_the_server() -> None:
    said = {
        "userId": "mallory",
        "tags": [{"key": "mlflow.user", "value": "eve"}, {"key": "saigen.recorded", "value": "yes"}],
    }

    answer = ask("create-run", said)

    assert answer.body is not None
    assert answer.body["user_id"] == "author"
    assert "userId" not in answer.body
    assert tags_of(answer) == [("mlflow.user", "author"), ("saigen.recorded", "no")]


def test_a_maintainer_cannot_sign_for_another_either() -> None:
    answer = ask("create-run", {"user_id": "author"}, caller=MAINTAINER)

    assert answer.body is not None
    assert answer.body["user_id"] == "captain"


def test_a_run_that_comes_with_a_recording_is_recorded() -> None:
    assert ("saigen.recorded", "yes") in tags_of(ask("create-run", {"tags": [{"key": "saigen.record", "value": "r"}]}))


def test_an_experiment_lives_in_the_platforms_store_whoever_makes_it() -> None:
    assert ask("create-experiment", {"name": "e", "artifact_location": ""}).body
    for spelling in ("artifact_location", "artifactLocation"):
        assert refused("create-experiment", {"name": "e", spelling: "file:///etc"}) == 403
        assert refused("create-experiment", {"name": "e", spelling: "s3://dvc/demo"}, caller=MAINTAINER) == 403
    assert refused("create-experiment", {"artifact_location": "", "artifactLocation": "file:///etc"}) == 400


@pytest.mark.parametrize("body", [{"run_id": ID}, {"runId": ID}, {"run_uuid": ID}, {"run_id": ID, "runUuid": ID}])
def test_logging_needs_the_run_to_be_ones_own_however_it_is_named(body: dict[str, str]) -> None:
    assert owned(ask("own-run", body)) == [(RUN, ID)]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"run_id": ID, "run_uuid": "other"},
        {"run_id": "", "run_uuid": ID},
        {"run_id": ID, "runId": "other"},
        {"run_id": None},
        {"run_id": [ID]},
        {"run_id": {"a": ID}},
    ],
)
def test_a_run_that_is_not_named_once_is_refused(body: dict[str, Any]) -> None:
    assert refused("own-run", body) == 400
    assert refused("untag-run", {**body, "key": "a"}) == 400
    assert refused("comment-run", {**body, "key": "a", "value": "b"}) == 400


def test_a_batch_without_guarded_tags_asks_nothing_more() -> None:
    answer = ask("own-run", {"run_id": ID, "metrics": [], "tags": [{"key": "a", "value": "b"}]})

    assert answer == Answer((Owned(RUN, ID),))


def test_a_batch_with_guarded_tags_may_write_them_once() -> None:
    tags = [{"key": "saigen.commit", "value": "c"}, {"key": "mlflow.user", "value": "eve"}, {"key": "x", "value": "y"}]

    answer = ask("own-run", {"run_id": ID, "tags": tags})

    assert WriteOnce(ID, (("saigen.commit", "c"), ("mlflow.user", "eve"))) in answer.requirements


def test_a_remark_on_anyones_run_asks_for_nothing() -> None:
    assert ask("comment-run", {"run_id": ID, "key": "review", "value": "good"}) == Answer()


@pytest.mark.parametrize("key", ["data_version", "mlflow.runName", "mlflow.source.git.commit"])
def test_what_states_the_run_is_its_authors_to_write(key: str) -> None:
    assert owned(ask("comment-run", {"run_id": ID, "key": key, "value": "x"})) == [(RUN, ID)]


@pytest.mark.parametrize("key", ["saigen.commit", "saigen.state", "mlflow.user"])
def test_a_record_is_its_authors_to_write_once(key: str) -> None:
    answer = ask("comment-run", {"run_id": ID, "key": key, "value": "x"})

    assert owned(answer) == [(RUN, ID)]
    assert WriteOnce(ID, ((key, "x"),)) in answer.requirements


@pytest.mark.parametrize("caller", [MEMBER, MAINTAINER])
@pytest.mark.parametrize("key", ["saigen.commit", "saigen.recorded", "mlflow.user"])
def test_a_record_is_never_taken_away(caller: Person, key: str) -> None:
    assert refused("untag-run", {"run_id": ID, "key": key}, caller=caller) == 403


def test_artifacts_are_written_to_ones_own_run_or_model() -> None:
    assert owned(ask("write-artifact", artifact_path=f"1/{ID}/artifacts/x")) == [(RUN, ID)]
    assert owned(ask("write-artifact", artifact_path=f"1/models/m-{ID}/artifacts/x")) == [(MODEL, f"m-{ID}")]
    assert owned(ask("write-artifact", artifact_path="1/traces/tr-1/artifacts/traces.json")) == []


@pytest.mark.parametrize("parts", [0, -1, 10_001, "1e9", "x", 1.5, True, [1]])
def test_an_upload_has_a_number_of_parts_that_s3_takes(parts: Any) -> None:
    body = {"path": "big.bin", "num_parts": parts}

    assert refused("write-artifact-parts", body, artifact_path=f"1/{ID}/artifacts") == 400


@pytest.mark.parametrize("path", ["", "..", "a/..", "x/", "a\nb", "%2e%2e"])
def test_an_upload_in_parts_names_a_file(path: str) -> None:
    assert refused("write-artifact-parts", {"path": path, "num_parts": 2}, artifact_path=f"1/{ID}/artifacts") == 400


def test_an_upload_in_parts_is_to_ones_own_run() -> None:
    body = {"path": "/home/author/big.bin", "num_parts": 103}

    assert owned(ask("write-artifact-parts", body, artifact_path=f"1/{ID}/artifacts/x")) == [(RUN, ID)]


def test_the_web_pages_upload_is_to_ones_own_run() -> None:
    assert owned(ask("upload-artifact", query=f"run_uuid={ID}&path=x".encode())) == [(RUN, ID)]
    assert refused("upload-artifact", query=f"run_uuid={ID}&run_uuid=other".encode()) == 400


def test_a_logged_model_is_signed_and_of_ones_own_run() -> None:
    answer = ask(
        "create-model", {"experiment_id": "1", "sourceRunId": ID, "tags": [{"key": "mlflow.user", "value": "eve"}]}
    )

    assert owned(answer) == [(RUN, ID)]
    assert tags_of(answer) == [("mlflow.user", "author")]
    assert owned(ask("create-model", {"experiment_id": "1", "source_run_id": ""})) == []


def test_the_model_in_the_body_is_the_one_in_the_path() -> None:
    assert owned(ask("own-model", {"model_id": "m-1"}, model_id="m-1")) == [(MODEL, "m-1")]
    assert refused("own-model", {"model_id": "m-2"}, model_id="m-1") == 400
    assert refused("own-model", {"modelId": "m-2"}, model_id="m-1") == 400


def test_a_models_signature_stays() -> None:
    assert refused("own-model", model_id="m-1", tag_key="mlflow.user") == 403
    assert refused("comment-model", {"tags": [{"key": "mlflow.user", "value": "eve"}]}, model_id="m-1") == 403
    assert owned(ask("comment-model", {"tags": [{"key": "mlflow.x", "value": "1"}]}, model_id="m-1")) == [
        (MODEL, "m-1")
    ]
    assert ask("comment-model", {"tags": [{"key": "review", "value": "1"}]}, model_id="m-1") == Answer()


@pytest.mark.parametrize(
    "source", ["file:///secrets", "s3://dvc/demo", "saigen://mlflow/1", "mlflow-artifacts://evil/1"]
)
def test_a_version_from_outside_the_platforms_store_is_refused(source: str) -> None:
    assert refused("register", {"name": "m", "source": source}) == 403
    assert refused("register", {"name": "m", "source": source}, caller=MAINTAINER) == 403


def test_a_version_is_signed() -> None:
    answer = ask("register", {"name": "m", "source": "runs:/x/model", "run_link": "https://x/y"})

    assert tags_of(answer) == [("mlflow.user", "author")]


@pytest.mark.parametrize("key", ["saigen.x", "mlflow.prompt.text", "mlflow.user", "data_version"])
def test_a_note_on_shared_things_is_a_remark(key: str) -> None:
    assert refused("note", {"name": "m", "key": key, "value": "x"}) == 403
    assert ask("note", {"name": "m", "key": "review", "value": "x"}) == Answer()
    assert ask("note", {"name": "m", "description": "x"}) == Answer()


@pytest.mark.parametrize("key", ["mlflow.artifactLocation", "mlflow.trace.archiveLocation", "saigen.x"])
def test_a_trace_does_not_say_where_its_files_are(key: str) -> None:
    assert refused("tag-trace", {"key": key, "value": "file:///secrets"}) == 403
    assert refused("create-trace", {"trace": {"trace_info": {"tags": {key: "file:///secrets"}}}}) == 403
    assert refused("create-trace", {"trace": {"traceInfo": {"tags": {key: "file:///secrets"}}}}) == 403


def test_a_trace_is_signed_and_of_ones_own_run() -> None:
    info = {"trace_metadata": {"mlflow.sourceRun": ID, "mlflow.user": "eve"}, "tags": {"mlflow.user": "eve", "a": "b"}}

    answer = ask("create-trace", {"trace": {"trace_info": info}})

    assert owned(answer) == [(RUN, ID)]
    assert answer.body is not None
    signed = answer.body["trace"]["trace_info"]
    assert signed["trace_metadata"] == {"mlflow.sourceRun": ID, "mlflow.user": "author"}
    assert signed["tags"] == {"a": "b"}


def test_a_persons_assessment_bears_that_persons_name() -> None:
    source = {"source_type": "HUMAN", "source_id": "captain"}

    signed = ask("assess", {"assessment": {"source": source}}, trace_id="tr-1").body
    machine = ask("assess", {"assessment": {"source": {"source_type": "LLM_JUDGE", "source_id": "gpt"}}}).body
    assert signed is not None
    assert machine is not None
    assert signed["assessment"]["source"]["source_id"] == "author"
    assert machine["assessment"]["source"]["source_id"] == "gpt"


def test_an_evaluation_dataset_is_signed() -> None:
    answer = ask(
        "create-dataset", {"name": "d", "createdBy": "eve", "tags": json.dumps({"mlflow.user": "eve", "a": "b"})}
    )

    assert answer.body is not None
    assert json.loads(answer.body["tags"]) == {"mlflow.user": "author", "a": "b"}
    assert answer.body["created_by"] == "author"
    assert "createdBy" not in answer.body


def test_an_evaluation_dataset_is_changed_by_its_maker() -> None:
    assert owned(ask("own-dataset", dataset_id="d-1")) == [(DATASET, "d-1")]
    assert refused("own-dataset", {"dataset_id": "d-2"}, dataset_id="d-1") == 400
