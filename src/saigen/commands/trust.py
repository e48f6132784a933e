"""`saigen trust`: hosts whose repositories may be cloned when a run names them."""

from __future__ import annotations

import argparse
import json

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "trust",
        help="allow a host whose repositories runs may name",
        description="A run names its repository, and others may have written that. Only the platform's own forge and"
        " hosts named here are ever asked for one. Without HOST: list them.",
        epilog=examples("saigen trust github.com", "saigen trust"),
        formatter_class=Layout,
    )
    command.add_argument("host", metavar="HOST", nargs="?", help="such as github.com, or a repository's URL")
    command.add_argument("--remove", action="store_true", help="trust the host no longer")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Change the list, and print it."""
    from saigen.git.mirror import trusted_hosts
    from saigen.login.trust import distrust, trust

    if arguments.host is None:
        hosts = trusted_hosts()
    else:
        hosts = distrust(arguments.host) if arguments.remove else trust(arguments.host)
    if arguments.json:
        print(json.dumps(sorted(hosts)))
    else:
        print("\n".join(sorted(hosts)) or "no host beside the platform's own")
    return 0
