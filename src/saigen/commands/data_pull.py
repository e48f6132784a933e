"""`saigen data pull`: bring what the pointers say into the cache and the workspace."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from saigen.commands.data_push import add_selection, amount
from saigen.commands.help import Layout, examples
from saigen.text import counted

if TYPE_CHECKING:
    from saigen.data.pull import Pulled


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "pull",
        help="fetch data from the storage, as dvc pull, every file verified",
        description="Bring what the pointers of the working tree say into DVC's cache and the workspace. Each file is "
        "verified before it is used, in the cache as well; what was verified stays when a pull is interrupted. Files "
        "of an output that its pointer does not list are removed, if their content is in the cache.",
        epilog=examples("saigen data pull", "saigen data pull data/flights.csv"),
        formatter_class=Layout,
    )
    add_selection(command)
    command.add_argument("--no-checkout", action="store_true", help="fill the cache only, leave the workspace alone")
    command.add_argument(
        "--force", action="store_true", help="replace and remove files whose content is not in the cache"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Pull, and say what was done."""
    from saigen.data.pull import data_pull
    from saigen.data.transfer.progress import for_terminal

    with for_terminal() as progress:
        pulled = data_pull(
            arguments.paths,
            branches=arguments.all_branches,
            tags=arguments.all_tags,
            force=arguments.force,
            checkout=not arguments.no_checkout,
            dry_run=arguments.dry_run,
            progress=progress,
        )
    print(json.dumps(asdict(pulled), indent=2) if arguments.json else text(pulled))
    return 0


def text(pulled: Pulled) -> str:
    """The result for people."""
    needed = f"{counted(pulled.outputs, 'output')}, {counted(pulled.needed, 'file')}"
    where = f" in {' and '.join(pulled.remotes)}" if pulled.remotes else ""
    return "\n".join(
        [f"{needed}{where}: {_done(pulled)}", *(f"left out: {one.path}: {one.reason}" for one in pulled.left_out)]
    )


def _done(pulled: Pulled) -> str:
    if not (pulled.fetched or pulled.written or pulled.removed):
        return "all here, nothing to pull"
    to = "to be " if pulled.dry_run else ""
    size = "" if pulled.dry_run else f" ({amount(pulled.size)})"
    parts = [f"{pulled.fetched:,} {to}fetched{size}", f"{pulled.written:,} {to}written"]
    if pulled.replaced:
        parts.append(f"{pulled.replaced:,} damaged in the cache {to}replaced")
    if pulled.removed:
        parts.append(f"{pulled.removed:,} {to}removed")
    return ", ".join(parts)
