"""`saigen monitor`: what models do in production. A table of sub-commands, one module each."""

from __future__ import annotations

import argparse

from saigen.commands import monitor_check, monitor_list, monitor_record, monitor_send, monitor_watch
from saigen.commands.help import Layout, examples

COMMANDS = (monitor_record, monitor_list, monitor_check, monitor_send, monitor_watch)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the group and its sub-commands."""
    group = commands.add_parser(
        "monitor",
        help="what models do in production: record, list, check",
        description="What a released model saw and said is recorded on the branch of its environment, monitor/ENV, and"
        " compared with what the model was trained on.",
        epilog=examples(
            "saigen monitor record prod --inputs in.csv --predictions out.csv --model acme-7",
            "saigen monitor check prod",
            "saigen monitor list prod",
        ),
        formatter_class=Layout,
    )
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(verbs)
