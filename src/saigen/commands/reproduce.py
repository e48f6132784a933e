"""`saigen reproduce`: run again what a run ran, and say whether it comes out the same."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from saigen.commands.help import Layout, examples
from saigen.errors import SaigenError

if TYPE_CHECKING:
    from types import FrameType

_INTERRUPTED = 130


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "reproduce",
        help="run a run again, from its commit and data, and compare",
        description="Run again what a run ran: clean checkout, verified data, same environment; then compare its "
        "metrics, parameters and predictions with those of the original.",
        epilog=examples(
            "saigen reproduce 0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "saigen reproduce delay/3 --repeat 5",
            "saigen reproduce RUN_ID --no-run --keep work    (code and verified data, nothing is run)",
            then="exit codes: 0 reproduced, or within the tolerances of saigen.toml; 1 diverged; 3 blocked: something "
            "that is needed is missing; 4 a service is unreachable; 5 not permitted, or you did not agree",
        ),
        formatter_class=Layout,
    )
    command.add_argument("target", metavar="RUN_ID|MODEL[/VERSION]|TAG", help="which run")
    command.add_argument("--dry-run", action="store_true", help="only say what would be run, and with what")
    command.add_argument("--no-run", action="store_true", help="put code and data in place, and stop there")
    command.add_argument(
        "--keep", metavar="FOLDER", nargs="?", const="", help="keep the checkout (default: PROJECT-COMMIT, here)"
    )
    command.add_argument("--yes", action="store_true", help="agree to run the command, whoever wrote it")
    command.add_argument("--repeat", metavar="N", type=int, default=1, help="run it N times, and show the spread")
    command.add_argument(
        "--allow-platform", action="store_true", help="go on where its platform, Python or packages are not to be had"
    )
    command.add_argument(
        "--with-storage", action="store_true", help="give the command your S3 keys (it gets none else)"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Reproduce, print the table, and exit by the verdict."""
    from saigen.recording import Verdict
    from saigen.reproduce.report import as_json, show
    from saigen.reproduce.reproduction import reproduce
    from saigen.reproduce.terminal import Terminal

    signal.signal(signal.SIGTERM, _interrupt)
    people = sys.stdin.isatty() and sys.stderr.isatty()
    keep = Path(arguments.keep) if arguments.keep else arguments.keep is not None or None
    with Terminal() as terminal:
        try:
            found = reproduce(
                arguments.target,
                run=not arguments.no_run,
                dry_run=arguments.dry_run,
                keep=keep,
                yes=arguments.yes,
                repeat=arguments.repeat,
                allow_platform=arguments.allow_platform,
                with_storage=arguments.with_storage,
                watch=terminal,
                ask=terminal.agree if people else None,
                ask_secret=terminal.secret if people else None,
            )
        except KeyboardInterrupt:
            terminal.say(
                "interrupted: nothing was judged. The same command goes on from what was fetched and installed."
            )
            return _INTERRUPTED
        except SaigenError as error:
            error.next = error.next.replace("reproduce RUN", f"reproduce {arguments.target}")
            raise
    if arguments.json:
        print(json.dumps(as_json(found), indent=2))
    else:
        show(found)
    return 1 if found.verdict is Verdict.DIVERGED else 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
