"""A stack of two containers that the scripts take for ours: shows what they say, quickly and without our images."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
IMAGE = os.environ.get("BASE_IMAGE") or "debian:trixie-slim"
QUICK = {"interval": "1s", "timeout": "2s", "retries": 1, "start_period": "3s", "start_interval": "200ms"}


@dataclass
class SmallStack:
    """A one-shot named bootstrap and a service named storage, each with a shell command to run."""

    folder: Path
    bootstrap: str = "echo 'users: 3 declared, 3 present, nothing to do'"
    storage: str = "echo ready; sleep infinity"
    probe: str = "true"
    name: str = field(default_factory=lambda: f"saigen-small-{secrets.token_hex(4)}")

    def __post_init__(self) -> None:
        services: dict[str, Any] = {
            "bootstrap": {"image": IMAGE, "init": True, "command": ["sh", "-c", self.bootstrap]},
            "storage": {
                "image": IMAGE,
                "init": True,
                "restart": "unless-stopped",
                "command": ["sh", "-c", self.storage],
                "healthcheck": {**QUICK, "test": ["CMD-SHELL", self.probe]},
                "depends_on": {"bootstrap": {"condition": "service_completed_successfully"}},
                "volumes": ["storage-data:/data"],
                "stop_grace_period": "1s",
            },
        }
        self.file = self.folder / "compose.json"
        self.file.write_text(json.dumps({"services": services, "volumes": {"storage-data": {}}}))

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of scripts/ on this stack, without a terminal."""
        return subprocess.run(
            [ROOT / "scripts" / script, *arguments],
            cwd=ROOT,
            env={**os.environ, "COMPOSE_FILE": str(self.file), "COMPOSE_PROJECT_NAME": self.name},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def listed(self, *command: str) -> list[str]:
        """What a docker command lists of this project."""
        label = f"label=com.docker.compose.project={self.name}"
        done = subprocess.run(["docker", *command, "--filter", label], capture_output=True, text=True, check=True)
        return done.stdout.split()

    def remove(self) -> None:
        """Take everything of this project away."""
        self.run("down", "--volumes", "--yes").check_returncode()
