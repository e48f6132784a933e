"""`saigen data gc --dry-run`: the objects that nobody needs."""

from __future__ import annotations

import argparse
import sys

from saigen.commands.help import Layout
from saigen.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from saigen.audit.collect import Unneeded


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "gc",
        help="list the objects in the project's remote that nobody needs (removes nothing)",
        description=(
            "List the objects below the project's prefix that no commit of a branch or tag, no run (deleted ones "
            "included), no import and no other repository needs. It asks every repository that a run names, and every "
            "one on the platform's forge that you may read. It removes nothing: that is the platform's, which also "
            "knows the snapshots that the forge hides. What cannot be read blocks it (exit code 3)."
        ),
        epilog=(
            "examples:\n"
            "  saigen data gc --dry-run\n"
            "  saigen data gc --dry-run --repository https://git.example.org/other    which shares the prefix\n"
            "  saigen data gc --dry-run --older-than 0 --json"
        ),
        formatter_class=Layout,
    )
    command.add_argument("--dry-run", action="store_true", help="only list; there is no other way from here")
    command.add_argument(
        "--repository", action="append", default=[], metavar="NAME", help="ask this repository as well"
    )
    command.add_argument(
        "--leave-out", action="append", default=[], metavar="RUN|NAME", help="decide without this run or repository"
    )
    command.add_argument(
        "--older-than",
        type=float,
        default=14.0,
        metavar="DAYS",
        help="what is newer is too young to tell (default: 14)",
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """List what nobody needs."""
    if not arguments.dry_run:
        raise UsageError(
            "saigen removes no data",
            "members cannot delete objects, and the platform's own removal knows what is hidden from clients",
            "saigen data gc --dry-run    (lists what nobody needs)",
        )
    from saigen.audit.collect import unneeded

    found = unneeded(
        repositories=arguments.repository,
        leave_out=arguments.leave_out,
        older_than=arguments.older_than,
        say=_say if sys.stderr.isatty() and not arguments.json else _silent,
    )
    _print_json(found) if arguments.json else _print_lines(found)
    return 0


def _print_json(found: Unneeded) -> None:
    import json

    value = {
        "remote": found.remote,
        "repositories": list(found.repositories),
        "runs": found.runs,
        "unneeded": [{"key": stored.key, "bytes": stored.size} for stored in found.objects.unneeded],
        "bytes": found.objects.bytes,
        "needed": found.objects.needed,
        "young": found.objects.young,
        "foreign": found.objects.foreign,
    }
    print(json.dumps(value, indent=2))


def _print_lines(found: Unneeded) -> None:
    objects = found.objects
    for stored in objects.unneeded:
        print(f"{stored.size:>15,}  {stored.key}")
    print(
        f"{found.remote}: {len(objects.unneeded)} objects ({objects.bytes:,} bytes) that nobody needs; "
        f"{objects.needed} needed, {objects.young} too young to tell, {objects.foreign} not in DVC's layout"
    )
    print(f"asked: {found.runs} runs, {', '.join(found.repositories)}")
    if not objects.unneeded:
        print("nothing to remove")


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _silent(_: str) -> None:
    pass
