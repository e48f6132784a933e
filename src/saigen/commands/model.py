"""`saigen model`: released models for those who use them. A table of sub-commands, one module each."""

from __future__ import annotations

import argparse

from saigen.commands import model_image, model_pull, model_serve
from saigen.commands.help import Layout, examples

COMMANDS = (model_pull, model_serve, model_image)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the group and its sub-commands."""
    group = commands.add_parser(
        "model",
        help="use released models: pull, serve, build an image",
        description="A login that may read is enough; no clone is needed.",
        epilog=examples("saigen model pull acme", "saigen model serve acme-2", "saigen model image acme-2"),
        formatter_class=Layout,
    )
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(verbs)
