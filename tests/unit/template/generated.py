"""A project made from the template as the forge makes it, in a folder of the test, with everything but the platform."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow.entities import Run

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "infra" / "template"
DEMO = ROOT / "infra" / "demo"
_GENERATED = shutil.ignore_patterns(".venv", "__pycache__", ".pytest_cache", ".ruff_cache", "tmp", "cache")
_VARIABLE = re.compile(r"\$\{(?P<braced>\w+)\}|\$(?P<special>\$)|\$(?P<bare>[A-Za-z_]\w*)")


def expanded_files(template: Path = TEMPLATE) -> list[str]:
    """The patterns of .gitea/template: files in which the forge replaces variables."""
    lines = (template / ".gitea" / "template").read_text().splitlines()
    return [line for line in map(str.strip, lines) if line and not line.startswith("#")]


def expand(text: str, values: dict[str, str]) -> str:
    """What Gitea 1.26 makes of a text (services/repository/generate.go, with Go's os.Expand).

    `$NAME` and `${NAME}` become the value, or the bare NAME when there is no such variable; `$$` becomes `$`.
    """

    def value(match: re.Match[str]) -> str:
        if match["special"]:
            return "$"
        name = match["braced"] or match["bare"]
        return values.get(name, name)

    return _VARIABLE.sub(value, text)


def template_files() -> Iterator[Path]:
    """The template's files as Git holds them, relative to its root."""
    listed = subprocess.run(["git", "ls-files"], cwd=TEMPLATE, capture_output=True, text=True, check=True)
    yield from map(Path, listed.stdout.splitlines())


@dataclass(frozen=True)
class Project:
    """A project's folder, and a tracking database beside it."""

    root: Path
    store: str

    @classmethod
    def generate(cls, root: Path, name: str) -> Project:
        """`Use this template`: copy, expand, drop the list of expansions, begin a history."""
        shutil.copytree(TEMPLATE, root, ignore=_GENERATED)
        patterns = expanded_files(root)
        (root / ".gitea" / "template").unlink()
        for path in template_files():
            if (root / path).exists() and any(fnmatch.fnmatch(path.as_posix(), pattern) for pattern in patterns):
                text = (root / path).read_text()
                (root / path).write_text(expand(text, {"REPO_NAME": name}))
        project = cls(root, f"sqlite:///{root.parent}/{name}.db")
        project.run("git", "init", "--quiet")
        project.commit("Begin")
        return project

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command in the project's folder; a failed one raises with what it printed."""
        programs = Path(sys.executable).parent
        environment = os.environ | {"MLFLOW_TRACKING_URI": self.store, "PATH": f"{programs}:{os.environ['PATH']}"}
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def commit(self, message: str, tag: str | None = None) -> None:
        """Commit everything as somebody, and name the commit if asked to."""
        somebody = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
        self.run("git", "add", "--all")
        self.run("git", *somebody, "commit", "--quiet", "--message", message)
        if tag:
            self.run("git", "tag", tag)

    def train(self) -> Run:
        """`python src/train.py`; returns the run that it says it made."""
        printed = self.run(sys.executable, "src/train.py").stdout
        found = re.search(r"^run (\w+): ", printed, re.MULTILINE)
        assert found, printed
        return mlflow.MlflowClient(self.store).get_run(found[1])
