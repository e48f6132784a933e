"""`saigen release train`: release a model line, where anything is due."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from saigen.commands.help import Layout, examples
from saigen.commands.interruption import EXIT_CODE, heed_termination

if TYPE_CHECKING:
    from saigen.release.plan import Plan
    from saigen.release.train import Trained


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "train",
        help="release a model line, where anything is due",
        description="Merge what is due into the line's stable branch (code from dev, data from split), choose the next"
        " tag, run the tests and then the phases of [release] in saigen.toml: tune, evaluate against the thresholds,"
        " final. Then commit model, card and metrics, push the data, push branch and tag in one step, register the"
        " model and add the runs to the results on main. Whatever fails before that push leaves everything as it was;"
        " what fails after it is completed by the same command again.",
        epilog=examples(
            "saigen release train acme --dry-run",
            "saigen release train acme --yes",
            then="exit codes: 0 released, or nothing to do; 1 red tests, a failed phase or a missed threshold: no"
            " release; 2 saigen.toml does not say how, or you did not agree; 3 blocked; 4 a service is unreachable",
        ),
        formatter_class=Layout,
    )
    command.add_argument("line", metavar="LINE", help="a client's id, or a model's name")
    command.add_argument("--dry-run", action="store_true", help="print the plan, and do nothing")
    command.add_argument("--yes", action="store_true", help="do not ask")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Release, and print what was done."""
    from saigen.release.train import train_release

    people = sys.stdin.isatty() and sys.stderr.isatty()
    heed_termination()
    try:
        done = train_release(
            arguments.line,
            dry_run=arguments.dry_run,
            yes=arguments.yes,
            ask=_ask if people else None,
            say=lambda step: print(f"  {step}", file=sys.stderr, flush=True),
        )
    except KeyboardInterrupt:
        print("interrupted: the same command again finds out what there is to do", file=sys.stderr)
        return EXIT_CODE
    if arguments.json:
        print(json.dumps(asdict(done), indent=2))
    else:
        show(done)
    return 0


def show(done: Trained) -> None:
    """Print what came of a release for a person."""
    from saigen.release.card import summary

    if not done.steps:
        print(f"{done.line}: nothing to do: {done.why}")
    elif done.dry_run:
        print(f"{done.line}: {done.why}. This would be done:")
        print("\n".join(f"  {step}" for step in done.steps))
    else:
        for tag in done.finished:
            print(f"completed {tag}")
        if done.tag:
            print(f"released {done.tag} at commit {(done.commit or '')[:12]}: {summary(done.metrics)}")
            print(f"  saigen model pull {done.tag}")


def _ask(plan: Plan) -> bool:
    print(f"{plan.why}:", *(f"  {step}" for step in plan.steps), sep="\n", file=sys.stderr)
    return input("Do this? [y/N] ").strip().lower() in {"y", "yes"}
