"""Patch 2: a header that tells the server what to do must be covered by the signature (SN-2026-011)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.security.storage.asserts import assert_absent, assert_holds, assert_refused
from tests.security.storage.server import Server, allow
from tests.security.storage.sigv4 import UNSIGNED_TRAILER, Request, aws_chunked, sign


@pytest.fixture
def secret(server: Server, s3: Any) -> str:
    """An object in another bucket, as a copy source names it."""
    vault = server.new_bucket()
    s3.put_object(Bucket=vault, Key="secret", Body=b"secret")
    return f"/{vault}/secret"


def presigned(s3: Any, operation: str, bucket: str, key: str) -> str:
    """A URL that allows one operation for a minute."""
    return str(s3.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": key}, ExpiresIn=60))


def test_presigned_upload_does_not_copy_another_object(server: Server, bucket: str, s3: Any, secret: str) -> None:
    url = presigned(s3, "put_object", bucket, "x")
    assert requests.put(url, headers={"x-amz-copy-source": secret}, timeout=10).status_code in {400, 403}
    assert_absent(server, bucket, "x")


def test_presigned_upload_works(server: Server, bucket: str, s3: Any) -> None:
    assert requests.put(presigned(s3, "put_object", bucket, "x"), data=b"ok", timeout=10).status_code == 200
    assert_holds(server, bucket, "x", b"ok")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-amz-tagging", "a=b"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("x-amz-meta-foo", "bar"),
        ("x-amz-object-lock-legal-hold", "ON"),
        ("x-amz-website-redirect-location", "/x"),
        ("x-minio-source-mtime", "2001-01-01T00:00:00Z"),
    ],
)
def test_header_outside_the_signature_is_refused(server: Server, bucket: str, header: str, value: str) -> None:
    signed = sign(Request("PUT", f"/{bucket}/x"), server.root, host=server.host)
    assert_refused(server.send(signed.adding({header: value})))
    assert_absent(server, bucket, "x")


def test_copy_source_outside_the_signature_is_refused(server: Server, bucket: str, secret: str) -> None:
    signed = sign(Request("PUT", f"/{bucket}/x"), server.root, host=server.host)
    assert_refused(server.send(signed.adding({"x-amz-copy-source": secret})))
    assert_absent(server, bucket, "x")


def test_header_outside_the_signature_of_a_chunked_upload_is_refused(server: Server, bucket: str) -> None:
    request = Request("PUT", f"/{bucket}/x", "", {"x-amz-decoded-content-length": "5"}, aws_chunked(b"data!"))
    signed = sign(request, server.root, host=server.host, payload=UNSIGNED_TRAILER)
    assert_refused(server.send(signed.adding({"x-amz-meta-foo": "bar"})))
    assert_absent(server, bucket, "x")


def test_presigned_delete_does_not_delete_a_whole_prefix(server: Server, bucket: str, s3: Any) -> None:
    for key in ("dir/1", "dir/2"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    url = presigned(s3, "delete_object", bucket, "dir/")
    requests.delete(url, headers={"x-minio-force-delete": "true"}, timeout=10)
    assert_holds(server, bucket, "dir/1", b"1")
    assert_holds(server, bucket, "dir/2", b"1")


def test_tags_of_an_object_are_replaced(bucket: str, s3: Any) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"1", Tagging="a=1")
    s3.put_object_tagging(Bucket=bucket, Key="x", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="x")["TagSet"] == [{"Key": "k", "Value": "v"}]
    assert s3.get_object(Bucket=bucket, Key="x")["TagCount"] == 1


def test_tags_of_an_object_are_deleted(bucket: str, s3: Any) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"1", Tagging="a=1")
    s3.delete_object_tagging(Bucket=bucket, Key="x")
    assert s3.get_object_tagging(Bucket=bucket, Key="x")["TagSet"] == []


def test_tags_are_set_by_an_account_that_may(server: Server, bucket: str, s3: Any) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"1")
    tagger = server.new_account(allow(["s3:PutObjectTagging"], f"{bucket}/*"))
    server.client(tagger).put_object_tagging(Bucket=bucket, Key="x", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="x")["TagSet"] == [{"Key": "k", "Value": "v"}]
