"""Small trainings of an author, in plain mlflow, on a branch of the demo project; and what a colleague types."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from saigen.recording import COMMAND, SESSION, Command
from tests.integration.person import PROGRAMS, Person

EXPERIMENT = "reproduce"

SCRIPTS = {
    "dice.py": """
import random, mlflow
mlflow.set_experiment("reproduce")
with mlflow.start_run() as run:
    mlflow.log_param("sides", 6)
    mlflow.log_metric("pips", random.random())
    mlflow.log_metric("throws", 1)
print("RUN", run.info.run_id)
""",
    "mean.py": """
import pathlib, mlflow
mlflow.set_experiment("reproduce")
with mlflow.start_run() as run:
    values = [float(line) for line in pathlib.Path("data/small.csv").read_text().split()]
    for step, value in enumerate(values):
        mlflow.log_metric("value", value, step=step)
    mlflow.log_metric("mean", sum(values) / len(values))
    mlflow.log_metric("fit_seconds", __import__("time").time())
print("RUN", run.info.run_id)
""",
    "sweep.py": """
import mlflow
mlflow.set_experiment("reproduce")
with mlflow.start_run() as run:
    for depth in range(5):
        with mlflow.start_run(nested=True):
            mlflow.log_param("depth", depth)
            mlflow.log_metric("score", 1 / (1 + depth))
print("RUN", run.info.run_id)
""",
    "search.py": """
import mlflow
mlflow.set_experiment("reproduce")
with mlflow.start_run() as run:
    for depth in range(3):
        try:
            with mlflow.start_run(nested=True):
                mlflow.log_param("depth", depth)
                mlflow.log_metric("score", 1 / (1 + depth))
                if depth == 1:
                    raise ValueError("diverged")
        except ValueError:
            mlflow.log_metric("failed", 1)
print("RUN", run.info.run_id)
""",
    "words.py": """
import os, sys, mlflow
mlflow.set_experiment("reproduce")
with mlflow.start_run() as run:
    mlflow.log_params({"words": " ".join(sys.argv[1:]), "depth": os.environ.get("DEPTH", "none")})
    mlflow.log_metric("length", len(sys.argv) + len(os.getcwd().rpartition("/")[2]) * 0)
print("RUN", run.info.run_id)
""",
    "keys.py": """
import os, pathlib, mlflow
mlflow.set_experiment("reproduce")
with mlflow.start_run() as run:
    mlflow.log_metric("storage_keys", float("AWS_SECRET_ACCESS_KEY" in os.environ))
    mlflow.log_metric("aws_folder", float((pathlib.Path.home() / ".aws").exists()))
print("RUN", run.info.run_id)
""",
    "register.py": """
import mlflow, mlflow.pyfunc, numpy
class Twice(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return numpy.asarray(model_input) * 2
mlflow.set_experiment("reproduce")
with mlflow.start_run() as run:
    mlflow.log_metric("loss", 0.5)
    mlflow.pyfunc.log_model(name="twice", python_model=Twice(), input_example=numpy.array([[1.0, 2.0]]),
                            registered_model_name="MODEL", pip_requirements=[])
    if "saigen.reproduction" in run.data.tags:
        mlflow.MlflowClient().set_registered_model_alias("MODEL", "mine", "1")
print("RUN", run.info.run_id)
""",
    "slow.py": """
import time, mlflow
mlflow.set_experiment("reproduce")
with mlflow.start_run() as run:
    mlflow.log_metric("loss", 0.5)
    print("RUN", run.info.run_id, flush=True)
    if "saigen.reproduction" in run.data.tags:
        time.sleep(300)
""",
}


@dataclass
class Lab:
    """The author's clone, with the environment of the project's lock beside it, and everything committed and pushed."""

    author: Person
    clone: Path
    branch: str = field(default_factory=lambda: f"reproduce-{uuid.uuid4().hex[:8]}x")

    @classmethod
    def open(cls, author: Person) -> Lab:
        """Clone, add the trainings and a small dataset, push."""
        lab = cls(author, author.home)
        lab.clone = author.home / lab.branch
        author.run("git", "clone", "--quiet", f"{author.exports['SAIGEN_GIT_URL']}/demo.git", str(lab.clone))
        author.run("git", "checkout", "--quiet", "-b", lab.branch, cwd=lab.clone)
        author.run("uv", "sync", "--frozen", "--quiet", cwd=lab.clone)
        for name, text in SCRIPTS.items():
            (lab.clone / "src" / name).write_text(text.replace("MODEL", lab.branch))
        (lab.clone / "data" / "small.csv").write_text(f"1\n2\n{uuid.uuid4().int % 1000}\n")
        lab.add_data("data/small.csv", "Add the trainings")
        return lab

    def add_data(self, path: str, message: str) -> None:
        """`dvc add`, commit, `dvc push`, `git push`: the add flow of document 1."""
        self.author.run("dvc", "add", path, cwd=self.clone)
        self.author.run("git", "add", "--all", cwd=self.clone)
        self.author.run("git", "commit", "--quiet", "-m", message, cwd=self.clone)
        self.author.run("dvc", "push", cwd=self.clone)
        self.author.run("git", "push", "--quiet", "origin", "HEAD", cwd=self.clone)

    def train(self, script: str, *arguments: str, tags: dict[str, str] | None = None) -> str:
        """Run a training in the project's own environment; returns the id of its run."""
        context = [f"MLFLOW_RUN_CONTEXT={json.dumps(tags)}"] if tags else []
        python = str(self.clone / ".venv" / "bin" / "python")
        done = self.author.run("env", *context, python, f"src/{script}", *arguments, cwd=self.clone)
        printed = done.stdout.split()
        return printed[printed.index("RUN") + 1]

    def recorded(self, *arguments: str, ordinal: int = 0, **said: Any) -> dict[str, str]:
        """The tags by which a recording tells command and session."""
        return {COMMAND: Command(arguments, **said).to_json(), SESSION: f"{uuid.uuid4().hex[:16]}:{ordinal}"}


def with_shared_packages(person: Person) -> Person:
    """The person with uv on PATH and the machine's cache of packages: what is downloaded once is enough for all."""
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "expected uv on PATH, found none"
    cache = subprocess.run([uv, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()
    shared = {
        "UV_CACHE_DIR": cache,
        "PATH": f"{PROGRAMS}:{Path(uv).parent}:{os.environ['PATH']}",
    }
    return replace(person, exports={**person.exports, **shared})


def reproduce(person: Person, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """`saigen reproduce ARGUMENTS`."""
    return person.run("saigen", "reproduce", *arguments, cwd=cwd, check=False)


def reproduced(person: Person, *arguments: str, exit_code: int = 0, cwd: Path | None = None) -> dict[str, Any]:
    """`saigen reproduce --yes --json ARGUMENTS`, with the exit code that is expected; returns what it printed."""
    done = reproduce(person, "--yes", "--json", *arguments, cwd=cwd)
    assert done.returncode == exit_code, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def tags_of(person: Person, run_id: str) -> dict[str, str]:
    """The tags of a run."""
    run = person.api("GET", "runs/get", params={"run_id": run_id}).json()["run"]
    return {tag["key"]: tag["value"] for tag in run["data"]["tags"]}


def nothing_left_behind(person: Person) -> bool:
    """Whether no checkout is left in the person's cache."""
    return list((person.home / ".cache" / "saigen" / "work").iterdir()) == []
