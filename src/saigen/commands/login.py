"""`saigen login`: who one is on which platform, for every plain client at once."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

from saigen.commands.help import Layout, examples
from saigen.errors import UsageError


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "login",
        help="work on a platform from this machine",
        description="Check name and secret at a platform and keep them where mlflow, dvc, the AWS clients and git look"
        " for them. Prints the variables that these need beside, which a shell takes over by"
        ' eval "$(saigen login URL)". Other shells need the same lines, for instance from ~/.profile.',
        epilog=examples(
            'eval "$(saigen login http://localhost:5000)"',
            "saigen login https://ml.example.org:5000 --ca ca.crt",
            'eval "$(saigen login http://localhost:5000 --name author --secret-file secret.txt)"',
            then="The name comes from --name, MLFLOW_TRACKING_USERNAME or a question; the secret from --secret-file,"
            " MLFLOW_TRACKING_PASSWORD or a question, and is never shown.",
        ),
        formatter_class=Layout,
    )
    command.add_argument("url", metavar="URL", nargs="?", help="the tracking URL (default: MLFLOW_TRACKING_URI)")
    command.add_argument("--name", help="the name of your account")
    command.add_argument(
        "--secret-file", metavar="FILE", type=Path, help="file that holds the secret; - is standard input"
    )
    command.add_argument("--ca", metavar="FILE", type=Path, help="PEM file of the certificate authority to trust")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Log in, and print the variables to export."""
    from saigen.login.session import exports, login, overruling

    url = arguments.url or os.environ.get("MLFLOW_TRACKING_URI")
    if not url:
        raise UsageError("no platform was named", "expected a URL, found none", "saigen login http://localhost:5000")
    name = arguments.name or os.environ.get("MLFLOW_TRACKING_USERNAME") or _ask("name: ")
    profile = login(url, name, _secret(arguments.secret_file), arguments.ca)
    for key, value in exports(profile).items():
        print(f"export {key}={shlex.quote(value)}")
    print(f"logged in to {profile.tracking} as {profile.name}", file=sys.stderr)
    if others := overruling(os.environ):
        said = f"note: the file in {' and in '.join(others)} is believed before --ca"
        print(f"{said}: add the platform's certificate authority to it (docs: TLS)", file=sys.stderr)
    if sys.stdout.isatty():
        print("next: run the lines above in each shell you train in, or add them to ~/.profile", file=sys.stderr)
    return 0


def _secret(file: Path | None) -> str:
    if file is not None:
        text = sys.stdin.readline() if str(file) == "-" else file.read_text(encoding="utf-8")
    elif "MLFLOW_TRACKING_PASSWORD" in os.environ:
        text = os.environ["MLFLOW_TRACKING_PASSWORD"]
    else:
        from getpass import getpass

        _check_terminal("secret", "MLFLOW_TRACKING_PASSWORD")
        try:
            text = getpass("secret: ", stream=sys.stderr)
        except EOFError:  # Ctrl-D
            text = ""
    if not text.strip():
        raise UsageError("no secret was given", "expected one, found an empty text", "saigen login --help")
    return text.strip()


def _ask(question: str) -> str:
    _check_terminal("name", "--name or MLFLOW_TRACKING_USERNAME")
    print(question, end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip()
    if not answer:
        raise UsageError("no name was given", "expected one, found an empty text", "saigen login --name NAME URL")
    return answer


def _check_terminal(what: str, instead: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError(
            f"no {what} was given", f"expected {instead}, and there is nobody to ask", "saigen login --help"
        )
