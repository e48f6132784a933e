"""`saigen import`: from a folder `mlruns` or a database `mlflow.db` to the tracking server."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from saigen.commands.help import Layout, examples

TYPE_CHECKING = False
if TYPE_CHECKING:
    from saigen.track.imports import TrackImport

_NAMED = 20  # lines of what is missing, or to be known


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "import",
        help="bring the runs of a folder mlruns, or of mlflow.db, to the tracking server",
        description="Bring everything that MLflow kept on this machine to the tracking server, from its database or"
        " its folder: experiments, runs with their times, parameters, tags, every logged value and every artifact,"
        " logged and registered models. Each run is compared before it counts as brought. Cut off, the same command"
        " goes on; what is there it leaves alone. The database or folder is only read.",
        epilog=examples(
            "saigen import mlflow.db --dry-run",
            "saigen import mlflow.db",
            "saigen import mlruns",
            "saigen import mlruns --experiment-prefix laptop/ --artifacts /data/mlartifacts",
            then="exit codes: 0 everything is on the server, 1 something is missing there",
        ),
        formatter_class=Layout,
    )
    command.add_argument("source", metavar="SOURCE", type=Path, help="mlflow.db, or mlruns of older versions of MLflow")
    command.add_argument("--experiment-prefix", default="", metavar="TEXT", help="put before each experiment's name")
    command.add_argument(
        "--artifacts",
        nargs="+",
        default=[],
        type=Path,
        metavar="DIR",
        help="further folders from which artifacts may be taken",
    )
    command.add_argument("--dry-run", action="store_true", help="say what would be brought, and bring nothing")
    command.add_argument("--verify", action="store_true", help="compare what was brought earlier as well")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Import, and print what was compared."""
    from saigen.data.transfer.progress import for_terminal
    from saigen.track.imports import import_runs

    with for_terminal() as progress:
        done = import_runs(
            arguments.source,
            experiment_prefix=arguments.experiment_prefix,
            artifacts=arguments.artifacts,
            dry_run=arguments.dry_run,
            verify=arguments.verify,
            progress=progress,
        )
    print(json.dumps(asdict(done), indent=2)) if arguments.json else _print(done)
    return done.exit_code


def _print(done: TrackImport) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(soft_wrap=True, highlight=False)
    if done.rows:
        table = Table("", *(f"in the {done.kind}", "on the server", "kept as artifact"), box=None, pad_edge=False)
        for column in table.columns[1:]:
            column.justify = "right"
        for row in done.rows:
            table.add_row(row.kind, *(f"{number:,}" for number in (row.source, row.server, row.kept)))
        console.print(table)
        console.print()
    for word, lines in (("note", done.notes), ("missing", done.missing)):
        for line in lines[:_NAMED]:
            console.print(f"{word}: {_shown(line)}", markup=False)
        if len(lines) > _NAMED:
            console.print(f"{word}: and {len(lines) - _NAMED:,} more (--json has all)", markup=False)
    console.print(_conclusion(done), markup=False)


def _conclusion(done: TrackImport) -> str:
    if done.dry_run:
        return (
            f"would bring {done.new:,} of {_runs(done.runs)}, and go on with {done.resumed:,}; {done.there:,} are there"
        )
    if done.missing:
        return f"{_runs(done.runs)}, but not everything is on the server. Put right what can be, then the same again."
    if not done.new and not done.resumed:
        return f"nothing to do: {_runs(done.runs)}, all there"
    return f"brought {_runs(done.new)}, went on with {done.resumed:,}, {done.there:,} were there: nothing is missing"


def _runs(number: int) -> str:
    return f"{number:,} run{'' if number == 1 else 's'}"


def _shown(line: str) -> str:
    from saigen.text import printable

    return printable(line)
