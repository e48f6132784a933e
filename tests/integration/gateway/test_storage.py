"""S3 through the gateway: every ordinary operation, and none of what else MinIO speaks."""

from __future__ import annotations

import hashlib
import io
import os
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
import requests
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.integration.gateway.containers import Gateway, s3_client

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ASSUME = b"Action=AssumeRole&Version=2011-06-15&DurationSeconds=3600"


def signed(
    gateway: Gateway, secret: str, method: str, path: str, service: str = "s3", **parts: Any
) -> requests.Response:
    """Send one request that root signed correctly."""
    request = AWSRequest(method, gateway.url("storage") + path, **parts)
    request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(parts.get("data", b"")).hexdigest()
    SigV4Auth(Credentials("saigen-root", secret), service, "us-east-1").add_auth(request)
    prepared = requests.Request(method, request.url, dict(request.headers.items()), data=parts.get("data")).prepare()
    prepared.url = request.url  # as it was written: no dots resolved, nothing decoded
    return requests.Session().send(prepared, timeout=20)


def test_small_and_large_objects_come_back_as_they_went(s3: Any) -> None:
    small, large = b"", os.urandom(24 << 20)
    s3.put_object(Bucket="dvc", Key="demo/empty", Body=small)
    config = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20)
    s3.upload_fileobj(io.BytesIO(large), "dvc", "demo/large ü+&", Config=config)
    assert s3.get_object(Bucket="dvc", Key="demo/empty")["Body"].read() == small
    assert s3.get_object(Bucket="dvc", Key="demo/large ü+&")["Body"].read() == large


@pytest.mark.parametrize("size", [900 << 10, 8 << 20], ids=["carried by Go", "carried by us"])
def test_what_is_left_of_a_refused_upload_is_no_request(gateway: Gateway, size: int) -> None:
    """Storage refuses before it has seen all of it; the client sends it whole all the same, and then asks for more."""
    put = wrongly_signed(gateway, "PUT", "/dvc/demo/refused", f"Content-Length: {size}")
    more = wrongly_signed(gateway, "GET", "/dvc/demo/more", "Connection: close")
    content = put + bytes(size) + more
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: everything(gateway.ports["storage"], content), range(40)))
    for answer in answers:
        statuses = re.findall(rb"^HTTP/1\.1 (\d+)", answer, re.MULTILINE)
        assert statuses in ([b"403"], [b"403", b"403"]), answer[:2000]


