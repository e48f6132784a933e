"""What the hooks and the jobs of the forge run.

    python -I -m saigen_gate judge      pre-receive: may this happen? 0 yes; 5 no, with reasons for whoever pushes
    python -I -m saigen_gate branches   reference-transaction: the same of branches that nobody pushed
    python -I -m saigen_gate record     post-receive: note the override by which it happened
    python -I -m saigen_gate merge      Git's driver for merges of pull requests: 0 merged; 1 a conflict
    python -I -m saigen_gate fold       fold snapshots, note overrides left behind, purge what is to be forgotten
    python -I -m saigen_gate listen     write down which objects come to the storage and go, until it ends
    python -I -m saigen_gate known      how many objects are known to be there; 1 where nobody listens

Anything else than 0 and 5 means that it could not be decided, and the hook that asked refuses.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saigen_gate.request import Request

REPOSITORIES = Path("/data/repositories")
NO = 5


def judge() -> int:
    """Decide about the push on standard input."""
    from saigen.branches.push import shown
    from saigen.errors import SaigenError
    from saigen_gate.judge import Decision, decide, unjudged
    from saigen_gate.overrides import keep
    from saigen_gate.roles import role_of

    request = _request()
    try:
        decision = decide(request, role_of(request.pusher))
    except SaigenError as error:
        decision = Decision((unjudged(error),))
    if decision.refusals:
        print(f"\n{shown(decision.refusals)}\n", file=sys.stderr)
        return NO
    keep(request.folder, decision.overrides)
    for one in decision.overrides:
        log(f"override in {request.name} by {one.by} on {one.ref}: {one.reason} (against {'; '.join(one.broken)})")
    return 0


def branches() -> int:
    """Decide about the transaction on standard input, which no push began."""
    from saigen.branches.push import shown
    from saigen.branches.tips import HEADS
    from saigen_gate.judge import judge_branches
    from saigen_gate.request import parse_changes

    changes = [change for change in parse_changes(_input()) if change.ref.startswith(HEADS)]
    refusals = judge_branches(Path.cwd(), changes)
    if refusals:
        print(f"\n{shown(refusals)}\n", file=sys.stderr)
    return NO if refusals else 0


def record() -> int:
    """Note the overrides of the push on standard input."""
    from saigen_gate.overrides import publish
    from saigen_gate.request import OVERRIDE

    request = _request()
    if request.override is None:
        return 0
    for one in publish(request.folder, request.changes):
        print(f"{OVERRIDE}: noted on {one.commit[:12]}, for everyone to see: {one.reason}", file=sys.stderr)
    return 0


def fold() -> int:
    """Do what is due in all repositories; 1 where something could not be done."""
    from saigen_gate.fold import FEWEST, fold_all
    from saigen_gate.jobs import in_each
    from saigen_gate.overrides import publish
    from saigen_gate.purge import purge_all

    def note(folder: Path) -> tuple[str, ...]:
        publish(folder)
        return ()

    fewest = int(sys.argv[2]) if len(sys.argv) > 2 else FEWEST
    noted = in_each(REPOSITORIES, "note", note, print)
    done = (noted, fold_all(REPOSITORIES, print, fewest), purge_all(REPOSITORIES, print))
    return 0 if all(done) else 1


def listen() -> int:
    """Write down what the storage tells."""
    from minio.error import MinioException
    from urllib3.exceptions import HTTPError

    from saigen.errors import SaigenError
    from saigen_gate.listen import listen as listen_once

    try:
        listen_once()
    except (SaigenError, MinioException, HTTPError) as error:
        print(f"gate: the storage does not tell what comes and goes: {error}", file=sys.stderr)
        return 1
    return 0


def known() -> int:
    """Say how many objects are known to be in the storage."""
    from saigen_gate.known import known as what_is_known

    with what_is_known() as objects:
        print(objects.count() if objects else "nobody listens")
        return 0 if objects else 1


def merge() -> int:
    """Merge three versions of a file, for Git."""
    from saigen_gate.merging import merge as merge_versions

    base, current, incoming, path = sys.argv[2:]
    return merge_versions(base, current, incoming, path)


def log(line: str) -> None:
    """Say something in the service's log, which is that of the container's first process."""
    with Path("/proc/1/fd/2").open("w", encoding="utf-8") as target:
        target.write(f"gate: {line}\n")


def _request() -> Request:
    from saigen_gate.request import parse_request

    return parse_request(_input(), os.environ, Path.cwd())


def _input() -> str:
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")


if __name__ == "__main__":
    verbs = {verb.__name__: verb for verb in (judge, branches, record, merge, fold, listen, known)}
    sys.exit(verbs[sys.argv[1]]())
