"""What Saigen needs of Docker: a daemon and a Compose new enough, or a machine on which they can be installed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from preflight.failure import NOT_PERMITTED, UNREACHABLE, Failure, missing
from preflight.machine import Machine

DOCKER = "25.0"  # start_interval of health checks
COMPOSE = "2.24"  # the oldest that hands start_interval on
THEN_UP = "then ./scripts/up"
INSTALL_DOCKER = f"install Docker {DOCKER} or newer with Compose (docs.docker.com/engine/install), {THEN_UP}"
INSTALL_COMPOSE = f"install Compose {COMPOSE} or newer (docs.docker.com/compose/install), {THEN_UP}"


def failures(machine: Machine) -> Iterator[Failure]:
    """What keeps `up` from having a daemon that answers, by using, starting or installing one."""
    docker = machine.docker
    if docker.server is None:
        yield from _silence(machine)
    version = docker.server or docker.engine
    if version and _older(version, DOCKER):
        upgrade = f"apt-get remove docker.io, {THEN_UP}" if machine.can_install else INSTALL_DOCKER
        yield missing(f"Docker {DOCKER} or newer", version, upgrade)
    if docker.compose and _older(docker.compose, COMPOSE):
        yield missing(f"Docker Compose {COMPOSE} or newer", docker.compose, INSTALL_COMPOSE)
    if docker.server and not docker.compose and not machine.can_install:
        yield missing("the Compose plugin of Docker", "none", INSTALL_COMPOSE)


def not_running(machine: Machine) -> Iterator[Failure]:
    """What keeps the verbs that talk to a stack from finding a daemon that answers now."""
    docker = machine.docker
    if docker.server is None:
        silence = next(_silence(machine), None)
        yield silence or Failure("a running Docker daemon", "none", "./scripts/up", UNREACHABLE)
    elif docker.compose is None:
        yield missing("the Compose plugin of Docker", "none", "./scripts/up")


def _silence(machine: Machine) -> Iterator[Failure]:
    """Why no daemon answers; nothing where `up` can mend it."""
    docker, user = machine.docker, machine.user
    if "permission denied" in docker.refusal.lower():
        join = f"sudo usermod -aG docker {user}, log in again, {THEN_UP}"
        yield Failure("permission on Docker's socket", f"none for user {user}", join, NOT_PERMITTED)
    elif docker.remote:
        yield Failure(f"a Docker daemon at {docker.remote} (DOCKER_HOST)", "no answer", "docker version", UNREACHABLE)
    elif machine.can_install:
        return
    elif docker.client or docker.engine:
        yield Failure("a running Docker daemon", "none", f"sudo systemctl start docker, {THEN_UP}", UNREACHABLE)
    elif machine.apt:
        yield Failure("Docker, or root to install it", f"neither, as user {user}", "sudo ./scripts/up", NOT_PERMITTED)
    else:
        yield missing("Docker, or Debian or Ubuntu to install it on", "neither", INSTALL_DOCKER)


def _older(version: str, than: str) -> bool:
    return _numbers(version) < _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", version)[:2])
