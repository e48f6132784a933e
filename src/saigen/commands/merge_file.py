"""`saigen merge-file`: Git's merge driver for data, models and pointers. See gitattributes(5), `merge`."""

from __future__ import annotations

import argparse
from pathlib import Path

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "merge-file",
        help="merge data by what it is (git calls it)",
        description="Git's merge driver for data, models and pointers. `saigen init` sets it up. Exit code 0 is a"
        " merge, 1 a conflict that is told on standard error.",
        epilog=examples("git config merge.saigen.driver 'saigen merge-file %O %A %B %P'"),
        formatter_class=Layout,
    )
    command.add_argument("base", type=Path, metavar="BASE", help="file with what both sides began with")
    command.add_argument("current", type=Path, metavar="CURRENT", help="file of this side; the merge takes its place")
    command.add_argument("incoming", type=Path, metavar="INCOMING", help="file of the side that is merged")
    command.add_argument("path", metavar="PATH", help="path in the repository: its rule in saigen.toml holds")
    command.add_argument("--server", action="store_true", help="in a forge: read no data, and merge none by content")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Merge, or leave a conflict."""
    from saigen.merge.answer import answer
    from saigen.merge.versions import Versions

    versions = Versions(arguments.base, arguments.current, arguments.incoming)
    return answer(arguments.path, versions, server=arguments.server)
