"""`saigen data take`: data of another branch onto the present one."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "take",
        help="copy data of another branch onto this one",
        description="Copy data (its pointer: the content is stored once), or files that Git tracks, from another branch"
        " onto the one that is checked out, fetch the data, and commit with the origin in the trailer Taken-from. The"
        " path may be a file or folder inside of data, which is then data of its own here.",
        epilog=examples(
            "saigen data take data/split data/split",
            "saigen data take data/raw/acme data/flights/2013-01.csv",
            then="exit codes: 0 done, or nothing to do; 1 other content is at the path",
        ),
        formatter_class=Layout,
    )
    command.add_argument("branch", metavar="BRANCH", help="where it is: a branch, tag or commit")
    command.add_argument("path", metavar="PATH", help="data, a part of it, or files; relative to the project's root")
    command.add_argument("--replace", action="store_true", help="let it take the place of other content here")
    command.add_argument("-m", "--message", metavar="WHY", default="", help="message of the commit")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Take, and say what was done."""
    from saigen.data.branches.take import data_take
    from saigen.data.transfer.progress import for_terminal

    with for_terminal() as progress:
        done = data_take(
            arguments.branch,
            arguments.path,
            replace=arguments.replace,
            message=arguments.message,
            progress=progress,
        )
    if arguments.json:
        print(json.dumps(asdict(done), indent=2))
    elif done.commit is None:
        print(f"nothing to do: {arguments.path} is here as on {done.origin}")
    else:
        print(f"{', '.join(done.paths)} taken from {done.origin}: commit {done.commit[:12]}")
    return 0
