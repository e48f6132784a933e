"""Who wrote what is what the server verified, and the record of a run stays as it was written."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.integration.tracking.stack import TrackingStack

FORGED = [{"key": "mlflow.user", "value": "captain"}, {"key": "saigen.recorded", "value": "yes"}]


def set_tag(stack: TrackingStack, name: str, run_id: str, key: str, value: str) -> int:
    return stack.api(name, "runs/set-tag", {"run_id": run_id, "key": key, "value": value}).status_code


@pytest.mark.parametrize("field", ["user_id", "userId"])
def test_a_forged_author_is_replaced_by_the_verified_one(tracking: TrackingStack, field: str) -> None:
    run_id = tracking.new_run("author", **{field: "captain", "tags": FORGED})

    run = tracking.call("author", "GET", "/api/2.0/mlflow/runs/get", params={"run_id": run_id}).json()["run"]
    assert run["info"]["user_id"] == "author"
    assert tracking.run_tags(run_id)["mlflow.user"] == "author"
    assert tracking.run_tags(run_id)["saigen.recorded"] == "no"


def test_a_run_with_a_recording_says_so(tracking: TrackingStack) -> None:
    run_id = tracking.new_run("author", tags=[{"key": "saigen.record", "value": "r-1"}])

    assert tracking.run_tags(run_id)["saigen.recorded"] == "yes"


@pytest.mark.parametrize("name", ["author", "captain", "reviewer"])
@pytest.mark.parametrize(("key", "value"), [("mlflow.user", "captain"), ("saigen.recorded", "yes")])
def test_nobody_changes_what_the_server_wrote(
    tracking: TrackingStack, run_id: str, name: str, key: str, value: str
) -> None:
    batch = {"run_id": run_id, "tags": [{"key": key, "value": value}]}

    assert set_tag(tracking, name, run_id, key, value) == 403
    assert tracking.api(name, "runs/log-batch", batch).status_code == 403
    assert tracking.api(name, "runs/delete-tag", {"run_id": run_id, "key": key}).status_code == 403
    assert tracking.run_tags(run_id) == {**tracking.run_tags(run_id), "mlflow.user": "author", "saigen.recorded": "no"}


def test_a_record_is_written_once_by_its_author(tracking: TrackingStack, run_id: str) -> None:
    assert set_tag(tracking, "reviewer", run_id, "saigen.commit", "abc") == 403
    assert set_tag(tracking, "author", run_id, "saigen.commit", "abc") == 200
    assert set_tag(tracking, "author", run_id, "saigen.commit", "abc") == 200
    assert set_tag(tracking, "author", run_id, "saigen.commit", "abd") == 403
    batch = {"run_id": run_id, "tags": [{"key": "saigen.commit", "value": "abd"}]}
    assert tracking.api("author", "runs/log-batch", batch).status_code == 403
    assert tracking.run_tags(run_id)["saigen.commit"] == "abc"


def test_the_state_of_a_record_may_improve(tracking: TrackingStack, run_id: str) -> None:
    for state, status in [
        ("code=unpushed; data=unpushed", 200),
        ("code=pushed; data=unpushed", 200),
        ("code=unpushed; data=pushed", 403),
        ("code=pushed; data=pushed", 200),
    ]:
        assert set_tag(tracking, "author", run_id, "saigen.state", state) == status


def test_others_comment_on_a_run_and_no_more(tracking: TrackingStack, run_id: str) -> None:
    assert set_tag(tracking, "reviewer", run_id, "review", "looks good") == 200
    assert set_tag(tracking, "reviewer", run_id, "mlflow.note.content", "a note") == 200
    for key in ("data_version", "saigen.verdict", "mlflow.runName", "mlflow.source.git.commit"):
        assert set_tag(tracking, "reviewer", run_id, key, "x") == 403
    assert set_tag(tracking, "watcher", run_id, "review", "mine") == 403
    assert set_tag(tracking, "author", run_id, "data_version", "penguins_v1") == 200
    assert tracking.run_tags(run_id)["review"] == "looks good"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("runs/update", {"status": "FINISHED"}),
        ("runs/delete", {}),
        ("runs/restore", {}),
        ("runs/log-metric", {"key": "m", "value": 1, "timestamp": 1, "step": 0}),
        ("runs/log-parameter", {"key": "p", "value": "1"}),
        ("runs/log-batch", {"params": [{"key": "p", "value": "1"}]}),
        ("runs/log-inputs", {"datasets": []}),
        ("runs/delete-tag", {"key": "x"}),
        ("traces/link-to-run", {"trace_ids": ["tr-1"]}),
    ],
)
def test_a_run_is_its_authors_to_change(tracking: TrackingStack, run_id: str, path: str, body: dict[str, Any]) -> None:
    refused = tracking.api("reviewer", path, {**body, "run_id": run_id})

    assert refused.status_code == 403
    assert "author" in refused.json()["message"]


def test_an_author_deletes_and_restores_and_a_maintainer_may_too(tracking: TrackingStack, run_id: str) -> None:
    for name in ("author", "captain"):
        assert tracking.api(name, "runs/delete", {"run_id": run_id}).status_code == 200
        assert tracking.api(name, "runs/restore", {"run_id": run_id}).status_code == 200


@pytest.mark.parametrize("name", ["author", "captain"])
@pytest.mark.parametrize(
    "location", ["file:///secrets", "s3://dvc/demo", "saigen://mlflow/9", "/srv", "mlflow-artifacts:/0"]
)
@pytest.mark.parametrize("field", ["artifact_location", "artifactLocation"])
def test_artifacts_live_only_where_the_platform_puts_them(
    tracking: TrackingStack, name: str, location: str, field: str
) -> None:
    answer = tracking.api(name, "experiments/create", {"name": f"elsewhere {name} {location} {field}", field: location})

    assert answer.status_code == 403
    assert "chosen by the platform" in answer.json()["message"]


def test_an_experiment_is_signed_and_in_the_platforms_store(tracking: TrackingStack) -> None:
    made = tracking.api("author", "experiments/create", {"name": f"signed {uuid4()}", "tags": FORGED[:1]}).json()

    found = tracking.call("watcher", "GET", "/api/2.0/mlflow/experiments/get", params=made).json()["experiment"]
    assert found["artifact_location"] == f"mlflow-artifacts:/{made['experiment_id']}"
    assert {"key": "mlflow.user", "value": "author"} in found["tags"]


@pytest.mark.parametrize("source", ["file:///secrets", "/secrets", "s3://dvc/demo/x", "http://storage:9000/mlflow/0/x"])
def test_a_model_version_from_elsewhere_is_refused(tracking: TrackingStack, run_id: str, source: str) -> None:
    tracking.api("author", "registered-models/create", {"name": "elsewhere"})

    body = {"name": "elsewhere", "source": source, "run_id": run_id}
    assert tracking.api("author", "model-versions/create", body).status_code == 403
    assert tracking.api("captain", "model-versions/create", body).status_code == 403


def test_what_others_load_is_decided_by_maintainers(tracking: TrackingStack, run_id: str) -> None:
    tracking.api("author", "registered-models/create", {"name": "shared"})
    version = {"name": "shared", "source": f"mlflow-artifacts:/0/{run_id}/artifacts/model", "run_id": run_id}
    assert tracking.api("author", "model-versions/create", version).status_code == 200

    alias = {"name": "shared", "alias": "champion", "version": "1"}
    assert tracking.api("author", "registered-models/alias", alias).status_code == 403
    assert tracking.api("captain", "registered-models/alias", alias).status_code == 200
