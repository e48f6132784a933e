"""Signed artifact URLs on tracking's own port: they lead to storage, and nothing unsigned does."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.integration.gateway.containers import Gateway, s3_client

KEY = "1/0123456789abcdef/artifacts/page.html"


@pytest.fixture(scope="module")
def signer(gateway: Gateway, root_password: str) -> Any:
    """Signs for the tracking host, as the tracking server does."""
    return s3_client(gateway.url("tracking"), root_password)


@pytest.fixture(scope="module")
def download(signer: Any, s3: Any) -> str:
    """A signed URL of an artifact that is a web page."""
    s3.put_object(Bucket="mlflow", Key=KEY, Body=b"<script>1</script>", ContentType="text/html")
    url: str = signer.generate_presigned_url("get_object", Params={"Bucket": "mlflow", "Key": KEY})
    return url


def test_a_signed_download_comes_from_storage(download: str) -> None:
    assert requests.get(download, timeout=10).content == b"<script>1</script>"


def test_a_signed_upload_goes_to_storage(signer: Any, s3: Any) -> None:
    url = signer.generate_presigned_url("put_object", Params={"Bucket": "mlflow", "Key": "1/up"})
    assert requests.put(url, data=b"artifact", timeout=10).status_code == 200
    assert s3.get_object(Bucket="mlflow", Key="1/up")["Body"].read() == b"artifact"


def test_a_signed_part_of_a_large_upload_goes_to_storage(signer: Any, s3: Any) -> None:
    upload = {"Bucket": "mlflow", "Key": "1/parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    url = signer.generate_presigned_url("upload_part", Params={**upload, "PartNumber": 1})
    tag = requests.put(url, data=b"part", timeout=10).headers["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    assert s3.get_object(Bucket="mlflow", Key="1/parts")["Body"].read() == b"part"


def test_credentials_that_a_browser_replays_do_not_reach_storage(download: str) -> None:
    headers = {"Authorization": "AWS4-HMAC-SHA256 nonsense", "Cookie": "session=1"}
    assert requests.get(download, headers=headers, timeout=10).status_code == 200


def test_a_page_among_the_artifacts_cannot_act_as_the_platforms_own(download: str) -> None:
    headers = requests.get(download, timeout=10).headers
    assert headers["Content-Security-Policy"].startswith("sandbox")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_signed_bytes_are_not_compressed(download: str) -> None:
    answer = requests.get(download, headers={"Accept-Encoding": "gzip, zstd"}, timeout=10)
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize("path", [f"/mlflow/{KEY}", "/mlflow/", "/mlflow", "//mlflow/x", "/%6dlflow/x", "/MLFLOW/x"])
def test_an_unsigned_artifact_url_is_refused(gateway: Gateway, method: str, path: str) -> None:
    answer = requests.request(method, gateway.url("tracking") + path, auth=("author", "secret"), timeout=10)
    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_signature_is_for_reading_and_writing_only(download: str, method: str) -> None:
    assert requests.request(method, download, timeout=10).status_code == 403


def test_another_buckets_signed_url_does_not_work_here(signer: Any) -> None:
    url = signer.generate_presigned_url("get_object", Params={"Bucket": "dvc", "Key": "demo/empty"})
    assert requests.get(url, timeout=10).json()["path"].startswith("/dvc/")  # asked of tracking, which has no such page


def test_a_changed_key_is_refused_by_storage(download: str) -> None:
    assert requests.get(download.replace("page.html", "other"), timeout=10).status_code == 403


def test_mlflows_own_api_is_not_mistaken_for_artifacts(gateway: Gateway) -> None:
    assert gateway.asked("tracking", "/api/2.0/mlflow/runs/get?run_id=1")["path"] == "/api/2.0/mlflow/runs/get?run_id=1"
