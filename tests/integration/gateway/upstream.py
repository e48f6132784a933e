"""A tiny service for the gateway to stand in front of: it answers with what it was asked, as JSON.

Runs inside a container, so it needs nothing but Python: `python3 upstream.py PORT...`. `/large` answers 200 kB of JSON,
`/headers` answers headers that a gateway should not pass on.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Echo(BaseHTTPRequestHandler):
    """Answers every method alike."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        """What was asked: method, path, headers and the length of the body, which is read to its end."""
        length = sum(len(chunk) for chunk in self.body())
        asked = {"method": self.command, "path": self.path, "headers": self.headers.items(), "length": length}
        content = ["run"] * 40_000 if self.path == "/large" else asked
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "session=the-upstreams-cookie")
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815

    def body(self):  # type: ignore[no-untyped-def]
        """The request's body, by length or in chunks."""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline().strip() or b"0", 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left and (chunk := self.rfile.read(min(left, 1 << 20))):
            left -= len(chunk)
            yield chunk

    def log_message(self, *_: object) -> None:
        """Nothing: what matters is in the answers."""


if __name__ == "__main__":
    servers = [ThreadingHTTPServer(("0.0.0.0", int(port)), Echo) for port in sys.argv[1:]]
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
