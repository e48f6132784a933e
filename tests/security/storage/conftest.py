"""One plain and one TLS server for all tests of the storage image; each test has a bucket of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.security.storage.certificate import self_signed
from tests.security.storage.server import Server
from tests.security.storage.server import server as started
from tests.shipped import volume


@pytest.fixture(scope="package")
def http_server() -> Iterator[Server]:
    """A server as the compose file runs it."""
    with started() as server:
        yield server


@pytest.fixture(scope="package")
def https_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same with a certificate of its own in /tls."""
    files = self_signed()
    ca = tmp_path_factory.mktemp("tls") / "ca.crt"
    ca.write_bytes(files["public.crt"])
    with volume("storage", files, "/tls") as mount, started(mount, ca=ca) as server:
        yield server


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that the test may break."""
    with started() as server:
        yield server


@pytest.fixture
def server(http_server: Server) -> Server:
    """The server under test; modules that also test TLS have their own."""
    return http_server


@pytest.fixture
def s3(server: Server) -> Any:
    """boto3, as root."""
    return server.client()


@pytest.fixture
def bucket(server: Server) -> str:
    """An empty bucket."""
    return server.new_bucket()
