"""Telling people: what real servers on this machine receive."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from saigen.errors import NotPermittedError, UnreachableError, UsageError
from saigen.monitor.alerts import Alert
from saigen.monitor.notify import Notice, channels, tell
from saigen.project import MonitorRules

RULES = MonitorRules(webhook="HOOK", email=("ada@example.org", "bob@example.org"))
NOTICE = Notice(
    "prod",
    "birds-1",
    "monitor/prod/birds-1/3",
    [Alert("drift_share > 0.3", "error", {"drift_share": 0.5})],
    "MLflow run 1a2b",
)


class Hook(ThreadingHTTPServer):
    received: list[Any]
    status = 200


class _Post(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        self.server.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook(("127.0.0.1", 0), _Post) as server:
        server.received = []
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def url(server: Hook) -> dict[str, str]:
    return {"HOOK": f"http://127.0.0.1:{server.server_address[1]}/T1/secret"}


class Post(socketserver.ThreadingTCPServer):
    """A mail server: enough of RFC 5321 to take a mail in."""

    received: list[EmailMessage]
    refuses = False


class _Mail(socketserver.StreamRequestHandler):
    server: Post

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline():
            word = line.split()[0].upper()
            if word == b"DATA":
                self.say("354 go on")
                self.server.received.append(self.read())
            elif word == b"RCPT" and self.server.refuses:
                self.say("550 nobody of that name")
                continue
            self.say("221 bye" if word == b"QUIT" else "250 fine")
            if word == b"QUIT":
                return

    def read(self) -> EmailMessage:
        lines = list(iter(self.rfile.readline, b".\r\n"))
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def post() -> Iterator[Post]:
    with Post(("127.0.0.1", 0), _Mail) as server:
        server.received = []
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def smtp(server: Post) -> dict[str, str]:
    return {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(server.server_address[1]), "SMTP_TLS": "off"}


def test_a_webhook_gets_what_chat_services_understand(hook: Hook) -> None:
    tell("webhook", NOTICE, RULES, url(hook))
    assert hook.received == [
        {
            "text": "*birds-1 in prod: 1 alert on monitor/prod/birds-1/3*\n"
            "• error: drift_share &gt; 0.3  (drift_share = 0.5)\n"
            "• MLflow run 1a2b"
        }
    ]


def test_a_webhook_that_refuses_or_is_away_is_named_without_its_secret(hook: Hook) -> None:
    hook.status = 403
    with pytest.raises(NotPermittedError) as refused:
        tell("webhook", NOTICE, RULES, url(hook))
    with pytest.raises(UnreachableError) as away:
        tell("webhook", NOTICE, RULES, {"HOOK": "http://127.0.0.1:1/secret"})
    assert "403" in refused.value.why
    assert "secret" not in f"{refused.value}{away.value}"


@pytest.mark.parametrize("environment", [{}, {"HOOK": "secret.example.org"}, {"HOOK": "file:///etc/secret"}])
def test_a_variable_without_a_url_is_a_mistake(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="no URL") as refused:
        tell("webhook", NOTICE, RULES, environment)
    assert "secret" not in str(refused.value)


def test_a_mail_goes_to_everybody(post: Post) -> None:
    tell("email", NOTICE, RULES, {**smtp(post), "SMTP_FROM": "saigen@example.org"})
    (mail,) = post.received
    assert mail["Subject"] == "[saigen] birds-1 in prod: 1 alert on monitor/prod/birds-1/3"
    assert (mail["From"], mail["To"]) == ("saigen@example.org", "ada@example.org, bob@example.org")
    assert "error: drift_share > 0.3  (drift_share = 0.5)" in mail.get_content()


def test_a_mail_server_that_refuses_or_is_away_is_named(post: Post) -> None:
    post.refuses = True
    with pytest.raises(NotPermittedError, match="refuses"):
        tell("email", NOTICE, RULES, smtp(post))
    with pytest.raises(UnreachableError, match="does not answer"):
        tell("email", NOTICE, RULES, {**smtp(post), "SMTP_PORT": "1"})


def test_mail_is_never_sent_in_the_clear_by_default(post: Post) -> None:
    given = smtp(post)
    del given["SMTP_TLS"]
    with pytest.raises(UnreachableError, match="does not answer"):
        tell("email", NOTICE, RULES, given)
    assert post.received == []


def test_without_a_server_mail_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="no mail server"):
        tell("email", NOTICE, RULES, {})


def test_only_what_saigen_toml_names_is_told() -> None:
    assert channels(RULES) == ["webhook", "email"]
    assert channels(MonitorRules()) == []
