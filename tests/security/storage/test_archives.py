"""Patch 14: an archive makes objects only where there are none, only where it is whole, and is answered once."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest

from tests.security.storage.asserts import assert_absent, assert_accepted, assert_holds, assert_refused
from tests.security.storage.server import Response, Server, allow
from tests.security.storage.sigv4 import Account, Request, sign

CREATE_ONLY = {"if-none-match": "*"}
LARGE = bytes(200 << 10)  # above what the server writes side by side


@pytest.fixture
def bucket(server: Server, s3: Any) -> str:
    """A bucket that keeps versions, as bootstrap makes them; the object `old` is in it."""
    name = server.new_bucket()
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=name, Key="old", Body=b"as it was")
    return name


@pytest.fixture
def member(server: Server, bucket: str) -> Account:
    """Someone who may write below `ours/`."""
    return server.new_account(allow(["s3:PutObject"], f"{bucket}/ours/*"))


def archive(files: Mapping[str, bytes]) -> bytes:
    """A tar archive."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name, held in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(held)
            tar.addfile(entry, io.BytesIO(held))
    return content.getvalue()


def send(
    server: Server, bucket: str, body: bytes, account: Account | None = None, *, prefix: str = "", **sent: Any
) -> Response:
    """Let the server take an archive apart. sent: `headers`, and `payload`, the sha256 that is claimed of it."""
    headers = {"x-amz-meta-snowball-auto-extract": "true", **sent.get("headers", {})}
    if prefix:
        headers["x-amz-meta-minio-snowball-prefix"] = prefix
    request = Request("PUT", f"/{bucket}/{prefix}a.tar", headers=headers, body=body)
    payload = sent.get("payload", hashlib.sha256(body).hexdigest())
    return server.send(sign(request, account or server.root, host=server.host, payload=payload))


def versions(s3: Any, bucket: str, key: str) -> int:
    """How many versions an object has."""
    return len(s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"])


@pytest.mark.parametrize("other", [b"another", LARGE], ids=["small", "large"])
def test_object_that_is_there_stays_as_it_is(server: Server, bucket: str, s3: Any, other: bytes) -> None:
    body = archive({"old": other, "new": b"new", "new-large": LARGE})
    assert_accepted(send(server, bucket, body, headers=CREATE_ONLY))
    assert_holds(server, bucket, "old", b"as it was")
    assert versions(s3, bucket, "old") == 1
    assert_holds(server, bucket, "new", b"new")
    assert_holds(server, bucket, "new-large", LARGE)


def test_object_that_was_deleted_is_written(server: Server, bucket: str, s3: Any) -> None:
    s3.delete_object(Bucket=bucket, Key="old")
    assert_accepted(send(server, bucket, archive({"old": b"again"}), headers=CREATE_ONLY))
    assert_holds(server, bucket, "old", b"again")


def test_without_the_condition_a_version_is_added(server: Server, bucket: str, s3: Any) -> None:
    assert_accepted(send(server, bucket, archive({"old": b"another"})))
    assert_holds(server, bucket, "old", b"another")
    assert versions(s3, bucket, "old") == 2


def test_archive_that_is_not_what_was_signed_makes_no_object(server: Server, bucket: str) -> None:
    body = archive({f"new/{number}": b"content" for number in range(50)})
    claimed = hashlib.sha256(b"another").hexdigest()
    assert_refused(send(server, bucket, body, payload=claimed))
    assert_absent(server, bucket, "new/0")


def test_large_archive_that_is_not_what_was_signed_is_refused(server: Server, bucket: str) -> None:
    body = archive({str(number): LARGE for number in range(20)})
    assert_refused(send(server, bucket, body, payload=hashlib.sha256(b"another").hexdigest()))


def test_object_outside_of_what_one_may_write_is_refused_in_one_answer(
    server: Server, bucket: str, member: Account
) -> None:
    files = {"../old": b"evil!", **{str(number): b"fine" for number in range(100)}}
    answer = send(server, bucket, archive(files), member, prefix="ours/")
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.body.count(b"<Error>") == 1
    assert_holds(server, bucket, "old", b"as it was")
