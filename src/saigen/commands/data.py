"""`saigen data`: versions of data. A table of sub-commands, one module each."""

from __future__ import annotations

import argparse

from saigen.commands import (
    data_describe,
    data_diff,
    data_list,
    data_pull,
    data_push,
    data_release,
    data_variants,
)

COMMANDS = (data_release, data_describe, data_list, data_diff, data_variants, data_push, data_pull)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the group and its sub-commands."""
    group = commands.add_parser(
        "data",
        help="versions of data: name, list, compare, push, pull",
        description="Versions of data that DVC keeps: by its pointers, in its cache and its remotes.",
    )
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(verbs)
