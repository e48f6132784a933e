"""Which release is meant: the arguments that all commands of `saigen model` share."""

from __future__ import annotations

import argparse
import sys


def add_target(command: argparse.ArgumentParser) -> None:
    """Declare them."""
    command.add_argument("target", metavar="LINE[-N]", help="the newest release of a line, or that one")
    command.add_argument("--project", metavar="NAME", help="which project's, where several have such a line")
    command.add_argument("--json", action="store_true", help="print JSON")


def say(step: str) -> None:
    """Tell a person what is being done."""
    print(f"  {step}", file=sys.stderr, flush=True)
