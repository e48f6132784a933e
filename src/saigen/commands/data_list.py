"""`saigen data list`: the named versions of a project's data."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "list",
        help="the named versions, who made and who uses them",
        description="List the named versions of data that are known here (git fetch --tags brings those of others):"
        " date, author, source, files, bytes, and the runs that used each; and what all versions take in storage,"
        " where the same content is stored once.",
        epilog=examples("saigen data list", "saigen data list flights", "saigen data list --branches"),
        formatter_class=Layout,
    )
    command.add_argument("name", metavar="NAME", nargs="?", help="only this dataset")
    command.add_argument("--branches", action="store_true", help="in place of versions: what each branch holds")
    command.add_argument("--offline", action="store_true", help="ask neither tracking server nor storage")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print a table of versions."""
    from saigen.commands.figures import size
    from saigen.data.listing import versions
    from saigen.text import printable

    if arguments.branches:
        return _branches(arguments)
    found = versions(arguments.name, runs=not arguments.offline, sizes=not arguments.offline)
    if arguments.json:
        print(json.dumps(asdict(found), indent=2))
        return 0
    if not found.versions:
        print("no named versions yet: saigen data release NAME")
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for head in ("version", "date", "author", "source"):
        table.add_column(head, no_wrap=head != "source")
    for head in ("files", "size", "runs"):
        table.add_column(head, no_wrap=True, justify="right")
    for one in found.versions:
        numbers = (one.files, size(one.size), one.runs)
        told = (printable(one.author), printable(one.source))
        table.add_row(one.tag, one.date[:10], *told, *("-" if n is None else str(n) for n in numbers))
    Console(soft_wrap=False, markup=False, emoji=False).print(table)
    for weight in found.dedup:
        if weight.sum is not None and weight.stored is not None:
            print(f"{weight.dataset}: {_once('versions', weight.sum, weight.stored)}")
    for note in found.notes:
        print(f"note: {note}")
    return 0


def _branches(arguments: argparse.Namespace) -> int:
    """Print a table of branches with data."""
    from rich.console import Console
    from rich.table import Table

    from saigen.commands.figures import size
    from saigen.data.branches.listing import branch_data
    from saigen.git.repository import repository_here

    found = branch_data(repository_here(), sizes=not arguments.offline)
    if arguments.json:
        print(json.dumps(asdict(found), indent=2))
        return 0
    table = Table("branch", box=None, pad_edge=False)
    for head in ("data", "files", "size"):
        table.add_column(head, no_wrap=True, justify="right")
    for one in found.branches:
        files = "-" if one.files is None else f"{one.files:,}"
        table.add_row(one.branch, str(one.outputs), files, "-" if one.size is None else size(one.size))
    if not found.branches:
        print("no branch holds data")
        return 0
    Console(soft_wrap=False).print(table)
    if found.sum is not None and found.stored is not None:
        print(_once("branches", found.sum, found.stored))
    for note in found.notes:
        print(f"note: {note}")
    return 0


def _once(what: str, total: int, stored: int) -> str:
    from saigen.commands.figures import size

    saved = f", {1 - stored / total:.0%} saved" if total else ""
    return f"{size(total)} in all {what}, {size(stored)} stored{saved}"
