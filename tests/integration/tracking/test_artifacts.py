"""Artifacts with a plain client that has an address, a name and a secret; and what still goes through the server."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.integration.tracking.stack import TrackingStack
from tests.shipped import docker
from tests.waiting import eventually

MIB = 1024 * 1024
GIB = 1024 * MIB
WORKER_BYTES = 400 * MIB

# What a person types, in a process that knows nothing else.
LOG_AND_FETCH = """
import sys, mlflow
run_id, source, target = sys.argv[1:]
mlflow.MlflowClient().log_artifact(run_id, source)
print(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=source.rsplit("/", 1)[1], dst_path=target))
"""
FULL_RUN = """
import mlflow, numpy, sklearn.linear_model
with mlflow.start_run() as run:
    mlflow.log_params({"depth": 3}); mlflow.log_metrics({"loss": 0.5}); mlflow.log_text("figure", "plots/a b.txt")
    model = sklearn.linear_model.LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])
    names = {"name": "model", "registered_model_name": "loop"}
    info = mlflow.sklearn.log_model(model, pip_requirements=["scikit-learn"], **names)
for uri in (info.model_uri, "models:/loop/1"):
    assert numpy.isclose(mlflow.sklearn.load_model(uri).predict([[2.0]])[0], 4.0)
assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/plots/a b.txt") == "figure"
assert [item.path for item in mlflow.artifacts.list_artifacts(run_id=run.info.run_id)] == ["plots"]
print(run.info.run_id)
"""


def client(stack: TrackingStack, name: str, code: str, *arguments: str) -> str:
    """What a plain client prints; its environment has the address, the name and the secret."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "MLFLOW_TRACKING_URI": stack.url,
        "MLFLOW_TRACKING_USERNAME": name,
        "MLFLOW_TRACKING_PASSWORD": stack.secrets[name],
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def random_file(path: Path, size: int) -> str:
    """Fill a file with `size` random bytes; their sha256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, size, MIB):
            block = os.urandom(min(MIB, size - start))
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def sha256(path: str | Path) -> str:
    """The sha256 of a file."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def worker_bytes(stack: TrackingStack) -> int:
    """The most memory that any process of the tracking container has had resident so far."""
    peaks = docker("exec", stack.container("tracking"), "bash", "-c", "grep -h VmHWM /proc/[0-9]*/status")
    return max(int(line.split()[1]) for line in peaks.stdout.splitlines()) * 1024


def temporary_bytes(stack: TrackingStack) -> int:
    """What is on the container's temporary file system."""
    return int(docker("exec", stack.container("tracking"), "df", "--output=used", "-B1", "/tmp").stdout.split()[-1])


def presigned(stack: TrackingStack, run_id: str, name: str, host: dict[str, str]) -> requests.Response:
    """The answer to a request for a signed download URL."""
    path = f"/api/2.0/mlflow-artifacts/presigned/0/{run_id}/artifacts/{name}"
    return stack.call("watcher", "GET", path, headers=host)


def put(stack: TrackingStack, name: str, run_id: str, file: str, data: object) -> requests.Response:
    """A proxied upload, as clients before signed URLs do it."""
    return stack.call(name, "PUT", f"/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/{file}", data=data)


def new_version(stack: TrackingStack, run_id: str, source: str) -> str:
    """The name of a new registered model, whose version 1 is a run's folder `model`."""
    name = f"of-{run_id}"
    assert stack.api("author", "registered-models/create", {"name": name}).status_code == 200
    version = {"name": name, "source": source.format(run_id), "run_id": run_id}
    answer = stack.api("author", "model-versions/create", version)
    assert answer.status_code == 200, answer.text
    return name


def fetch_version(stack: TrackingStack, name: str, file: str) -> requests.Response:
    """What the web page gets for a file of version 1 of a registered model."""
    of_one = {"name": name, "version": "1", "path": file}
    return stack.call("watcher", "GET", "/model-versions/get-artifact", params=of_one)


def test_a_plain_client_logs_a_run_with_model_and_loads_it_again(tracking: TrackingStack) -> None:
    run_id = client(tracking, "author", FULL_RUN)

    assert tracking.run_tags(run_id)["mlflow.user"] == "author"


@pytest.mark.parametrize("size", [2, 5 * MIB, 600 * MIB])
def test_what_a_plain_client_logs_it_gets_back(tracking: TrackingStack, run_id: str, tmp_path: Path, size: int) -> None:
    digest = random_file(tmp_path / "file.bin", size)
    (tmp_path / "down").mkdir()

    fetched = client(tracking, "author", LOG_AND_FETCH, run_id, str(tmp_path / "file.bin"), str(tmp_path / "down"))

    assert sha256(fetched) == digest


