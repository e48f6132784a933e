"""`saigen monitor list`: what was recorded."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from saigen.commands.help import Layout, examples

if TYPE_CHECKING:
    from saigen.monitor.layout import Record


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "list",
        help="what was recorded, and when",
        description="List the records of an environment, or of all, the oldest first. Asks Git alone, not the storage.",
        epilog=examples("saigen monitor list", "saigen monitor list prod --json"),
        formatter_class=Layout,
    )
    command.add_argument("environment", metavar="ENV", nargs="?", help="one environment (default: all)")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line a record."""
    from saigen.monitor.records import monitor_list
    from saigen.text import printable

    records = monitor_list(arguments.environment)
    if arguments.json:
        print(json.dumps([_row(one) for one in records], indent=2))
        return 0
    if not records:
        print("nothing was recorded yet")
    width = max((len(one.tag) for one in records), default=0)
    for one in records:
        facts = one.facts
        what = ", ".join(facts.parts) or "made by hand"
        late = f" of batch {facts.labels_of}" if facts.labels_of else ""
        print(f"{one.tag:<{width}}  {one.when[:16].replace('T', ' ')}  {facts.rows:>9,} rows  {what}{late}", end="")
        print(f"  {printable(one.author)}: {printable(one.subject)}")
    return 0


def _row(one: Record) -> dict[str, object]:
    return {
        "tag": one.tag,
        "environment": one.record.environment,
        "model": one.record.model.tag,
        "number": one.number,
        "commit": one.commit,
        "when": one.when,
        "author": one.author,
        "message": one.subject,
        "rows": one.facts.rows,
        "parts": list(one.facts.parts),
        "key": list(one.facts.key),
        "labels_of": one.facts.labels_of,
    }
