"""What the gateway says of the platform before anyone has credentials."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from saigen.data.transfer.access import Access
from saigen.data.transfer.archives import offered
from saigen.platform import discover
from tests.integration.gateway.containers import Gateway


def test_names_the_three_urls(gateway: Gateway) -> None:
    found = discover(gateway.url("tracking"))
    assert (found.tracking, found.storage, found.git) == tuple(gateway.url(s) for s in ("tracking", "storage", "git"))
    assert found.ca_certificate is None


def test_urls_come_from_the_settings_and_not_from_the_request(secured: Gateway, ca: Path) -> None:
    found = discover(secured.url("tracking", host="127.0.0.1"), ca)
    assert found.storage == secured.url("storage", host="ml.example.org")
    assert found.ca_certificate == secured.url("tracking", host="ml.example.org") + "/.well-known/saigen/ca.crt"


def test_the_command_prints_it(gateway: Gateway) -> None:
    command = [sys.executable, "-m", "saigen", "platform", gateway.url("tracking")]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert gateway.url("storage") in shown


def test_the_wheel_is_the_client(gateway: Gateway, tmp_path: Path) -> None:
    found = discover(gateway.url("tracking"))
    wheel = tmp_path / found.client.rpartition("/")[2]
    wheel.write_bytes(requests.get(found.client, timeout=10).content)
    command = [sys.executable, "-P", "-m", "saigen", "--version"]
    shown = subprocess.run(command, env={"PYTHONPATH": str(wheel)}, capture_output=True, text=True, check=True).stdout
    assert shown == f"saigen {found.version}\n"


def test_the_authority_is_served_only_where_there_is_one(gateway: Gateway) -> None:
    answer = requests.get(gateway.url("tracking") + "/.well-known/saigen/ca.crt", timeout=10)
    assert answer.status_code == 404
    assert "SAIGEN_TLS is off" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/.well-known/saigen/", "/.well-known/saigen/client/", "/.well-known/saigen/client/other.whl"],
)
def test_nothing_else_is_served_there(gateway: Gateway, path: str) -> None:
    assert requests.get(gateway.url("tracking") + path, timeout=10).status_code == 404


@pytest.mark.parametrize("service", ["tracking", "storage", "git"])
def test_each_listener_says_that_it_answers(lonely: Gateway, service: str) -> None:
    answer = requests.get(lonely.url(service) + "/.well-known/saigen/health", timeout=10)
    assert (answer.status_code, answer.text) == (200, "ok")


def test_the_storage_says_that_it_takes_archives(gateway: Gateway) -> None:
    assert offered(Access(gateway.url("storage"), region=None, keys=None))


def test_the_storage_says_so_by_tls_to_those_who_trust_it(secured: Gateway, ca: Path) -> None:
    endpoint = secured.url("storage", host="127.0.0.1")
    assert offered(Access(endpoint, region=None, keys=None, ca=str(ca)))
    assert not offered(Access(endpoint, region=None, keys=None))
