"""A person of the team at their own machine: an empty home, their own credentials, plain git, dvc, mlflow and S3."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.config import Config

from tests.integration.stack import Stack, clean_environment

# The programs of the test environment (dvc, python) come first, as in a project's own .venv after `uv sync`.
PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True)
class Person:
    """Someone who has `exports` (what `scripts/credentials` printed) and a home folder.

    records: whether the client's plugin for MLflow is at work. Without it they use plain tools only.
    programs: a folder with programs that start faster than the installed ones.
    """

    name: str
    home: Path
    exports: Mapping[str, str]
    urls: Mapping[str, str]
    records: bool = False
    programs: Path | None = None

    @classmethod
    def of(cls, platform: Stack, name: str, home: Path) -> Person:
        """The person `name` of this platform, in an empty home."""
        return cls(name, home, platform.credentials(name), platform.urls, programs=platform.programs)

    @property
    def login(self) -> tuple[str, str]:
        """Name and secret."""
        return self.exports["MLFLOW_TRACKING_USERNAME"], self.exports["MLFLOW_TRACKING_PASSWORD"]

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables of this person's shell."""
        environment = clean_environment(self.home, self.exports)
        first = f"{self.programs}:{PROGRAMS}" if self.programs else str(PROGRAMS)
        environment["PATH"] = f"{first}:{environment['PATH']}"
        return environment if self.records else {**environment, "SAIGEN_RECORD": "off"}

    def run(self, *command: str, cwd: Path | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command as this person; its output is in the error when it fails and `check` is set."""
        done = subprocess.run(
            command,
            cwd=cwd or self.home,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=1500,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name}: {' '.join(command)} -> {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def clone(self, project: str) -> Path:
        """`git clone $SAIGEN_GIT_URL/<project>.git` into the home folder, or `git fetch --tags` if it is there."""
        target = self.home / project
        if target.exists():
            self.run("git", "fetch", "--quiet", "--tags", cwd=target)
        else:
            self.run("git", "clone", "--quiet", f"{self.exports['SAIGEN_GIT_URL']}/{project}.git", str(target))
        return target

    def python(self, code: str, *arguments: str, cwd: Path | None = None) -> str:
        """Run Python code that uses plain clients (mlflow, boto3) as this person; returns what it printed."""
        return self.run(sys.executable, "-c", code, *arguments, cwd=cwd).stdout

    def s3(self) -> Any:
        """A plain boto3 client on the storage, with this person's keys."""
        return boto3.client(
            "s3",
            endpoint_url=self.exports["AWS_ENDPOINT_URL_S3"],
            aws_access_key_id=self.exports["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.exports["AWS_SECRET_ACCESS_KEY"],
            region_name=self.exports["AWS_DEFAULT_REGION"],
            config=Config(signature_version="s3v4", retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def request(self, method: str, service: str, path: str, **options: Any) -> requests.Response:
        """One HTTP request to a service of the platform with this person's name and secret."""
        return requests.request(method, self.urls[service] + path, auth=self.login, timeout=30, **options)

    def api(self, method: str, path: str, **options: Any) -> requests.Response:
        """One call of MLflow's REST API: `person.api("POST", "runs/create", json={...})`."""
        return self.request(method, "tracking", f"/api/2.0/mlflow/{path}", **options)
