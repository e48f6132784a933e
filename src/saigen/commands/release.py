"""`saigen release`: releases of model lines. A table of sub-commands, one module each."""

from __future__ import annotations

import argparse

from saigen.commands import release_list, release_train, release_watch
from saigen.commands.help import Layout, examples

COMMANDS = (release_train, release_watch, release_list)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the group and its sub-commands."""
    group = commands.add_parser(
        "release",
        help="release model lines: merge what is due, test, train, judge, publish",
        description="A release is one commit and one tag, LINE-N, with code, data, model, metrics and model card.",
        epilog=examples("saigen release train acme --dry-run", "saigen release train acme", "saigen release list"),
        formatter_class=Layout,
    )
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(verbs)
