"""A small project with dev, split and stable branches, a remote for Git and one for data, and a tracking database."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from saigen.git.repository import Repository
from saigen.release.train import Trained, train_release
from saigen.tracking import Tracking

TRAIN = """
import os, pathlib, sys
import mlflow, mlflow.pyfunc

class Mean(mlflow.pyfunc.PythonModel):
    def __init__(self, mean):
        self.mean = mean
    def predict(self, context, model_input, params=None):
        return [self.mean] * len(model_input)

values = [float(line) for line in pathlib.Path("data/split/train.csv").read_text().split()]
mlflow.set_experiment("birds")
with mlflow.start_run():
    mlflow.log_metric("mean", sum(values) / len(values))
    mlflow.pyfunc.log_model(name="model", python_model=Mean(sum(values) / len(values)), pip_requirements=[])
pathlib.Path("models").mkdir(exist_ok=True)
pathlib.Path("models/checkpoint.txt").write_text(str(values))
"""
SETTINGS = """
[project]
name = "birds"
[datasets]
birds = "data/split/train.csv"
[branches]
main = {}
split = {}
dev = {}
stable = {}
[release]
tests = [PYTHON, "tests.py"]
evaluate = [PYTHON, "src/train.py"]
[release.thresholds]
mean = ">= 2"
"""


@dataclass(frozen=True)
class Birds:
    """The project: `root` is somebody's clone, on main; `remote` the bare repository; `python` and `dvc` programs."""

    root: Path
    remote: Path
    tracking: Tracking
    python: Path
    dvc: Path

    def git(self, *arguments: str, where: Path | None = None) -> str:
        """Run Git in the clone; what it prints."""
        done = subprocess.run(["git", *arguments], cwd=where or self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, branch: str, files: dict[str, str], message: str = "Change") -> str:
        """Commit files on a branch, push it, and go back to main."""
        exists = self.git("branch", "--list", branch)
        self.git("switch", "--quiet", *([] if exists else ["--create"]), branch)
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
        for path in files:
            if path.startswith("data/"):
                subprocess.run([self.dvc, "add", "--quiet", path], cwd=self.root, check=True)
        if any(path.startswith("data/") for path in files):
            subprocess.run([self.dvc, "push", "--quiet"], cwd=self.root, check=True)
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        self.git("push", "--quiet", "origin", branch)
        commit = self.git("rev-parse", "HEAD")
        self.git("switch", "--quiet", "main")
        return commit

    def settings(self, old: str = "", new: str = "", python: str | None = None) -> None:
        """Write saigen.toml on main, with one text put in place of another, and maybe another Python."""
        text = SETTINGS.replace("PYTHON", repr(python or str(self.python)))
        assert old in text
        self.commit("main", {"saigen.toml": text.replace(old, new)}, "Say how")

    def release(self, **options: Any) -> Trained:
        """`saigen release train acme --yes`."""
        return train_release("acme", folder=self.root, tracking=self.tracking, **{"yes": True, **options})

    def published(self) -> dict[str, str]:
        """Everything that others see: refs of the remote, and the registry."""
        refs = dict(line.split()[::-1] for line in self.git("show-ref", where=self.remote).splitlines())
        versions = {f"{one.name}/{one.version}": one.tags["saigen.release"] for one in self.tracking.versions()}
        return {**refs, **versions}

    def local(self) -> tuple[str, str, str]:
        """What a release must leave alone in the clone: branch and files, tags, worktrees."""
        return (
            self.git("status", "--porcelain", "--branch").split("...")[0],
            self.git("tag", "--list"),
            self.git("worktree", "list"),
        )

    def copied(self, folder: Path, tracking: Tracking) -> Birds:
        """The same project once more, for whoever changes it. What was put into its data remote stays there."""
        copy = replace(self, root=folder / self.root.name, remote=folder / self.remote.name, tracking=tracking)
        for here, there in ((self.root, copy.root), (self.remote, copy.remote)):
            shutil.copytree(here, there, symlinks=True)
        copy.git("remote", "set-url", "origin", str(copy.remote))
        return copy

    def refuse(self, pattern: str) -> None:
        """Let the remote refuse every push to refs that match a pattern."""
        hook = self.remote / "hooks" / "update"
        hook.write_text(f'#!/bin/sh\ncase "$1" in {pattern}) echo "saigen: not now" >&2; exit 1;; esac\n')
        hook.chmod(0o755)

    def accept(self) -> None:
        """Let it take everything again."""
        (self.remote / "hooks" / "update").unlink()


def make(folder: Path, tracking: Tracking, python: Path, dvc: Path) -> Birds:
    """The project, with code on dev/main and data on data/split, and nothing released."""
    remote, root = folder / "remote.git", folder / "birds"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch", "main", remote], check=True)
    subprocess.run(["git", "clone", "--quiet", remote, root], check=True, capture_output=True)
    birds = Birds(root, remote, tracking, python, dvc)
    for key, value in (("user.name", "ada"), ("user.email", "a@b.c")):
        birds.git("config", key, value)
    birds.git("symbolic-ref", "HEAD", "refs/heads/main")
    (folder / "store").mkdir()
    (root / ".dvc").mkdir()
    (root / ".dvc" / "config").write_text(
        f"[core]\n    remote = store\n    analytics = false\n    check_update = false\n"
        f"['remote \"store\"']\n    url = {folder / 'store'}\n"
    )
    (root / ".dvc" / ".gitignore").write_text("/config.local\n/tmp\n/cache\n")
    (root / ".gitignore").write_text("__pycache__\n")
    birds.settings()
    birds.git("remote", "set-head", "origin", "main")
    birds.commit("dev/main", {"src/train.py": TRAIN, "tests.py": "assert True\n"}, "Train a mean")
    birds.commit("data/split", {"data/split/train.csv": "1\n2\n6\n"}, "Add birds")
    return birds


def repository(birds: Birds) -> Repository:
    """The clone, for what reads it."""
    return Repository(birds.root)


def quiet() -> dict[str, str]:
    """Variables that keep the trainings of these tests to themselves."""
    return {"SAIGEN_RECORD": "off", "MLFLOW_DISABLE_TELEMETRY": "true", "PATH": os.environ["PATH"]}
