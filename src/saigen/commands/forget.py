"""`saigen forget`: removes a snapshot from this machine and from the platform's forge."""

from __future__ import annotations

import argparse

from saigen.commands.help import Layout, examples


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "forget",
        help="take a recorded commit away, here and on the platform",
        description="Run it in a clone of the project. It removes the recorded commit of a run: its ref, its objects"
        " that nothing else needs, and whatever waits for it. One that was pushed is taken away on the platform too,"
        " within minutes and for good, if you are a maintainer of the project; whoever fetched it has it still. Its"
        " runs stay, and cannot be reproduced. A commit that a branch, tag or pull request holds is not taken away.",
        epilog=examples(
            "saigen forget 0123456789abcdef0123456789abcdef01234567",
            then="exit codes: 0 removed; 2 no full id; 3 nothing to remove, or not in a clone; 4 the remote does not"
            " answer, and nothing was removed; 5 removed here at most, and colleagues still have it",
        ),
        formatter_class=Layout,
    )
    command.add_argument("commit", metavar="COMMIT", help="full id, as the run's saigen.commit says it")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Remove it, and say what went."""
    from saigen.record.forget import forget

    gone = forget(arguments.commit)
    print(f"forgot {gone.commit[:12]}: {len(gone.recordings)} recordings, {gone.objects} objects")
    if gone.forge:
        print(f"{gone.forge} takes it away within minutes; whoever fetched it has it still")
        print("change every secret that was in it")
    return 0
