"""`saigen model pull`: a release, ready to run."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from saigen.commands.help import Layout, examples
from saigen.commands.model_target import add_target, say


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "pull",
        help="bring a release here, ready to run",
        description="Check the tag of a release out into an empty folder, fetch its model with every file verified, and"
        " install its environment. Again into the same folder: goes on from what is there.",
        epilog=examples("saigen model pull acme", "saigen model pull acme-2 --into production"),
        formatter_class=Layout,
    )
    add_target(command)
    command.add_argument("--into", metavar="FOLDER", type=Path, help="where to (default: a folder named like the tag)")
    command.add_argument("--no-environment", action="store_true", help="leave the environment out")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Pull, and print how it is run."""
    from saigen.model.pull import pull_model
    from saigen.model.serve import PORT

    pulled = pull_model(
        arguments.target,
        into=arguments.into,
        project=arguments.project,
        environment=not arguments.no_environment,
        say=say,
    )
    for note in pulled.notes:
        print(f"note: {note}", file=sys.stderr)
    if arguments.json:
        shown = {
            "tag": pulled.tag,
            "repository": pulled.repository,
            "commit": pulled.commit,
            "folder": str(pulled.folder),
            "model": pulled.model,
            "python": str(pulled.python) if pulled.python else None,
            "data_version": pulled.versions,
            "command": pulled.command,
        }
        print(json.dumps(shown, indent=2))
        return 0
    print(f"{pulled.tag} of {pulled.repository} is in {pulled.folder}, its card is {pulled.folder / 'MODEL_CARD.md'}")
    if pulled.python:
        print(f"  {pulled.command}")
    print(f"  saigen model serve {pulled.tag}    (then, for the rows of a CSV file:)")
    print(f"  curl -H 'Content-Type: text/csv' --data-binary @INPUT.csv http://127.0.0.1:{PORT}/invocations")
    return 0
