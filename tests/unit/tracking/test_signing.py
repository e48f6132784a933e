"""Signed URLs: for the client's own address, short, and of one object only."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.credentials import Credentials
from saigen_tracking.errors import Refusal
from saigen_tracking.origin import origin_of
from saigen_tracking.signing import DOWNLOAD_SECONDS, LONGEST_UPLOAD_SECONDS, sign_url, upload_seconds

KEY = Credentials("tracking", "secret")


def signed(origin: str, key: str = "1/run/artifacts/x", seconds: int = 300, method: str = "GET") -> str:
    return sign_url(KEY, "us-east-1", method, origin, "mlflow", key, seconds, {"partNumber": "1"})


@pytest.mark.parametrize("origin", ["http://localhost:5000", "https://ml.example.org", "http://[::1]:5000"])
def test_a_url_is_for_the_address_that_the_client_used(origin: str) -> None:
    assert signed(origin).startswith(f"{origin}/mlflow/1/run/artifacts/x?")


def test_a_url_is_signed_by_signature_4_with_the_host_in_it() -> None:
    query = parse_qs(urlsplit(signed("https://ml.example.org")).query)

    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-SignedHeaders"] == ["host"]
    assert query["X-Amz-Expires"] == ["300"]
    assert query["partNumber"] == ["1"]


def test_every_part_of_a_url_changes_its_signature() -> None:
    urls = [
        signed("http://a"),
        signed("http://b"),
        signed("http://a", key="1/run/artifacts/y"),
        signed("http://a", seconds=299),
        signed("http://a", method="PUT"),
    ]

    assert len({parse_qs(urlsplit(url).query)["X-Amz-Signature"][0] for url in urls}) == len(urls)


def test_a_name_is_encoded_once() -> None:
    assert "/mlflow/1/r/artifacts/a%20b%25%23%3F%C3%BC.txt?" in signed("http://a", key="1/r/artifacts/a b%#?ü.txt")


def test_a_download_lives_for_five_minutes_at_most() -> None:
    assert DOWNLOAD_SECONDS <= 300


@pytest.mark.parametrize(("parts", "seconds"), [(1, 300), (50, 500), (103, 1030), (10_000, LONGEST_UPLOAD_SECONDS)])
def test_an_upload_lives_as_long_as_its_size_takes_on_a_slow_line(parts: int, seconds: int) -> None:
    assert upload_seconds(parts) == seconds


def test_the_origin_is_the_host_and_the_gateways_scheme() -> None:
    assert (
        origin_of([(b"host", b"ml.example.org:8443"), (b"x-forwarded-proto", b"https")])
        == "https://ml.example.org:8443"
    )
    assert origin_of([(b"host", b"localhost:5000")]) == "http://localhost:5000"
    assert origin_of([(b"host", b"x"), (b"x-forwarded-proto", b"gopher")]) == "http://x"
    assert origin_of([(b"host", b"[::1]:5000")]) == "http://[::1]:5000"


def test_client_on_the_inner_network_reaches_the_storage_as_the_server_does() -> None:
    assert origin_of([(b"host", b"tracking:5000")]) == ""


@pytest.mark.parametrize("host", [b"", b"evil/path", b"a b", b"user@host", b"x:y", b"x?y", b"x#y", b"a\\b"])
def test_a_host_that_is_none_is_refused(host: bytes) -> None:
    with pytest.raises(Refusal):
        origin_of([(b"host", host)])
