"""`saigen data`: a table of its commands, each a module beside this one."""

from __future__ import annotations

import argparse

from saigen.commands import data_gc
from saigen.commands.help import Layout

COMMANDS = (data_gc,)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the group and its commands."""
    data = commands.add_parser(
        "data",
        help="versions of data: name, compare, push, pull, count",
        description="Work with the data of the project that one is in. DVC reads what these write, and the other way.",
        epilog="examples:\n  saigen data gc --dry-run",
        formatter_class=Layout,
    )
    group = data.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(group)
