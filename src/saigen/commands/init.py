"""`saigen init`: let saigen know a repository."""

from __future__ import annotations

import argparse

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "init",
        help="set a repository up: saigen.toml, DVC, merging by kind",
        description=(
            "Write what is missing and nothing else: saigen.toml, DVC's folder, and how this clone merges data and "
            "models. Each clone needs it once. Run again it says that there is nothing to do, and why."
        ),
        epilog=examples("saigen init", "saigen init --branches", "saigen init --hook"),
        formatter_class=Layout,
    )
    command.add_argument("--branches", action="store_true", help="add to saigen.toml what branches mean, to be edited")
    command.add_argument("--hook", action="store_true", help="let git push ask saigen check --push first")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Set up, and print a line a step."""
    from saigen.project.initial import init

    steps = init(branches=arguments.branches, hook=arguments.hook)
    if arguments.json:
        import json
        from dataclasses import asdict

        print(json.dumps([asdict(step) for step in steps], indent=2))
        return 0
    for step in steps:
        print(f"{'done' if step.changed else 'kept'}  {step.what}: {step.said}")
    if not any(step.changed for step in steps):
        print("nothing to do")
    return 0
