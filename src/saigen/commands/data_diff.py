"""`saigen data diff`: what differs between two states of data."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "diff",
        help="what differs between two states of data, and whether it is still the same dataset",
        description="Compare two states of data: files, columns, rows by key, and the distribution of each column, in"
        " CSV, Parquet, JSON, JSON lines, SQLite, folders of images, and other directories. It ends with the answer to:"
        " is this a new version, or a different dataset? (docs/data-versions.md has the rule)",
        epilog="A and B: flights_v3, flights_v3+1a2b3c4, a commit, COMMIT:PATH, a dataset's name, a file, or . for the"
        " checkout. Exit code 1 where it is a different dataset and --check is given.",
    )
    command.add_argument("a", metavar="A", nargs="?", default="HEAD", help="the earlier state (default: HEAD)")
    command.add_argument("b", metavar="B", nargs="?", default=".", help="the later state (default: the checkout)")
    command.add_argument("--dataset", metavar="NAME", help="which data of a commit or the checkout is meant")
    command.add_argument("--key", metavar="COLUMN,...", default="", help="columns that recognise a row")
    command.add_argument("--quick", action="store_true", help="no distributions, no images opened")
    command.add_argument("--check", action="store_true", help="exit 1 unless it is a version of the same dataset")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison and its judgement."""
    from saigen.commands.data_diff_report import report
    from saigen.data.diff import data_diff
    from saigen.data.judgement import Answer

    key = [name.strip() for name in arguments.key.split(",") if name.strip()]
    found = data_diff(arguments.a, arguments.b, dataset=arguments.dataset, key=key, deep=not arguments.quick)
    if arguments.json:
        print(json.dumps(asdict(found), indent=2))
    else:
        print("\n".join(report(found)))
    good = found.judgement.answer in (Answer.SAME, Answer.NEW_VERSION)
    return 0 if good or not arguments.check else 1
