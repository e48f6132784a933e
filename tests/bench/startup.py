"""From images to a working platform: seconds of `docker compose up -d --wait` on empty volumes, and idle memory."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.bench.ratio import Row, seconds
from tests.integration.stack import Stack, docker, shipped_team
from tests.waiting import eventually

UNITS = {"B": 1 / 2**20, "KiB": 1 / 2**10, "MiB": 1.0, "GiB": 2.0**10}


def absolute(what: str, value: float, unit: str, limit: float) -> Row:
    """A row that holds one absolute figure."""
    return Row(what, value, value, value, unit, 1, f"<= {limit:g} {unit}", value <= limit)


def idle_mib(stack: Stack) -> float:
    """Memory of the stack's running containers, as `docker stats` counts it, in MiB."""
    ids = stack.compose("ps", "--quiet").stdout.split()
    lines = docker("stats", "--no-stream", "--format", "{{json .}}", *ids).splitlines()
    return sum(mib(json.loads(line)["MemUsage"]) for line in lines)


def mib(usage: str) -> float:
    """MiB of a figure such as `113.4MiB / 1GiB`."""
    found = re.match(r"([\d.]+)([KMG]?i?B)", usage)
    if found is None:
        raise ValueError(f"expected a figure such as 113.4MiB, found {usage!r}")
    return float(found[1]) * UNITS[found[2]]


def has_demo(stack: Stack) -> bool:
    """Whether the demo project's first run is finished."""
    answer = stack.one_shot("bootstrap", "plan")
    return answer.returncode == 0


def measure(stack: Stack) -> list[Row]:
    """Start the stack (its volumes are empty, its images built), start it again, apply again, and weigh it."""
    first = seconds(lambda: stack.up().check_returncode())
    memory = eventually(lambda: idle_mib(stack), within=30)
    again = seconds(lambda: stack.up().check_returncode())
    return [
        absolute("`up` with images built, to all healthy and the demo present", first, "s", 45),
        absolute("idle memory of the whole stack", memory, "MiB", 1536),
        Row("second `up`", again, again, again, "s", 1, "changes nothing", has_demo(stack)),
    ]


def stack_in(folder: Path) -> Stack:
    """A stack of the shipped team with ports of its own."""
    return Stack(folder, {}, shipped_team())


def publish_storage(stack: Stack) -> str:
    """Publish the storage beside the gateway, in the same way; its URL around the gateway."""
    stack.change_by("tests/bench/storage-published.yml")
    return f"http://{stack.compose('port', 'storage', '9000').stdout.strip()}"
