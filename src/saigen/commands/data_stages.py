"""`saigen data clean` and `saigen data split`: what is new upstream, through the script on the branch."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from saigen.commands.help import Layout, examples
from saigen.errors import UsageError

if TYPE_CHECKING:
    from saigen.data.branches.begin import Begun

_WHAT = {
    "clean": ("data/clean", "data/raw", "keep the valid records of raw data"),
    "split": ("data/split", "data/clean", "split clean data into train, validation and test"),
}
_BEGINS = {  # an example of --of, and what is taken without it
    "clean": ("data/flights", "what the default branch does not have as well"),
    "split": ("data/clean/flights", "all that the stage clean makes"),
}


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare both commands and their arguments."""
    for name, (branch, upstream, what) in _WHAT.items():
        upstream_data, usual = _BEGINS[name]
        command = commands.add_parser(
            name,
            help=f"{what}, by the script on {branch}",
            description=f"Merge {upstream} into {branch}, run the DVC stage `{name}` there, commit what it made with"
            " the upstream commit in a trailer, and publish: the data first, then the branch. Only what changed is"
            " computed again. What is checked out stays as it is, and a script that fails changes nothing.",
            epilog=examples(
                f"saigen data {name} --begin",
                f"saigen data {name}",
                f"saigen data {name} acme",
                f"saigen data {name} --begin --of {upstream_data}",
                then="exit codes: 0 done, or nothing to do; 1 the script failed, or refused what it found",
            ),
            formatter_class=Layout,
        )
        command.add_argument("line", metavar="LINE", nargs="?", help=f"a line of its own, as in {branch}/LINE")
        command.add_argument("--begin", action="store_true", help="only write a stage and a script to begin with")
        command.add_argument(
            "--of",
            metavar="PATH",
            action="append",
            default=[],
            help=f"with --begin: data of {upstream} that the stage works on, once each; by default {usual}",
        )
        command.add_argument("--json", action="store_true", help="print JSON")
        command.set_defaults(run=run, stage=name)


def run(arguments: argparse.Namespace) -> int:
    """Do what is due, and say it."""
    from saigen.data.branches.begin import begin_stage
    from saigen.data.branches.derive import data_clean, data_split
    from saigen.data.transfer.progress import for_terminal
    from saigen.text import counted

    if arguments.begin:
        begun = begin_stage(arguments.stage, arguments.line, of=arguments.of)
        print(json.dumps(asdict(begun), indent=2) if arguments.json else _begun(begun))
        return 0
    if arguments.of:
        raise UsageError(
            "--of is for --begin", f"the stage {arguments.stage} is written in dvc.yaml by now", "edit it there"
        )
    verb = data_clean if arguments.stage == "clean" else data_split
    with for_terminal() as progress:
        done = verb(arguments.line, progress=progress)
    if done.said:
        print(done.said.rstrip(), file=sys.stderr)
    if arguments.json:
        print(json.dumps(asdict(done), indent=2))
    elif done.commit is None:
        print(f"nothing to do: {done.reason}")
    else:
        print(f"{done.branch}: {', '.join(done.outputs)} made of {done.upstream} at {done.source[:12]}")
        sent = "" if done.sent is None else f"{counted(done.sent, 'object')} sent, "
        print(f"  {sent}commit {done.commit[:12]}")
    return 0


def _begun(begun: Begun) -> str:
    if not begun.written:
        return f"nothing to do: {begun.branch} has the stage already"
    written = ", ".join(begun.written)
    lines = [
        f"{begun.branch}: {written} written; look at them there, then run the command without --begin",
        f"  works on {', '.join(begun.reads)}",
    ]
    if begun.left_out:
        lines.append(f"  left out: {', '.join(begun.left_out)}    (--of PATH, once for each that belongs in)")
    return "\n".join(lines)
