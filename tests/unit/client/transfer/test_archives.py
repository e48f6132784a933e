"""What travels together, and whether a storage takes it."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.data.transfer.access import Access
from saigen.data.transfer.archives import LARGEST, offered, packed, parcels
from tests.unit.client.answering import Answering

MIB = 1 << 20


@given(st.lists(st.integers(0, 2 * LARGEST)))
def test_every_file_travels_once_and_in_order(sizes: list[int]) -> None:
    found = list(parcels((str(number), size) for number, size in enumerate(sizes)))
    alone = [name for parcel in found if len(parcel) == 1 for name in parcel]
    together = [name for parcel in found for name in parcel if sizes[int(name)] <= LARGEST]
    assert sorted(int(name) for parcel in found for name in parcel) == list(range(len(sizes)))
    assert together == sorted(together, key=int)
    assert {str(number) for number, size in enumerate(sizes) if size > LARGEST} <= set(alone)


@given(st.lists(st.integers(0, LARGEST), min_size=1))
def test_an_archive_is_at_most_a_mebibyte(sizes: list[int]) -> None:
    named = {f"{number:02x}/{'0' * 30}": size for number, size in enumerate(sizes)}
    for parcel in parcels(named.items()):
        assert len(packed((name, bytes(named[name])) for name in parcel)) <= MIB


def test_an_archive_holds_its_files() -> None:
    with tarfile.open(fileobj=io.BytesIO(packed([("ab/c", b"1"), ("de/f", b"")]))) as tar:
        held = {entry.name: tar.extractfile(entry).read() for entry in tar}  # type: ignore[union-attr]
    assert held == {"ab/c": b"1", "de/f": b""}


@pytest.mark.parametrize(
    ("status", "said", "offers"),
    [
        pytest.param(200, b'{"archives": "create-only"}', True, id="the platform's storage"),
        pytest.param(200, b'{"archives": "overwriting"}', False, id="one that overwrites"),
        pytest.param(200, b"[]", False, id="something else"),
        pytest.param(200, b"<html>", False, id="a page"),
        pytest.param(403, b"<Error><Code>AccessDenied</Code></Error>", False, id="another S3"),
    ],
)
def test_a_storage_says_whether_it_takes_archives(status: int, said: bytes, offers: bool) -> None:
    with Answering(status, said) as storage:
        assert offered(access(storage.url)) is offers
        assert [asked.path for asked in storage.asked] == ["/.well-known/saigen/storage"]


@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:1", "no URL"])
def test_a_storage_that_cannot_be_asked_takes_none(endpoint: str | None) -> None:
    assert offered(access(endpoint)) is False


def test_a_file_is_no_storage(tmp_path: Path) -> None:
    said = tmp_path / ".well-known" / "saigen" / "storage"
    said.parent.mkdir(parents=True)
    said.write_text('{"archives": "create-only"}')
    assert offered(access(tmp_path.as_uri())) is False


def access(endpoint: str | None) -> Access:
    """How a storage is reached."""
    return Access(endpoint, "us-east-1", keys=None)
