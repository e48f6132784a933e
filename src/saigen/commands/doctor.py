"""`saigen doctor`: whether this machine can work with the platform."""

from __future__ import annotations

import argparse

from saigen.commands.help import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from saigen.doctor.diagnosis import Diagnosis

_MARKS = {"good": "[green]ok  [/]", "note": "[yellow]note[/]", "skipped": "[dim]skip[/]", "bad": "[red]FAIL[/]"}


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "doctor",
        help="check this machine and the way to the platform, with a fix for each failure",
        description=(
            "Check versions, credentials, names, certificates, the clock, tracking, Git and storage as you, and that "
            "data can be written and read. Inside a project its own remote and prefix are asked. Exits with the worst "
            "that was found: 0 all well, 3 something is missing, 4 a service is unreachable, 5 not permitted."
        ),
        epilog="examples:\n  saigen doctor\n  saigen doctor --json | jq '.checks[] | select(.level == \"bad\")'",
        formatter_class=Layout,
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check, and print what was found."""
    from saigen.doctor.diagnosis import doctor

    found = doctor(added=arguments.added)
    _print_json(found) if arguments.json else _print_table(found)
    return found.exit_code


def _print_json(found: Diagnosis) -> None:
    import json
    from dataclasses import asdict

    print(json.dumps({"exit_code": found.exit_code, "checks": [asdict(check) for check in found.checks]}, indent=2))


def _print_table(found: Diagnosis) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(soft_wrap=True, highlight=False)
    width = max(len(check.name) for check in found.checks)
    for check in found.checks:
        console.print(f"{_MARKS[check.level.value]}  {check.name:<{width}}  {escape(check.found)}")
        if check.fix:
            console.print(f"      {'':<{width}}  fix: {escape(check.fix)}")
    failed = sum(check.level.value == "bad" for check in found.checks)
    console.print(f"{failed} of {len(found.checks)} checks failed" if failed else "all is well")
