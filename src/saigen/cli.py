"""The command line: which commands there are, and the one place that turns our errors into messages and exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from saigen.commands import (
    analyse,
    audit,
    check,
    completion,
    data,
    doctor,
    forget,
    git_credential,
    import_runs,
    init,
    lineage,
    login,
    logout,
    merge_file,
    model,
    monitor,
    platform,
    push,
    release,
    reproduce,
    run,
    status,
    track,
    trust,
)
from saigen.errors import BlockedError, NotPermittedError, SaigenError

COMMANDS = (
    login,
    logout,
    trust,
    init,
    check,
    run,
    status,
    push,
    forget,
    reproduce,
    audit,
    lineage,
    data,
    track,
    import_runs,
    release,
    model,
    monitor,
    analyse,
    doctor,
    platform,
    completion,
    git_credential,
    merge_file,
)

_CLOSED = 141  # what a shell says of a program that wrote to nobody


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: see `saigen.errors` for what each means."""
    asked = parser().parse_args(arguments)
    from saigen.login.session import use

    asked.added = use(os.environ)
    try:
        result: int = asked.run(asked)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read what is printed has enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _CLOSED
    except (SaigenError, OSError) as error:
        if asked.debug:
            raise
        said = error if isinstance(error, SaigenError) else _of_the_machine(error)
        print(f"saigen: {said}", file=sys.stderr)
        return said.exit_code
    return result


def _of_the_machine(error: OSError) -> SaigenError:
    kind = NotPermittedError if isinstance(error, PermissionError) else BlockedError
    return kind("this machine cannot do it", str(error), "saigen --debug COMMAND    (shows where it fails)")


def parser() -> argparse.ArgumentParser:
    """All commands and their arguments."""
    saigen = argparse.ArgumentParser(
        prog="saigen",
        description="Every logged run is one commit that a colleague can run again.",
        epilog="exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 blocked, 4 unreachable, 5 not permitted",
    )
    saigen.add_argument("--version", action=Version, help="print the version and exit")
    saigen.add_argument("--debug", action="store_true", help="show a traceback with an error")
    commands = saigen.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return saigen


class Version(argparse.Action):
    """Prints the installed version. Package metadata is read only when asked for: it takes longer than the rest."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"saigen {version('saigen')}")
        parser.exit()
