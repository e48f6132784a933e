"""A web server that says what it was told to say, and keeps what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Answering:
    """A web server on loopback that answers every request alike.

    Attributes:
        first: status and body of answers that come before that, one each.
    """

    def __init__(self, status: int = 200, body: bytes = b"{}") -> None:
        self.first: list[tuple[int, str]] = []
        self.asked: list[Asked] = []
        answering = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answering.asked.append(Asked(self.command, self.path, dict(self.headers), given))
                code, text = answering.first.pop(0) if answering.first else (status, body)
                said = text.encode() if isinstance(text, str) else text
                self.send_response(code)
                self.send_header("Content-Length", str(len(said)))
                if code == 401:
                    self.send_header("WWW-Authenticate", 'Basic realm="here"')
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(said)

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                """Nothing on the test's output."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Answering:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
