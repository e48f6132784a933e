"""`saigen track`: what the tracking server and Git tell each other. A table of sub-commands."""

from __future__ import annotations

import argparse

from saigen.commands import track_export
from saigen.commands.help import Layout, examples

COMMANDS = (track_export,)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the group and its sub-commands."""
    group = commands.add_parser(
        "track",
        help="results of runs, taken over to Git",
        description="What the tracking server knows of runs, where the project keeps its results.",
        epilog=examples("saigen track export", "saigen track export --experiment delays --dry-run"),
        formatter_class=Layout,
    )
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(verbs)
