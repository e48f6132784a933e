"""Patch 4: a trailer that never ends costs the server nothing."""

from __future__ import annotations

import contextlib
import socket

import pytest

from tests.security.storage.asserts import assert_absent
from tests.security.storage.server import Server, allow
from tests.security.storage.sigv4 import (
    SIGNED_TRAILER,
    UNSIGNED_TRAILER,
    Account,
    Request,
    sign,
    signed_chunks,
)
from tests.waiting import eventually

HEADERS = {"x-amz-decoded-content-length": "5", "x-amz-trailer": "x-amz-checksum-crc32"}
ENDLESS = 4_000_000


def upload_cut_off_in_the_trailer(server: Server, account: Account, path: str, payload: str) -> bytes:
    """The bytes of an upload that announces a hundred more than it has, and stops within its trailer."""
    request = sign(Request("PUT", path, headers=HEADERS), account, host=server.host, payload=payload)
    chunks = {
        UNSIGNED_TRAILER: b"5\r\ndata!\r\n0\r\n",
        SIGNED_TRAILER: signed_chunks(request, account, [b"data!", b""]),
    }
    body = chunks[payload] + b"x-amz-ch"
    headers = {**request.headers, "content-length": str(len(body) + 100)}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"PUT {path} HTTP/1.1\r\n{head}\r\n".encode() + body


@pytest.mark.parametrize("payload", [UNSIGNED_TRAILER, SIGNED_TRAILER])
def test_connection_lost_inside_the_trailer_is_given_up(server: Server, bucket: str, payload: str) -> None:
    account = server.new_account(allow(["s3:PutObject"], f"{bucket}/*"))
    address, port = server.host.split(":")
    with socket.create_connection((address, int(port))) as connection:
        connection.sendall(upload_cut_off_in_the_trailer(server, account, f"/{bucket}/x", payload))
        eventually(lambda: server.open_connections() > 0)
    with server.memory_growth_below(64):
        eventually(lambda: server.open_connections() == 0, within=20)
        eventually(lambda: server.cpu_share() < 0.25, within=20)
    assert_absent(server, bucket, "x")


def test_trailer_of_megabytes_is_refused(server: Server, bucket: str) -> None:
    body = b"5\r\ndata!\r\n0\r\n" + b"a" * ENDLESS
    request = sign(
        Request("PUT", f"/{bucket}/x", headers=HEADERS, body=body),
        server.root,
        host=server.host,
        payload=UNSIGNED_TRAILER,
    )
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may hang up before it has read all
        assert server.send(request).status == 400
    assert_absent(server, bucket, "x")
