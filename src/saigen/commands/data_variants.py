"""`saigen data variants`: every state of data that any run used."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from saigen.commands.help import Layout, examples
from saigen.text import counted, printable


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "variants",
        help="every state of data that any run used, named or not",
        description="List every distinct state of data that any run used, in families of states that belong together,"
        " with the runs and the best metric of each. Nobody has to name a variant for this.",
        epilog=examples("saigen data variants --metric rmse", "saigen data variants --experiment delays --json"),
        formatter_class=Layout,
    )
    command.add_argument(
        "--experiment", metavar="NAME", action="append", default=[], help="only runs of this experiment"
    )
    command.add_argument("--filter", metavar="FILTER", default="", help="only runs that MLflow's filter selects")
    command.add_argument("--metric", metavar="NAME", help="compare by this one (default: the one that most runs have)")
    direction = command.add_mutually_exclusive_group()
    direction.add_argument("--min", dest="lower", action="store_true", default=None, help="less is better")
    direction.add_argument("--max", dest="lower", action="store_false", default=None, help="more is better")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the families."""
    from saigen.data.variants import variants

    found = variants(arguments.experiment, metric=arguments.metric, lower=arguments.lower, filter=arguments.filter)
    if arguments.json:
        print(json.dumps(asdict(found), indent=2))
        return 0
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    def shown(text: str) -> str:
        return escape(printable(text))

    best = f"best {found.metric} ({'min' if found.lower else 'max'})" if found.metric else "best"
    console = Console(soft_wrap=False, emoji=False)
    for family in found.families:
        state = family[0].state
        where = " ".join(part for part in (state.repository, state.path or state.dataset) if part)
        runs = counted(sum(one.runs for one in family), "run")
        console.print(f"[bold]{shown(where)}[/bold]: {counted(len(family), 'variant')}, {runs}", highlight=False)
        table = Table("variant", "runs", best, "of run", "people", box=None, padding=(0, 2, 0, 0))
        for one in family:
            value = "-" if one.best is None else f"{one.best:.6g}"
            people = shown(", ".join(one.people))
            table.add_row(shown(one.state.name), str(one.runs), value, (one.best_run or "-")[:12], people)
        console.print(table)
    if not found.families:
        print("no run says which data it used")
    if found.unknown:
        print(f"{found.unknown} runs do not say which data they used")
    for note in found.notes:
        print(f"note: {note}")
    return 0
