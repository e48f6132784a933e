"""Work of a person in a project, as the tests of audit and lineage need it: a branch with data, and runs on it."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.person import Person


@dataclass
class Work:
    """A person's branch of the project demo, and an experiment of the same name."""

    person: Person
    clone: Path
    name: str = field(default_factory=lambda: f"audit-{uuid.uuid4().hex[:8]}x")

    @classmethod
    def begin(cls, person: Person) -> Work:
        """A new clone and a new branch."""
        work = cls(person, person.home)
        work.clone = person.home / work.name
        person.run("git", "clone", "--quiet", f"{person.exports['SAIGEN_GIT_URL']}/demo.git", str(work.clone))
        work.git("checkout", "--quiet", "-b", work.name)
        return work

    def git(self, *arguments: str) -> str:
        """Run Git in the clone."""
        return self.person.run("git", *arguments, cwd=self.clone).stdout.strip()

    def add_file(self, text: str, path: str = "data/table.csv", push: bool = True) -> str:
        """`dvc add` a file; returns its md5."""
        (self.clone / path).write_text(text)
        return self._add(path, push)

    def add_folder(self, files: dict[str, str], path: str = "data/notes", push: bool = True) -> str:
        """`dvc add` a folder; returns the md5 of its list."""
        shutil.rmtree(self.clone / path, ignore_errors=True)
        for name, text in files.items():
            (self.clone / path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.clone / path / name).write_text(text)
        return self._add(path, push)

    def _add(self, path: str, push: bool) -> str:
        self.person.run("dvc", "add", "--quiet", path, cwd=self.clone)
        if push:
            self.person.run("dvc", "push", "--quiet", f"{path}.dvc", cwd=self.clone)
        pointer = (self.clone / f"{path}.dvc").read_text()
        return pointer.partition("md5: ")[2].split()[0]

    def commit(self, push: bool = True) -> str:
        """Commit everything; returns the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "A state to run")
        if push:
            self.git("push", "--quiet", "origin", "HEAD")
        return self.git("rev-parse", "HEAD")

    def record(self) -> str:
        """Commit everything as a recording does, pushed where data may be missing; returns the commit's id."""
        commit = self.commit(push=False)
        self.git("push", "--quiet", "origin", f"{commit}:refs/saigen/in/{commit}")
        return commit

    def log(self, commit: str, **tags: str) -> str:
        """Log a run of this commit, by MLflow's API as any client does; returns its id."""
        source = {"mlflow.source.git.commit": commit, "mlflow.source.git.repoURL": "team/demo"}
        said = [{"key": key, "value": value} for key, value in {**source, **tags}.items()]
        now = time.time_ns() // 1_000_000
        created = self._ask("runs/create", experiment_id=self._experiment(), start_time=now, tags=said)
        run_id = str(created["run"]["info"]["run_id"])
        self._ask("runs/log-metric", run_id=run_id, key="rmse", value=12.0, timestamp=now)
        self._ask("runs/update", run_id=run_id, status="FINISHED", end_time=now)
        return run_id

    def _experiment(self) -> str:
        found = self.person.api("GET", "experiments/get-by-name", params={"experiment_name": self.name})
        answer = found.json()["experiment"] if found.ok else self._ask("experiments/create", name=self.name)
        return str(answer["experiment_id"])

    def _ask(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.person.api("POST", path, json=body)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def audit(person: Person, experiment: str, *options: str, expect: int = 0) -> dict[str, dict[str, Any]]:
    """`saigen audit --json` of one experiment; the findings by run."""
    done = person.run("saigen", "audit", "--json", *options, "--experiment", experiment, check=False)
    assert done.returncode == expect, done.stdout + done.stderr
    return {found["run"]: found for found in json.loads(done.stdout)["runs"]}


def demo_run(person: Person) -> str:
    """The run that bootstrap made: the oldest of the experiment demo."""
    experiment = person.api("GET", "experiments/get-by-name", params={"experiment_name": "demo"}).json()["experiment"]
    query = {"experiment_ids": [experiment["experiment_id"]], "order_by": ["attributes.start_time ASC"]}
    found = person.api("POST", "runs/search", json=query).json()["runs"]
    return str(found[0]["info"]["run_id"])


def key(md5: str) -> str:
    """Key of an object of the project demo."""
    return f"demo/files/md5/{md5[:2]}/{md5[2:]}"


def md5_of(text: str) -> str:
    """The md5 of a text file's content."""
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - DVC's own hash
