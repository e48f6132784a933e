"""`saigen trust`: hosts that may be asked for repositories, and remotes that recordings may be pushed to."""

from __future__ import annotations

import argparse
import json

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "trust",
        help="allow a host to clone from, or a Git remote to push recordings to",
        description="A run names its repository, and others may have written that. Only the platform's own forge and"
        " hosts named here are ever asked for one. With --push: let recorded commits, uncommitted changes included, be"
        " pushed to a remote that is not the platform's own, or to all below a URL. Without WHAT: list them.",
        epilog=examples(
            "saigen trust github.com", "saigen trust --push https://github.com/team", "saigen trust --push"
        ),
        formatter_class=Layout,
    )
    command.add_argument("what", metavar="WHAT", nargs="?", help="such as github.com; with --push, a remote's URL")
    command.add_argument("--push", action="store_true", help="it is a remote that recordings may be pushed to")
    command.add_argument("--remove", action="store_true", help="allow it no longer")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Change the list, and print it."""
    from saigen.login.lists import HOSTS, PUSH, allowed
    from saigen.login.trust import distrust, push_no_longer_to, push_to, trust

    if arguments.what is None:
        found = allowed(PUSH if arguments.push else HOSTS)
    else:
        add, remove = (push_to, push_no_longer_to) if arguments.push else (trust, distrust)
        found = (remove if arguments.remove else add)(arguments.what)
    if arguments.json:
        print(json.dumps(sorted(found)))
    else:
        print("\n".join(sorted(found)) or f"no {'remote' if arguments.push else 'host'} beside the platform's own")
    return 0
