"""`saigen data release`: name the present state of a dataset."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from saigen.errors import UsageError


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "release",
        help="name the present state of a dataset, and publish it",
        description="Name the present state of a dataset NAME_v1, NAME_v2, ...: brings its pointer up to date,"
        " commits it, pushes the data, makes sure that all of it arrived, then pushes branch and tag. Does nothing"
        " where the state has a name already. Asks where it looks like a different dataset.",
        epilog="exit codes: 0 done, or nothing to do; 1 it looks like a different dataset, or the version is taken",
    )
    command.add_argument("name", metavar="NAME", help="a dataset of [datasets] in saigen.toml")
    command.add_argument("-m", "--message", metavar="WHY", default="", help="what this version is")
    command.add_argument("--source", metavar="WHERE", default="", help="where the data came from")
    command.add_argument("--yes", action="store_true", help="release even what looks like a different dataset")
    command.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Release, and print what was done."""
    from saigen.data.release import release

    if "\n" in arguments.source:
        raise UsageError("a source is one line", "found a line end in --source", "leave it out")
    done = release(
        arguments.name,
        arguments.message,
        source=arguments.source,
        yes=arguments.yes,
        ask=_ask if sys.stdin.isatty() and not arguments.json else None,
        say=lambda step: print(f"  {step}", file=sys.stderr),
        dry_run=arguments.dry_run,
    )
    if arguments.json:
        print(json.dumps(asdict(done), indent=2))
        return 0
    if not done.steps:
        print(f"nothing to do: this is {done.version}")
        return 0
    if done.judgement:
        print(f"compared with the version before: {done.judgement}")
    for note in done.notes:
        print(f"note: {note}")
    if arguments.dry_run:
        print(f"would release {done.version}:")
        print("\n".join(f"  {step}" for step in done.steps))
    else:
        print(f"released {done.version} at commit {(done.commit or '')[:12]}")
    return 0


def _ask(question: str) -> bool:
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
