"""`saigen check`: whether a checkout and a push keep the project's rules."""

from __future__ import annotations

import argparse
import sys

from saigen.commands.help import Layout, examples

TYPE_CHECKING = False
if TYPE_CHECKING:
    from saigen.check.check import Checked

ROLES = ("viewer", "member", "maintainer")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "check",
        help="check saigen.toml, this branch and what a push would bring",
        description=(
            "Validate saigen.toml, say what may be done on this branch, and judge the commits that a push would send "
            "as the platform's forge does: the rules of the branch, big files, secrets, data that is not in its "
            "remote. All problems at once, each with the next command. With --push it is a hook or a job of CI."
        ),
        epilog=examples(
            "saigen check",
            "saigen check --json",
            "saigen check --push --base origin/main --branch dev/trees    (in a CI system)",
            then="exit codes: 0 nothing is wrong, 1 something is or would be refused. As a hook of Git: "
            "saigen init --hook",
        ),
        formatter_class=Layout,
    )
    command.add_argument(
        "--push", action="store_true", help="judge only a push: the lines that Git gives a pre-push hook, or --base"
    )
    command.add_argument("--base", metavar="REV", help="with --push: judge what HEAD brings beside this revision")
    command.add_argument("--branch", metavar="NAME", help="with --base: the branch that is pushed to, if not this one")
    command.add_argument("--remote", metavar="NAME", default="origin", help="remote that is pushed to (default origin)")
    command.add_argument("--role", choices=ROLES, default="member", help="judge as for this role (default member)")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check, and print what was found."""
    from saigen.check.check import check, check_push
    from saigen.check.push import parse_lines

    if arguments.push:
        lines = None if arguments.base or sys.stdin.isatty() else parse_lines(sys.stdin.read())
        found = check_push(
            lines, role=arguments.role, remote=arguments.remote, base=arguments.base, branch=arguments.branch
        )
    else:
        found = check(role=arguments.role, remote=arguments.remote)
    if arguments.json:
        _print_json(found)
    elif arguments.push:
        _print_refusals(found)
    else:
        _print_all(found)
    return found.exit_code


def _print_json(found: Checked) -> None:
    import json
    from dataclasses import asdict

    print(json.dumps({"exit_code": found.exit_code, **asdict(found)}, indent=2))


def _print_refusals(found: Checked) -> None:
    from saigen.branches.refusal import shown

    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    if found.problems:
        print(shown(found.problems), file=sys.stderr)


def _print_all(found: Checked) -> None:
    for line in (*found.facts, *(f"note: {note}" for note in found.notes)):
        print(line)
    for one in found.problems:
        print(f"\n{one.what}\n  why: {one.why}\n  next: {one.next}")
    count = len(found.problems)
    print(f"\n{count} problem{'' if count == 1 else 's'}" if count else "all is well")
