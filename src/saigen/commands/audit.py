"""`saigen audit`: which runs can be reproduced now."""

from __future__ import annotations

import argparse
import sys

from saigen.commands.help import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from saigen.audit.audit import Audit


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "audit",
        help="which runs can be reproduced now, and what is missing for the others",
        description=(
            "Decide for every run, without running any, whether it can be reproduced now: was it recorded, can its "
            "commit be fetched with its submodules, is every object of its data there with the right size, can its "
            "environment be installed, did it read nothing that nobody tracks, can artifacts be listed. Also says "
            "which runs have been reproduced. "
            "Reproductions, checks of saigen monitor and analyses are left out, and counted. "
            "Exits with 1 when a run cannot be, with 3 when one could not be decided from here."
        ),
        epilog=(
            "examples:\n"
            "  saigen audit\n"
            '  saigen audit --experiment delays --filter "metrics.rmse < 12"\n'
            "  saigen audit --deep --limit 10      downloads the data and verifies its content\n"
            "  saigen audit --json | jq '.runs[] | select(.outcome == \"not reproducible\")'"
        ),
        formatter_class=Layout,
    )
    command.add_argument("--experiment", nargs="+", default=[], metavar="NAME", help="only runs of these experiments")
    command.add_argument("--filter", default="", metavar="FILTER", help="only runs that MLflow's filter selects")
    command.add_argument("--limit", type=int, metavar="N", help="at most N runs, the newest")
    command.add_argument("--deep", action="store_true", help="download every object and verify its content")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Audit, and print what was found."""
    from saigen.audit.audit import audit

    say = _say if sys.stderr.isatty() and not arguments.json else _silent
    found = audit(arguments.experiment, filter=arguments.filter, limit=arguments.limit, deep=arguments.deep, say=say)
    _print_json(found) if arguments.json else _print_table(found)
    return found.exit_code


def _print_json(found: Audit) -> None:
    import json

    from saigen.audit.report import as_json

    print(json.dumps(as_json(found), indent=2))


def _print_table(found: Audit) -> None:
    from rich.console import Console

    from saigen.audit.audit import summaries
    from saigen.audit.report import conclusion, lines, table

    console = Console(soft_wrap=True, highlight=False)
    if found.findings:
        console.print(table(summaries(found.findings)))
        console.print()
    for line in lines(found):
        console.print(line, markup=False)
    console.print(conclusion(found), markup=False)


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _silent(_: str) -> None:
    pass
