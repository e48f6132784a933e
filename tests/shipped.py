"""Services of docker-compose.yml as throwaway containers: same image, limits and health check, secrets of their own.

What is made here (containers, networks, volumes) has the label `org.saigen.test=1`.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import tarfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[1]
OWNER = 10001
LABEL = "--label=org.saigen.test=1"


class DockerError(AssertionError):
    """A docker command failed; `code` is its exit code, the text what it wrote to stderr."""

    def __init__(self, arguments: tuple[str, ...], answer: Answer) -> None:
        super().__init__(f"docker {' '.join(arguments[:2])}: exit {answer.code}: {answer.stderr}")
        self.code = answer.code


@dataclass(frozen=True)
class Answer:
    """What a docker command said."""

    code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Both streams, one after the other."""
        return self.stdout + self.stderr


def docker(*arguments: str, stdin: bytes = b"", check: bool = True, timeout: float | None = None) -> Answer:
    """Run one docker command; DockerError when it fails, unless `check` is off."""
    done = subprocess.run(["docker", *arguments], input=stdin, capture_output=True, check=False, timeout=timeout)
    answer = Answer(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
    if check and answer.code:
        raise DockerError(arguments, answer)
    return answer


# -- what docker-compose.yml says -------------------------------------------------------------------------------


@cache
def _services() -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = YAML(typ="safe").load(ROOT / "docker-compose.yml")["services"]
    return services


def image(service: str) -> str:
    """The image of a service, its version taken from the environment as Compose does."""
    name: str = _services()[service]["image"]
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda setting: os.environ.get(setting[1]) or setting[2], name)


def hardening(service: str) -> list[str]:
    """User, limits and what is locked of a service, as options of `docker run`."""
    said = _services()[service]
    return [
        f"--user={said['user']}",
        f"--memory={said['mem_limit']}",
        f"--pids-limit={said['pids_limit']}",
        *(["--read-only"] if said["read_only"] else []),
        *(["--init"] if said.get("init") else []),
        *([f"--shm-size={said['shm_size']}"] if "shm_size" in said else []),
        *(f"--cap-drop={capability}" for capability in said["cap_drop"]),
        *(f"--security-opt={option}" for option in said["security_opt"]),
        *(f"--tmpfs={mount}" for mount in said["tmpfs"]),
    ]


def health_check(service: str) -> list[str]:
    """The health check of a service, as options of `docker run`."""
    said = _services()[service]["healthcheck"]
    times = ("interval", "timeout", "retries", "start_period", "start_interval")
    return [
        f"--health-cmd={' '.join(said['test'][1:])}",
        *(f"--health-{key.replace('_', '-')}={said[key]}" for key in times),
    ]


# -- what is made of it -----------------------------------------------------------------------------------------


def new_name(kind: str) -> str:
    """A name that no other container, network or volume has."""
    return f"test-{kind}-{uuid.uuid4().hex[:12]}"


def run(
    service: str, *options: str, command: tuple[str, ...] = (), check: bool = True, timeout: float | None = None
) -> Answer:
    """Run a service with further options to its end, and remove it; its own command unless one is given.

    What it wrote comes from its log: `docker run` now and then loses it where the end is soon.
    """
    name = new_name("once")
    docker("create", f"--name={name}", *_shipped(service, options, command))
    try:
        docker("start", name)
        code = int(docker("wait", name, timeout=timeout).stdout)
        said = docker("logs", name)
    finally:
        docker("rm", "--force", "--volumes", name)
    answer = Answer(code, said.stdout, said.stderr)
    if check and code:
        raise DockerError(("run", service), answer)
    return answer


def start(service: str, *options: str, command: tuple[str, ...] = ()) -> None:
    """Start a service with further options in the background, as `run` does."""
    docker("run", "--detach", *_shipped(service, options, command))


def _shipped(service: str, options: tuple[str, ...], command: tuple[str, ...]) -> list[str]:
    words = command or tuple(_services()[service].get("command", ()))
    return [LABEL, *hardening(service), *options, image(service), *words]


@dataclass(frozen=True)
class Container:
    """A started container."""

    name: str

    @property
    def health(self) -> str:
        """`starting`, `healthy` or `unhealthy`, as Docker sees it."""
        return docker("inspect", "--format", "{{.State.Health.Status}}", self.name).stdout.strip()

    def logs(self) -> str:
        """Everything that it wrote, both streams."""
        return docker("logs", self.name).output

    def execute(self, *command: str, check: bool = True) -> Answer:
        """Run a command inside, as the service's own user."""
        return docker("exec", self.name, *command, check=check)


@contextmanager
def started(service: str, *options: str, command: tuple[str, ...] = ()) -> Iterator[Container]:
    """A service in the background; it and its unnamed volumes are removed afterwards."""
    name = new_name(service)
    try:
        start(service, "--name", name, *options, command=command)
        yield Container(name)
    finally:
        docker("rm", "--force", "--volumes", name)


@contextmanager
def paused(name: str) -> Iterator[None]:
    """A container that hangs. The kernel may refuse to freeze one that starts processes just then: so ask again."""
    eventually(lambda: docker("pause", name), within=30)
    try:
        yield
    finally:
        docker("unpause", name)


@contextmanager
def stopped(name: str) -> Iterator[None]:
    """A container that is down."""
    docker("stop", "--time=1", name)
    try:
        yield
    finally:
        docker("start", name)


@contextmanager
def network() -> Iterator[str]:
    """A network of its own."""
    name = new_name("network")
    docker("network", "create", LABEL, name)
    try:
        yield name
    finally:
        docker("network", "rm", name)


def tar_of(files: Mapping[str, str | bytes]) -> bytes:
    """A tar archive of files as `init` writes them: only the services' user may read them."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.uid, entry.gid = len(data), 0o400, OWNER, OWNER
            tar.addfile(entry, io.BytesIO(data))
    return archive.getvalue()


@contextmanager
def volume(service: str, files: Mapping[str, str | bytes], target: str = "/secrets") -> Iterator[str]:
    """A volume with these files, as the option that mounts it read-only on `target`; a service's image unpacks them."""
    name = new_name(f"{service}-files")
    docker("volume", "create", LABEL, name)
    try:
        mount = f"--volume={name}:{target}:ro"
        fill(mount, service, files)
        yield mount
    finally:
        docker("volume", "rm", "--force", name)


def fill(mount: str, service: str, files: Mapping[str, str | bytes]) -> None:
    """Put files into the volume of a mount that `volume` made, in place of those of the same names."""
    name = mount.removeprefix("--volume=").partition(":")[0]
    unpack = [f"--volume={name}:/secrets", "--entrypoint=tar", image(service), "--extract", "--directory=/secrets"]
    docker("run", "--rm", "--interactive", LABEL, *unpack, stdin=tar_of(files))
