"""`scripts/bench`: every figure that Saigen promises, as a table, and as JSON with --json FILE."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import (
    artifacts,
    audit,
    command_line,
    data_transfer,
    database,
    gate,
    ingest,
    merge,
    record,
    reproduce,
    runs_search,
    startup,
    storage_through_gateway,
    tracking_auth,
)
from tests.bench.ratio import Row
from tests.integration.person import Person
from tests.integration.stack import Stack


@dataclass(frozen=True)
class Bench:
    """A running stack, and the URL of its storage around the gateway."""

    stack: Stack
    direct: str

    @property
    def folder(self) -> Path:
        """For files: the stack's own."""
        return self.stack.directory

    @cached_property
    def author(self) -> Person:
        """A member of the project `demo`."""
        return Person.of(self.stack, "author", self.folder / "author")

    @cached_property
    def reviewer(self) -> Person:
        """Another one."""
        return Person.of(self.stack, "reviewer", self.folder / "reviewer")

    @cached_property
    def captain(self) -> Person:
        """A maintainer."""
        return Person.of(self.stack, "captain", self.folder / "captain")


def storage(bench: Bench) -> list[Row]:
    """s5cmd through the gateway."""
    exports = bench.author.exports
    return storage_through_gateway.measure(bench.direct, bench.stack.urls["storage"], exports, bench.folder)


def search() -> list[Row]:
    """100,000 runs in a database of their own."""
    with database.databases(runs_search.fill) as (ours, stock):
        return runs_search.measure(ours, stock)


def recording() -> list[Row]:
    """Needs no platform: remotes are away."""
    with tempfile.TemporaryDirectory(prefix="saigen-bench-") as folder:
        return record.measure(Path(folder))


def merging() -> list[Row]:
    """Needs no platform: everything is in the cache."""
    with tempfile.TemporaryDirectory(prefix="saigen-bench-") as folder:
        return merge.measure(Path(folder))


ON_STACK: dict[str, Callable[[Bench], list[Row]]] = {
    "storage": storage,
    "artifacts": lambda bench: artifacts.measure(bench.stack, bench.author, bench.direct, bench.folder),
    "transfer": lambda bench: data_transfer.measure(bench.author, bench.folder),
    "reproduce": lambda bench: reproduce.measure(bench.reviewer, bench.folder),
    "audit": lambda bench: audit.measure(bench.stack, bench.author, bench.folder),
    "ingest": lambda bench: ingest.measure(bench.author, bench.folder),
    "gate": lambda bench: gate.pointers(bench.stack, bench.captain, bench.direct, bench.folder),
    "fold": lambda bench: gate.snapshots(bench.stack, bench.captain, bench.folder),
}
ALONE: dict[str, Callable[[], list[Row]]] = {
    "search": search,
    "auth": tracking_auth.measure,
    "record": recording,
    "merge": merging,
    "help": command_line.measure,
}
PARTS = ("startup", *ON_STACK, *ALONE)


@contextmanager
def fresh_stack() -> Iterator[Stack]:
    """A stack that is not started yet; it and its folder are gone afterwards.

    Each part has its own: a version of every object is kept, and all parts together would need 50 GB of disk.
    """
    with tempfile.TemporaryDirectory(prefix="saigen-bench-") as folder:
        stack = startup.stack_in(Path(folder))
        try:
            yield stack
        finally:
            stack.down("--volumes", "--timeout", "5")


def on_stack(wanted: set[str]) -> Iterator[list[Row]]:
    """The parts that run on a whole stack, one by one."""
    if "startup" in wanted:
        with fresh_stack() as stack:
            yield startup.measure(stack)
    for name in [name for name in ON_STACK if name in wanted]:
        with fresh_stack() as stack:
            stack.up().check_returncode()
            yield ON_STACK[name](Bench(stack, startup.publish_storage(stack)))


def measured(wanted: set[str]) -> Iterator[list[Row]]:
    """The rows of each part."""
    yield from on_stack(wanted)
    for name in [name for name in ALONE if name in wanted]:
        yield ALONE[name]()


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
    rows: list[Row] = []
    try:
        for part in measured(set(options.parts or PARTS)):
            rows += part
            if options.json:
                options.json.write_text(json.dumps([row.as_json() for row in rows], indent=2) + "\n")
    finally:  # a part that fails, or Ctrl-C, takes nothing away from what was measured before it
        Console(width=140).print(show(rows))
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
