"""`saigen release list`: what was released."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "list",
        help="list the releases of this project",
        description="List the releases of a line, or of all lines, oldest first: tag, date, data and metrics.",
        epilog=examples("saigen release list", "saigen release list acme --json"),
        formatter_class=Layout,
    )
    command.add_argument("line", metavar="LINE", nargs="?", help="only this line (default: all)")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """List them."""
    from saigen.release.card import summary
    from saigen.release.listing import releases

    found = releases(arguments.line, say=lambda note: print(f"note: {note}", file=sys.stderr))
    if arguments.json:
        print(json.dumps([asdict(one) for one in found], indent=2))
        return 0
    if not found:
        print(f"nothing was released{f' of {arguments.line}' if arguments.line else ''}")
    width = max((len(one.tag) for one in found), default=0)
    for one in found:
        print(f"{one.tag:{width}}  {one.made[:10]}  {one.versions or '-'}  {summary(one.metrics)}")
    return 0
