"""`saigen data`: versions of data. A table of sub-commands, one module each."""

from __future__ import annotations

import argparse

from saigen.commands import data_describe, data_diff, data_list, data_release, data_variants

COMMANDS = (data_release, data_describe, data_list, data_diff, data_variants)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the group and its sub-commands."""
    group = commands.add_parser(
        "data", help="versions of data: name, list, compare", description="Versions of data that DVC keeps."
    )
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(verbs)
