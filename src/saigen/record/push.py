"""`saigen push` and `saigen status`: what recordings of this machine still wait for, and doing it now."""

from __future__ import annotations

import os
from dataclasses import dataclass

from saigen.login.session import use
from saigen.record import spool
from saigen.record.process import is_running
from saigen.record.spool import Entry
from saigen.recording import State


@dataclass(frozen=True)
class Waiting:
    """A recording that is not finished.

    Attributes:
        running: whether the process that makes its runs still runs.
        tried: whether what could be done after its end has been done; before that the helper of the run does it.
        state: what the last pass over it found; None before there was one.
    """

    entry: Entry
    running: bool
    tried: bool
    state: State | None


@dataclass(frozen=True)
class Pushed:
    """What was done for one recording. `problem`: why it is not finished, where a service did not do its part."""

    record: str
    commit: str | None
    repository: str | None
    runs: tuple[str, ...]
    state: State
    finished: bool
    problem: str | None = None


def status() -> list[Waiting]:
    """The recordings of this machine that are not finished, the oldest first."""
    found = []
    for entry in spool.pending():
        state = State.parse(str(spool.read_result(entry.record).get("state", "")))
        tried = spool.is_marked(entry.record, spool.ENDED)
        found.append(Waiting(entry, is_running(entry.pid, entry.started), tried, state))
    return found


def push() -> list[Pushed]:
    """Finish every recording of this machine that waits: push its commit, look for its data, tell its runs.

    Nothing is raised for a service that is away: it is said in what is returned.
    """
    from saigen.record.finish import finish_all

    use(os.environ)
    return [
        Pushed(
            record=outcome.entry.record,
            commit=outcome.entry.commit,
            repository=outcome.entry.repository,
            runs=outcome.runs,
            state=outcome.state,
            finished=not outcome.pending,
            problem=f"{outcome.problem.what}: {outcome.problem.why}" if outcome.problem else None,
        )
        for outcome in finish_all(spool.pending())
    ]
