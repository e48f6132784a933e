"""`saigen-bootstrap init | plan | apply | credentials NAME`: parses, prints, and turns errors into exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from .errors import SaigenError, TeamFileError
from .settings import Paths, public_urls, worker_name
from .team import Team, load_team


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb. 0 done or nothing to do, 1 drift, 2 wrong file or usage, 3 something missing, 4 unreachable."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except SaigenError as error:
        if options.debug:
            raise
        _report(error)
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="saigen-bootstrap", description=__doc__)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("init", help="write the secret files that are not there yet")
    verbs.add_parser("plan", help="print what apply would change; exit 1 when there is anything")
    verbs.add_parser("apply", help="make tracking, storage and Git as infra/team.yaml declares")
    credentials = verbs.add_parser("credentials", help="print one account's environment, for eval")
    credentials.add_argument("name", metavar="NAME", help="a name of infra/team.yaml")
    credentials.add_argument("--json", action="store_true", help="as a JSON object")
    return parser


def _run(options: argparse.Namespace) -> int:
    paths = Paths()
    if options.verb == "init":
        from .secrets.init import init

        init(paths.init, _say)
        return 0
    team = load_team(paths.team)
    if options.verb == "credentials":
        from .credentials import show_credentials

        urls = public_urls(os.environ)
        sys.stdout.write(show_credentials(options.name, team, paths.secrets, urls, as_json=options.json))
        return 0
    return _on_stack(options.verb, team, paths)


def _on_stack(verb: str, team: Team, paths: Paths) -> int:
    from .postgres.client import connect
    from .run import Stack, apply_verb, plan_verb

    public = public_urls(os.environ)
    with connect(paths.secrets / "pgpass") as postgres:
        stack = Stack.connect(paths, postgres, public, worker_name(os.environ), _say)
        return plan_verb(team, stack) if verb == "plan" else apply_verb(team, stack)


def _say(line: str) -> None:
    print(line, flush=True)


def _report(error: SaigenError) -> None:
    if isinstance(error, TeamFileError):
        for problem in error.problems:
            print(problem, file=sys.stderr)
    print(f"FAIL: {error.what}: {error.why}\nnext: {error.next}", file=sys.stderr)
