"""`scripts/bench`: every figure that Saigen promises, as a table, and as JSON with --json FILE."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import artifacts, data_transfer, database, runs_search, startup, storage_through_gateway, tracking_auth
from tests.bench.ratio import Row
from tests.integration.person import Person
from tests.integration.stack import Stack

PARTS = ("startup", "storage", "artifacts", "data", "search", "auth")


@contextmanager
def running_stack(rows: list[Row]) -> Iterator[tuple[Stack, Path]]:
    """A stack for the parts that need one; starting it is itself measured."""
    with tempfile.TemporaryDirectory(prefix="saigen-bench-") as folder:
        stack = startup.stack_in(Path(folder))
        try:
            rows.extend(startup.measure(stack))
            yield stack, Path(folder)
        finally:
            stack.down("--volumes", "--timeout", "5")


def on_stack(wanted: set[str]) -> list[Row]:
    """The parts that run on one whole stack."""
    rows: list[Row] = []
    with running_stack(rows) as (stack, folder):
        author = Person.of(stack, "author", folder / "author")
        if "storage" in wanted:
            direct = f"http://{artifacts.address(stack, 'storage')}:9000"
            rows.extend(storage_through_gateway.measure(direct, stack.urls["storage"], author.exports, folder))
        if "artifacts" in wanted:
            rows.extend(artifacts.measure(stack, author, folder))
        if "data" in wanted:
            rows.extend(data_transfer.measure(author, folder))
    return rows


def search() -> list[Row]:
    """100,000 runs in a database of their own."""
    with database.databases(runs_search.fill) as (ours, stock):
        return runs_search.measure(ours, stock)


def show(rows: list[Row]) -> Table:
    """The rows as a table for a terminal."""
    table = Table("what", "median", "95 %", "rounds", "bar", "")
    for row in rows:
        interval = "" if row.low == row.high else f"{row.low:.2f} .. {row.high:.2f}"
        verdict = {True: "met", False: "MISSED", None: "for comparison"}[row.met]
        table.add_row(row.what, f"{row.value:.2f} {row.unit}", interval, str(row.rounds), row.bar, verdict)
    return table


def main() -> int:
    """Exit code 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure (default: everything)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to FILE as well")
    options = parser.parse_args()
    wanted = set(options.parts or PARTS)
    steps: list[tuple[set[str], Callable[[], list[Row]]]] = [
        ({"startup", "storage", "artifacts", "data"}, lambda: on_stack(wanted)),
        ({"search"}, search),
        ({"auth"}, tracking_auth.measure),
    ]
    rows = [row for needs, step in steps if needs & wanted for row in step()]
    Console(width=140).print(show(rows))
    if options.json:
        options.json.write_text(json.dumps([row.as_json() for row in rows], indent=2) + "\n")
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
