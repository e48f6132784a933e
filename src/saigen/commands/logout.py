"""`saigen logout`: takes away what `saigen login` set up."""

from __future__ import annotations

import argparse

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "logout",
        help="forget the platform and your secret on this machine",
        description="Remove what `saigen login` kept for mlflow, the AWS clients and git. All else stays as it is.",
        epilog=examples("saigen logout"),
        formatter_class=Layout,
    )
    command.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Log out, and say from where."""
    from saigen.login.session import logout

    profile = logout()
    print(f"logged out from {profile.tracking}" if profile else "nobody is logged in: nothing to do")
    return 0
