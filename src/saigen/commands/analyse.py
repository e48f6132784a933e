"""`saigen analyse`: experiments on what models did in production."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from saigen.commands.help import Layout, examples

if TYPE_CHECKING:
    from saigen.analysis.analyse import Analysis

_KINDS = {
    "ab": (
        "compare two models that served two groups of equal standing",
        "An A/B test: units such as customers were divided between control and candidate, half and half unless --split"
        " says otherwise.",
    ),
    "forward": (
        "compare a candidate that served one unit of a hundred with the model in use",
        "A forward test: the control, the model in use, served 99 % of the units, the candidate 1 %.",
    ),
    "back": (
        "compare the model in use with the one before, which kept one unit of a hundred",
        "A back test: the control, the model before, kept 1 % of the units, the candidate, the model in use, has 99 %."
        " Offline: both predicted the same historical rows.",
    ),
}


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the group and a command for each kind of experiment."""
    group = commands.add_parser(
        "analyse",
        help="experiments on what models did in production: A/B, forward and back tests",
        description="Compare the monitoring records of two models: verify who was meant to be in which group, measure"
        " the difference with its interval, and keep the report on a branch of its own, ds/NAME.",
        epilog=examples(
            "saigen analyse forward --control delay-1 --candidate delay-2 --metric mae",
            "saigen analyse ab --control acme-7 --candidate acme-8 --metric conversion:bought",
        ),
        formatter_class=Layout,
    )
    kinds = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for kind in _KINDS:
        _add_kind(kinds, kind)


def _add_kind(kinds: argparse._SubParsersAction[argparse.ArgumentParser], kind: str) -> None:
    line, description = _KINDS[kind]
    command = kinds.add_parser(
        kind,
        help=line,
        description=f"{description} The share of units in each group is verified first, and nothing is concluded where"
        " it is not the declared one. Where nothing is new there is nothing to do.",
        epilog=examples(
            f"saigen analyse {kind} --control delay-1 --candidate delay-2 --metric mae",
            f"saigen analyse {kind} --control delay-1/12.. --candidate delay-2 --metric column:price --unit customer",
            then="metrics: accuracy, error, mae, rmse, brier (prediction against label); prediction (its mean);"
            " conversion (share of ones among labels), conversion:COLUMN; column:COLUMN (its mean)\nexit codes: 1"
            " where the split does not hold, or with --check where the candidate is not better",
        ),
        formatter_class=Layout,
    )
    _add_question(command)
    _add_columns(command)
    command.add_argument("--dry-run", action="store_true", help="compare, and publish nothing")
    command.add_argument("--check", action="store_true", help="exit 1 unless the candidate is better")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run, kind=kind)


def _add_question(command: argparse.ArgumentParser) -> None:
    records = "tag of a released model, or some of its records: acme-7/12..20"
    command.add_argument("--control", metavar="TAG", required=True, help=f"what to compare with: {records}")
    command.add_argument("--candidate", metavar="TAG", required=True, help="what is judged, named in the same way")
    command.add_argument("--metric", metavar="M", required=True, help="what is compared (below)")
    command.add_argument("--name", metavar="NAME", help="name of the experiment (default: made of the others)")
    command.add_argument("--env", metavar="ENV", help="whose records (default: the only one that has some of both)")
    command.add_argument("--split", metavar="99/1", help="shares of control and candidate that were meant")
    command.add_argument("--offline", action="store_true", help="both predicted the same rows: compare row by row")
    command.add_argument(
        "--alpha",
        metavar="P",
        type=float,
        default=0.05,
        help="how often a difference may be claimed that is none (default: 0.05)",
    )
    command.add_argument("--detect", metavar="EFFECT", type=float, help="smallest effect that matters: its power")
    command.add_argument("--better", choices=["higher", "lower"], help="which way the metric gets better")


def _add_columns(command: argparse.ArgumentParser) -> None:
    command.add_argument("--key", metavar="COLUMN,...", default="", help="recognise a row (default: as recorded)")
    command.add_argument("--unit", metavar="COLUMN", help="what was assigned to a group (default: the row)")
    command.add_argument("--prediction", metavar="COLUMN", help="the prediction (default: prediction, or the only one)")
    command.add_argument("--label", metavar="COLUMN", help="the label (default: label, or the only one)")


def run(arguments: argparse.Namespace) -> int:
    """Print what was found."""
    from saigen.analysis.analyse import analyse

    found = analyse(
        arguments.kind,
        arguments.control,
        arguments.candidate,
        arguments.metric,
        name=arguments.name,
        environment=arguments.env,
        split=arguments.split,
        offline=arguments.offline,
        alpha=arguments.alpha,
        detect=arguments.detect,
        better=arguments.better,
        key=[name.strip() for name in arguments.key.split(",") if name.strip()],
        unit=arguments.unit,
        prediction=arguments.prediction,
        label=arguments.label,
        dry_run=arguments.dry_run,
        say=lambda line: print(line, file=sys.stderr),
    )
    if arguments.json:
        about = {"branch": found.branch, "commit": found.commit, "new": found.new, "run": found.run}
        print(json.dumps({**about, **found.report}, indent=2))
    else:
        print("\n".join(_lines(found)))
    if found.verdict == "refused":
        return 1
    return 1 if arguments.check and found.verdict != "better" else 0


def _lines(found: Analysis) -> list[str]:
    """The report up to its lists of columns and records, and where it is."""
    head = found.text.partition("\n## ")[0].splitlines()
    shown = [line.removeprefix("# ") for line in head if line and not line.startswith("![")]
    if found.commit is None:
        return [*shown, f"nothing was published on {found.branch}"]
    place = f"report: {found.branch}, commit {found.commit[:12]}"
    logged = f"run: {found.run}" if found.run else "not logged as a run: no tracking server was named"
    return [*shown, place if found.new else f"nothing to do: {found.branch} holds this answer", logged]
