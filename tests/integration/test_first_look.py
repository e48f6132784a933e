"""What a new user sees and types after `up`: the demo project, its run, and the README's commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.integration.person import Person
from tests.integration.stack import ROOT, Stack


def commands() -> str:
    """What README tells a data scientist to type, word by word, for another person than it does."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## For data scientists\n\n")[2]
    typed, named = textwrap.dedent(section.partition("\n\n")[0]), "$(./scripts/credentials author)"
    assert named in typed
    return "set -eo pipefail\n" + typed.replace(named, '$("$CREDENTIALS" reviewer)')


def demo_runs(person: Person) -> list[dict[str, Any]]:
    """Runs of the demo's experiment, newest first."""
    found = person.api("GET", "experiments/get-by-name", params={"experiment_name": "demo"}).json()["experiment"]
    runs: list[dict[str, Any]] = person.api(
        "POST", "runs/search", json={"experiment_ids": [found["experiment_id"]]}
    ).json()["runs"]
    return runs


def tags(run: dict[str, Any]) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in run["data"]["tags"]}


def test_first_look_shows_a_trained_run_with_its_data_version(reviewer: Person) -> None:
    first = demo_runs(reviewer)[-1]
    assert first["info"]["status"] == "FINISHED"
    assert tags(first)["data_version"] == "penguins_v1"
    assert tags(first)["mlflow.user"] == "author"
    assert first["data"]["metrics"]
    assert first["data"]["params"]


def test_demo_data_is_the_real_one(reviewer: Person) -> None:
    clone = reviewer.clone("demo")
    reviewer.run("dvc", "pull", cwd=clone)
    pulled = (clone / "data" / "penguins.csv").read_bytes()
    assert pulled == (ROOT / "infra" / "demo" / "project" / "data" / "penguins.csv").read_bytes()


@pytest.fixture(scope="module")
def journey(
    platform: Stack, reviewer: Person, tmp_path_factory: pytest.TempPathFactory
) -> subprocess.CompletedProcess[str]:
    """The README's commands, typed in an empty folder by someone with an empty home."""
    home = tmp_path_factory.mktemp("newcomer")
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "expected uv on PATH, found none"
    before = len(demo_runs(reviewer))
    cache = subprocess.run([uv, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()
    environment = {
        **{
            key: value
            for key, value in os.environ.items()
            # Which kernels a numeric library takes decides about the last digit.
            if not key.startswith(("MLFLOW_", "AWS_", "GIT_", "VIRTUAL", "OPENBLAS_"))
        },
        **platform.settings,
        "HOME": str(home),
        "UV_CACHE_DIR": cache,
        "PATH": f"{Path(uv).parent}:{os.environ['PATH']}",
        "CREDENTIALS": str(ROOT / "scripts" / "credentials"),
    }
    done = subprocess.run(
        ["bash", "-c", commands()], cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=800
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(demo_runs(reviewer)) == before + 1
    return done


def test_commands_of_the_readme_make_a_run(reviewer: Person, journey: subprocess.CompletedProcess[str]) -> None:
    assert journey.returncode == 0
    newest = demo_runs(reviewer)[0]
    assert tags(newest)["mlflow.user"] == "reviewer"
    assert tags(newest)["data_version"] == "penguins_v1"


def test_same_commit_and_data_give_the_same_metrics(
    reviewer: Person, journey: subprocess.CompletedProcess[str]
) -> None:
    assert journey.returncode == 0
    newest, first = demo_runs(reviewer)[0], demo_runs(reviewer)[-1]

    def metrics(run: dict[str, Any]) -> dict[str, float]:
        return {one["key"]: one["value"] for one in run["data"]["metrics"] if "seconds" not in one["key"]}

    assert metrics(newest) == metrics(first)


def test_pages_open_in_a_browser(author: Person) -> None:
    ui = author.request("GET", "tracking", "/")
    assert ui.status_code == 200
    assert "<title>MLflow</title>" in ui.text
    forge = requests.get(author.urls["git"] + "/user/login", timeout=10)
    assert forge.status_code == 200
    assert "Register" not in forge.text


def test_discovery_names_the_three_services_and_the_client(platform: Stack) -> None:
    found = requests.get(platform.urls["tracking"] + "/.well-known/saigen", timeout=10).json()
    assert {name: found[name] for name in platform.urls} == platform.urls
    wheel = requests.get(found["client"], timeout=10)
    assert wheel.content[:2] == b"PK"
