"""`saigen track export`: write the results of runs to the main branch."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "export",
        help="add the results of runs to the list on the main branch",
        description="Add every run that has ended to tracking/runs.json on the main branch (parameters, metrics, and"
        " which data, code and release it belongs to), and publish it, whichever branch is checked out. What the"
        " list holds stays as it is; runs that it has are not added again.",
        epilog=examples(
            "saigen track export",
            'saigen track export --experiment delays --filter "metrics.rmse < 12"',
            "saigen track export --dry-run",
        ),
        formatter_class=Layout,
    )
    command.add_argument("--experiment", nargs="+", default=[], metavar="NAME", help="only runs of these experiments")
    command.add_argument("--filter", default="", metavar="FILTER", help="only runs that MLflow's filter selects")
    command.add_argument("--branch", default="main", metavar="NAME", help="the branch that holds the list (main)")
    command.add_argument("--dry-run", action="store_true", help="say what would be added, and add nothing")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Export, and print what was added."""
    from saigen.track.export import track_export

    done = track_export(
        arguments.experiment,
        filter=arguments.filter,
        branch=arguments.branch,
        dry_run=arguments.dry_run,
        say=lambda step: print(f"  {step}", file=sys.stderr),
    )
    if arguments.json:
        print(json.dumps(asdict(done), indent=2))
        return 0
    if not done.added:
        print(f"nothing to do: {_runs(done.runs)}, all there")
    elif arguments.dry_run:
        print(f"would add {_runs(len(done.added))} of {done.runs:,} to tracking/runs.json on {done.branch}")
    else:
        print(f"added {_runs(len(done.added))} to tracking/runs.json on {done.branch}: {(done.commit or '')[:12]}")
    if done.running:
        print(f"note: {_runs(done.running)} not ended yet, left for the next time")
    return 0


def _runs(number: int) -> str:
    return f"{number:,} run{'' if number == 1 else 's'}"
