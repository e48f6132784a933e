"""Patch 3: fields of replication cannot make an object unreadable or lie about it (CVE-2026-34204)."""

from __future__ import annotations

import io
import tarfile
import urllib.parse
from base64 import b64encode
from typing import Any

import pytest
import requests

from tests.security.storage.asserts import assert_absent, assert_accepted, assert_holds, assert_refused
from tests.security.storage.server import Server, allow
from tests.security.storage.sigv4 import Account, Request, sign

SEALED_KEY = {
    "x-minio-replication-server-side-encryption-sealed-key": b64encode(b"A" * 64).decode(),
    "x-minio-replication-server-side-encryption-seal-algorithm": "DAREv2-HMAC-SHA256",
    "x-minio-replication-server-side-encryption-iv": b64encode(b"B" * 32).decode(),
}
FALSE_ORIGIN = {"x-minio-source-etag": "f" * 32, "x-minio-source-mtime": "2001-01-01T00:00:00Z"}


@pytest.fixture
def member(server: Server, bucket: str) -> Account:
    """Someone who may read and write the bucket's objects, and nothing more."""
    return server.new_account(allow(["s3:PutObject", "s3:GetObject"], f"{bucket}/*"))


def canonical(name: str) -> str:
    """A header's name as Go writes it: X-Minio-Source-Etag."""
    return "-".join(part.capitalize() for part in name.split("-"))


def archive_with(metadata: dict[str, str]) -> bytes:
    """A tar archive of one file `x` whose PAX records claim metadata for the object it becomes."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
        entry = tarfile.TarInfo("x")
        entry.size = 4
        entry.pax_headers = {f"minio.metadata.{canonical(name)}": value for name, value in metadata.items()}
        tar.addfile(entry, io.BytesIO(b"data"))
    return archive.getvalue()


@pytest.mark.parametrize("marker", [None, "true", "false", ""])
def test_upload_with_a_sealed_key_is_refused(server: Server, bucket: str, member: Account, marker: str | None) -> None:
    headers = SEALED_KEY if marker is None else {**SEALED_KEY, "x-minio-source-replication-request": marker}
    request = Request("PUT", f"/{bucket}/x", headers=headers, body=b"data")
    assert_refused(server.send(sign(request, member, host=server.host)))
    assert_absent(server, bucket, "x")


def test_upload_with_a_sealed_key_in_the_query_is_refused(server: Server, bucket: str, member: Account) -> None:
    pairs = [f"{canonical(name)}={urllib.parse.quote(value, safe='')}" for name, value in SEALED_KEY.items()]
    request = Request("PUT", f"/{bucket}/x", "&".join(pairs), body=b"data")
    assert_refused(server.send(sign(request, member, host=server.host)))
    assert_absent(server, bucket, "x")


def test_multipart_upload_is_not_begun_with_a_sealed_key(server: Server, bucket: str, member: Account) -> None:
    request = Request("POST", f"/{bucket}/m", "uploads=", SEALED_KEY)
    assert_refused(server.send(sign(request, member, host=server.host)))
    assert "Uploads" not in server.client().list_multipart_uploads(Bucket=bucket)


def test_copy_onto_itself_with_a_sealed_key_is_refused(server: Server, bucket: str, member: Account, s3: Any) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"data")
    headers = {**SEALED_KEY, "x-amz-copy-source": f"/{bucket}/x", "x-amz-metadata-directive": "REPLACE"}
    request = Request("PUT", f"/{bucket}/x", headers=headers)
    assert_refused(server.send(sign(request, member, host=server.host)))
    assert_holds(server, bucket, "x", b"data")


def test_archive_with_a_sealed_key_is_not_unpacked(server: Server, bucket: str, member: Account) -> None:
    headers = {"x-amz-meta-snowball-auto-extract": "true"}
    request = Request("PUT", f"/{bucket}/a.tar", headers=headers, body=archive_with(SEALED_KEY))
    assert_refused(server.send(sign(request, member, host=server.host)))
    assert_absent(server, bucket, "x")


def test_presigned_upload_with_a_sealed_key_is_refused(server: Server, bucket: str, s3: Any) -> None:
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "x"}, ExpiresIn=60)
    headers = {**SEALED_KEY, "x-minio-source-replication-request": "true"}
    answer = requests.put(url, data=b"data", headers=headers, timeout=10)
    assert answer.status_code in {400, 403}
    assert_absent(server, bucket, "x")


def test_checksum_and_time_of_an_object_cannot_be_claimed(server: Server, bucket: str, member: Account) -> None:
    request = Request("PUT", f"/{bucket}/x", headers=FALSE_ORIGIN, body=b"data")
    assert_refused(server.send(sign(request, member, host=server.host)))
    assert_absent(server, bucket, "x")


def test_an_account_that_may_replicate_sets_the_time(server: Server, bucket: str, s3: Any) -> None:
    replicator = server.new_account(allow(["s3:*"], bucket, f"{bucket}/*"))
    headers = {"x-minio-source-replication-request": "true", "x-minio-source-mtime": "2001-01-01T00:00:00Z"}
    request = Request("PUT", f"/{bucket}/x", headers=headers, body=b"data")
    assert_accepted(server.send(sign(request, replicator, host=server.host)))
    assert s3.head_object(Bucket=bucket, Key="x")["LastModified"].year == 2001
