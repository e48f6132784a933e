"""The patches leave what S3 clients use besides plain objects alone, over http and https."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from base64 import b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from minio import Minio
from minio.commonconfig import SnowballObject

from tests.security.storage.server import Server, allow
from tests.security.storage.sigv4 import Account, now

BIG = os.urandom(20_000_000)


@pytest.fixture(params=["http", "https"])
def server(request: pytest.FixtureRequest) -> Server:
    """The server, once plain and once with TLS."""
    server: Server = request.getfixturevalue(f"{request.param}_server")
    return server


@pytest.fixture
def minio(server: Server) -> Minio:
    """MinIO's own Python client, as root."""
    return Minio(
        server.host,
        access_key=server.root.access_key,
        secret_key=server.root.secret_key,
        secure=server.secure,
        http_client=server.pool(),
    )


@pytest.fixture
def encrypted_bucket(bucket: str, s3: Any) -> str:
    """A bucket that asks for encryption itself."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return bucket


@pytest.fixture
def temporary(server: Server) -> Any:
    """boto3 with temporary credentials of an account that may everything in S3."""
    parent = server.new_account(allow(["s3:*"], "*"))
    answer = server.client(parent, service="sts").assume_role(
        RoleArn="arn:xxx:xxx:xxx:xxxx", RoleSessionName="xx", DurationSeconds=900
    )
    keys = answer["Credentials"]
    return server.client(Account(keys["AccessKeyId"], keys["SecretAccessKey"]), token=keys["SessionToken"])


def crc(content: bytes, polynomial: int, bits: int) -> str:
    """A reflected cyclic redundancy check as S3 writes it: base64, most significant byte first."""
    ones = value = (1 << bits) - 1
    for byte in content:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (polynomial if value & 1 else 0)
    return b64encode((value ^ ones).to_bytes(bits // 8, "big")).decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [("ChecksumCRC32C", crc(b"abc", 0x82F63B78, 32)), ("ChecksumCRC64NVME", crc(b"abc", 0x9A6C9329AC4BC9B5, 64))],
)
def test_checksum_from_the_client_is_verified_and_kept(bucket: str, s3: Any, name: str, value: str) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"abc", **{name: value})
    assert s3.head_object(Bucket=bucket, Key="x", ChecksumMode="ENABLED")[name] == value


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksum_is_kept(bucket: str, s3: Any, algorithm: str) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=io.BytesIO(b"abc" * 1000), ChecksumAlgorithm=algorithm)
    assert f"Checksum{algorithm}" in s3.head_object(Bucket=bucket, Key="x", ChecksumMode="ENABLED")


def test_wrong_checksum_is_refused(bucket: str, s3: Any) -> None:
    with pytest.raises(ClientError, match="XAmzContentChecksumMismatch"):
        s3.put_object(Bucket=bucket, Key="x", Body=b"abc", ChecksumSHA256="A" * 43 + "=")


def test_client_encrypts_with_its_own_key_over_tls(https_server: Server) -> None:
    bucket, client = https_server.new_bucket(), https_server.client()
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
    client.put_object(Bucket=bucket, Key="x", Body=b"1", **key)
    assert client.get_object(Bucket=bucket, Key="x", **key)["Body"].read() == b"1"


def test_client_asks_for_encryption(bucket: str, s3: Any) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"1", ServerSideEncryption="AES256")
    assert s3.head_object(Bucket=bucket, Key="x")["ServerSideEncryption"] == "AES256"


def test_encrypted_bucket_takes_a_large_object(encrypted_bucket: str, s3: Any) -> None:
    s3.upload_fileobj(io.BytesIO(BIG), encrypted_bucket, "x")
    assert s3.get_object(Bucket=encrypted_bucket, Key="x")["Body"].read() == BIG


def test_copy_within_an_encrypted_bucket_is_encrypted(encrypted_bucket: str, s3: Any) -> None:
    s3.put_object(Bucket=encrypted_bucket, Key="x", Body=b"1")
    s3.copy_object(Bucket=encrypted_bucket, Key="c", CopySource={"Bucket": encrypted_bucket, "Key": "x"})
    assert s3.head_object(Bucket=encrypted_bucket, Key="c")["ServerSideEncryption"] == "AES256"


def test_metadata_of_an_encrypted_object_is_replaced(encrypted_bucket: str, s3: Any) -> None:
    s3.put_object(Bucket=encrypted_bucket, Key="x", Body=b"1")
    source = {"Bucket": encrypted_bucket, "Key": "x"}
    s3.copy_object(**source, CopySource=source, MetadataDirective="REPLACE", Metadata={"n": "m"})
    assert s3.head_object(**source)["Metadata"] == {"n": "m"}


def test_objects_are_deleted_together(bucket: str, s3: Any) -> None:
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_locked_object_is_deleted_by_who_may_bypass_the_lock(server: Server, s3: Any) -> None:
    bucket = server.new_bucket(ObjectLockEnabledForBucket=True)
    until = now() + timedelta(seconds=60)
    s3.put_object(Bucket=bucket, Key="x", Body=b"1", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until)
    version = s3.head_object(Bucket=bucket, Key="x")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="x", VersionId=version, BypassGovernanceRetention=True)
    assert "Versions" not in s3.list_object_versions(Bucket=bucket)


def test_locked_object_is_not_deleted_otherwise(server: Server, s3: Any) -> None:
    bucket = server.new_bucket(ObjectLockEnabledForBucket=True)
    until = now() + timedelta(seconds=60)
    s3.put_object(Bucket=bucket, Key="x", Body=b"1", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until)
    version = s3.head_object(Bucket=bucket, Key="x")["VersionId"]
    with pytest.raises(ClientError, match="WORM protected"):
        s3.delete_object(Bucket=bucket, Key="x", VersionId=version)


def test_temporary_credentials_upload(bucket: str, temporary: Any) -> None:
    temporary.put_object(Bucket=bucket, Key="x", Body=b"1")
    assert temporary.get_object(Bucket=bucket, Key="x")["Body"].read() == b"1"


def test_temporary_credentials_presign(server: Server, bucket: str, temporary: Any) -> None:
    url = temporary.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "x"}, ExpiresIn=60)
    assert requests.put(url, data=b"1", verify=server.verify, timeout=10).status_code == 200


def test_minio_client_uploads_in_parts(bucket: str, s3: Any, minio: Minio) -> None:
    minio.put_object(bucket_name=bucket, object_name="x", data=io.BytesIO(BIG), length=-1, part_size=6 << 20)
    assert s3.get_object(Bucket=bucket, Key="x")["Body"].read() == BIG


def test_minio_client_uploads_many_objects_as_one_archive(bucket: str, minio: Minio) -> None:
    objects = [SnowballObject(f"sb/{size}", data=io.BytesIO(b"1" * size), length=size) for size in (1, 2)]
    minio.upload_snowball_objects(bucket_name=bucket, object_list=objects)
    assert minio.stat_object(bucket_name=bucket, object_name="sb/2").size == 2


def test_minio_client_presigns(server: Server, bucket: str, minio: Minio) -> None:
    url = minio.presigned_put_object(bucket_name=bucket, object_name="x")
    assert requests.put(url, data=b"1", verify=server.verify, timeout=10).status_code == 200


def test_dvc_pushes_and_pulls(server: Server, bucket: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": server.root.access_key,
        "AWS_SECRET_ACCESS_KEY": server.root.secret_key,
        "AWS_ENDPOINT_URL_S3": server.url,
        "AWS_REGION": "us-east-1",
        "AWS_CA_BUNDLE": str(server.ca or os.environ.get("AWS_CA_BUNDLE", "")),
        "DVC_NO_ANALYTICS": "1",
    }

    def dvc(*arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "dvc", *arguments], cwd=tmp_path, env=environment, check=True, capture_output=True
        )

    data = tmp_path / "data.bin"
    data.write_bytes(BIG)
    (tmp_path / ".dvc").mkdir()
    settings = f"[core]\n no_scm = true\n remote = platform\n['remote \"platform\"']\n url = s3://{bucket}/demo\n"
    (tmp_path / ".dvc" / "config").write_text(settings)
    dvc("add", "data.bin")
    dvc("push")
    data.unlink()
    (tmp_path / ".dvc" / "cache").rename(tmp_path / "gone")
    dvc("pull")
    assert data.read_bytes() == BIG
