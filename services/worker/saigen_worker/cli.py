"""`saigen-worker serve | healthy`: what the worker container can do."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from saigen.errors import SaigenError, UsageError
from saigen_worker import beat

DATA = Path("/data")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb. 0 ended by SIGTERM, or healthy; 1 not healthy; 2 wrong usage; 3 no account."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words == ["serve"]:
            return serve(os.environ)
        if words == ["healthy"]:
            return healthy()
        raise UsageError(
            "this is no verb of the worker", f"expected serve or healthy, found {words}", "saigen-worker serve"
        )
    except SaigenError as error:
        print(f"FAIL: {error.what}: {error.why}\nnext: {error.next}", file=sys.stderr, flush=True)
        return error.exit_code


def healthy() -> int:
    """Print what is wrong with the worker; 1 when there is anything."""
    trouble = beat.trouble(beat.read(), time.time())
    if trouble:
        print(trouble)
    return 1 if trouble else 0


def serve(environment: Mapping[str, str]) -> int:
    """Round after round, until SIGTERM."""
    from saigen_worker.account import FILE, read_account
    from saigen_worker.alerts import FILE as ALERTS
    from saigen_worker.alerts import read_alerts
    from saigen_worker.places import places
    from saigen_worker.rounds import Desk, forget_refused, play
    from saigen_worker.session import sign_in
    from saigen_worker.steps import Steps

    seconds = seconds_of(environment)
    expected = environment.get("SAIGEN_WORKER") or "worker"
    steps = Steps()
    steps.heed_signals()
    temporary = Path(environment.get("TMPDIR") or DATA / "tmp")
    temporary.mkdir(parents=True, exist_ok=True)
    where = places(environment)
    forget_refused(DATA / "projects")
    while not steps.stopping.is_set():
        account = read_account(FILE, expected)
        try:
            told = sign_in(account, where)
            url = f"{where.git}/{account.organisation}"
            desk = Desk(url, DATA / "projects", {**environment, **told, "SAIGEN_GIT_URL": url}, read_alerts(ALERTS))
            done = play(account, desk, steps, _say, beat.write)
            apart = tuple(name for name in account.projects if name not in done.reached)
            well = f"{len(account.projects) - len(done.troubles)} of {len(account.projects)} projects are well"
            reached = len(done.reached)
        except SaigenError as error:
            well, apart, reached = f"FAIL: {error.what}: {error.why}; next: {error.next}", account.projects, 0
        if not steps.stopping.is_set():
            _say(f"round: {well}; the next one in {seconds} s")
            beat.write(beat.Beat("the rest between two rounds", beat.soon(seconds), reached, apart))
            steps.rest(seconds)
    _say("ended, as asked")
    return 0


def seconds_of(environment: Mapping[str, str]) -> int:
    """SAIGEN_WORKER_SECONDS, 300 if unset. Raises UsageError for what is no number of seconds."""
    text = environment.get("SAIGEN_WORKER_SECONDS") or "300"
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise UsageError(
            "SAIGEN_WORKER_SECONDS is no number of seconds",
            f"expected 1 to 9999, found {text!r}",
            "set SAIGEN_WORKER_SECONDS in .env",
        )
    return int(text)


def _say(line: str) -> None:
    print(line, flush=True)
