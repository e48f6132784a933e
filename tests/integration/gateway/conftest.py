"""One network with the real storage and tiny services, and the gateways that the tests ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.gateway.containers import Gateway, echoing, launched, s3_client
from tests.security.storage import container as storage_container
from tests.shipped import network, volume

AGENT = "saigen-gateway-test"


@pytest.fixture(scope="package")
def root_password() -> str:
    """The secret of the storage's root."""
    return "a-secret-that-only-this-test-knows"


@pytest.fixture(scope="package")
def front(root_password: str) -> Iterator[str]:
    """The network with everything that stands behind the gateway."""
    secrets = {**storage_container.fresh_secrets(), "root-password": root_password.encode()}
    with (
        network() as name,
        volume("storage", secrets) as mount,
        storage_container.container(mount, f"--network={name}", "--network-alias=storage") as storage,
        echoing(name),
    ):
        direct = s3_client(f"http://{storage.host}", root_password)
        direct.create_bucket(Bucket="mlflow")
        direct.create_bucket(Bucket="dvc")
        yield name


@pytest.fixture(scope="package")
def gateway(front: str) -> Iterator[Gateway]:
    """As the compose file runs it on a developer's machine."""
    with launched(front, {}) as started:
        yield started


@pytest.fixture(scope="package")
def secured(front: str) -> Iterator[Gateway]:
    """With TLS by its own authority, under a public name."""
    with launched(front, {"SAIGEN_TLS": "internal", "SAIGEN_HOST": "ml.example.org"}) as started:
        yield started


@pytest.fixture(scope="package")
def lonely() -> Iterator[Gateway]:
    """With nothing behind it."""
    with network() as empty, launched(empty, {}) as started:
        yield started


@pytest.fixture(scope="package")
def ca(secured: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority's certificate, as an operator takes it from the container."""
    target = tmp_path_factory.mktemp("ca") / "ca.crt"
    target.write_text(secured.run("ca").output)
    return target


@pytest.fixture(scope="package")
def s3(gateway: Gateway, root_password: str) -> Any:
    """boto3 through the gateway."""
    return s3_client(gateway.url("storage"), root_password)
