"""The report is what the gateway answered."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from stack import report
from tests.unit.scripts.machines import settings

PLATFORM = {
    "version": "0.1.0",
    "tracking": "http://localhost:5000",
    "storage": "http://localhost:9000",
    "git": "http://localhost:3000",
    "ca_certificate": None,
    "client": "http://localhost:5000/.well-known/saigen/client/saigen-0.1.0-py3-none-any.whl",
}


class Gateway(BaseHTTPRequestHandler):
    """Answers /.well-known/saigen to one host name only, as the real gateway does."""

    status: ClassVar[int] = 200
    hosts: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer and remember by which name it was asked."""
        self.hosts.append(self.headers["Host"])
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(json.dumps(PLATFORM).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def gateway() -> Iterator[HTTPServer]:
    """A gateway on a loopback port of its own."""
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_address_and_the_next_command_are_in_the_report() -> None:
    text = report.text(PLATFORM, "./infra/team.yaml")
    for part in ("0.1.0", PLATFORM["tracking"], PLATFORM["storage"], PLATFORM["git"], PLATFORM["client"]):
        assert str(part) in text
    assert 'eval "$(./scripts/credentials NAME)"' in text
    assert "CA" not in text.split()


def test_the_certificate_is_in_the_report_where_there_is_one() -> None:
    address = "https://localhost:5000/.well-known/saigen/ca.crt"
    assert address in report.text({**PLATFORM, "ca_certificate": address}, "./infra/team.yaml")


def test_the_gateway_is_asked_by_its_public_name_on_the_address_it_listens_on(gateway: HTTPServer) -> None:
    port = gateway.server_address[1]
    held = settings(SAIGEN_HOST="saigen.example.com", SAIGEN_BIND="0.0.0.0", SAIGEN_TRACKING_PORT=str(port))
    assert report.ask(held) == PLATFORM
    assert Gateway.hosts[-1] == f"saigen.example.com:{port}"


def test_a_gateway_that_refuses_is_not_reported_as_up(gateway: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gateway, "status", 503)
    with pytest.raises(report.UnreachableError, match="status 503"):
        report.ask(settings(SAIGEN_TRACKING_PORT=str(gateway.server_address[1])))
