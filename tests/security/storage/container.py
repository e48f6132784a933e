"""The shipped storage image as a throwaway container, hardened by the very lines of docker-compose.yml."""

from __future__ import annotations

import io
import os
import secrets
import subprocess
import tarfile
import uuid
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from tests.security.storage.waiting import wait_until

IMAGE = f"saigen/storage:{os.environ.get('SAIGEN_VERSION', '0.1.0')}"
COMPOSE_FILE = Path(__file__).parents[3] / "docker-compose.yml"
OWNER = 10001


class DockerError(Exception):
    """A docker command failed; `code` is its exit code, the text what it wrote to stderr."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"exit {code}: {text}")
        self.code = code
        self.text = text


def docker(*arguments: str, stdin: bytes = b"") -> str:
    """Run one docker command and return what it printed; raise DockerError when it fails."""
    done = subprocess.run(["docker", *arguments], input=stdin, capture_output=True, check=False)
    if done.returncode:
        raise DockerError(done.returncode, done.stderr.decode(errors="replace"))
    return done.stdout.decode(errors="replace")


def hardening() -> list[str]:
    """The `docker run` options that say what the storage service of docker-compose.yml says."""
    service = YAML(typ="safe").load(COMPOSE_FILE.read_text())["services"]["storage"]
    options = ["--user", service["user"], "--memory", service["mem_limit"], "--pids-limit", str(service["pids_limit"])]
    options += ["--read-only"] if service["read_only"] else []
    options += [f"--cap-drop={capability}" for capability in service["cap_drop"]]
    options += [f"--security-opt={option}" for option in service["security_opt"]]
    options += [f"--tmpfs={mount}" for mount in service["tmpfs"]]
    return options


def fresh_secrets() -> dict[str, bytes]:
    """What `init` writes for storage: file name to content, random each time."""
    key = b64encode(secrets.token_bytes(32))
    return {
        "root-user": b"saigen-root",
        "root-password": secrets.token_hex(20).encode(),
        "kms-key": b"saigen-1:" + key,
    }


def tar_of(files: Mapping[str, bytes]) -> bytes:
    """A tar archive of files that only the services' user may read."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.uid, entry.gid = len(content), 0o400, OWNER, OWNER
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


@contextmanager
def volume(target: str, files: Mapping[str, bytes]) -> Iterator[str]:
    """A volume that holds these files, as the `--volume` option that mounts it read-only on `target`."""
    name = f"test-storage-{uuid.uuid4().hex[:12]}"
    docker("volume", "create", name)
    try:
        unpack = ["--entrypoint", "tar", IMAGE, "--extract", "--directory", "/secrets"]
        docker("run", "--rm", "--interactive", "--volume", f"{name}:/secrets", *unpack, stdin=tar_of(files))
        yield f"--volume={name}:{target}:ro"
    finally:
        docker("volume", "rm", "--force", name)


@dataclass(frozen=True)
class Container:
    """A running storage container, reachable at `host`."""

    name: str
    host: str

    def execute(self, *command: str) -> str:
        """Run a command inside, as the service's own user."""
        return docker("exec", self.name, *command)

    def healthy(self) -> bool:
        """What the compose file's health check answers."""
        try:
            self.execute("saigen-storage", "healthy")
        except DockerError:
            return False
        return True

    def logs(self) -> str:
        """Everything that the server wrote, both streams."""
        done = subprocess.run(["docker", "logs", self.name], capture_output=True, check=True)
        return (done.stdout + done.stderr).decode(errors="replace")


@contextmanager
def launched(*options: str, command: tuple[str, ...] = ()) -> Iterator[Container]:
    """Start the image hardened, and remove it with its data afterwards."""
    name = f"test-storage-{uuid.uuid4().hex[:12]}"
    run = ["run", "--detach", "--name", name, "--publish", "127.0.0.1::9000", "--volume", "/data"]
    try:
        docker(*run, *hardening(), *options, IMAGE, *command)
        yield Container(name, docker("port", name, "9000/tcp").strip())
    finally:
        docker("rm", "--force", "--volumes", name)


def await_healthy(started: Container) -> None:
    """Wait until its health check says yes."""
    wait_until(started.healthy, what=lambda: f"storage to become healthy; its log:\n{started.logs()}")


@contextmanager
def container(*options: str) -> Iterator[Container]:
    """A container that serves."""
    with launched(*options) as started:
        await_healthy(started)
        yield started


@contextmanager
def network() -> Iterator[str]:
    """A network of its own."""
    name = f"test-storage-{uuid.uuid4().hex[:12]}"
    docker("network", "create", name)
    try:
        yield name
    finally:
        docker("network", "rm", name)
