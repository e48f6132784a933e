"""The verbs on the real stack: a second `up` changes nothing, and a person gets what they need and nothing else."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.integration.scripts.small_stack import ROOT
from tests.integration.stack import Stack

ONE_SHOTS = {"init", "migrate", "bootstrap"}


def run(platform: Stack, script: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one of scripts/ with the settings of the stack, and further ones, in its environment."""
    return subprocess.run(
        [ROOT / "scripts" / script, *arguments],
        env={**os.environ, **platform.settings, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def long_running(platform: Stack) -> dict[str, str]:
    """The container of each service that stays."""
    return {name: found["Id"] for name, found in platform.containers().items() if name not in ONE_SHOTS}


@pytest.fixture(scope="module")
def second_up(platform: Stack) -> tuple[dict[str, str], subprocess.CompletedProcess[str]]:
    """The containers before, and what `up` said."""
    return long_running(platform), run(platform, "up")


SecondUp = tuple[dict[str, str], subprocess.CompletedProcess[str]]


def test_a_second_up_keeps_every_container(platform: Stack, second_up: SecondUp) -> None:
    before, done = second_up
    assert done.returncode == 0, done.stderr
    assert long_running(platform) == before


@pytest.mark.parametrize("step", ["python", "docker", "base image", "build", "apply", "start"])
def test_a_second_up_says_of_each_step_that_there_is_nothing_to_do(second_up: SecondUp, step: str) -> None:
    said = [line for line in second_up[1].stdout.splitlines() if line.startswith(f"{step}: ")]
    assert said
    assert said[-1].endswith("nothing to do")


def test_up_ends_with_where_things_are(platform: Stack, second_up: SecondUp) -> None:
    report = second_up[1].stdout.split(" is up.")[1]
    assert all(url in report for url in platform.urls.values())


def test_no_secret_is_in_what_up_prints(platform: Stack, second_up: SecondUp) -> None:
    exports = run(platform, "credentials", "author").stdout.splitlines()
    secret = next(line for line in exports if line.startswith("export MLFLOW_TRACKING_PASSWORD=")).partition("=")[2]
    assert len(secret) == 40
    assert secret not in second_up[1].stdout + second_up[1].stderr


def test_credentials_are_export_lines_and_nothing_else(platform: Stack) -> None:
    done = run(platform, "credentials", "author")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(line.startswith("export ") for line in done.stdout.splitlines())
    assert f"export MLFLOW_TRACKING_URI={platform.urls['tracking']}" in done.stdout.splitlines()


def test_credentials_of_nobody_are_refused_on_stderr(platform: Stack) -> None:
    done = run(platform, "credentials", "stranger")
    assert (done.returncode, done.stdout) == (2, "")
    assert "FAIL: " in done.stderr
    assert "next: " in done.stderr


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_plan_and_apply_on_what_is_as_declared_have_nothing_to_do(platform: Stack, verb: str) -> None:
    done = run(platform, verb)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"{verb}: nothing to do"


def test_a_plan_of_a_version_that_was_not_built_is_no_difference(platform: Stack) -> None:
    done = run(platform, "plan", SAIGEN_VERSION="0.0.0-none")
    assert done.returncode == 3
    assert "FAIL: expected the image saigen/bootstrap:0.0.0-none, found none" in done.stderr
    assert "next: ./scripts/up" in done.stderr
