"""`saigen model serve`: a released model behind MLflow's scoring server."""

from __future__ import annotations

import argparse
import json
import os
import sys

from saigen.commands.help import Layout, examples
from saigen.commands.model_target import add_target, say


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "serve",
        help="serve a release on this machine",
        description="Bring a release here, unless it is, and become MLflow's scoring server for it, in its own"
        " environment: POST rows to /invocations. The server gets no credentials.",
        epilog=examples("saigen model serve acme", "saigen model serve acme-2 --port 8080"),
        formatter_class=Layout,
    )
    add_target(command)
    command.add_argument("--host", metavar="ADDRESS", default="127.0.0.1", help="where to listen (default: 127.0.0.1)")
    command.add_argument("--port", metavar="PORT", type=int, default=5001, help="where to listen (default: 5001)")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Bring the release here, and become the server."""
    from saigen.model.serve import prepare_serving

    ready = prepare_serving(
        arguments.target, host=arguments.host, port=arguments.port, project=arguments.project, say=say
    )
    if arguments.json:
        print(json.dumps({"tag": ready.tag, "url": ready.url, "folder": str(ready.folder)}), flush=True)
    else:
        print(f"serve {ready.tag} on {ready.url}", file=sys.stderr, flush=True)
    os.chdir(ready.folder)
    os.execve(ready.command[0], ready.command, dict(ready.environment))  # noqa: S606 - of the release's environment
