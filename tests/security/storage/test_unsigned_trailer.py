"""Patch 1: an upload with an unsigned trailer is still a signed request (CVE-2026-41145, CVE-2026-40344)."""

from __future__ import annotations

import io
import tarfile
from datetime import timedelta
from typing import Any

import pytest

from tests.security.storage.asserts import assert_absent, assert_accepted, assert_holds, assert_refused
from tests.security.storage.server import Server, allow, public
from tests.security.storage.sigv4 import (
    UNSIGNED,
    UNSIGNED_TRAILER,
    Request,
    amz_date,
    aws_chunked,
    forged_authorization,
    now,
    query_credential,
    sign,
)

EVIL = b"evil!"
EXTRACT = {"x-amz-meta-snowball-auto-extract": "true"}


def trailer_headers(length: int) -> dict[str, str]:
    """The headers that announce a chunked body with an unsigned trailer."""
    return {
        "x-amz-content-sha256": UNSIGNED_TRAILER,
        "x-amz-date": amz_date(now()),
        "x-amz-decoded-content-length": str(length),
    }


def tar_of(name: str, content: bytes) -> bytes:
    """A tar archive of one file, which the server unpacks into objects."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def test_access_key_in_the_query_is_not_a_signature(server: Server, bucket: str) -> None:
    query = query_credential(server.root.access_key)
    request = Request("PUT", f"/{bucket}/x", query, trailer_headers(len(EVIL)), aws_chunked(EVIL))
    assert_refused(server.send(request))
    assert_absent(server, bucket, "x")


def test_presigned_url_with_a_wrong_signature_is_refused(server: Server, bucket: str) -> None:
    parts = ["X-Amz-Algorithm=AWS4-HMAC-SHA256", query_credential(server.root.access_key)]
    parts += [f"X-Amz-Date={amz_date(now())}", "X-Amz-Expires=600", "X-Amz-SignedHeaders=host"]
    query = "&".join([*parts, "X-Amz-Signature=" + "0" * 64])
    request = Request("PUT", f"/{bucket}/x", query, trailer_headers(len(EVIL)), aws_chunked(EVIL))
    assert_refused(server.send(request))
    assert_absent(server, bucket, "x")


def test_part_of_an_upload_needs_a_signature(server: Server, bucket: str, s3: Any) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
    query = f"{query_credential(server.root.access_key)}&partNumber=1&uploadId={upload}"
    request = Request("PUT", f"/{bucket}/m", query, trailer_headers(len(EVIL)), aws_chunked(EVIL))
    assert_refused(server.send(request))
    assert "Parts" not in s3.list_parts(Bucket=bucket, Key="m", UploadId=upload)


@pytest.mark.parametrize(
    ("payload", "body", "headers"),
    [
        (UNSIGNED_TRAILER, aws_chunked(EVIL), {"x-amz-decoded-content-length": str(len(EVIL))}),
        (UNSIGNED, EVIL, {}),
    ],
    ids=["unsigned trailer", "unsigned payload"],
)
def test_access_key_in_the_query_does_not_outrank_the_signature(
    server: Server, bucket: str, payload: str, body: bytes, headers: dict[str, str]
) -> None:
    nobody = server.new_account(allow(["s3:GetObject"], "nothing/*"))
    request = Request("PUT", f"/{bucket}/x", query_credential(server.root.access_key), headers, body)
    assert_refused(server.send(sign(request, nobody, host=server.host, payload=payload)))
    assert_absent(server, bucket, "x")


@pytest.mark.parametrize("chunked", [False, True], ids=["plain body", "chunked body"])
def test_archive_with_a_forged_signature_is_not_unpacked(server: Server, bucket: str, chunked: bool) -> None:
    archive = tar_of("injected", EVIL)
    headers = {**trailer_headers(len(archive)), **EXTRACT}
    headers["authorization"] = forged_authorization(server.root.access_key, headers["x-amz-date"])
    if not chunked:
        del headers["x-amz-decoded-content-length"]
    body = aws_chunked(archive) if chunked else archive
    assert_refused(server.send(Request("PUT", f"/{bucket}/a.tar", headers=headers, body=body)))
    assert_absent(server, bucket, "injected")


def test_archive_with_only_an_access_key_in_the_query_is_not_unpacked(server: Server, bucket: str) -> None:
    headers = {"x-amz-content-sha256": UNSIGNED_TRAILER, **EXTRACT}
    request = Request(
        "PUT", f"/{bucket}/a.tar", query_credential(server.root.access_key), headers, tar_of("injected", EVIL)
    )
    assert_refused(server.send(request))
    assert_absent(server, bucket, "injected")


def test_signed_archive_with_an_unsigned_trailer_is_unpacked(server: Server, bucket: str) -> None:
    archive = tar_of("fine", b"content")
    headers = {**EXTRACT, "x-amz-decoded-content-length": str(len(archive))}
    request = Request("PUT", f"/{bucket}/a.tar", headers=headers, body=aws_chunked(archive))
    assert_accepted(server.send(sign(request, server.root, host=server.host, payload=UNSIGNED_TRAILER)))
    assert_holds(server, bucket, "fine", b"content")


def test_signed_archive_with_a_plain_body_is_unpacked(server: Server, bucket: str) -> None:
    request = Request("PUT", f"/{bucket}/a.tar", headers=EXTRACT, body=tar_of("fine", b"content"))
    assert_accepted(server.send(sign(request, server.root, host=server.host)))
    assert_holds(server, bucket, "fine", b"content")


def test_signature_of_three_days_ago_is_refused(server: Server, bucket: str) -> None:
    headers = {"x-amz-decoded-content-length": str(len(EVIL))}
    request = Request("PUT", f"/{bucket}/x", headers=headers, body=aws_chunked(EVIL))
    old = sign(request, server.root, host=server.host, payload=UNSIGNED_TRAILER, moment=now() - timedelta(days=3))
    response = server.send(old)
    assert (response.status, response.code) == (403, "RequestTimeTooSkewed")
    assert_absent(server, bucket, "x")


def test_anonymous_upload_is_refused(server: Server, bucket: str) -> None:
    headers = {"x-amz-content-sha256": UNSIGNED_TRAILER, "x-amz-decoded-content-length": "2"}
    request = Request("PUT", f"/{bucket}/x", headers=headers, body=aws_chunked(b"hi"))
    assert_refused(server.send(request))
    assert_absent(server, bucket, "x")


def test_anonymous_upload_is_accepted_where_the_bucket_policy_says_so(server: Server, bucket: str, s3: Any) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=public(bucket, "s3:PutObject"))
    headers = {"x-amz-content-sha256": UNSIGNED_TRAILER, "x-amz-decoded-content-length": "2"}
    assert_accepted(server.send(Request("PUT", f"/{bucket}/x", headers=headers, body=aws_chunked(b"hi"))))
    assert_holds(server, bucket, "x", b"hi")
