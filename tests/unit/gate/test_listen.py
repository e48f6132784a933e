"""The stream of the storage's events is read as it comes, and its end is noticed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from minio import Minio
from saigen_gate.listen import EndedError, OneStream
from urllib3.response import HTTPResponse

EVENT = b'{"Records": [{"eventName": "s3:ObjectCreated:Put", "s3": {"object": {"key": "%d"}}}]}\n'


class Stream(BaseHTTPRequestHandler):
    """Tells one event, waits until it was read, tells many more in pieces that end anywhere, and ends."""

    protocol_version = "HTTP/1.1"
    was_read: Event
    many = 2_000

    def do_GET(self) -> None:
        """Answer in chunks, as MinIO does."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._chunk(b"  " + EVENT % 0)
        assert self.was_read.wait(60)
        rest = b" ".join(EVENT % number for number in range(1, self.many))
        for start in range(0, len(rest), 1000):
            self._chunk(rest[start : start + 1000])
        self._chunk(b" ")
        self._chunk(b"")

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Stream.was_read = Event()
    with HTTPServer(("127.0.0.1", 0), Stream) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often something was read of a response."""
    counted: Counter[str] = Counter()

    def counting(name: str) -> Callable[..., bytes]:
        original = getattr(HTTPResponse, name)

        def read(*arguments: Any, **options: Any) -> bytes:
            counted[name] += 1
            found: bytes = original(*arguments, **options)
            return found

        return read

    for name in ("read", "read1"):
        monkeypatch.setattr(HTTPResponse, name, counting(name))
    return counted


def test_each_event_is_read_as_it_comes_and_the_end_is_one(address: str, reads: Counter[str]) -> None:
    connected: list[bool] = []
    client = Minio(
        address,
        "key",
        "secret",
        secure=False,
        region="us-east-1",
        http_client=OneStream(lambda: connected.append(True)),
    )
    with client.listen_bucket_notification("dvc") as events:
        first = next(events)
        assert connected == [True]
        Stream.was_read.set()
        told = [first]
        with pytest.raises(EndedError):
            told.extend(events)
    assert [one["Records"][0]["s3"]["object"]["key"] for one in told] == [str(n) for n in range(Stream.many)]
    assert reads.total() < Stream.many  # not byte by byte, which would leave the job behind the storage
