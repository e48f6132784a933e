"""`saigen run -- CMD`: the strict form of recording."""

from __future__ import annotations

import argparse
import os
import sys

from saigen.commands.help import Layout, examples
from saigen.errors import BlockedError, UsageError


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "run",
        help="run a command once everything it needs is pushed",
        usage="saigen run [-h] -- CMD [ARGUMENT...]",
        description="Record and push the working tree, make sure that its data is in the remote, and only then start"
        " the command. Where anything is missing, nothing starts, and the next command to type is said.",
        epilog=examples(
            "saigen run -- python src/train.py --depth 6",
            then="exit codes: that of the command; 2 wrong usage; 3 something is missing; 4 a remote does not answer",
        ),
        formatter_class=Layout,
    )
    command.add_argument("words", metavar="CMD", nargs=argparse.REMAINDER, help="the command, behind --")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check, then become the command."""
    from saigen.record.strict import prepare

    words = arguments.words[1:] if arguments.words[:1] == ["--"] else arguments.words
    if not words:
        raise UsageError("no command was given", "expected one behind --", "saigen run -- python src/train.py")
    ready = prepare()
    for note in ready.notes:
        print(f"note: {note}", file=sys.stderr)
    print(f"recorded as {ready.commit}", file=sys.stderr, flush=True)
    try:
        os.execvp(words[0], words)  # noqa: S606 - the command that the person typed
    except OSError as error:
        raise BlockedError(f"{words[0]} cannot be started", str(error), f"check the name: {words[0]}") from error
