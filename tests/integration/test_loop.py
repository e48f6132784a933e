"""The loop of the two source documents: one person logs, another reproduces, with plain git, dvc and mlflow only."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.flights_data import PARAMS, write_v1, write_v2
from tests.integration.person import Person

DATA = Path("data") / "flights.csv"


@dataclass(frozen=True)
class Version:
    """A released data version and the run that its author trained on it."""

    tag: str
    sha256: str
    run: dict[str, Any]


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def newest_run(person: Person, project: str) -> dict[str, Any]:
    """The newest run in the project's experiment, as MLflow's REST API returns it."""
    experiment = person.api("GET", "experiments/get-by-name", params={"experiment_name": project}).json()["experiment"]
    found = person.api(
        "POST", "runs/search", json={"experiment_ids": [experiment["experiment_id"]], "max_results": 1}
    ).json()
    run: dict[str, Any] = found["runs"][0]
    return run


def values(run: dict[str, Any], kind: str) -> dict[str, Any]:
    """Metrics, params or tags of a run as a mapping."""
    return {entry["key"]: entry["value"] for entry in run["data"].get(kind, [])}


def quality(run: dict[str, Any]) -> dict[str, float]:
    """The metrics that tell how good the model is (durations differ between two trainings of the same thing)."""
    return {key: value for key, value in values(run, "metrics").items() if "seconds" not in key}


def release(person: Person, clone: Path, tag: str, message: str) -> None:
    """Commit what changed, push data, then code, then the tag: the second half of the add and update flows."""
    person.run("git", "add", "--all", cwd=clone)
    person.run("git", "commit", "--quiet", "-m", message, cwd=clone)
    person.run("dvc", "push", cwd=clone)
    person.run("git", "push", "--quiet", "origin", "HEAD", cwd=clone)
    person.run("git", "tag", tag, cwd=clone)
    person.run("git", "push", "--quiet", "origin", tag, cwd=clone)


def train(person: Person, clone: Path) -> dict[str, Any]:
    """`python src/train.py`; returns the run that it made."""
    person.run("python", "src/train.py", cwd=clone)
    return newest_run(person, "flights")


@pytest.fixture(scope="module")
def workplace(author: Person) -> Path:
    """The author's clone of the project that bootstrap made from the template, set up for flights."""
    clone = author.clone("flights")
    (clone / "params.yaml").write_text(PARAMS)
    settings = clone / "saigen.toml"
    settings.write_text(settings.read_text().split("[datasets]")[0] + '[datasets]\nflights = "data/flights.csv"\n')
    return clone


@pytest.fixture(scope="module")
def first(author: Person, workplace: Path) -> Version:
    """Add flow: dvc add, git add, commit, dvc push; then a trained run."""
    write_v1(workplace / DATA)
    author.run("dvc", "add", str(DATA), cwd=workplace)
    release(author, workplace, "flights_v1", "Add the flights of 2013")
    return Version("flights_v1", sha256_of(workplace / DATA), train(author, workplace))


@pytest.fixture(scope="module")
def second(author: Person, workplace: Path, first: Version) -> Version:
    """Update flow: dvc status, dvc commit, git commit, dvc push; then another trained run."""
    write_v2(workplace / DATA)
    status = author.run("dvc", "status", cwd=workplace).stdout
    assert "modified" in status, status
    author.run("dvc", "commit", "--force", cwd=workplace)
    release(author, workplace, "flights_v2", "Drop the flights that never arrived")
    assert first.tag == "flights_v1"
    return Version("flights_v2", sha256_of(workplace / DATA), train(author, workplace))


@pytest.fixture(scope="module")
def reproduced(reviewer: Person, first: Version, second: Version) -> Version:
    """Fetch flow, from nothing but the id of the first run: data_version -> tag -> checkout -> dvc pull -> train."""
    assert second.tag != first.tag
    run_id = first.run["info"]["run_id"]
    run = reviewer.api("GET", "runs/get", params={"run_id": run_id}).json()["run"]
    tag = values(run, "tags")["data_version"]
    clone = reviewer.clone("flights")
    reviewer.run("git", "checkout", "--quiet", tag, cwd=clone)
    reviewer.run("dvc", "pull", cwd=clone)
    return Version(tag, sha256_of(clone / DATA), train(reviewer, clone))


def test_run_carries_the_version_of_its_data(first: Version, second: Version) -> None:
    assert values(first.run, "tags")["data_version"] == "flights_v1"
    assert values(second.run, "tags")["data_version"] == "flights_v2"


def test_data_of_the_two_versions_differs(first: Version, second: Version) -> None:
    assert first.sha256 != second.sha256


def test_run_has_params_metrics_and_author(first: Version) -> None:
    assert values(first.run, "params")
    assert values(first.run, "metrics")
    assert values(first.run, "tags")["mlflow.user"] == "author"


def test_run_says_that_its_client_recorded_nothing(first: Version) -> None:
    assert values(first.run, "tags")["saigen.recorded"] == "no"


def test_run_has_figure_and_model_in_object_storage(author: Person, first: Version) -> None:
    run_id = first.run["info"]["run_id"]
    top = author.api("GET", "artifacts/list", params={"run_id": run_id}).json()
    assert any(entry["path"].endswith(".png") for entry in top["files"]), top
    found = author.python(
        "import mlflow, sys; print(mlflow.search_logged_models(filter_string=f\"source_run_id='{sys.argv[1]}'\","
        " experiment_ids=[sys.argv[2]], output_format='list'))",
        run_id,
        first.run["info"]["experiment_id"],
    )
    assert "LoggedModel" in found


def test_reviewer_gets_byte_identical_data(first: Version, reproduced: Version) -> None:
    assert reproduced.tag == first.tag
    assert reproduced.sha256 == first.sha256


def test_reviewer_gets_the_same_metrics(first: Version, reproduced: Version) -> None:
    assert reproduced.run["info"]["run_id"] != first.run["info"]["run_id"]
    assert quality(reproduced.run) == quality(first.run)


def test_reproduction_belongs_to_the_reviewer(reproduced: Version) -> None:
    assert values(reproduced.run, "tags")["mlflow.user"] == "reviewer"


def test_no_address_of_the_platform_is_committed(author: Person, workplace: Path, second: Version) -> None:
    assert second.tag in author.run("git", "tag", cwd=workplace).stdout
    addresses = [url.removeprefix("http://") for url in author.urls.values()]
    for address in addresses:
        found = author.run("git", "grep", "--fixed-strings", address, "HEAD", cwd=workplace, check=False)
        assert found.returncode == 1, found.stdout


def test_viewer_can_pull_but_not_push(watcher: Person, second: Version) -> None:
    clone = watcher.clone("flights")
    watcher.run("git", "checkout", "--quiet", second.tag, cwd=clone)
    watcher.run("dvc", "pull", cwd=clone)
    shutil.rmtree(clone / ".dvc" / "cache")
    (clone / DATA).write_text("mine\n")
    watcher.run("dvc", "commit", "--force", cwd=clone)
    refused = watcher.run("dvc", "push", cwd=clone, check=False)
    assert refused.returncode != 0
    assert "denied" in (refused.stdout + refused.stderr).lower()
