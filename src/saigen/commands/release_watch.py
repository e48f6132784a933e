"""`saigen release watch`: release every line as soon as anything is due."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from saigen.commands.help import Layout, examples
from saigen.commands.interruption import EXIT_CODE, heed_termination

if TYPE_CHECKING:
    from saigen.release.watch import Outcome


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "watch",
        help="release every line as soon as new data or code is due",
        description="Look at every line again and again, and release where anything is due. Where one fails, the others"
        " go on; it is tried again when there is something new.",
        epilog=examples(
            "saigen release watch",
            "saigen release watch acme --interval 3600",
            "saigen release watch --once    (in a job of a CI system)",
            then="exit codes with --once: 0 released, or nothing to do; else the code of the first line that failed",
        ),
        formatter_class=Layout,
    )
    command.add_argument("lines", metavar="LINE", nargs="*", help="only these lines (default: all)")
    command.add_argument("--once", action="store_true", help="look once, and end")
    command.add_argument(
        "--interval", metavar="SECONDS", type=float, default=300, help="time between two looks (default: 300)"
    )
    command.add_argument("--json", action="store_true", help="print JSON, an object a line")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Watch; ends only with --once."""
    from saigen.release.watch import watch_releases

    code = 0
    outcomes = watch_releases(
        arguments.lines,
        once=arguments.once,
        interval=arguments.interval,
        say=lambda step: print(f"  {step}", file=sys.stderr, flush=True),
    )
    heed_termination()
    try:
        for outcome in outcomes:
            _show(outcome, as_json=arguments.json)
            code = code or (outcome.error.exit_code if outcome.error else 0)
    except KeyboardInterrupt:
        return EXIT_CODE
    return code


def _show(outcome: Outcome, *, as_json: bool) -> None:
    from saigen.commands.release_train import show

    if as_json:
        print(json.dumps(_value(outcome)), flush=True)
    elif outcome.error:
        print(f"{outcome.line}: {outcome.error}", file=sys.stderr, flush=True)
    elif outcome.trained:
        show(outcome.trained)
        sys.stdout.flush()


def _value(outcome: Outcome) -> dict[str, Any]:
    error = outcome.error
    failed = {"what": error.what, "why": error.why, "next": error.next, "exit_code": error.exit_code} if error else None
    return {"line": outcome.line, "trained": asdict(outcome.trained) if outcome.trained else None, "error": failed}
