"""A proxy that can be opened in the middle of a test: each byte goes to the gateway, which takes a proxy's requests."""

from __future__ import annotations

import shutil
import socket
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from urllib.parse import urlsplit


@contextmanager
def relay(port: int, url: str) -> Iterator[None]:
    """Carry each connection to the port on to the server of a URL, byte by byte, while the block runs."""
    to = urlsplit(url)

    class Carry(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((to.hostname or "", to.port or 80)) as server:
                back = Thread(target=_copy, args=(server, self.request))
                back.start()
                _copy(self.request, server)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", port), Carry) as listening:
        listening.daemon_threads = True
        Thread(target=listening.serve_forever, daemon=True).start()
        yield
        listening.shutdown()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with (
        suppress(OSError),
        source.makefile("rb", buffering=0) as reading,
        target.makefile("wb", buffering=0) as writing,
    ):
        shutil.copyfileobj(reading, writing)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
