"""Asking a tracking server over HTTP with the settings of MLflow's client."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from saigen.errors import NotPermittedError, UnreachableError, UsageError
from saigen.tracking import Tracking
from saigen.tracking.rest import AnswerError, Rest, connect, login
from tests.unit.client.answering import Answering


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and nothing said about a tracking server."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("USERNAME", "PASSWORD", "TOKEN", "AUTH", "AWS_SIGV4", "INSECURE_TLS", "SERVER_CERT_PATH"):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}", raising=False)
    monkeypatch.delenv("MLFLOW_WORKSPACE", raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    return tmp_path


@pytest.fixture
def server() -> Iterator[Answering]:
    with Answering(500, b"expected no further request") as server:
        yield server


@pytest.mark.parametrize("uri", ["http://host:5000", "https://host/path/"])
def test_a_server_is_asked_over_http(uri: str) -> None:
    assert connect(uri) is not None


@pytest.mark.parametrize("uri", ["sqlite:///mlflow.db", "file:///mlruns", "/mlruns", "databricks", "databricks://x"])
def test_what_is_no_server_is_left_to_mlflow(uri: str) -> None:
    assert connect(uri) is None


@pytest.mark.parametrize("name", ["MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4", "MLFLOW_WORKSPACE"])
def test_what_only_mlflow_knows_is_left_to_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "kubernetes")
    assert connect("http://host:5000") is None


def test_the_login_is_that_of_mlflows_file_and_of_the_environment_before_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert login() == (None, None)
    (home / ".mlflow").mkdir()
    (home / ".mlflow" / "credentials").write_text(
        "[mlflow]\nmlflow_tracking_username = ann\nmlflow_tracking_password = s3cret\n"
    )
    assert login() == ("ann", "s3cret")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "bob")
    assert login() == ("bob", "s3cret")


@pytest.mark.parametrize("text", [b"ann:s3cret", b"[mlflow]\n[mlflow]\n", b"\xff\xfe", b"[mlflow]\nx = 1\nx = 2\n"])
def test_a_file_that_cannot_be_read_is_named_without_what_is_in_it(home: Path, text: bytes) -> None:
    (home / ".mlflow").mkdir()
    (home / ".mlflow" / "credentials").write_bytes(text)
    with pytest.raises(UsageError, match="cannot be read") as refused:
        login()
    assert "s3cret" not in str(refused.value)


def test_every_page_is_asked_for_with_name_and_secret(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "änn")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cret")
    server.first = [(200, '{"runs": [1, 2], "next_page_token": "more"}'), (200, '{"runs": [3]}')]
    assert list(Rest(server.url + "/").every("POST", "runs/search", "runs", filter="a")) == [1, 2, 3]
    basic = "Basic " + base64.b64encode("änn:s3cret".encode()).decode()
    assert [(asked.method, asked.path, asked.headers["Authorization"]) for asked in server.asked] == [
        ("POST", "/api/2.0/mlflow/runs/search", basic)
    ] * 2
    assert [json.loads(asked.body) for asked in server.asked] == [
        {"filter": "a"},
        {"filter": "a", "page_token": "more"},
    ]


def test_a_token_is_sent_as_mlflow_sends_it(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "t0ken")
    server.first = [(200, "{}")]
    assert Rest(server.url).get("runs/get", run_id="a b") == {}
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.body) == ("GET", "/api/2.0/mlflow/runs/get?run_id=a+b", b"")
    assert asked.headers["Authorization"] == "Bearer t0ken"


def test_a_server_that_is_busy_is_asked_again(server: Answering) -> None:
    server.first = [(503, "busy"), (429, "busy"), (200, '{"run": 1}')]
    assert Rest(server.url).get("runs/get") == {"run": 1}


def test_a_server_that_stays_busy_is_unreachable(server: Answering) -> None:
    server.first = [(503, "busy")] * 3
    with pytest.raises(UnreachableError, match="busy"):
        Tracking(server.url).run("1")
    assert server.first == []


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [
        (400, '{"error_code": "INVALID_PARAMETER_VALUE", "message": "no such column"}', (400, "no such column")),
        (404, "<html>no</html>", (404, "<html>no</html>")),
        (403, "", (403, "Forbidden")),
        (200, "<html>a login page</html>", (500, "expected MLflow's JSON, found '<html>a login page</html>'")),
        (200, "[1]", (500, "expected MLflow's JSON, found '[1]'")),
    ],
)
def test_a_refusal_says_the_servers_words(server: Answering, status: int, text: str, said: tuple[int, str]) -> None:
    server.first = [(status, text)]
    with pytest.raises(AnswerError) as refused:
        Rest(server.url).get("runs/get")
    assert (refused.value.status, refused.value.message) == said


def test_a_server_that_is_not_there_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(UnreachableError, match="does not answer"):
        Tracking("http://127.0.0.1:9").experiments()


def test_a_server_before_mlflow_3_has_no_logged_models(server: Answering) -> None:
    server.first = [(404, "<h1>Not Found</h1>"), (403, '{"message": "not yours"}')]
    assert Tracking(server.url).models(["0"]) == []
    with pytest.raises(NotPermittedError, match="refuses logged models"):
        Tracking(server.url).models(["0"])
