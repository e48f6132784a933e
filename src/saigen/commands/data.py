"""`saigen data`: versions of data, and their way to and from the storage. Each command is a module of its own."""

from __future__ import annotations

import argparse

from saigen.commands import data_pull, data_push

COMMANDS = (data_push, data_pull)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the group and its commands."""
    group = commands.add_parser(
        "data",
        help="versions of data, and their way to and from the storage",
        description="What DVC tracks: by the same pointers, in the same cache and the same remotes.",
    )
    within = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(within)
