"""`saigen data`: versions of data, and their way to and from the storage. A table of sub-commands, one module each."""

from __future__ import annotations

import argparse

from saigen.commands import (
    data_describe,
    data_diff,
    data_gc,
    data_ingest,
    data_list,
    data_pull,
    data_push,
    data_release,
    data_variants,
)
from saigen.commands.help import Layout, examples

COMMANDS = (
    data_release,
    data_describe,
    data_list,
    data_diff,
    data_variants,
    data_push,
    data_pull,
    data_gc,
    data_ingest,
)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the group and its sub-commands."""
    group = commands.add_parser(
        "data",
        help="versions of data: name, list, compare, push, pull",
        description="What DVC tracks: by the same pointers, in the same cache and the same remotes.",
        epilog=examples(
            "saigen data describe", 'saigen data release flights -m "Add March"', "saigen data gc --dry-run"
        ),
        formatter_class=Layout,
    )
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(verbs)
