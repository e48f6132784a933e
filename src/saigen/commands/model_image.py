"""`saigen model image`: a released model as a container image."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from saigen.commands.help import Layout, examples
from saigen.commands.model_target import add_target, say


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "image",
        help="build the serving image of a release, and try it",
        description="Build a container image with a release's model and environment, which runs as nobody with nothing"
        " to write to, and ask it for predictions. BASE_IMAGE, PIP_INDEX_URL and UV_DEFAULT_INDEX are handed to the"
        " build where they are set.",
        epilog=examples("saigen model image acme", "saigen model image acme-2 --json"),
        formatter_class=Layout,
    )
    add_target(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Build it, and print its name."""
    from saigen.model.image import model_image

    built = model_image(arguments.target, project=arguments.project, say=say)
    if arguments.json:
        print(json.dumps(asdict(built), indent=2))
    else:
        tried = "gave predictions" if built.answered else "is up (the model has no input example to ask it with)"
        print(f"{built.image} {tried}")
        print(f"  docker run --read-only --tmpfs /tmp --publish 127.0.0.1:8080:8080 {built.image}")
    return 0
