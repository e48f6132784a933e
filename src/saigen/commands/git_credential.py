"""`saigen git-credential`: what Git asks for name and secret of the platform's forge. See gitcredentials(7)."""

from __future__ import annotations

import argparse
import sys

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "git-credential",
        help="answer Git's question for name and secret (git calls it)",
        description="Git's credential helper for the platform that one is logged in to. `saigen login` sets it up.",
        epilog=examples("git config --global credential.http://localhost:3000.helper '!saigen git-credential'"),
        formatter_class=Layout,
    )
    command.add_argument("operation", metavar="OPERATION", help="get; store and erase do nothing")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Answer on standard output, in Git's form."""
    from saigen.login.session import git_credential

    asked = dict(line.rstrip("\n").partition("=")[::2] for line in sys.stdin if "=" in line)
    if arguments.operation == "get":
        for key, value in git_credential(asked).items():
            print(f"{key}={value}")
    return 0
