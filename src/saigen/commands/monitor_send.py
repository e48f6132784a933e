"""`saigen monitor send`: record what services have spooled."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "send",
        help="record what services have spooled",
        description="Record every finished batch that a saigen.monitor.Logger left in these folders, each once, and"
        " remove it. Takes what a killed service left as well. Run it in a clone of the project. A batch that does not"
        " fit is put aside in rejected/, with the reason beside it.",
        epilog=examples(
            "saigen monitor send /var/spool/acme",
            "saigen monitor send /var/spool/acme /mnt/spill --every 60",
            then="exit codes: 0 all sent, or nothing to send; 1 a batch was put aside",
        ),
        formatter_class=Layout,
    )
    command.add_argument("folders", metavar="FOLDER", nargs="+", type=Path, help="folders of loggers")
    command.add_argument("--every", type=float, metavar="SECONDS", help="go on, with so many seconds between two looks")
    command.add_argument("--json", action="store_true", help="print JSON, one line a look")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Send, once or again and again."""
    from saigen.errors import NotPermittedError, UnreachableError
    from saigen.monitor.send import monitor_send

    while True:
        try:
            sent = monitor_send(arguments.folders)
        except (NotPermittedError, UnreachableError) as error:
            if arguments.every is None:
                raise
            print(f"saigen: {error}", file=sys.stderr, flush=True)
        else:
            if arguments.json:
                print(json.dumps([asdict(one) for one in sent]), flush=True)
            for one in () if arguments.json else sent:
                print(f"{one.id}: {one.rows:,} rows, {one.tag or f'put aside: {one.reason}'}", flush=True)
            if arguments.every is None:
                if not sent and not arguments.json:
                    print("nothing to send")
                return 1 if any(one.reason and one.rows for one in sent) else 0
        time.sleep(max(1.0, arguments.every))
