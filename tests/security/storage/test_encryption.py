"""Nothing that someone stored, and no secret, can be read from the disk."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.security.storage.server import Server, allow


def files_that_hold(server: Server, text: str) -> str:
    """The names of the files below /data in which the text stands."""
    return server.container.execute("bash", "-c", 'grep -rlF "$1" /data || test $? = 1', "-", text).stdout.strip()


@pytest.mark.parametrize("size", [1, 1 << 20, 20 << 20], ids=["in its metadata file", "one part", "two parts"])
def test_object_is_not_readable_on_disk(server: Server, bucket: str, s3: Any, size: int) -> None:
    marker = secrets.token_hex(16)
    s3.put_object(Bucket=bucket, Key="x", Body=marker.encode() + b"." * size)
    assert files_that_hold(server, marker) == ""
    assert s3.get_object(Bucket=bucket, Key="x")["Body"].read(len(marker)).decode() == marker


def test_part_of_an_unfinished_upload_is_not_readable_on_disk(server: Server, bucket: str, s3: Any) -> None:
    marker = secrets.token_hex(16)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="x")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="x", UploadId=upload, PartNumber=1, Body=marker.encode() * 1000)
    assert files_that_hold(server, marker) == ""


def test_stored_object_says_that_it_is_encrypted(bucket: str, s3: Any) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"1")
    assert s3.head_object(Bucket=bucket, Key="x")["ServerSideEncryption"] == "aws:kms"


def test_secret_of_an_account_is_not_readable_on_disk(server: Server) -> None:
    account = server.new_account(allow(["s3:GetObject"], "nothing/*"))
    assert files_that_hold(server, account.secret_key) == ""


def test_secret_of_root_is_neither_on_disk_nor_in_the_log(server: Server) -> None:
    assert files_that_hold(server, server.root.secret_key) == ""
    assert server.root.secret_key not in server.container.logs()


def test_no_secret_is_in_the_environment_or_the_arguments(server: Server) -> None:
    process = server.container.execute("cat", "/proc/1/cmdline").stdout
    assert server.root.secret_key not in process
    started_with = server.container.execute("bash", "-c", "tr '\\0' '\\n' < /proc/1/environ").stdout
    assert "MINIO_ROOT_PASSWORD_FILE=/secrets/root-password" in started_with
    assert server.root.secret_key not in started_with
