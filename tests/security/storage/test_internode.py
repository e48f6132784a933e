"""Patch 8: servers that share their drives show each other these drives and nothing else (CVE-2026-42600)."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.parse
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.security.storage.container import await_healthy, fresh_secrets, launched
from tests.security.storage.server import Response, Server
from tests.security.storage.sigv4 import Account, Request
from tests.shipped import network, volume

NODES = ["node1", "node2"]
DRIVES = "/minio/storage/data/v63"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The first of two servers that are one storage."""
    secrets = fresh_secrets()
    root = Account(secrets["root-user"].decode(), secrets["root-password"].decode())
    settings = {
        "MINIO_ROOT_USER_FILE": "/secrets/root-user",
        "MINIO_ROOT_PASSWORD_FILE": "/secrets/root-password",
        "MINIO_KMS_SECRET_KEY_FILE": "/secrets/kms-key",
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }
    options = ["--entrypoint=minio", *(f"--env={name}={value}" for name, value in settings.items())]
    command = ("server", "--certs-dir", "/tls", *(f"http://{node}:9000/data" for node in NODES))
    with ExitStack() as stack:
        options += [stack.enter_context(volume("storage", secrets)), f"--network={stack.enter_context(network())}"]
        started = [
            stack.enter_context(launched(*options, f"--network-alias={node}", command=command)) for node in NODES
        ]
        for each in started:
            await_healthy(each)
        yield Server(started[0], root)


def encoded(content: bytes) -> str:
    """Base64 for URLs without padding, as tokens have it."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def node_token(root: Account) -> str:
    """The token by which one server knows another: a JWT signed with the root secret."""
    parts = [{"alg": "HS512", "typ": "JWT"}, {"accessKey": root.access_key, "exp": int(time.time()) + 60}]
    unsigned = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    return f"{unsigned}.{encoded(hmac.new(root.secret_key.encode(), unsigned.encode(), hashlib.sha512).digest())}"


def ask(server: Server, method: str, verb: str, **query: str) -> Response:
    """Ask a server something about its drive as another server would."""
    headers = {"authorization": f"Bearer {node_token(server.root)}", "x-minio-time": str(time.time_ns())}
    return server.send(Request(method, f"{DRIVES}/{verb}", urllib.parse.urlencode(query), headers))


def read(server: Server, directory: str, file: str) -> bytes:
    """The first eight bytes of a file, as another server reads it, or the error."""
    return ask(server, "GET", "rfilest", vol=directory, fp=file, offset="0", length="8").body


def test_server_reads_a_file_of_the_other_ones_drive(server: Server) -> None:
    assert read(server, ".minio.sys", "format.json") == b'{"versio'


@pytest.mark.parametrize("directory", ["../secrets", ".minio.sys/../../secrets", "./../secrets"])
def test_directory_outside_the_drive_is_not_read(server: Server, directory: str) -> None:
    assert server.root.secret_key[:8].encode() not in read(server, directory, "root-password")


def test_file_outside_the_drive_is_not_read(server: Server) -> None:
    assert server.root.secret_key[:8].encode() not in read(server, ".minio.sys", "../../secrets/root-password")


def test_call_that_read_many_files_of_any_directory_is_gone(server: Server) -> None:
    assert ask(server, "POST", "sfile", vol=".minio.sys", fp="format.json").status == 200
    assert ask(server, "POST", "rmpl").status == 426  # what a server answers to a call that it does not know


def test_server_without_the_token_reads_nothing(server: Server) -> None:
    query = urllib.parse.urlencode({"vol": ".minio.sys", "fp": "format.json", "offset": 0, "length": 8})
    assert server.send(Request("GET", f"{DRIVES}/rfilest", query)).body != b'{"versio'
