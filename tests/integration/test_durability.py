"""What was acknowledged stays: through `down` and `up`, and through kill -9 of the two stores during writes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import BotoCoreError, ClientError

from tests.integration.client.runs import demo_run
from tests.integration.person import Person
from tests.integration.stack import Stack, docker
from tests.waiting import eventually

SERVICES = ("postgres", "storage", "tracking", "git", "gateway")


def all_healthy(platform: Stack) -> bool:
    return all(platform.health(service) == "healthy" for service in SERVICES)


def kill(platform: Stack, service: str) -> None:
    """kill -9 the service's process, then start its container again."""
    container = platform.containers()[service]["Id"]
    docker("kill", "--signal", "KILL", container)
    docker("start", container)


@contextmanager
def writing(write: Callable[[int], None]) -> Iterator[list[int]]:
    """Call `write(n)` for n = 0, 1, ... in the background; yields the list of those that were acknowledged."""
    acknowledged: list[int] = []
    stop = threading.Event()

    def loop() -> None:
        number = 0
        while not stop.is_set():
            try:
                write(number)
                acknowledged.append(number)
            except (requests.RequestException, BotoCoreError, ClientError):
                time.sleep(0.05)  # the store is away: this write counts as not acknowledged
            number += 1

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield acknowledged
    finally:
        stop.set()
        thread.join(timeout=120)


@pytest.fixture
def run_id(author: Person) -> str:
    """A fresh run of the author in the experiment `durability`."""
    author.api("POST", "experiments/create", json={"name": "durability"})
    found = author.api("GET", "experiments/get-by-name", params={"experiment_name": "durability"}).json()
    created = author.api("POST", "runs/create", json={"experiment_id": found["experiment"]["experiment_id"]})
    created.raise_for_status()
    return str(created.json()["run"]["info"]["run_id"])


def logged_steps(person: Person, run_id: str) -> set[int]:
    """Steps of the metric `n` that the server has."""
    steps: set[int] = set()
    token = ""
    while True:
        page = person.api(
            "GET",
            "metrics/get-history",
            params={"run_id": run_id, "metric_key": "n", "max_results": 1000, "page_token": token},
        ).json()
        steps |= {metric["step"] for metric in page.get("metrics", [])}
        token = page.get("next_page_token", "")
        if not token:
            return steps


@pytest.mark.parametrize("round_", [1, 2])
def test_killed_postgres_loses_no_acknowledged_metric(
    platform: Stack, author: Person, run_id: str, round_: int
) -> None:
    def write(number: int) -> None:
        metric = {"run_id": run_id, "key": "n", "value": number, "timestamp": number, "step": number}
        author.api("POST", "runs/log-metric", json=metric).raise_for_status()

    with writing(write) as acknowledged:
        eventually(lambda: len(acknowledged) >= 50 * round_)
        kill(platform, "postgres")
        before = len(acknowledged)
        eventually(lambda: len(acknowledged) >= before + 50)
    eventually(lambda: all_healthy(platform))
    assert set(acknowledged) <= logged_steps(author, run_id)


def test_killed_storage_loses_no_acknowledged_object(platform: Stack, author: Person) -> None:
    s3 = author.s3()

    def write(number: int) -> None:
        s3.put_object(Bucket="dvc", Key=f"flights/durability/{number}", Body=b"%d" % number * 2000)

    with writing(write) as acknowledged:
        eventually(lambda: len(acknowledged) >= 50)
        kill(platform, "storage")
        before = len(acknowledged)
        eventually(lambda: len(acknowledged) >= before + 50)
    eventually(lambda: all_healthy(platform))
    for number in acknowledged:
        body = s3.get_object(Bucket="dvc", Key=f"flights/durability/{number}")["Body"].read()
        assert body == b"%d" % number * 2000


ARTIFACTS = """
import hashlib, json, sys
from pathlib import Path
from mlflow.artifacts import download_artifacts

folder = Path(download_artifacts(run_id=sys.argv[1], artifact_path=""))
files = sorted(path for path in folder.rglob("*") if path.is_file())
print(json.dumps({str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}))
"""


@dataclass(frozen=True)
class Kept:
    """Everything that a restart must not change.

    Attributes:
        runs: all that the server says of each, by id. artifacts: hashes of the demo's files, by path.
        objects: hashes of all data of the demo, by key. commits: refs of its repository, which is whole.
    """

    runs: dict[str, Any]
    artifacts: dict[str, str]
    objects: dict[str, str]
    commits: str
    secrets: tuple[tuple[str, str], ...]


def kept(platform: Stack, author: Person, folder: Path) -> Kept:
    """What the platform holds for the author now."""
    experiments = author.api("POST", "experiments/search", json={"max_results": 100}).json()["experiments"]
    ids = [one["experiment_id"] for one in experiments]
    found = author.api("POST", "runs/search", json={"experiment_ids": ids, "max_results": 1000}).json()["runs"]
    s3 = author.s3()
    listing: dict[str, Any] = s3.list_objects_v2(Bucket="dvc", Prefix="demo/")
    keys = [entry["Key"] for entry in listing["Contents"]]
    author.run("git", "clone", "--quiet", "--mirror", f"{author.exports['SAIGEN_GIT_URL']}/demo.git", str(folder))
    author.run("git", "fsck", "--strict", cwd=folder)
    return Kept(
        runs={run["info"]["run_id"]: run for run in found},
        artifacts=json.loads(author.python(ARTIFACTS, demo_run(author))),
        objects={key: sha256(s3.get_object(Bucket="dvc", Key=key)["Body"].read()).hexdigest() for key in keys},
        commits=author.run("git", "show-ref", cwd=folder).stdout,
        secrets=tuple(platform.login(name) for name in ("author", "reviewer", "captain")),
    )


def test_down_and_up_keep_runs_artifacts_objects_commits_and_secrets(
    platform: Stack, author: Person, tmp_path: Path
) -> None:
    before = kept(platform, author, tmp_path / "before")
    assert before.runs[demo_run(author)]["data"]["metrics"]
    assert before.artifacts
    assert before.objects
    assert "penguins_v1" in before.commits
    platform.down()
    assert platform.up().returncode == 0
    assert kept(platform, author, tmp_path / "after") == before


def test_second_up_changes_nothing(platform: Stack) -> None:
    def running() -> dict[str, tuple[str, str]]:
        found = platform.containers()
        return {name: (found[name]["Id"], found[name]["State"]["StartedAt"]) for name in SERVICES}

    before = running()
    again = platform.up()
    assert again.returncode == 0, again.stderr
    assert running() == before
