"""`saigen push`: completes recordings whose remotes were away."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from saigen.commands.help import Layout, examples
from saigen.errors import BlockedError, UnreachableError

if TYPE_CHECKING:
    from saigen.record.push import Pushed


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "push",
        help="complete what recordings of this machine still wait for",
        description="Push the commits of recordings that could not be pushed when they were made, send the data that is"
        " not in its remote, also of versions that you have left since, and write the state onto their runs.",
        epilog=examples(
            "saigen push",
            then="exit codes: 0 nothing waits any more; 3 something does, see the reasons; 4 a service did not answer",
        ),
        formatter_class=Layout,
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Push, and say for each recording where it is now."""
    from saigen.data.transfer.progress import for_terminal
    from saigen.record.push import push

    with for_terminal() as progress:
        done = push(progress)
    if arguments.json:
        print(json.dumps([{**asdict(one), "state": str(one.state)} for one in done], indent=2))
    elif not done:
        print("no recording waits: nothing to do")
    else:
        print("\n".join(map(line, done)))
    if not all(one.answered for one in done):
        return UnreachableError.exit_code
    return 0 if all(one.finished for one in done) else BlockedError.exit_code


def line(one: Pushed) -> str:
    """A recording for people."""
    runs = ", ".join(one.runs) or "no run"
    return f"{(one.commit or one.record)[:12]}  {one.state}  ({runs})" + (f"\n  {one.problem}" if one.problem else "")
