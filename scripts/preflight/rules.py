"""What Saigen needs of a machine and of its settings. Pure: facts in, failures out.

Memory and disk are measured figures: the whole stack idles below 1.5 GiB, building it peaks below 3 GiB and
leaves about 8 GiB of images and build cache.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from preflight.machine import GIB, Machine
from preflight.settings import PORTS, Settings

# A machine sold with 4 GiB reports a little less; 3.5 leaves room for what its kernel keeps.
MEMORY = int(3.5 * GIB)
DISK_TO_BUILD = 10 * GIB
DISK_TO_RUN = 1 * GIB
DOCKER = (25, 0)  # start_interval of health checks
COMPOSE = (2, 24)
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
TLS_CHOICES = ("off", "internal", "files")

CONFIGURATION, MISSING, UNREACHABLE, NOT_PERMITTED = 2, 3, 4, 5


@dataclass(frozen=True)
class Failure:
    """What was expected and found, the command to run next, and the exit code that says it."""

    expected: str
    found: str
    next: str
    code: int

    def __str__(self) -> str:
        return f"FAIL: expected {self.expected}, found {self.found}\nnext: {self.next}"


def failures(settings: Settings, machine: Machine) -> list[Failure]:
    """Everything that keeps Saigen from running here, all at once, settings first."""
    return [*of_settings(settings, machine), *of_docker(machine), *of_hardware(machine), *of_ports(machine)]


def of_settings(settings: Settings, machine: Machine) -> Iterator[Failure]:
    """Settings that contradict themselves or name what is not there."""
    for name in settings.unreadable:
        yield _wrong(f"a plain value for {name} in .env", "a reference ($)", f"write the value itself after {name}= in .env")
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", settings["SAIGEN_HOST"]):
        yield _wrong("a host name or IPv4 address, without scheme or port, as SAIGEN_HOST", repr(settings["SAIGEN_HOST"]),
                     "set SAIGEN_HOST, for example SAIGEN_HOST=saigen.example.com")
    yield from _of_numbers(settings)
    yield from _of_encryption(settings, machine)
    if not machine.team_file:
        yield _wrong(f"the team file {settings['SAIGEN_TEAM_FILE']} (SAIGEN_TEAM_FILE)", "no such file",
                     "unset SAIGEN_TEAM_FILE to use infra/team.yaml, or write that file")


def _of_numbers(settings: Settings) -> Iterator[Failure]:
    numbers = {}
    for name in PORTS:
        number = settings.port(name)
        if number is None:
            yield _wrong(f"a port from 1 to 65535 as {name}", repr(settings[name]), f"set {name} to a free port")
        elif number in numbers:
            yield _wrong(f"different ports for {numbers[number]} and {name}", f"{number} for both", f"set {name} to a free port")
        else:
            numbers[number] = name
    if not re.fullmatch(r"[1-9][0-9]?", settings["SAIGEN_TRACKING_WORKERS"]):
        yield _wrong("1 to 99 workers as SAIGEN_TRACKING_WORKERS", repr(settings["SAIGEN_TRACKING_WORKERS"]),
                     "unset SAIGEN_TRACKING_WORKERS to use 2")


def _of_encryption(settings: Settings, machine: Machine) -> Iterator[Failure]:
    choice, bind = settings["SAIGEN_TLS"], settings["SAIGEN_BIND"]
    choices = ", ".join(TLS_CHOICES)
    try:
        loopback = ipaddress.IPv4Address(bind).is_loopback
    except ValueError:
        yield _wrong("an IPv4 address as SAIGEN_BIND", repr(bind), "set SAIGEN_BIND=127.0.0.1 or SAIGEN_BIND=0.0.0.0")
        return
    if choice and choice not in TLS_CHOICES:
        yield _wrong(f"one of {choices} as SAIGEN_TLS", repr(choice), "set SAIGEN_TLS=internal")
    if not choice and not loopback:
        yield _wrong(f"a choice of SAIGEN_TLS ({choices}), for SAIGEN_BIND={bind} is wider than this machine", "none",
                     "set SAIGEN_TLS=internal, or SAIGEN_TLS=off behind a proxy that does TLS")
    if choice == "files" and machine.missing_tls_files:
        yield _wrong(f"{' and '.join(machine.missing_tls_files)} in {settings['SAIGEN_TLS_DIR']} (SAIGEN_TLS_DIR)", "no such file",
                     "copy certificate and key there, or set SAIGEN_TLS=internal")


def of_hardware(machine: Machine) -> Iterator[Failure]:
    """What no setting can change."""
    if machine.kernel != "Linux":
        yield Failure("Linux", machine.kernel, "docker compose up -d --wait, where Docker runs already", MISSING)
    if machine.architecture not in ARCHITECTURES:
        yield Failure(f"a processor of {' or '.join(ARCHITECTURES.values())}", machine.architecture,
                      "run ./scripts/up on another machine", MISSING)
    if machine.memory < MEMORY:
        yield Failure(f"{_gib(MEMORY)} of memory", _gib(machine.memory), "give this machine 4 GiB, then ./scripts/up", MISSING)
    disk = DISK_TO_BUILD if machine.missing_images else DISK_TO_RUN
    if machine.free_disk < disk:
        reason = f" to build {len(machine.missing_images)} images" if machine.missing_images else ""
        yield Failure(f"{_gib(disk)} free on the disk of {machine.disk}{reason}", _gib(machine.free_disk),
                      f"df -h {machine.disk}, make room, then ./scripts/up", MISSING)


def of_docker(machine: Machine) -> Iterator[Failure]:
    """A daemon that answers, new enough, or a machine on which one can be installed and started."""
    docker = machine.docker
    if docker.server is None:
        yield from _of_silence(machine)
    version = docker.server or docker.engine
    if version and _numbers(version) < DOCKER:
        upgrade = "apt-get remove docker.io" if machine.can_install else "upgrade Docker (docs.docker.com/engine/install)"
        yield Failure(f"Docker {_dotted(DOCKER)} or newer", version, f"{upgrade}, then ./scripts/up", MISSING)
    if docker.compose and _numbers(docker.compose) < COMPOSE:
        yield Failure(f"Docker Compose {_dotted(COMPOSE)} or newer", docker.compose,
                      "upgrade the Compose plugin (docs.docker.com/compose/install), then ./scripts/up", MISSING)
    if docker.server and not docker.compose and not machine.can_install:
        yield Failure("the Compose plugin of Docker", "none",
                      "install it (docs.docker.com/compose/install), then ./scripts/up", MISSING)


def _of_silence(machine: Machine) -> Iterator[Failure]:
    docker = machine.docker
    if "permission denied" in docker.refusal.lower():
        yield Failure("permission on Docker's socket", f"none for user {machine.user}",
                      f"sudo usermod -aG docker {machine.user}, log in again, then ./scripts/up", NOT_PERMITTED)
    elif docker.remote:
        yield Failure(f"a Docker daemon at {docker.remote} (DOCKER_HOST)", "no answer", "docker version", UNREACHABLE)
    elif machine.can_install:
        return
    elif docker.client or docker.engine:
        yield Failure("a running Docker daemon", "none", "sudo systemctl start docker, then ./scripts/up", UNREACHABLE)
    elif machine.apt:
        yield Failure("Docker, or root to install it", f"no Docker, and user {machine.user}", "sudo ./scripts/up", NOT_PERMITTED)
    else:
        yield Failure("Docker, or Debian or Ubuntu to install it on", "neither",
                      f"install Docker {_dotted(DOCKER)} or newer with Compose (docs.docker.com/engine/install), then ./scripts/up",
                      MISSING)


def of_running(machine: Machine) -> Iterator[Failure]:
    """What the verbs that talk to a stack need: a daemon that answers now, with Compose."""
    docker = machine.docker
    if docker.server is None:
        silence = next(_of_silence(machine), None)
        yield silence or Failure("a running Docker daemon", "none", "./scripts/up", UNREACHABLE)
    elif docker.compose is None:
        yield Failure("the Compose plugin of Docker", "none", "./scripts/up", MISSING)


def of_ports(machine: Machine) -> Iterator[Failure]:
    """Ports that somebody else holds. Those of this project's own gateway are fine: `up` runs again."""
    taken = {port.number for port in machine.ports}
    for port in machine.ports:
        if port.state == "taken":
            other = next(number for number in range(port.number + 1, port.number + 1000) if number not in taken)
            yield _wrong(f"port {port.number} free ({port.setting})", "it in use by another program",
                         f"stop that program, or {port.setting}={other} ./scripts/up (keep it in .env)")
        elif port.state == "elsewhere":
            yield _wrong("SAIGEN_BIND to be an address of this machine", "one that it does not have",
                         "set SAIGEN_BIND=127.0.0.1, or 0.0.0.0 with a choice of SAIGEN_TLS")
            return


def summary(machine: Machine) -> str:
    """One line on what was looked at."""
    docker = f"Docker {machine.docker.server}" if machine.docker.server else "Docker to be installed or started"
    ports = " ".join(str(port.number) for port in machine.ports)
    return ", ".join(
        [
            f"Linux {ARCHITECTURES[machine.architecture]}",
            f"{_gib(machine.memory)} memory",
            f"{_gib(machine.free_disk)} free disk",
            docker,
            *([f"ports {ports}"] if ports else []),
        ]
    )


def _wrong(expected: str, found: str, next_command: str) -> Failure:
    return Failure(expected, found, next_command, CONFIGURATION)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", version)[:2])


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version)) if version[-1] else str(version[0])


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GiB"
