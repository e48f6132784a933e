"""Services of docker-compose.yml as throwaway containers: same image, limits and health check, secrets of their own."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

COMPOSE_FILE = Path(__file__).parents[3] / "docker-compose.yml"
VERSION = os.environ.get("SAIGEN_VERSION", "0.1.0")
OWNER = 10001


def image(service: str) -> str:
    """The image of a service."""
    return f"saigen/{service}:{VERSION}"


def new_name(kind: str) -> str:
    """A name that no other container, network or volume has."""
    return f"test-git-{kind}-{uuid.uuid4().hex[:12]}"


def docker(*arguments: str, stdin: bytes = b"", check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one docker command; both streams come back as text."""
    done = subprocess.run(["docker", *arguments], input=stdin, capture_output=True, check=False)
    if check and done.returncode:
        raise AssertionError(f"docker {' '.join(arguments)}: exit {done.returncode}: {done.stderr.decode()}")
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def shipped_options(service: str) -> list[str]:
    """What docker-compose.yml says of a service, as options of `docker run`."""
    said: dict[str, Any] = YAML(typ="safe").load(COMPOSE_FILE.read_text())["services"][service]
    health = said["healthcheck"]
    return [
        f"--user={said['user']}",
        f"--memory={said['mem_limit']}",
        f"--pids-limit={said['pids_limit']}",
        *(["--read-only"] if said["read_only"] else []),
        *(["--init"] if said.get("init") else []),
        *(["--shm-size=" + said["shm_size"]] if "shm_size" in said else []),
        *(f"--cap-drop={one}" for one in said["cap_drop"]),
        *(f"--security-opt={one}" for one in said["security_opt"]),
        *(f"--tmpfs={one}" for one in said["tmpfs"]),
        f"--health-cmd={' '.join(health['test'][1:])}",
        *(
            f"--health-{key.replace('_', '-')}={health[key]}"
            for key in ("interval", "timeout", "retries", "start_period", "start_interval")
        ),
    ]


def tar_of(files: Mapping[str, str]) -> bytes:
    """A tar archive of files that only the services' user may read."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.uid, entry.gid = len(content.encode()), 0o400, OWNER, OWNER
            tar.addfile(entry, io.BytesIO(content.encode()))
    return archive.getvalue()


@contextmanager
def secrets_volume(service: str, files: Mapping[str, str]) -> Iterator[str]:
    """A volume that holds these files for a service, as the option that mounts it on /secrets."""
    name = new_name("secrets")
    docker("volume", "create", name)
    try:
        unpack = ["--entrypoint", "tar", image(service), "--extract", "--directory", "/secrets"]
        docker("run", "--rm", "--interactive", "--volume", f"{name}:/secrets", *unpack, stdin=tar_of(files))
        yield f"--volume={name}:/secrets:ro"
    finally:
        docker("volume", "rm", "--force", name)


@contextmanager
def network() -> Iterator[str]:
    """A network of its own."""
    name = new_name("network")
    docker("network", "create", name)
    try:
        yield name
    finally:
        docker("network", "rm", name)


@dataclass(frozen=True)
class Container:
    """A started container."""

    name: str

    @property
    def health(self) -> str:
        """`starting`, `healthy` or `unhealthy`, as Docker sees it."""
        return docker("inspect", "--format", "{{.State.Health.Status}}", self.name).stdout.strip()

    @property
    def logs(self) -> str:
        """Everything that it wrote."""
        said = docker("logs", self.name)
        return said.stdout + said.stderr

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as the service's own user."""
        return docker("exec", self.name, *command, check=check)


@contextmanager
def started(service: str, *options: str) -> Iterator[Container]:
    """A service in the background; it and its data are removed afterwards."""
    name = new_name(service)
    try:
        docker(
            "run",
            "--detach",
            "--restart=unless-stopped",
            "--name",
            name,
            "--volume",
            "/data",
            *shipped_options(service),
            *options,
            image(service),
        )
        yield Container(name)
    finally:
        docker("rm", "--force", "--volumes", name)
