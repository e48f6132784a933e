"""Everything that keeps Saigen from running on a machine: the rules of each noun, in the order they are shown."""

from __future__ import annotations

from preflight import configuration, engine, hardware
from preflight.failure import Failure
from preflight.machine import Machine
from preflight.settings import Settings


def failures(settings: Settings, machine: Machine) -> list[Failure]:
    """All failures at once, settings first; empty where Saigen can be built and run."""
    return [
        *configuration.failures(settings, machine),
        *engine.failures(machine),
        *hardware.failures(settings, machine),
        *configuration.ports_in_use(machine),
    ]


def summary(machine: Machine) -> str:
    """One line on what was looked at."""
    docker = f"Docker {machine.docker.server}" if machine.docker.server else "Docker to be installed or started"
    ports = " ".join(str(port.number) for port in machine.ports)
    looked_at = [
        f"{machine.kernel} {hardware.ARCHITECTURES[machine.architecture]}",
        f"{hardware.gib(machine.memory)} memory",
        f"{hardware.gib(machine.free_disk)} free disk",
        docker,
        *([f"ports {ports}"] if ports else []),
    ]
    return ", ".join(looked_at)
