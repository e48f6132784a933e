"""Reads the facts of the machine that this runs on. Changes nothing: a port is tried and let go at once."""

from __future__ import annotations

import errno
import os
import platform
import pwd
import re
import shlex
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from preflight.machine import Docker, Machine, Port
from preflight.settings import PORTS, Settings

IMAGES = ("storage", "git", "gateway", "postgres", "tracking", "bootstrap")
TLS_FILES = ("cert.pem", "key.pem")


def read(settings: Settings, environment: Mapping[str, str]) -> Machine:
    """Look at this machine with the eyes of `settings`."""
    docker = _docker(environment)
    disk = _existing(Path(_said("docker", "info", "--format", "{{.DockerRootDir}}") or "/var/lib/docker"))
    return Machine(
        kernel=platform.system(),
        architecture=platform.machine(),
        processors=os.cpu_count() or 1,
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        disk=str(disk),
        free_disk=shutil.disk_usage(disk).free,
        user=_user(),
        root=os.geteuid() == 0,
        apt=shutil.which("apt-get") is not None and _distribution() in {"debian", "ubuntu"},
        docker=docker,
        missing_images=_missing_images(docker, settings),
        ports=_ports(settings),
        team_file=_may_be_there(settings.path("SAIGEN_TEAM_FILE")),
        missing_tls_files=tuple(
            name for name in TLS_FILES if not _may_be_there(settings.path("SAIGEN_TLS_DIR") / name)
        ),
        private=tuple(_private(settings)),
    )


def _private(settings: Settings) -> Iterator[str]:
    """What of the mounted files others cannot read, as words for a shell; the key of the gateway may be its own."""
    infra = settings.root / "infra"
    for path in (settings.path("SAIGEN_TEAM_FILE"), infra / "policies", infra / "template"):
        if is_private(path):
            yield shlex.quote(str(path))
    if any(is_private(path) for path in (infra / "gateway").glob("*addy*")):
        yield f"{shlex.quote(str(infra / 'gateway'))}/{{Caddyfile,*.caddy}}"


def _may_be_there(file: Path) -> bool:
    """Whether there is a file, or it cannot be looked at from here: then the container that reads it will tell."""
    try:
        return file.is_file()
    except PermissionError:
        return True


def is_private(path: Path) -> bool:
    """Whether others than its owner and group cannot read a file, or something in a folder: containers are others."""
    try:
        every = (path, *path.rglob("*")) if path.is_dir() else (path,)
        return any(not one.is_symlink() and not _others_can_read(one) for one in every)
    except OSError:
        return False  # what is not there, or cannot be looked at, is told by itself


def _others_can_read(path: Path) -> bool:
    mode = path.stat().st_mode
    return bool(mode & stat.S_IROTH) and (not stat.S_ISDIR(mode) or bool(mode & stat.S_IXOTH))


def _said(*command: str) -> str:
    """What a command printed, empty where it is not there or failed."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _docker(environment: Mapping[str, str]) -> Docker:
    client = shutil.which("docker") is not None
    server, refusal = None, ""
    if client:
        asked = subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        server, refusal = (asked.stdout.strip() or None, "") if asked.returncode == 0 else (None, asked.stderr.strip())
    engine = re.search(r"version ([0-9][^, ]*)", _said("dockerd", "--version"))
    return Docker(
        client=client,
        engine=engine[1] if engine else None,
        server=server,
        compose=_said("docker", "compose", "version", "--short") or None,
        refusal=refusal,
        remote=environment.get("DOCKER_HOST", ""),
    )


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _distribution() -> str:
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    match = re.search(r'^ID="?([a-z]+)"?$', text, re.MULTILINE)
    return match[1] if match else ""


def _existing(folder: Path) -> Path:
    return next(candidate for candidate in (folder, *folder.parents) if candidate.exists())


def images(settings: Settings) -> tuple[str, ...]:
    """The services whose images this stack needs. Pure."""
    return (*IMAGES, "worker") if "worker" in settings["COMPOSE_PROFILES"].split(",") else IMAGES


def _missing_images(docker: Docker, settings: Settings) -> tuple[str, ...] | None:
    if docker.engine and not docker.server:
        return None
    present = set(_said("docker", "images", "--format", "{{.Repository}}:{{.Tag}}").splitlines())
    return tuple(name for name in images(settings) if f"saigen/{name}:{settings['SAIGEN_VERSION']}" not in present)


def _ports(settings: Settings) -> tuple[Port, ...]:
    numbers = {name: settings.port(name) for name in PORTS}
    ours = _published(settings["COMPOSE_PROJECT_NAME"])
    return tuple(
        Port(name, number, "ours" if number in ours else _state(settings["SAIGEN_BIND"], number))
        for name, number in numbers.items()
        if number is not None
    )


def _published(project: str) -> set[int]:
    """The host ports that the gateway of this Compose project holds."""
    listed = _said(
        "docker", "ps", "--format", "{{.Ports}}",
        "--filter", f"label=com.docker.compose.project={project}",
        "--filter", "label=com.docker.compose.service=gateway",
    )  # fmt: skip
    return {int(number) for number in re.findall(r":([0-9]+)->", listed)}


def _state(address: str, number: int) -> str:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((address, number))
            tried.listen(1)
        except (OSError, ValueError) as error:
            # Anything else (a low port asked for by a person without rights) is for Docker's daemon, which has them.
            reasons = {errno.EADDRINUSE: "taken", errno.EADDRNOTAVAIL: "elsewhere"}
            return reasons.get(getattr(error, "errno", None) or 0, "free")
    return "free"
