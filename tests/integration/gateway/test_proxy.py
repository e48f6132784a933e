"""What services behind the gateway are told, and what clients are told about them."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.integration.gateway.containers import Gateway, launched

CLAIMS = {
    "X-Forwarded-For": "198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=198.51.100.7;proto=https",
    "X-Real-IP": "198.51.100.7",
    "X-WebAuth-User": "captain",
    "X-WebAuth-Email": "captain@example.org",
}


@pytest.mark.parametrize("service", ["tracking", "git"])
def test_the_host_goes_through_with_its_port(gateway: Gateway, service: str) -> None:
    headers = dict(gateway.asked(service)["headers"])
    assert headers["Host"] == f"localhost:{gateway.ports[service]}"


@pytest.mark.parametrize("service", ["tracking", "git"])
def test_only_the_gateway_says_who_the_client_is(gateway: Gateway, service: str) -> None:
    headers = dict(gateway.asked(service, headers=CLAIMS)["headers"])
    assert headers["X-Forwarded-Proto"] == "http"
    assert headers["X-Forwarded-Host"] == f"localhost:{gateway.ports[service]}"
    assert "198.51.100.7" not in str(headers)
    assert not {name.lower() for name in headers} & {
        "forwarded", "x-real-ip", "x-webauth-user", "x-webauth-email", "x-forwarded-port", "x-forwarded-prefix", "via",
    }  # fmt: skip


def test_behind_tls_the_scheme_is_https(secured: Gateway, ca: Path) -> None:
    headers = requests.get(secured.url("tracking"), verify=ca, timeout=10).json()["headers"]
    assert ["X-Forwarded-Proto", "https"] in headers


def test_a_company_proxy_that_is_trusted_says_who_the_client_is(front: str) -> None:
    with launched(front, {"SAIGEN_TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"}) as trusting:
        headers = dict(trusting.asked("tracking", headers={**CLAIMS, "X-Forwarded-Host": "localhost"})["headers"])
    assert headers["X-Forwarded-Proto"] == "https"
    assert headers["X-Forwarded-For"].startswith("198.51.100.7")


def test_credentials_reach_the_service(gateway: Gateway) -> None:
    headers = dict(gateway.asked("tracking", auth=("author", "secret"))["headers"])
    assert headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize("service", ["tracking", "git"])
@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_what_people_and_programs_read_is_compressed(gateway: Gateway, service: str, encoding: str) -> None:
    answer = requests.get(
        gateway.url(service) + "/large", headers={"Accept-Encoding": encoding}, stream=True, timeout=10
    )
    assert answer.headers["Content-Encoding"] == encoding
    assert len(answer.raw.read(decode_content=False)) < 20_000


def test_proxied_artifacts_are_not_compressed(gateway: Gateway) -> None:
    path = "/api/2.0/mlflow-artifacts/artifacts/large.json"
    answer = requests.get(gateway.url("tracking") + path, headers={"Accept-Encoding": "gzip"}, timeout=10)
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("service", ["tracking", "storage", "git"])
def test_answers_do_not_name_the_software(gateway: Gateway, service: str) -> None:
    headers = requests.get(gateway.url(service), timeout=10).headers
    assert not {"Server", "Via", "Alt-Svc", "X-Powered-By"} & set(headers)


@pytest.mark.parametrize("service", ["tracking", "git"])
def test_pages_are_guarded_in_a_browser(gateway: Gateway, service: str) -> None:
    headers = requests.get(gateway.url(service), timeout=10).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'self'"


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("tracking", "/ready"),
        ("tracking", "/metrics"),
        ("tracking", "//ready"),
        ("tracking", "/%72eady"),
        ("git", "/metrics"),
        ("git", "/api/internal/hook/pre-receive/team/demo"),
        ("git", "/api//internal/ssh/authorized_keys"),
        ("git", "/api/%69nternal/manager/shutdown"),
        ("git", "/user/../api/internal/manager/shutdown"),
    ],
)
def test_inner_routes_are_not_published(gateway: Gateway, service: str, path: str) -> None:
    request = requests.Request("GET", gateway.url(service)).prepare()
    request.url = gateway.url(service) + path
    answer = requests.Session().send(request, timeout=10)
    assert (answer.status_code, answer.text) == (404, "saigen: nothing here")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forgotten_secret_is_answered_with_whom_to_ask(gateway: Gateway, method: str) -> None:
    answer = requests.request(method, gateway.url("git") + "/user/forgot_password", timeout=10)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "Ask your administrator, who prints yours with ./scripts/credentials NAME" in answer.text


def test_tracking_down_is_an_error_that_mlflow_can_read(lonely: Gateway) -> None:
    answer = requests.get(lonely.url("tracking") + "/api/2.0/mlflow/experiments/search", timeout=10)
    assert answer.status_code == 502
    assert answer.json()["error_code"] == "TEMPORARILY_UNAVAILABLE"
    assert answer.json()["message"].startswith("saigen: tracking is not answering")
    assert answer.headers["Retry-After"] == "5"


def test_git_down_says_so(lonely: Gateway) -> None:
    answer = requests.get(lonely.url("git"), timeout=10)
    assert (answer.status_code, answer.text.startswith("saigen: git is not answering")) == (502, True)
