"""`saigen data describe`: which versions of its data a commit or the checkout has."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from saigen.commands.help import Layout, examples

if TYPE_CHECKING:
    from saigen.data.describe import DatasetState
    from saigen.git.repository import Repository


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "describe",
        help="which version of its data a commit or the checkout has",
        description="Say the id of each dataset: flights_v3 for a state that has a name, flights_v3+1a2b3c4 for one"
        " that came after it and has none. In the checkout, also whether the data still is what its pointer says.",
        epilog=examples("saigen data describe", "saigen data describe main --json"),
        formatter_class=Layout,
    )
    command.add_argument("revision", metavar="REV", nargs="?", help="commit, branch or tag (default: the checkout)")
    command.add_argument("--quick", action="store_true", help="believe the pointers: do not read the data")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line a dataset."""
    from saigen.data.describe import describe_data
    from saigen.errors import UsageError
    from saigen.git.repository import repository_here

    repository = repository_here()
    if arguments.revision and repository.commit(arguments.revision) is None:
        raise UsageError(
            f"{arguments.revision!r} is no commit", "expected a commit, branch or tag", "git log --oneline --all"
        )
    states = describe_data(repository, arguments.revision)
    here = repository if arguments.revision is None else None
    rows = [_row(one, here, quick=arguments.quick) for one in states]
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return 0
    if not rows:
        print("no data: saigen.toml names no dataset, and DVC tracks none")
    width = max((len(str(row["id"] or row["dataset"] or "-")) for row in rows), default=0)
    for row in rows:
        print(f"{row['id'] or row['dataset'] or '-'!s:<{width}}  {row['path']}{_remark(row)}")
    return 0


def _row(one: DatasetState, here: Repository | None, *, quick: bool) -> dict[str, object]:
    """One dataset. `here`: the checkout, whose data is looked at; None for what a commit has."""
    from saigen.data.content import is_modified

    output = one.output
    return {
        "dataset": one.dataset,
        "path": one.path,
        "id": str(one.state) if one.state else None,
        "md5": one.md5,
        "size": output.size if output else None,
        "files": output.files if output else None,
        "modified": is_modified(here, output) if here and output and not quick else None,
        "here": (here.root / one.path).exists() if here else None,
    }


def _remark(row: Mapping[str, object]) -> str:
    if row["md5"] is None:
        return "  (not under DVC)"
    if row["here"] is False:
        return "  (not here: dvc pull)"
    return "  (modified since)" if row["modified"] else ""
