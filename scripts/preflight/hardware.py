"""What Saigen needs of the machine itself.

The whole stack idles below 1.5 GiB and building it peaks below 3 GiB. Images and build cache took 8.2 GiB after storage
and git, the two largest builds; the others add about half as much.
"""

from __future__ import annotations

from collections.abc import Iterator

from preflight.failure import Failure, missing, wrong
from preflight.machine import GIB, Machine
from preflight.settings import Settings

# A machine sold with 4 GiB reports a little less: its kernel keeps some.
MEMORY = int(3.5 * GIB)
DISK_TO_BUILD = 15 * GIB
DISK_TO_RUN = 1 * GIB
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def failures(settings: Settings, machine: Machine) -> Iterator[Failure]:
    """Kernel, processor, memory and disk."""
    if machine.kernel != "Linux":
        yield missing("Linux", machine.kernel, "docker compose up -d --wait, where Docker runs already")
    if machine.architecture not in ARCHITECTURES:
        known = " or ".join(ARCHITECTURES.values())
        yield missing(f"a processor of {known}", machine.architecture, "./scripts/up on another machine")
    if machine.processors < (settings.number("SAIGEN_CPUS") or 0):
        yield wrong(
            f"{settings['SAIGEN_CPUS']} processors (SAIGEN_CPUS)",
            str(machine.processors),
            f"SAIGEN_CPUS={machine.processors} ./scripts/up (keep it in .env)",
        )
    if machine.memory < MEMORY:
        yield missing(f"{gib(MEMORY)} of memory", gib(machine.memory), "give this machine 4 GiB, then ./scripts/up")
    yield from disk_failures(machine)


def disk_failures(machine: Machine) -> Iterator[Failure]:
    """Room for what is still to be built. It is asked again once Docker runs, which alone knows what that is."""
    disk = DISK_TO_BUILD if machine.missing_images else DISK_TO_RUN
    if machine.free_disk < disk:
        images = len(machine.missing_images or ())
        reason = f" to build {images} image{'s' if images > 1 else ''}" if images else ""
        expected = f"{gib(disk)} free on the disk of {machine.disk}{reason}"
        yield missing(expected, gib(machine.free_disk), f"df -h {machine.disk}, make room, then ./scripts/up")


def gib(size: int) -> str:
    """Bytes as people say them."""
    return f"{size / GIB:.1f} GiB"
