"""`saigen data ingest`: files onto the raw branch."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "ingest",
        help="commit files to the raw branch, whichever branch is checked out",
        description="Add files to a dataset on the raw branch and publish them: the data first, then the branch. The"
        " commit says where they came from. What is checked out stays as it is, and several people may do this at the"
        " same time. Refused: content that the branch holds already, and a name that stands for other content.",
        epilog=examples(
            'saigen data ingest 2013-01.csv --dataset flights --source "BTS, on-time performance"',
            'saigen data ingest photos/ --to data/photos --into data/raw/acme --source "delivery of 3 May"',
            then="exit codes: 0 done, or nothing to do; 1 some of it is there already",
        ),
        formatter_class=Layout,
    )
    command.add_argument("files", metavar="FILE", nargs="+", help="files, and folders whose files keep their paths")
    command.add_argument("--source", metavar="WHERE", required=True, help="where the data came from, in one line")
    command.add_argument("--into", metavar="BRANCH", help="the raw branch (default: data/raw)")
    target = command.add_mutually_exclusive_group()
    target.add_argument("--dataset", metavar="NAME", help="a dataset of saigen.toml (default: the only one)")
    target.add_argument("--to", metavar="PATH", help="or a path such as data/photos")
    command.add_argument("-m", "--message", metavar="WHAT", default="", help="what this batch is")
    command.add_argument("--skip-known", action="store_true", help="leave out what the branch holds already")
    command.add_argument("--copies", action="store_true", help="take what it holds under another name only")
    command.add_argument("--replace", action="store_true", help="let files replace others of the same name")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ingest, and say what was done."""
    from saigen.commands.data_push import amount
    from saigen.data.branches.ingest import data_ingest
    from saigen.data.transfer.progress import for_terminal
    from saigen.text import counted

    with for_terminal() as progress:
        done = data_ingest(
            arguments.files,
            source=arguments.source,
            into=arguments.into,
            dataset=arguments.dataset,
            to=arguments.to,
            message=arguments.message,
            skip_known=arguments.skip_known,
            copies=arguments.copies,
            replace=arguments.replace,
            progress=progress,
        )
    if arguments.json:
        print(json.dumps(asdict(done), indent=2))
    elif done.commit is None:
        print(f"nothing to do: {done.branch} holds the content of all {counted(len(done.known), 'file')} already")
    else:
        print(f"{done.path} on {done.branch}: {counted(len(done.added), 'file')} added ({amount(done.size)})")
        sent = "" if done.sent is None else f"{counted(done.sent, 'object')} sent, "
        print(f"  {counted(done.files, 'file')} now, {sent}commit {done.commit[:12]}")
        if done.known:
            print(f"  {counted(len(done.known), 'file')} left out: the branch holds the content already")
    return 0
