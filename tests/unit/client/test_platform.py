"""Discovery: what a client makes of `/.well-known/saigen`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from saigen.errors import BlockedError, UnreachableError, UsageError
from saigen.platform import Platform, discover, parse, well_known
from tests.unit.client.answering import Answering

LOCAL = Platform(
    version="0.1.0",
    tracking="http://localhost:5000",
    storage="http://localhost:9000",
    git="http://localhost:3000",
    ca_certificate=None,
    client="http://localhost:5000/.well-known/saigen/client/saigen-0.1.0-py3-none-any.whl",
)
DOCUMENT = json.dumps(asdict(LOCAL)).encode()


@pytest.fixture
def gateway() -> Iterator[Answering]:
    with Answering(200, DOCUMENT) as gateway:
        yield gateway


def test_discovers_a_platform_without_credentials(gateway: Answering) -> None:
    assert discover(gateway.url) == LOCAL
    asked = gateway.asked[0]
    assert asked.path == "/.well-known/saigen"
    assert "Authorization" not in asked.headers


@pytest.mark.parametrize(
    "typed",
    [
        "https://ml.example.org:5000",
        "https://ml.example.org:5000/",
        "https://ml.example.org:5000/#/experiments/1",
        "https://me:secret@ml.example.org:5000",
    ],
)
def test_the_document_is_at_the_root_of_what_was_typed(typed: str) -> None:
    assert well_known(typed) == "https://ml.example.org:5000/.well-known/saigen"


def test_an_ipv6_address_keeps_its_brackets() -> None:
    assert well_known("http://[::1]:5000") == "http://[::1]:5000/.well-known/saigen"


@pytest.mark.parametrize("typed", ["localhost:5000", "file:///etc/passwd", "http://", "", "sqlite:///mlflow.db"])
def test_what_is_no_url_of_a_platform_is_wrong_usage(typed: str) -> None:
    with pytest.raises(UsageError, match="expected http://HOST:PORT"):
        well_known(typed)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (b"<html>a login page</html>", "no JSON"),
        (b"[]", "JSON of type list"),
        (b"{}", "version, tracking, storage, git, client"),
        (json.dumps({**asdict(LOCAL), "storage": "javascript:alert(1)"}).encode(), "storage"),
        (json.dumps({**asdict(LOCAL), "ca_certificate": 7}).encode(), "ca_certificate"),
    ],
)
def test_what_is_no_discovery_document_is_named(document: bytes, found: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(document, "http://localhost:5000/.well-known/saigen")
    assert found in caught.value.why


def test_members_of_a_newer_platform_are_ignored() -> None:
    newer = json.dumps({**asdict(LOCAL), "lineage": "http://localhost:7000"}).encode()
    assert parse(newer, "somewhere") == LOCAL


def test_nobody_listening_is_unreachable() -> None:
    with Answering(200, DOCUMENT) as gone:
        url = gone.url
    with pytest.raises(UnreachableError, match="the platform does not answer"):
        discover(url, timeout=2)


def test_another_service_is_not_a_platform() -> None:
    with Answering(404, b"not found") as other, pytest.raises(UsageError, match="there is no Saigen platform"):
        discover(other.url)


def test_the_gateways_own_refusal_is_passed_on() -> None:
    refusal = b"saigen: this platform answers to ml.example.org and localhost only"
    with Answering(421, refusal) as strict, pytest.raises(UsageError, match=r"answers to ml\.example\.org"):
        discover(strict.url)


def test_a_failing_gateway_is_unreachable() -> None:
    with Answering(503, b"later") as failing, pytest.raises(UnreachableError, match="503"):
        discover(failing.url)


def test_a_certificate_file_that_is_missing_blocks(tmp_path: Path) -> None:
    with pytest.raises(BlockedError, match="expected a PEM file"):
        discover("https://localhost:5000", ca=tmp_path / "none.crt")


def test_a_certificate_file_that_holds_none_blocks(tmp_path: Path) -> None:
    empty = tmp_path / "ca.crt"
    empty.write_text("not a certificate")
    with pytest.raises(BlockedError, match="expected a PEM file"):
        discover("https://localhost:5000", ca=empty)