def wrongly_signed(gateway: Gateway, method: str, path: str, header: str) -> bytes:
    """The head of a request, with one more header, by somebody who has not the secret."""
    asked = AWSRequest(method, gateway.url("storage") + path, headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    SigV4Auth(Credentials("saigen-root", "w" * 40), "s3", "us-east-1").add_auth(asked)
    lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{gateway.ports['storage']}", header]
    lines += [f"{name}: {value}" for name, value in asked.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def everything(port: int, sent: bytes) -> bytes:
    """What a listener answers to these bytes until it ends the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        with suppress(ConnectionError):  # it need not read what it refused
            wire.sendall(sent)
        return b"".join(iter(lambda: wire.recv(65536), b""))


def test_ranges_lists_copies_and_deletes_work(s3: Any) -> None:
    for number in range(3):
        s3.put_object(Bucket="dvc", Key=f"demo/many/{number}", Body=b"0123456789")
    assert s3.get_object(Bucket="dvc", Key="demo/many/0", Range="bytes=2-4")["Body"].read() == b"234"
    s3.copy_object(Bucket="dvc", Key="demo/many/copy", CopySource="dvc/demo/many/0")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="dvc", Prefix="demo/many/")["Contents"]]
    assert keys == ["demo/many/0", "demo/many/1", "demo/many/2", "demo/many/copy"]
    s3.delete_objects(Bucket="dvc", Delete={"Objects": [{"Key": key} for key in keys]})
    assert s3.list_objects_v2(Bucket="dvc", Prefix="demo/many/")["KeyCount"] == 0


def test_a_missing_object_is_s3s_own_answer(s3: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="dvc", Key="demo/none")


@pytest.mark.parametrize("signature", ["s3v4", "s3"])
def test_presigned_urls_of_both_versions_work(gateway: Gateway, root_password: str, signature: str) -> None:
    client = s3_client(gateway.url("storage"), root_password, signature)
    client.put_object(Bucket="dvc", Key="demo/presigned", Body=b"signed")
    url = client.generate_presigned_url("get_object", Params={"Bucket": "dvc", "Key": "demo/presigned"})
    assert requests.get(url, timeout=10).content == b"signed"


@pytest.mark.parametrize("path", ["/", "/dvc", "/dvc/demo/empty", "/dvc?acl", "/mlflow/0/run/artifacts/model.pkl"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_anonymous_requests_do_not_reach_storage(gateway: Gateway, method: str, path: str) -> None:
    answer = requests.request(method, gateway.url("storage") + path, timeout=10)
    assert answer.status_code == 403
    assert "X-Amz-Request-Id" not in answer.headers


def test_clients_can_read_why_they_were_refused(gateway: Gateway) -> None:
    anonymous = s3_client(gateway.url("storage"), "unused", signature=UNSIGNED)
    with pytest.raises(ClientError, match=r"AccessDenied.*carries no signature"):
        anonymous.get_object(Bucket="dvc", Key="demo/empty")


@pytest.mark.parametrize("path", ["/", "/dvc", "/dvc/demo/any", "//"])
def test_temporary_credentials_are_not_made(gateway: Gateway, root_password: str, path: str) -> None:
    answer = signed(gateway, root_password, "POST", path, service="sts", data=ASSUME, headers=FORM)
    assert answer.status_code == 403
    assert "not offered" in answer.text


@pytest.mark.parametrize("operation", ["uploads&", "delete&", "uploadId=1&", ""])
@pytest.mark.parametrize(
    "action", ["AssumeRoleWithWebIdentity", "AssumeRoleWithLDAPIdentity", "AssumeRoleWithCertificate"]
)
def test_no_action_passes_beside_an_operation(
    gateway: Gateway, root_password: str, operation: str, action: str
) -> None:
    query = f"/?{operation}Action={action}&Version=2011-06-15&WebIdentityToken=x&LDAPUsername=x&LDAPPassword=x"
    answer = signed(gateway, root_password, "POST", query)
    assert (answer.status_code, "not offered" in answer.text) == (403, True)


def test_select_is_not_offered(gateway: Gateway, s3: Any, root_password: str) -> None:
    s3.put_object(Bucket="dvc", Key="demo/table.csv", Body=b"a,b\n1,2\n")
    answer = signed(gateway, root_password, "POST", "/dvc/demo/table.csv?select=&select-type=2", data=b"<x/>")
    assert (answer.status_code, "not offered" in answer.text) == (403, True)


def test_browser_forms_are_not_offered(gateway: Gateway, root_password: str) -> None:
    form = s3_client(gateway.url("storage"), root_password).generate_presigned_post("dvc", "demo/form")
    answer = requests.post(form["url"], data=form["fields"], files={"file": b"1"}, timeout=10)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/minio/admin/v3/info",
        "/minio/admin/v3/list-users",
        "/minio/health/live",
        "/minio/health/cluster",
        "/minio/v2/metrics/cluster",
        "/minio/metrics/v3",
        "/minio/prometheus/metrics",
        "/minio/kms/v1/status",
        "/minio/lock/v9/rlock",
        "/minio/storage/data/v63/readall",
        "/minio/peer/v39/log",
        "/minio/bootstrap/v1/verify",
        "/minio/grid/v1",
        "/minio",
        "/%6dinio/admin/v3/info",
        "//minio/admin/v3/info",
        "/./minio/admin/v3/info",
        "/dvc/../minio/admin/v3/info",
        "/dvc/%2e%2e/minio/admin/v3/info",
        "/minio%2fadmin/v3/info",
        "/MINIO/admin/v3/info",
    ],
)
def test_what_is_not_s3_is_not_served_even_to_root(gateway: Gateway, root_password: str, path: str) -> None:
    answer = signed(gateway, root_password, "GET", path)
    assert (answer.status_code, "only S3 is served here" in answer.text) == (403, True)


def test_a_bucket_may_begin_like_an_internal_path(s3: Any) -> None:
    s3.create_bucket(Bucket="minio-data")
    assert s3.list_objects_v2(Bucket="minio-data")["KeyCount"] == 0


def test_storage_down_is_an_s3_error(lonely: Gateway) -> None:
    with pytest.raises(ClientError, match=r"ServiceUnavailable.*storage is not answering"):
        s3_client(lonely.url("storage"), "x" * 20).list_buckets()
