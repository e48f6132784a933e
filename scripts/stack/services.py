"""What Compose says about the services of a stack, and what of it is wrong. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Secrets of the platform are 40 characters or more without a break; none belongs in a log, and none leaves it here.
_SECRET = re.compile(r"saigen-1:\S+|[A-Za-z0-9+_=-]{40,}")


@dataclass(frozen=True)
class Service:
    """One container of the stack: its state as Docker names it (running, exited, ...), its health if it has any."""

    name: str
    container: str
    state: str
    health: str
    exit_code: int


@dataclass(frozen=True)
class Trouble:
    """A service that keeps the stack from being up: what was expected and found, and the exit code that says it."""

    service: Service
    expected: str
    found: str
    code: int


def parse(listed: str) -> list[Service]:
    """Read `docker compose ps --all --format json`: one object a line, or (before Compose 2.21) one list."""
    text = listed.strip()
    rows = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
    return [
        Service(row["Service"], row["ID"], row["State"], row.get("Health", ""), int(row.get("ExitCode", 0)))
        for row in rows
    ]


def troubles(services: Iterable[Service], one_shots: Iterable[str]) -> list[Trouble]:
    """The services that are in the way.

    One that was never started only waits for another and is left out; so is one that was still starting when another
    had failed.
    """
    found = [trouble for service in services for trouble in _trouble(service, set(one_shots))]
    failed = [trouble for trouble in found if trouble.found != "it starting"]
    return failed or found


def _trouble(service: Service, finishing: set[str]) -> Iterator[Trouble]:
    exit_code = f" (exit code {service.exit_code})" if service.exit_code else ""
    if service.state == "exited" and service.name in finishing:
        if service.exit_code != 0:
            # Our one-shots exit with documented codes; any other (killed, crashed) is a service that is not there.
            code = service.exit_code if 2 <= service.exit_code <= 5 else 4
            yield Trouble(service, "to finish", f"exit code {service.exit_code}", code)
    elif service.state in {"exited", "dead", "restarting", "paused"}:
        yield Trouble(service, "to run", f"it {service.state}{exit_code}", 4)
    elif service.health in {"unhealthy", "starting"}:
        yield Trouble(service, "to be healthy", f"it {service.health}", 4)


def one_shots(configuration: str) -> list[str]:
    """The services that do their work and exit: those to which `docker compose config` gives no restart policy."""
    declared = json.loads(configuration)["services"]
    return [name for name, service in declared.items() if service.get("restart", "no") == "no"]


def masked(text: str) -> str:
    """The text without anything that could be a secret."""
    return _SECRET.sub("***", text)
