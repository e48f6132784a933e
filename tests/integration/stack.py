"""One Saigen stack: the shipped compose file under a project name, ports and a team file of its own."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from testcontainers.compose import DockerCompose

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / ".cache" / "test-logs"
PORTS = {"tracking": "SAIGEN_TRACKING_PORT", "storage": "SAIGEN_STORAGE_PORT", "git": "SAIGEN_GIT_PORT"}


def free_ports(count: int) -> list[int]:
    """`count` different loopback ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@dataclass
class Stack:
    """A running platform and what a test needs to use it as a person would."""

    directory: Path
    settings: dict[str, str]
    team: dict[str, Any]
    name: str = field(default_factory=lambda: f"saigen-test-{secrets.token_hex(4)}")
    programs: Path | None = None  # what its people's programs are that start warm (tests/warm.py)

    def __post_init__(self) -> None:
        self.team_file = self.directory / "team.yaml"
        self.env_file = self.directory / "stack.env"
        self.write_team(self.team)
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.settings = {
            "COMPOSE_PROJECT_NAME": self.name,
            "SAIGEN_TEAM_FILE": str(self.team_file),
            **{PORTS[service]: str(port) for service, port in ports.items()},
            **self.settings,
        }
        self.configure()
        scheme = "https" if self.settings.get("SAIGEN_TLS") in {"internal", "files"} else "http"
        self.urls = {service: f"{scheme}://localhost:{port}" for service, port in ports.items()}
        self.docker = self._described_by("docker-compose.yml")

    def configure(self, **settings: str) -> None:
        """Write the settings, with these among them, for the next command."""
        self.settings |= settings
        self.env_file.write_text("".join(f"{key}={value}\n" for key, value in self.settings.items()))

    # -- life ---------------------------------------------------------------------------------------------------

    def up(self) -> subprocess.CompletedProcess[str]:
        """`docker compose up -d --wait`, as README says it."""
        return self.compose("up", "-d", "--wait")

    def down(self, *options: str) -> None:
        """`docker compose down`; with "--volumes" the data goes too."""
        self.compose("--profile", "*", "down", *options).check_returncode()

    def change(self, **settings: str) -> None:
        """Bring it up again with other settings."""
        self.configure(**settings)
        self.up().check_returncode()

    def change_by(self, file: str) -> None:
        """Bring it up again as the shipped file and `file` (its path in the repository) together describe it."""
        self.docker = self._described_by("docker-compose.yml", file)
        self.up().check_returncode()

    def _described_by(self, *files: str) -> DockerCompose:
        return DockerCompose(ROOT, list(files), env_file=str(self.env_file))

    def compose(self, *arguments: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """Run one docker compose command on this stack and return what it printed."""
        command = [*self.docker.docker_compose_command(), *arguments]
        return subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False
        )

    def one_shot(self, service: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a verb of a service's image in a container that is removed afterwards."""
        return self.compose("run", "--rm", "--no-deps", "-T", service, *arguments)

    def keep_logs(self) -> Path:
        """Write every container's log below .cache/test-logs, for whoever reads a failed run."""
        LOGS.mkdir(parents=True, exist_ok=True)
        target = LOGS / f"{self.name}.log"
        target.write_text(self.compose("ps", "--all").stdout + self.compose("logs", "--no-color").stdout)
        return target

    # -- people -------------------------------------------------------------------------------------------------

    def write_team(self, team: Mapping[str, Any]) -> None:
        """Declare another team; `apply` makes it real."""
        yaml = YAML()
        with self.team_file.open("w") as target:
            yaml.dump(dict(team), target)
        self.team_file.chmod(0o644)

    def apply(self) -> subprocess.CompletedProcess[str]:
        """Run bootstrap's `apply` again, as the next `up` would."""
        return self.one_shot("bootstrap", "apply")

    def credentials(self, name: str) -> dict[str, str]:
        """The environment variables that `scripts/credentials NAME` exports."""
        answer = self.one_shot("bootstrap", "credentials", name, "--json")
        assert answer.returncode == 0, answer.stderr
        exports: dict[str, str] = json.loads(answer.stdout)
        return exports

    def login(self, name: str) -> tuple[str, str]:
        """Name and secret of a declared person, for HTTP Basic."""
        exports = self.credentials(name)
        return exports["MLFLOW_TRACKING_USERNAME"], exports["MLFLOW_TRACKING_PASSWORD"]

    # -- containers ---------------------------------------------------------------------------------------------

    def containers(self) -> dict[str, dict[str, Any]]:
        """`docker inspect` of every container of the stack, by service."""
        ids = self.compose("ps", "--all", "--quiet").stdout.split()
        found = json.loads(docker("inspect", *ids))
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def health(self, service: str) -> str:
        """`healthy`, `unhealthy`, `starting`; or the state of a container that is not running."""
        state = self.containers()[service]["State"]
        if state["Status"] != "running":
            return str(state["Status"])
        return str(state["Health"]["Status"])


def docker(*arguments: str) -> str:
    """Run one docker command and return its standard output."""
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


def shipped_team() -> dict[str, Any]:
    """The team that the repository declares."""
    team: dict[str, Any] = YAML(typ="safe").load(ROOT / "infra" / "team.yaml")
    return team


def clean_environment(home: Path, exports: Mapping[str, str]) -> dict[str, str]:
    """The environment of a person who has nothing but their own credentials: an empty home, no inherited settings."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {"PATH", "LANG", "TMPDIR", "SSL_CERT_FILE", "PIP_CERT", "UV_CACHE_DIR", "UV_PYTHON"}
    inherited = {key: value for key, value in os.environ.items() if key in kept}
    quiet = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        # A thread of MLflow's telemetry changes os.environ, at times while another one reads it, which then fails.
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    return {**inherited, "HOME": str(home), **quiet, **exports}
