"""Patch 11: who may write or delete an object cannot touch the versions that it had before."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import pytest
import requests

from tests.security.storage.asserts import assert_refused
from tests.security.storage.server import Server, allow
from tests.security.storage.sigv4 import Account, Request, sign


@pytest.fixture
def bucket(server: Server, s3: Any) -> str:
    """A bucket that keeps versions, as bootstrap makes them."""
    name = server.new_bucket()
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def first(bucket: str, s3: Any) -> str:
    """The id of the first of two versions of the object `x`; it holds b"first"."""
    version = s3.put_object(Bucket=bucket, Key="x", Body=b"first")["VersionId"]
    s3.put_object(Bucket=bucket, Key="x", Body=b"second")
    return str(version)


@pytest.fixture
def writer(server: Server, bucket: str) -> Account:
    """Someone who may read and write objects: a member of a project."""
    return server.new_account(allow(["s3:PutObject", "s3:GetObject"], f"{bucket}/*"))


@pytest.fixture
def deleter(server: Server, bucket: str) -> Account:
    """Someone who may delete objects but no version of them."""
    deny = {**allow(["s3:DeleteObjectVersion"], f"{bucket}/*"), "Effect": "Deny"}
    return server.new_account(allow(["s3:DeleteObject"], f"{bucket}/*"), deny)


def assert_both_versions_hold(s3: Any, bucket: str, first: str) -> None:
    """The first version is what it was, and the second is there too."""
    assert s3.get_object(Bucket=bucket, Key="x", VersionId=first)["Body"].read() == b"first"
    assert len(s3.list_object_versions(Bucket=bucket, Prefix="x")["Versions"]) == 2


@pytest.mark.parametrize(
    ("method", "query", "headers"),
    [
        pytest.param("PUT", "versionId={}", {}, id="upload"),
        pytest.param("PUT", "versionId={}", {"x-amz-copy-source": "/{}/x"}, id="copy"),
        pytest.param("POST", "uploads=&versionId={}", {}, id="multipart upload"),
    ],
)
def test_write_that_names_a_version_is_refused(
    server: Server, bucket: str, s3: Any, first: str, writer: Account, method: str, query: str, headers: dict[str, str]
) -> None:
    headers = {name: value.format(bucket) for name, value in headers.items()}
    request = Request(method, f"/{bucket}/x", query.format(first), headers, b"")
    assert_refused(server.send(sign(request, writer, host=server.host)))
    assert_both_versions_hold(s3, bucket, first)


def test_archive_that_names_a_version_is_not_unpacked(
    server: Server, bucket: str, s3: Any, first: str, writer: Account
) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
        entry = tarfile.TarInfo("x")
        entry.size, entry.pax_headers = 5, {"minio.versionId": first}
        tar.addfile(entry, io.BytesIO(b"evil!"))
    headers = {"x-amz-meta-snowball-auto-extract": "true"}
    request = Request("PUT", f"/{bucket}/a.tar", headers=headers, body=archive.getvalue())
    assert_refused(server.send(sign(request, writer, host=server.host)))
    assert_both_versions_hold(s3, bucket, first)


def test_browser_form_that_names_a_version_is_refused(bucket: str, s3: Any, first: str) -> None:
    form = s3.generate_presigned_post(bucket, "x", ExpiresIn=60)
    answer = requests.post(
        f"{form['url']}?versionId={first}", data=form["fields"], files={"file": b"evil!"}, timeout=10
    )
    assert answer.status_code in {400, 403}
    assert_both_versions_hold(s3, bucket, first)


def test_write_that_names_a_version_is_for_replication(server: Server, bucket: str, s3: Any, first: str) -> None:
    replicator = server.new_account(allow(["s3:PutObject", "s3:ReplicateObject"], f"{bucket}/*"))
    request = Request("PUT", f"/{bucket}/x", f"versionId={first}", body=b"replica")
    assert server.send(sign(request, replicator, host=server.host)).status == 200
    assert s3.get_object(Bucket=bucket, Key="x", VersionId=first)["Body"].read() == b"replica"


def test_copy_onto_itself_makes_a_version(server: Server, bucket: str, s3: Any, first: str, writer: Account) -> None:
    source = {"Bucket": bucket, "Key": "x", "VersionId": first}
    server.client(writer).copy_object(
        Bucket=bucket, Key="x", CopySource=source, MetadataDirective="REPLACE", Metadata={"new": "yes"}
    )
    assert s3.head_object(Bucket=bucket, Key="x", VersionId=first)["Metadata"] == {}
    assert len(s3.list_object_versions(Bucket=bucket, Prefix="x")["Versions"]) == 3


def test_delete_leaves_a_marker_and_all_versions(
    server: Server, bucket: str, s3: Any, first: str, deleter: Account
) -> None:
    assert server.client(deleter).delete_object(Bucket=bucket, Key="x")["DeleteMarker"] is True
    assert_both_versions_hold(s3, bucket, first)


def test_delete_of_a_version_is_refused(server: Server, bucket: str, s3: Any, first: str, deleter: Account) -> None:
    request = Request("DELETE", f"/{bucket}/x", f"versionId={first}")
    assert_refused(server.send(sign(request, deleter, host=server.host)))
    assert_both_versions_hold(s3, bucket, first)


def test_delete_of_a_version_among_many_is_refused(
    server: Server, bucket: str, s3: Any, first: str, deleter: Account
) -> None:
    objects = {"Objects": [{"Key": "x", "VersionId": first}]}
    answer = server.client(deleter).delete_objects(Bucket=bucket, Delete=objects)
    assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied"]
    assert_both_versions_hold(s3, bucket, first)


@pytest.mark.parametrize("path", ["/x", "/"])
def test_forced_delete_is_refused(
    server: Server, bucket: str, s3: Any, first: str, deleter: Account, path: str
) -> None:
    request = Request("DELETE", f"/{bucket}{path}", headers={"x-minio-force-delete": "true"})
    assert_refused(server.send(sign(request, deleter, host=server.host)))
    assert_both_versions_hold(s3, bucket, first)


@pytest.mark.usefixtures("first")
def test_forced_delete_is_for_those_who_may_delete_versions(server: Server, bucket: str, s3: Any) -> None:
    request = Request("DELETE", f"/{bucket}/x", headers={"x-minio-force-delete": "true"})
    assert server.send(sign(request, server.root, host=server.host)).status == 204
    assert "Versions" not in s3.list_object_versions(Bucket=bucket, Prefix="x")