def test_a_signed_url_is_for_the_host_that_the_client_used(tracking: TrackingStack, run_id: str) -> None:
    put(tracking, "author", run_id, "x.txt", b"two")
    url = presigned(tracking, run_id, "x.txt", {}).json()["url"]

    query = parse_qs(urlsplit(url).query)
    assert int(query["X-Amz-Expires"][0]) <= 300
    assert query["X-Amz-SignedHeaders"] == ["host"]
    answer = requests.get(url, timeout=10)
    assert answer.content == b"two"
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("change", ["path", "expires", "signature", "query", "method"])
def test_a_signed_url_is_good_for_nothing_else(tracking: TrackingStack, run_id: str, change: str) -> None:
    put(tracking, "author", run_id, "x.txt", b"two")
    put(tracking, "author", run_id, "y.txt", b"other")
    url = presigned(tracking, run_id, "x.txt", {}).json()["url"]
    changed = {
        "path": url.replace("x.txt?", "y.txt?"),
        "expires": url.replace("X-Amz-Expires=300", "X-Amz-Expires=604800"),
        "signature": url[:-1] + ("0" if url[-1] != "0" else "1"),
        "query": url + "&versionId=null",
        "method": url,
    }[change]

    answer = requests.request("PUT" if change == "method" else "GET", changed, timeout=10)

    assert answer.status_code == 403


def test_a_missing_artifact_is_not_found_on_every_way_to_it(tracking: TrackingStack, run_id: str) -> None:
    where = f"0/{run_id}/artifacts/none.txt"
    answers = {
        "signed": presigned(tracking, run_id, "none.txt", {}),
        "proxied": tracking.call("author", "GET", f"/api/2.0/mlflow-artifacts/artifacts/{where}"),
        "web page": tracking.call("author", "GET", "/get-artifact", params={"run_id": run_id, "path": "none.txt"}),
        "no version": fetch_version(tracking, "none", "none.txt"),
        "no run": tracking.call("author", "GET", "/get-artifact", params={"run_id": "none", "path": "none.txt"}),
    }

    assert {way: answer.status_code for way, answer in answers.items()} == dict.fromkeys(answers, 404)


@pytest.mark.parametrize("path", ["../../1/x", "%2e%2e/%2e%2e/x", "/etc/passwd", "..%252f..%252fx"])
def test_reading_stays_inside_the_run(tracking: TrackingStack, run_id: str, path: str) -> None:
    assert tracking.call("author", "GET", f"/get-artifact?run_id={run_id}&path={path}").status_code == 400


@pytest.mark.parametrize("source", ["mlflow-artifacts:/0/{}/artifacts/model", "runs:/{}/model"])
def test_a_file_of_a_registered_model_comes_from_the_storage(tracking: TrackingStack, run_id: str, source: str) -> None:
    put(tracking, "author", run_id, "model/layers/a b.bin", b"weights")
    name = new_version(tracking, run_id, source)

    answer = fetch_version(tracking, name, "layers/a b.bin")

    assert ([step.status_code for step in answer.history], answer.content) == ([307], b"weights")
    assert fetch_version(tracking, name, "..%2fx").status_code == 400
    assert fetch_version(tracking, name, "layers").status_code == 404  # nor does a whole folder come to the server


def test_a_part_of_a_proxied_artifact_can_be_read(tracking: TrackingStack, run_id: str) -> None:
    put(tracking, "author", run_id, "x.html", b"<script>0123456789")
    path = f"/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/x.html"

    answer = tracking.call("watcher", "GET", path, headers={"Range": "bytes=8-11"})

    assert (answer.status_code, answer.content) == (206, b"0123")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_upload_that_breaks_off_leaves_nothing(tracking: TrackingStack, run_id: str) -> None:
    def half() -> object:
        yield b"x" * (20 * MIB)
        raise ConnectionAbortedError

    with pytest.raises((requests.RequestException, ConnectionAbortedError)):
        put(tracking, "author", run_id, "half.bin", half())

    client_of_storage = tracking.storage_client()
    prefix = f"0/{run_id}/artifacts/half.bin"
    assert list(client_of_storage.list_objects("mlflow", prefix)) == []
    eventually(lambda: not client_of_storage._list_multipart_uploads("mlflow", prefix=prefix).uploads, within=20)


def test_a_gigabyte_through_the_server_takes_neither_memory_nor_disk(
    tracking: TrackingStack, run_id: str, tmp_path: Path
) -> None:
    digest = random_file(tmp_path / "big.bin", GIB)
    before = temporary_bytes(tracking)

    with (tmp_path / "big.bin").open("rb") as file:
        assert put(tracking, "author", run_id, "big.bin", file).status_code == 200
    down = hashlib.sha256()
    path = f"/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/big.bin"
    with tracking.call("author", "GET", path, stream=True) as answer:
        for chunk in answer.iter_content(MIB):
            down.update(chunk)
        used = temporary_bytes(tracking) - before

    assert down.hexdigest() == digest
    assert used < MIB
    assert worker_bytes(tracking) <= WORKER_BYTES
