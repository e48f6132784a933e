"""Who may come in: Host, Origin, headers, and how long a client may take to send them."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
import requests

from tests.integration.gateway.containers import Gateway

SERVICES = ["tracking", "storage", "git"]


def spoken(gateway: Gateway, service: str, request: bytes, seconds: float = 20) -> bytes:
    """What the gateway answers to bytes on the wire, until it closes the connection."""
    with socket.create_connection(("127.0.0.1", gateway.ports[service]), timeout=seconds) as wire:
        wire.sendall(request)
        answer = b""
        while chunk := wire.recv(65536):
            answer += chunk
    return answer


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:5000", "localhost.evil.example", "10.0.0.1", "tracking:5000"]
)
def test_a_foreign_host_is_misdirected(gateway: Gateway, service: str, host: str) -> None:
    answer = requests.get(gateway.url(service) + "/health", headers={"Host": host}, timeout=10)
    assert answer.status_code == 421
    assert "set SAIGEN_HOST" in answer.text


@pytest.mark.parametrize("service", SERVICES)
def test_no_host_is_misdirected(gateway: Gateway, service: str) -> None:
    assert b" 421 " in spoken(gateway, service, b"GET /health HTTP/1.0\r\n\r\n")


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:1234", "[::1]:5000", "[::1]", "LOCALHOST:5000", "gateway:5000"]
)
def test_loopback_names_are_known_with_any_port(gateway: Gateway, host: str) -> None:
    gateway.asked("tracking", "/health", headers={"Host": host})


def test_the_public_name_is_known(secured: Gateway, ca: Path) -> None:
    answer = requests.get(
        secured.url("tracking") + "/health", headers={"Host": "ml.example.org"}, verify=ca, timeout=10
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("service", ["tracking", "git"])
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://localhost"]
)
def test_a_page_of_another_site_is_refused(gateway: Gateway, service: str, origin: str) -> None:
    answer = requests.post(gateway.url(service) + "/api", headers={"Origin": origin}, timeout=10)
    assert answer.status_code == 403


def test_another_port_of_the_same_host_is_another_site(gateway: Gateway) -> None:
    answer = requests.post(gateway.url("tracking"), headers={"Origin": gateway.url("git")}, timeout=10)
    assert answer.status_code == 403


def test_two_origins_are_refused(gateway: Gateway) -> None:
    own = gateway.url("tracking")
    request = f"GET / HTTP/1.1\r\nHost: localhost:{gateway.ports['tracking']}\r\nConnection: close\r\nOrigin: {own}\r\n"
    assert b" 403 " in spoken(gateway, "tracking", f"{request}Origin: https://evil.example\r\n\r\n".encode())


def test_the_own_page_is_served_and_its_origin_stripped_for_tracking(gateway: Gateway) -> None:
    asked = gateway.asked("tracking", method="POST", headers={"Origin": gateway.url("tracking")})
    assert "origin" not in {name.lower() for name, _ in asked["headers"]}


def test_the_own_origin_stays_for_the_forges_own_check(gateway: Gateway) -> None:
    asked = gateway.asked("git", method="POST", headers={"Origin": gateway.url("git")})
    assert ["Origin", gateway.url("git")] in asked["headers"]


@pytest.mark.parametrize("service", SERVICES)
def test_headers_above_32_kib_are_refused(gateway: Gateway, service: str) -> None:
    answer = requests.get(gateway.url(service), headers={"X-Large": "x" * 40_000}, timeout=10)
    assert answer.status_code == 431


def test_a_client_that_trickles_its_headers_is_cut_off(gateway: Gateway) -> None:
    start = time.monotonic()
    spoken(gateway, "tracking", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    assert 8 < time.monotonic() - start < 15


def test_an_api_body_above_64_mib_is_refused(gateway: Gateway) -> None:
    answer = requests.post(gateway.url("tracking") + "/api/2.0/mlflow/runs/log-batch", data=bytes(65 << 20), timeout=30)
    assert answer.status_code == 413


def test_an_artifact_may_be_larger(gateway: Gateway) -> None:
    path = "/api/2.0/mlflow-artifacts/artifacts/large.bin"
    assert gateway.asked("tracking", path, method="PUT", data=bytes(80 << 20))["length"] == 80 << 20


def test_a_push_may_be_larger(gateway: Gateway) -> None:
    chunks = (bytes(1 << 20) for _ in range(80))
    assert gateway.asked("git", "/team/demo.git/git-receive-pack", method="POST", data=chunks)["length"] == 80 << 20
