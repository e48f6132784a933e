"""Says which service keeps the stack from being up, with the end of its log and the command to run next."""

from __future__ import annotations

import json
import subprocess
import sys

from stack import services
from stack.services import Trouble

LINES = "15"


def main() -> int:
    """Print every trouble; return the exit code of the first, 0 where nothing is wrong (any more)."""
    listed = services.parse(_said("docker", "compose", "ps", "--all", "--format", "json"))
    found = services.troubles(listed, services.one_shots(_said("docker", "compose", "config", "--format", "json")))
    for trouble in found:
        _show(trouble)
    return found[0].code if found else 0


def _show(trouble: Trouble) -> None:
    service = trouble.service
    log = _said("docker", "logs", "--tail", LINES, service.container, both=True)
    for line in services.masked(log).splitlines() + _probe(service.container):
        print(f"  {service.name} | {line}", file=sys.stderr)
    print(f"FAIL: expected {service.name} {trouble.expected}, found {trouble.found}", file=sys.stderr)
    print(f"next: docker compose logs {service.name}", file=sys.stderr)


def _probe(container: str) -> list[str]:
    """What the last health check of the container said."""
    health = json.loads(_said("docker", "inspect", "--format", "{{json .State.Health}}", container) or "null")
    probes = (health or {}).get("Log") or []
    said = services.masked(probes[-1]["Output"]).strip() if probes else ""
    return [f"health check: {line}" for line in said.splitlines()[-3:]]


def _said(*command: str, both: bool = False) -> str:
    """What a command printed; with `both` what it printed as an error too."""
    errors = subprocess.STDOUT if both else None
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, text=True, check=False).stdout


if __name__ == "__main__":
    sys.exit(main())
