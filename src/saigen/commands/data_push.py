"""`saigen data push`: send what the pointers need and the storage lacks."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from saigen.commands.help import Layout, examples
from saigen.text import counted

if TYPE_CHECKING:
    from saigen.data.push import Pushed

_UNITS = ("bytes", "KiB", "MiB", "GiB")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "push",
        help="send data to the storage, as dvc push, at the storage's speed",
        description="Send what the pointers of the working tree need and their remotes lack. Each file is checked "
        "before it is sent, nothing that is there is written again, and every object is looked for, not only the lists "
        "of directories. dvc reads what this writes, and the other way round.",
        epilog=examples("saigen data push", "saigen data push data/flights.csv", "saigen data push --dry-run"),
        formatter_class=Layout,
    )
    add_selection(command)
    command.set_defaults(run=run)


def add_selection(command: argparse.ArgumentParser) -> None:
    """The arguments that push and pull share."""
    command.add_argument("paths", metavar="PATH", nargs="*", help="outputs, folders or pointers (default: everything)")
    command.add_argument("--all-branches", action="store_true", help="also what the commits at all branches need")
    command.add_argument("--all-tags", action="store_true", help="also what the commits at all tags need")
    command.add_argument("--dry-run", action="store_true", help="look, but change nothing")
    command.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Push, and say what was done."""
    from saigen.data.push import data_push
    from saigen.data.transfer.progress import for_terminal

    with for_terminal() as progress:
        pushed = data_push(
            arguments.paths,
            branches=arguments.all_branches,
            tags=arguments.all_tags,
            dry_run=arguments.dry_run,
            progress=progress,
        )
    print(json.dumps(asdict(pushed), indent=2) if arguments.json else text(pushed))
    return 0


def text(pushed: Pushed) -> str:
    """The result for people."""
    needed = f"{counted(pushed.outputs, 'output')}, {counted(pushed.needed, 'object')}"
    where = f" in {' and '.join(pushed.remotes)}" if pushed.remotes else ""
    if pushed.sent:
        verb = "to push" if pushed.dry_run else "pushed"
        done = f"{pushed.there:,} there before, {pushed.sent:,} {verb} ({amount(pushed.size)})"
    else:
        done = "all there, nothing to push"
    return "\n".join([f"{needed}{where}: {done}", *(f"left out: {one.path}: {one.reason}" for one in pushed.left_out)])


def amount(size: float) -> str:
    """Bytes for people: `58.6 MiB`."""
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            break
        size /= 1024
    return f"{size:,.0f} {unit}" if unit == _UNITS[0] else f"{size:,.1f} {unit}"
