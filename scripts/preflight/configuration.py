"""Settings that contradict themselves, name what is not there, or ask for a port that somebody else holds."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from preflight.failure import Failure, wrong
from preflight.machine import Machine
from preflight.settings import PORTS, Settings

TLS_CHOICES = ("off", "internal", "files")
_SIZES = (
    ("SAIGEN_TRACKING_WORKERS", "workers", 2),
    ("SAIGEN_CPUS", "processors", 2),
    ("SAIGEN_FOLD_SECONDS", "seconds", 300),
    ("SAIGEN_WORKER_SECONDS", "seconds", 300),
)


def failures(settings: Settings, machine: Machine) -> Iterator[Failure]:
    """Everything that can be said without looking at Docker or at the network."""
    for name in settings.unreadable:
        yield wrong(f"a plain value for {name} in .env", "a reference ($)", f"write the value itself after {name}=")
    yield from _names(settings)
    yield from _ports(settings)
    yield from _sizes(settings)
    yield from _encryption(settings, machine)
    yield from mounts(settings, machine)


def mounts(settings: Settings, machine: Machine) -> Iterator[Failure]:
    """What containers are to read and cannot."""
    if not machine.team_file:
        mend = "unset SAIGEN_TEAM_FILE to use infra/team.yaml, or write that file"
        yield wrong(f"the team file {settings['SAIGEN_TEAM_FILE']} (SAIGEN_TEAM_FILE)", "no such file", mend)
    if machine.private:
        paths = " ".join(machine.private)
        yield wrong("files that the containers can read", f"only for their owner: {paths}", f"chmod -R a+rX {paths}")


def _names(settings: Settings) -> Iterator[Failure]:
    host, project = settings["SAIGEN_HOST"], settings["COMPOSE_PROJECT_NAME"]
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", host) and not _is_address(host):
        expected = "a host name or an IP address, without scheme or port, as SAIGEN_HOST"
        yield wrong(expected, repr(host), "set SAIGEN_HOST, for example SAIGEN_HOST=saigen.example.com")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", project):
        expected = "lower-case letters, digits, - and _ as COMPOSE_PROJECT_NAME"
        yield wrong(expected, repr(project), "set COMPOSE_PROJECT_NAME=saigen")


def _is_address(text: str) -> bool:
    try:
        return ipaddress.ip_address(text) is not None
    except ValueError:
        return False


def _ports(settings: Settings) -> Iterator[Failure]:
    taken: dict[int, str] = {}
    for name in PORTS:
        number = settings.port(name)
        if number is None:
            yield wrong(f"a port from 1 to 65535 as {name}", repr(settings[name]), f"set {name} to a free port")
        elif number in taken:
            both = f"{taken[number]} and {name}"
            yield wrong(f"different ports for {both}", f"{number} for both", f"set {name} to a free port")
        else:
            taken[number] = name


def _sizes(settings: Settings) -> Iterator[Failure]:
    for name, unit, usual in _SIZES:
        if not settings.number(name):
            yield wrong(f"a number of {unit} as {name}", repr(settings[name]), f"unset {name} to use {usual}")


def _encryption(settings: Settings, machine: Machine) -> Iterator[Failure]:
    choice, bind, choices = settings["SAIGEN_TLS"], settings["SAIGEN_BIND"], ", ".join(TLS_CHOICES)
    try:
        loopback = ipaddress.IPv4Address(bind).is_loopback
    except ValueError:
        yield wrong("an IPv4 address as SAIGEN_BIND", repr(bind), "set SAIGEN_BIND=127.0.0.1 or SAIGEN_BIND=0.0.0.0")
        return
    if choice and choice not in TLS_CHOICES:
        yield wrong(f"one of {choices} as SAIGEN_TLS", repr(choice), "set SAIGEN_TLS=internal")
    if not choice and not loopback:
        expected = f"a choice of SAIGEN_TLS ({choices}), for SAIGEN_BIND={bind} is wider than this machine"
        yield wrong(expected, "none", "set SAIGEN_TLS=internal, or SAIGEN_TLS=off behind a proxy that does TLS")
    if choice == "files" and machine.missing_tls_files:
        files = " and ".join(machine.missing_tls_files)
        expected = f"{files} in {settings['SAIGEN_TLS_DIR']} (SAIGEN_TLS_DIR)"
        yield wrong(expected, "no such file", "copy certificate and key there, or set SAIGEN_TLS=internal")


def ports_in_use(machine: Machine) -> Iterator[Failure]:
    """Ports that somebody else holds. Those of this project's own gateway are fine: `up` runs again."""
    wanted = {port.number for port in machine.ports}
    for port in machine.ports:
        if port.state == "taken":
            other = next(number for number in range(port.number + 1, port.number + 9) if number not in wanted)
            expected = f"port {port.number} to be free ({port.setting})"
            mend = f"stop what listens there, or {port.setting}={other} ./scripts/up (keep it in .env)"
            yield wrong(expected, "another program on it", mend)
        elif port.state == "elsewhere":
            mend = "set SAIGEN_BIND=127.0.0.1, or 0.0.0.0 with a choice of SAIGEN_TLS"
            yield wrong("an address of this machine as SAIGEN_BIND", "one that it does not have", mend)
            return
