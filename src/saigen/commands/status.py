"""`saigen status`: recordings of this machine that are not finished."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from saigen.commands.help import Layout, examples

if TYPE_CHECKING:
    from saigen.record.push import Waiting


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "status",
        help="what recordings of this machine wait for",
        description="List the recordings that are not finished: their training runs, or a remote was away.",
        epilog=examples("saigen status", "saigen status --json"),
        formatter_class=Layout,
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line a recording."""
    from saigen.record.push import status

    waiting = status()
    if arguments.json:
        values = [{**asdict(one), "state": str(one.state) if one.state else None} for one in waiting]
        print(json.dumps(values, indent=2))
        return 0
    if not waiting:
        print("every recording is finished: nothing to do")
        return 0
    print("\n".join([*map(line, waiting), *advice(waiting)]))
    return 0


def advice(waiting: list[Waiting]) -> Iterator[str]:
    """What becomes of them."""
    if any(one.tried for one in waiting):
        yield "complete those that wait with: saigen push"
    if any(not one.running and not one.tried for one in waiting):
        yield "those being finished need nothing; if one stays: saigen push"


def line(one: Waiting) -> str:
    """A recording for people."""
    commit = (one.entry.commit or "no commit")[:12]
    runs = f"process {one.entry.pid} runs" + ("" if one.entry.is_here else ", on another machine or in a container")
    process = runs if one.running else "ended, waits" if one.tried else "ended, being finished"
    return f"{commit}  {one.entry.repository or one.entry.folder}  {process}  {one.state or 'not looked at yet'}"
