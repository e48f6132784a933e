"""`saigen data sample`: a small part of data for a development branch."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "sample",
        help="a small part of data for a development branch, always the same one",
        description="Write a sample of data onto the branch that is checked out, and commit it with the origin in the"
        " trailer Taken-from: rows of CSV, Parquet and JSON lines, in one file, or whole files of other directories."
        " The same data, seed and size give the same sample. It is under DVC: send it by saigen data push.",
        epilog=examples(
            "saigen data sample data/split:data/split/train --rows 2000 --to data/samples/train.csv",
            "saigen data sample flights_v3 --fraction 0.01",
        ),
        formatter_class=Layout,
    )
    command.add_argument("dataset", metavar="DATASET", help="a dataset, a path, a version, or BRANCH:PATH")
    size = command.add_mutually_exclusive_group(required=True)
    size.add_argument("--rows", metavar="N", type=int, help="how many rows, or files")
    size.add_argument("--fraction", metavar="F", type=float, help="or which part of them: 0.01")
    command.add_argument("--seed", metavar="N", type=int, default=42, help="another sample (default: 42)")
    command.add_argument("--to", metavar="PATH", help="where (default: data/samples/NAME)")
    command.add_argument("--in-git", action="store_true", help="as an ordinary file, where it is small")
    command.add_argument("-m", "--message", metavar="WHY", default="", help="message of the commit")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Sample, and say what was done."""
    from saigen.data.branches.sample import data_sample
    from saigen.data.transfer.progress import for_terminal

    with for_terminal() as progress:
        done = data_sample(
            arguments.dataset,
            rows=arguments.rows,
            fraction=arguments.fraction,
            seed=arguments.seed,
            to=arguments.to,
            in_git=arguments.in_git,
            message=arguments.message,
            progress=progress,
        )
    if arguments.json:
        print(json.dumps(asdict(done), indent=2))
    elif done.commit is None:
        print(f"nothing to do: {done.path} is that sample of {done.origin}")
    else:
        where = "under DVC: saigen data push sends it" if done.under_dvc else "in Git"
        print(f"{done.path}: {done.count:,} of {done.origin}, {where}; commit {done.commit[:12]}")
    return 0
