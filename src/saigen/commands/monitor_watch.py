"""`saigen monitor watch`: check what was recorded since the last check, again and again."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING

from saigen.commands.help import Layout, examples

if TYPE_CHECKING:
    from saigen.monitor.watch import Watched


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "watch",
        help="check what was recorded since the last check",
        description="Look at every environment and check each model of which something was recorded since its last"
        " check, batches and labels alike. The tracking server knows what was checked, so this may run anywhere.",
        epilog=examples(
            "saigen monitor watch --once      in a scheduled job",
            "saigen monitor watch --every 300",
            "saigen monitor watch prod --once --json",
            then="exit codes of --once: 0 no alert, 1 an alert, else that of the first check that failed",
        ),
        formatter_class=Layout,
    )
    command.add_argument("environments", metavar="ENV", nargs="*", help="only these environments (default: all)")
    command.add_argument("--once", action="store_true", help="one round, then end")
    command.add_argument("--every", type=float, default=60.0, metavar="SECONDS", help="between rounds (default: 60)")
    command.add_argument("--json", action="store_true", help="print JSON, one line a round")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Watch until the end of days, or for one round."""
    from saigen.errors import NotPermittedError, UnreachableError
    from saigen.monitor.watch import monitor_watch

    while True:
        try:
            done = monitor_watch(arguments.environments, say=lambda line: print(line, file=sys.stderr))
        except (NotPermittedError, UnreachableError) as error:
            if arguments.once:
                raise
            print(f"saigen: {error}", file=sys.stderr, flush=True)
        else:
            print(json.dumps(_as_json(done)) if arguments.json else text(done), flush=True)
            if arguments.once:
                return done.exit_code
        time.sleep(max(1.0, arguments.every))


def _as_json(done: Watched) -> dict[str, object]:
    from saigen.commands.monitor_check import as_json

    return {
        "checked": [as_json(one) for one in done.checked],
        "unchanged": list(done.unchanged),
        "failed": {name: str(error) for name, error in done.failed.items()},
    }


def text(done: Watched) -> str:
    """A round for people."""
    from saigen.commands.monitor_check import text as text_of

    lines = [text_of(one) for one in done.checked]
    lines += [f"{name}: nothing new" for name in done.unchanged]
    lines += [f"{name}: {error}" for name, error in done.failed.items()]
    return "\n".join(lines) or "nothing was recorded yet"
