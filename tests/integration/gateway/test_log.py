"""The access log: what an operator needs, and nothing that opens a door."""

from __future__ import annotations

import json
import socket
import uuid

import pytest
import requests

from tests.integration.gateway.containers import Gateway, s3_client

SECRET = "opensesame"


def agent() -> str:
    """A name by which a test finds its own line."""
    return f"test-{uuid.uuid4().hex}"


def test_every_line_is_json_with_what_an_operator_needs(gateway: Gateway) -> None:
    name = agent()
    requests.post(gateway.url("tracking") + "/api/2.0/mlflow/runs/create", headers={"User-Agent": name}, timeout=10)
    line = gateway.logged(name)
    assert (line["service"], line["status"]) == ("tracking", 200)
    assert line["request"]["method"] == "POST"
    assert line["request"]["uri"] == "/api/2.0/mlflow/runs/create"
    assert {"time", "duration", "size"} <= set(line)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {SECRET}"},
        {"Proxy-Authorization": f"Basic {SECRET}"},
        {"Cookie": f"session={SECRET}"},
        {"X-Amz-Security-Token": SECRET},
        {"X-Amz-Server-Side-Encryption-Customer-Key": SECRET},
        {"X-Gitea-OTP": SECRET},
        {"Referer": f"http://localhost/?access_token={SECRET}"},
        {"X-Anything-New": SECRET},
    ],
)
@pytest.mark.parametrize("service", ["tracking", "storage", "git"])
def test_no_secret_of_a_header_is_logged(gateway: Gateway, service: str, headers: dict[str, str]) -> None:
    name = agent()
    requests.get(gateway.url(service), headers={**headers, "User-Agent": name}, timeout=10)
    assert SECRET not in json.dumps(gateway.logged(name))


@pytest.mark.parametrize(
    "query",
    [
        f"X-Amz-Signature={SECRET}",
        f"X-Amz-Credential={SECRET}&X-Amz-Security-Token={SECRET}",
        f"AWSAccessKeyId=a&Signature={SECRET}",
        f"token={SECRET}",
        f"a=b&access_token={SECRET}",
        f"a;access_token={SECRET}",
        f"%74oken={SECRET}",
        f"token={SECRET}={SECRET}",
    ],
)
@pytest.mark.parametrize("service", ["tracking", "storage", "git"])
def test_no_secret_of_a_query_is_logged(gateway: Gateway, service: str, query: str) -> None:
    name = agent()
    requests.get(f"{gateway.url(service)}/a/path?{query}", headers={"User-Agent": name}, timeout=10)
    line = gateway.logged(name)
    assert SECRET not in json.dumps(line)
    assert line["request"]["uri"].startswith("/a/path?")


def test_the_names_in_a_query_are_logged(gateway: Gateway, root_password: str) -> None:
    name = agent()
    signer = s3_client(gateway.url("storage"), root_password)
    url = signer.generate_presigned_url("list_objects_v2", Params={"Bucket": "dvc", "Prefix": "demo/"})
    requests.get(url, headers={"User-Agent": name}, timeout=10)
    logged = gateway.logged(name)["request"]["uri"]
    assert "prefix=*" in logged
    assert "X-Amz-Signature=*" in logged


def test_no_user_of_a_url_is_logged(gateway: Gateway) -> None:
    name = agent()
    with socket.create_connection(("127.0.0.1", gateway.ports["tracking"]), timeout=10) as wire:
        target = f"http://author:{SECRET}@localhost/absolute"
        head = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {name}\r\nConnection: close\r\n\r\n"
        wire.sendall(head.encode())
        assert wire.recv(100)
    line = gateway.logged(name)
    assert SECRET not in json.dumps(line)
    assert line["request"]["uri"] == "http://localhost/absolute"


def test_no_cookie_that_a_service_sets_is_logged(gateway: Gateway) -> None:
    name = agent()
    answer = requests.get(gateway.url("git"), headers={"User-Agent": name}, timeout=10)
    assert "the-upstreams-cookie" in answer.headers["Set-Cookie"]
    assert "the-upstreams-cookie" not in json.dumps(gateway.logged(name))


def test_why_a_service_did_not_answer_is_logged_without_secrets(lonely: Gateway) -> None:
    name = agent()
    headers = {"Authorization": f"Bearer {SECRET}", "Cookie": SECRET, "User-Agent": name}
    requests.get(f"{lonely.url('tracking')}/x?token={SECRET}", headers=headers, timeout=10)
    assert "lookup tracking" in lonely.logged(name)["error"]
    assert SECRET not in lonely.logs()


def test_health_checks_are_not_logged(gateway: Gateway) -> None:
    name, after = agent(), agent()
    requests.get(gateway.url("git") + "/.well-known/saigen/health", headers={"User-Agent": name}, timeout=10)
    requests.get(gateway.url("git"), headers={"User-Agent": after}, timeout=10)
    assert gateway.logged(after)
    assert name not in gateway.logs()
