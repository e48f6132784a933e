"""A request that says one thing to the check and another to MLflow: each way is tried on the running server."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.integration.tracking.stack import TrackingStack

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def own(tracking: TrackingStack) -> str:
    """The attacker's own run."""
    return tracking.new_run("reviewer")


@pytest.fixture
def victim(run_id: str) -> str:
    """Somebody else's run."""
    return run_id


def attack(stack: TrackingStack, path: str, raw: str | bytes, **options: Any) -> requests.Response:
    """A raw body from the attacker, who is a member."""
    headers = {**JSON, **options.pop("headers", {})}
    return stack.call("reviewer", "POST", f"/api/2.0/mlflow/{path}", data=raw, headers=headers, **options)


def assert_untouched(stack: TrackingStack, run_id: str) -> None:
    """The run is as its author made it."""
    run = stack.call("author", "GET", "/api/2.0/mlflow/runs/get", params={"run_id": run_id}).json()["run"]
    assert run["info"]["lifecycle_stage"] == "active"
    assert run["info"]["status"] == "RUNNING"
    assert "params" not in run["data"]
    assert "metrics" not in run["data"]
    assert "saigen.commit" not in stack.run_tags(run_id)


PARAM = '"key": "p", "value": "1"'


@pytest.mark.parametrize(
    "body",
    [
        '{"run_id": "OWN", "run_id": "VICTIM", REST}',
        '{"run_id": "VICTIM", "run_id": "OWN", REST}',
        '{"run_id": "OWN", "runId": "VICTIM", REST}',
        '{"runId": "VICTIM", "run_id": "OWN", REST}',
        '{"run_id": "OWN", "run_uuid": "VICTIM", REST}',
        '{"run_id": "OWN", "runUuid": "VICTIM", REST}',
        '{"run_id": "", "run_uuid": "VICTIM", REST}',
        '{"run_id": null, "run_uuid": "VICTIM", REST}',
        '{"run_id": 5, "run_uuid": "VICTIM", REST}',
        '{"run_id": ["OWN"], "run_uuid": "VICTIM", REST}',
        '{"run\\u005fid": "VICTIM", REST}',
        '{"run_id": "VICTIM ", REST}',
        '{"run_id": "victim\\u0000", REST}',
        '[{"run_id": "VICTIM", REST}]',
        '{"run_id": "OWN", REST}{"run_id": "VICTIM", REST}',
        '{"[mlflow.LogParam.run_id]": "VICTIM", "run_id": "OWN", REST}',
    ],
)
def test_two_names_for_a_run_reach_only_ones_own(tracking: TrackingStack, own: str, victim: str, body: str) -> None:
    raw = body.replace("OWN", own).replace("VICTIM", victim).replace("REST", PARAM)

    for path in ("runs/log-parameter", "runs/set-tag", "runs/delete", "runs/log-batch"):
        attack(tracking, path, raw)

    assert_untouched(tracking, victim)


def test_a_body_that_is_encoded_twice_is_read_once_more(tracking: TrackingStack, victim: str) -> None:
    inner = json.dumps({"run_id": victim, "key": "p", "value": "1"})

    assert attack(tracking, "runs/log-parameter", json.dumps(inner)).status_code == 403
    assert_untouched(tracking, victim)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-be", "utf-8-sig", "utf-7"])
def test_another_encoding_hides_nothing(tracking: TrackingStack, victim: str, encoding: str) -> None:
    raw = json.dumps({"run_id": victim, "key": "p", "value": "1"}).encode(encoding)

    attack(tracking, "runs/log-parameter", raw, headers={"Content-Type": f"application/json; charset={encoding}"})

    assert_untouched(tracking, victim)


@pytest.mark.parametrize("place", ["query", "form", "method override", "header path", "chunked"])
def test_parameters_in_other_places_count_for_nothing(
    tracking: TrackingStack, own: str, victim: str, place: str
) -> None:
    body = json.dumps({"run_id": own, "key": "p", "value": "1"})
    other = {"run_id": victim, "run_uuid": victim}
    match place:
        case "query":
            attack(tracking, "runs/log-parameter", body, params=other)
        case "form":
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            attack(tracking, "runs/delete", f"run_id={victim}", headers=form)
        case "method override":
            override = {"X-HTTP-Method-Override": "GET", "X-Method-Override": "GET", "X-HTTP-Method": "GET"}
            attack(tracking, "runs/log-parameter", body, headers=override, params=other)
        case "header path":
            headers = {
                "X-Original-URL": "/api/2.0/mlflow/runs/delete",
                "X-Rewrite-URL": "/x",
                "X-Forwarded-Prefix": "/x",
            }
            attack(tracking, "runs/search", json.dumps({"run_id": victim}), headers=headers)
        case "chunked":
            attack(tracking, "runs/delete", iter([b'{"run_id": "', victim.encode(), b'"}']))  # type: ignore[arg-type]

    assert_untouched(tracking, victim)


@pytest.mark.parametrize(
    "path",
    [
        "/api/2.0/mlflow/runs/delete/",
        "//api/2.0/mlflow/runs/delete",
        "/api//2.0/mlflow/runs/delete",
        "/api/2.0/mlflow/runs/%64elete",
        "/api/2.0/mlflow/runs%2Fdelete",
        "/api/2.0/mlflow/runs/search/../delete",
        "/api/2.0/mlflow/runs/search/%2e%2e/delete",
        "/api/2.0/mlflow/runs/delete;x",
        "/api/2.0/mlflow/runs/delete%00",
        "/health/../api/2.0/mlflow/runs/delete",
        "/API/2.0/mlflow/runs/delete",
        "/static-files/../api/2.0/mlflow/runs/delete",
    ],
)
def test_another_spelling_of_a_path_opens_nothing(tracking: TrackingStack, victim: str, path: str) -> None:
    session = requests.Session()
    request = requests.Request(
        "POST", tracking.url, json={"run_id": victim}, auth=("reviewer", tracking.secrets["reviewer"])
    ).prepare()
    request.url = tracking.url + path

    answer = session.send(request, allow_redirects=True, timeout=30)

    assert answer.status_code in (400, 403, 404, 405)
    assert_untouched(tracking, victim)


