"""Recorded runs as anyone on the team finds them, and what the tests of recording do again and again."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.integration.person import PROGRAMS, Person
from tests.waiting import eventually

TRAIN = """
import os, sys
import mlflow
import extra

mlflow.set_experiment(sys.argv[1])
with mlflow.start_run():
    mlflow.log_metric("loss", extra.value(float(os.environ.get("RATE", "1"))))
"""


@dataclass(frozen=True)
class Found:
    """A run, as anyone on the team sees it."""

    id: str
    tags: dict[str, str]

    @property
    def commit(self) -> str:
        return self.tags["saigen.commit"]

    @property
    def environment_lock(self) -> str:
        path: str = json.loads(self.tags["saigen.environment"])["lock_path"]
        return path

    @property
    def state(self) -> str:
        return self.tags["saigen.state"]


def runs(person: Person, experiment: str) -> list[Found]:
    """Every run of an experiment, the oldest first."""
    found = person.api("GET", "experiments/get-by-name", params={"experiment_name": experiment}).json()
    ids = [found["experiment"]["experiment_id"]]
    answer = person.api("POST", "runs/search", json={"experiment_ids": ids, "order_by": ["attributes.start_time ASC"]})
    return [
        Found(run["info"]["run_id"], {tag["key"]: tag["value"] for tag in run["data"].get("tags", [])})
        for run in answer.json()["runs"]
    ]


def finished(person: Person, experiment: str, state: str, count: int = 1) -> list[Found]:
    """The runs of an experiment, once all say a state that begins so."""

    def all_say_it() -> list[Found]:
        found = runs(person, experiment)
        others = [run.state for run in found if not run.state.startswith(state)]
        assert not others, f"{len(others)} of {len(found)} runs say something else: {sorted(set(others))}"
        assert len(found) == count, f"expected {count} runs, found {len(found)}"
        return found

    result: list[Found] = eventually(all_say_it, every=2)
    return result


def fetched(person: Person, clone: Path, commit: str) -> Path:
    """Fetch a commit by its id, as a colleague does; returns the clone."""
    person.run("git", "fetch", "--quiet", "origin", commit, cwd=clone)
    return clone


def show(person: Person, clone: Path, commit: str, path: str) -> str:
    """A file of a commit."""
    return person.run("git", "show", f"{commit}:{path}", cwd=clone).stdout


def hidden(clone: Path, *names: str) -> None:
    """Let Git ignore files here, without a change of the repository."""
    with (clone / ".git/info/exclude").open("a") as file:
        file.writelines(f"{name}\n" for name in names)


def start(person: Person, clone: Path, *words: str) -> subprocess.Popen[str]:
    """Start a training, and do not wait for it."""
    return subprocess.Popen(
        [PROGRAMS / "python", *words],
        cwd=clone,
        env=person.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
