"""`saigen monitor record`: commit and tag what a model saw and said."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from saigen.commands.help import Layout, examples

if TYPE_CHECKING:
    from saigen.monitor.record import Recorded


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "record",
        help="commit and tag what a model saw and said",
        description="Commit inputs and predictions of a released model to the branch monitor/ENV and tag the commit"
        " monitor/ENV/MODEL/N, whichever branch is checked out. Files are CSV, JSONL, JSON or Parquet, and become one"
        " Parquet file each, under DVC. Rows belong together by a key, or by their place. Labels come with them or"
        " later. Several may record at once; earlier batches are not downloaded.",
        epilog=examples(
            "saigen monitor record prod --inputs in.csv --predictions out.csv --model acme-7",
            "saigen monitor record prod --inputs in.csv --predictions out.csv --model acme-7 --key flight",
            "saigen monitor record prod --labels came-later.csv --model acme-7 --key flight",
            "saigen monitor record prod --labels came-later.csv --model acme-7 --batch 12",
        ),
        formatter_class=Layout,
    )
    command.add_argument("environment", metavar="ENV", help="where the model runs: dev, stable, prod, ...")
    command.add_argument("--inputs", type=Path, metavar="FILE", help="what the model was asked")
    command.add_argument("--predictions", type=Path, metavar="FILE", help="what it answered, of the same rows")
    command.add_argument("--labels", type=Path, metavar="FILE", help="what came true; may come later, alone")
    command.add_argument("--model", required=True, metavar="TAG", help="the released model that answered: acme-7")
    command.add_argument("--key", default="", metavar="COLUMN[,COLUMN]", help="columns that recognise a row")
    command.add_argument("--batch", type=int, metavar="N", help="the batch that labels without a key belong to")
    command.add_argument("-m", "--message", metavar="WHAT", default="", help="what is worth saying about it")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Record, and say under which tag."""
    from saigen.data.transfer.progress import for_terminal
    from saigen.monitor.record import monitor_record

    with for_terminal() as progress:
        done = monitor_record(
            arguments.environment,
            arguments.model,
            inputs=arguments.inputs,
            predictions=arguments.predictions,
            labels=arguments.labels,
            key=[name.strip() for name in arguments.key.split(",") if name.strip()],
            batch=arguments.batch,
            message=arguments.message,
            progress=progress,
        )
    print(json.dumps(asdict(done), indent=2) if arguments.json else text(done))
    return 0


def text(done: Recorded) -> str:
    """The result for people."""
    if done.again:
        return f"nothing to do: this batch is {done.tag}"
    rows = ", ".join(f"{count:,} {part}" for part, count in done.rows.items())
    return f"recorded {done.tag}: {rows}; commit {done.commit[:12]} on {done.branch}"
