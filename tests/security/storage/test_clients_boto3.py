"""The patches leave ordinary boto3 clients alone: four ways to sign, over http and https."""

from __future__ import annotations

import hashlib
import io
import os
from typing import Any

import pytest
import requests
from boto3.s3.transfer import TransferConfig

from tests.security.storage.server import Server

BIG = os.urandom(20_000_000)
IN_PARTS = TransferConfig(multipart_threshold=6 << 20, multipart_chunksize=6 << 20)
SETTINGS: dict[str, dict[str, Any]] = {
    "default": {},
    "checksums when required": {"request_checksum_calculation": "when_required"},
    "signature version 2": {"signature_version": "s3"},
    "signed payload": {"s3": {"payload_signing_enabled": True}},
}


@pytest.fixture(params=["http", "https"])
def server(request: pytest.FixtureRequest) -> Server:
    """The server, once plain and once with TLS."""
    server: Server = request.getfixturevalue(f"{request.param}_server")
    return server


@pytest.fixture(params=SETTINGS)
def client(server: Server, request: pytest.FixtureRequest) -> Any:
    """boto3 as root, with each of the ways to sign."""
    return server.client(**{"signature_version": None, **SETTINGS[request.param]})


def digest(client: Any, bucket: str, key: str) -> str:
    """The sha256 of what is stored."""
    return hashlib.sha256(client.get_object(Bucket=bucket, Key=key)["Body"].read()).hexdigest()


def presigned(client: Any, operation: str, **parameters: Any) -> str:
    """A URL that allows one operation for a minute."""
    return str(client.generate_presigned_url(operation, Params=parameters, ExpiresIn=60))


def test_object_keeps_content_metadata_and_tags(client: Any, bucket: str) -> None:
    properties = {"Metadata": {"a": "b"}, "ContentType": "text/plain"}
    client.put_object(Bucket=bucket, Key="k", Body=b"hello", Tagging="x=y", **properties)
    stored = client.get_object(Bucket=bucket, Key="k")
    assert stored["Body"].read() == b"hello"
    assert {name: stored[name] for name in properties} == properties
    assert stored["TagCount"] == 1


def test_large_object_travels_in_parts(client: Any, bucket: str) -> None:
    client.upload_fileobj(io.BytesIO(BIG), bucket, "m", Config=IN_PARTS)
    assert digest(client, bucket, "m") == hashlib.sha256(BIG).hexdigest()


def test_object_is_copied(client: Any, bucket: str) -> None:
    client.put_object(Bucket=bucket, Key="k", Body=b"hello")
    client.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"})
    assert client.get_object(Bucket=bucket, Key="c")["Body"].read() == b"hello"


def test_large_object_is_copied_in_parts(client: Any, bucket: str) -> None:
    client.upload_fileobj(io.BytesIO(BIG), bucket, "m", Config=IN_PARTS)
    client.copy({"Bucket": bucket, "Key": "m"}, bucket, "c", Config=IN_PARTS)
    assert digest(client, bucket, "c") == hashlib.sha256(BIG).hexdigest()


def test_presigned_upload(server: Server, client: Any, bucket: str) -> None:
    url = presigned(client, "put_object", Bucket=bucket, Key="p")
    assert requests.put(url, data=b"pp", verify=server.verify, timeout=10).status_code == 200


def test_presigned_upload_with_metadata(server: Server, client: Any, bucket: str) -> None:
    url = presigned(client, "put_object", Bucket=bucket, Key="p", Metadata={"q": "r"}, ContentType="text/plain")
    headers = {"x-amz-meta-q": "r", "content-type": "text/plain"}
    answer = requests.put(url, data=b"pp", headers=headers, verify=server.verify, timeout=10)
    assert answer.status_code == 200, answer.text
    assert client.head_object(Bucket=bucket, Key="p")["Metadata"] == {"q": "r"}


def test_presigned_download_with_another_type(server: Server, client: Any, bucket: str) -> None:
    client.put_object(Bucket=bucket, Key="p", Body=b"pp")
    url = presigned(client, "get_object", Bucket=bucket, Key="p", ResponseContentType="x/y")
    answer = requests.get(url, verify=server.verify, timeout=10)
    assert (answer.content, answer.headers["content-type"]) == (b"pp", "x/y")


def test_presigned_part(server: Server, client: Any, bucket: str) -> None:
    name = {"Bucket": bucket, "Key": "p"}
    name["UploadId"] = client.create_multipart_upload(**name)["UploadId"]
    url = presigned(client, "upload_part", **name, PartNumber=1)
    part = {"ETag": requests.put(url, data=b"pp", verify=server.verify, timeout=10).headers["ETag"], "PartNumber": 1}
    client.complete_multipart_upload(**name, MultipartUpload={"Parts": [part]})
    assert client.get_object(Bucket=bucket, Key="p")["Body"].read() == b"pp"


def test_presigned_browser_form(server: Server, client: Any, bucket: str) -> None:
    form = client.generate_presigned_post(
        bucket, "post", Fields={"x-amz-meta-z": "1"}, Conditions=[{"x-amz-meta-z": "1"}], ExpiresIn=60
    )
    answer = requests.post(form["url"], data=form["fields"], files={"file": b"pf"}, verify=server.verify, timeout=10)
    assert answer.status_code == 204, answer.text
    assert client.get_object(Bucket=bucket, Key="post")["Body"].read() == b"pf"