def artifact_paths(own: str, victim: str) -> list[str]:
    up = "%2e%2e/"
    return [
        f"0/{own}/artifacts/../../{victim}/artifacts/x",
        f"0/{own}/artifacts/{up}{up}{victim}/artifacts/x",
        f"0/{own}/artifacts/%252e%252e%252f%252e%252e%252f{victim}/artifacts/x",
        f"0/{own}%2f..%2f{victim}/artifacts/x",
        f"0//{victim}/artifacts/x",
        f"/0/{victim}/artifacts/x",
        f"0/{victim}/artifacts/x",
        f"0/%25{ord(victim[0]):02x}{victim[1:]}/artifacts/x",
        f"0/{victim}%2fartifacts/x",
        f"0/{own}/artifacts/..%5c..%5c{victim}%5cartifacts%5cx",
        f"0/{own}/../{victim}/artifacts/x",
        "x",
        "../dvc/x",
    ]


def test_an_artifact_is_written_to_ones_own_run_only(tracking: TrackingStack, own: str, victim: str) -> None:
    credentials = ("reviewer", tracking.secrets["reviewer"])
    for method, base, body in [
        ("PUT", "/api/2.0/mlflow-artifacts/artifacts/", b"evil"),
        ("PUT", "/ajax-api/2.0/mlflow-artifacts/artifacts/", b"evil"),
        ("POST", "/api/2.0/mlflow-artifacts/mpu/create/", b'{"path": "x", "num_parts": 1}'),
    ]:
        for path in artifact_paths(own, victim):
            request = requests.Request(method, tracking.url, data=body, headers=JSON, auth=credentials).prepare()
            request.url = tracking.url + base + path
            answer = requests.Session().send(request, timeout=30)
            assert answer.status_code in (400, 403, 404), f"{method} {path}: {answer.status_code}"

    found = [item.object_name for item in tracking.storage_client().list_objects("mlflow", recursive=True)]
    assert [name for name in found if victim in str(name)] == []


@pytest.mark.parametrize("name", ["..", "a/..", "%2e%2e", "x/", ""])
def test_a_part_upload_names_a_file_of_its_own_run(tracking: TrackingStack, own: str, name: str) -> None:
    path = f"/api/2.0/mlflow-artifacts/mpu/create/0/{own}/artifacts"

    answer = tracking.call("reviewer", "POST", path, json={"path": name, "num_parts": 1})

    assert answer.status_code == 400


def test_a_million_parts_are_refused(tracking: TrackingStack, own: str) -> None:
    path = f"/api/2.0/mlflow-artifacts/mpu/create/0/{own}/artifacts"

    assert tracking.call("reviewer", "POST", path, json={"path": "x", "num_parts": 1_000_000}).status_code == 400
    assert tracking.call("reviewer", "POST", path, json={"path": "x", "numParts": "1000000"}).status_code == 400


def test_the_web_pages_upload_goes_to_ones_own_run(tracking: TrackingStack, own: str, victim: str) -> None:
    path = "/ajax-api/2.0/mlflow/upload-artifact"
    for query in (
        f"run_uuid={victim}&path=x",
        f"run_uuid={own}&run_uuid={victim}&path=x",
        f"run_id={own}&run_uuid={victim}&path=x",
    ):
        assert tracking.call("reviewer", "POST", f"{path}?{query}", data=b"evil").status_code in (400, 403)


def test_a_model_is_finished_by_its_maker(tracking: TrackingStack) -> None:
    create = "/api/2.0/mlflow/logged-models"
    victims = tracking.call("author", "POST", create, json={"experiment_id": "0"}).json()["model"]["info"]["model_id"]
    own = tracking.call("reviewer", "POST", create, json={"experiment_id": "0"}).json()["model"]["info"]["model_id"]

    for body in ({"model_id": victims, "status": 2}, {"modelId": victims, "status": 2}):
        assert tracking.call("reviewer", "PATCH", f"{create}/{own}", json=body).status_code == 400
    assert (
        tracking.call("reviewer", "PATCH", f"{create}/{victims}", json={"model_id": victims, "status": 2}).status_code
        == 403
    )
    assert tracking.call("reviewer", "DELETE", f"{create}/{victims}").status_code == 403
    assert (
        tracking.call("author", "PATCH", f"{create}/{victims}", json={"model_id": victims, "status": 2}).status_code
        == 200
    )


def test_a_trace_does_not_open_the_servers_files(tracking: TrackingStack) -> None:
    info = {
        "trace_id": "tr-" + "a" * 32,
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}},
        "request_time": "2026-11-22T10:00:00Z",
        "state": "OK",
    }
    place = {"mlflow.artifactLocation": "file:///secrets"}
    start = "/api/3.0/mlflow/traces"

    assert (
        tracking.call("reviewer", "POST", start, json={"trace": {"trace_info": {**info, "tags": place}}}).status_code
        == 403
    )
    assert tracking.call("reviewer", "POST", start, json={"trace": {"trace_info": info}}).status_code == 200
    tags = {"key": "mlflow.artifactLocation", "value": "file:///secrets"}
    assert tracking.call("reviewer", "PATCH", f"{start}/{info['trace_id']}/tags", json=tags).status_code == 403
