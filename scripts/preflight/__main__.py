"""The steps that look before anything is done.

python -m preflight [--without-ports]   everything that `up` needs, all failures at once
python -m preflight --disk              room for the images that are still to be built
python -m preflight --running           a Docker that answers and what it mounts, for the verbs that talk to a stack
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys

from preflight import configuration, engine, facts, hardware, rules, settings


def main(arguments: list[str]) -> int:
    """Check, print, and return the exit code: that of the first failure, 0 where there is none."""
    parser = argparse.ArgumentParser(prog="check-requirements", description=__doc__.splitlines()[0])
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--without-ports", action="store_true", help="ports may be in use: nothing is published")
    modes.add_argument("--disk", action="store_true", help="only ask for room to build the images that are missing")
    modes.add_argument("--running", action="store_true", help="only ask whether Docker answers, with what it mounts")
    wanted = parser.parse_args(arguments)
    held = settings.load(settings.ROOT, os.environ)
    machine = facts.read(held, os.environ)
    if wanted.running:
        found = [*engine.not_running(machine), *configuration.mounts(held, machine)]
    elif wanted.disk:
        found = list(hardware.disk_failures(machine))
    else:
        found = rules.failures(held, dataclasses.replace(machine, ports=()) if wanted.without_ports else machine)
        if not found:
            print(f"check: {rules.summary(machine)}, nothing is missing")
    for failure in found:
        print(failure, file=sys.stderr)
    return found[0].code if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
