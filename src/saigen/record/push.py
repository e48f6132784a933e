"""`saigen push` and `saigen status`: what recordings of this machine still wait for, and doing it now."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saigen.data.transfer.progress import Progress
from saigen.errors import BlockedError, UnreachableError
from saigen.login.session import use
from saigen.record import spool
from saigen.record.spool import Entry
from saigen.recording import State

if TYPE_CHECKING:
    from saigen.record.finish import Outcome


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
    """What was done for one recording.

    Attributes:
        problem: why it is not finished, where more is known than its state says.
        answered: False where it is not finished because a service did not do its part.
    """

    record: str
    commit: str | None
    repository: str | None
    runs: tuple[str, ...]
    state: State
    finished: bool
    problem: str | None = None
    answered: bool = True


def status() -> list[Waiting]:
    """The recordings of this machine that are not finished, the oldest first."""
    found = []
    for entry in spool.pending():
        state = State.parse(str(spool.read_result(entry.record).get("state", "")))
        tried = spool.is_marked(entry.record, spool.ENDED)
        found.append(Waiting(entry, entry.is_running, tried, state))
    return found


def push(progress: Progress | None = None) -> list[Pushed]:
    """Finish every recording of this machine that waits: push its commit, send its data, tell its runs.

    Nothing is raised for a service that is away, nor for data that is not here: it is said in what is returned.

    Args:
        progress: where it is said how far the data is; nowhere by default.
    """
    from saigen.record.finish import finish_all
    from saigen.record.send import Sender

    use(os.environ)
    return [_pushed(outcome) for outcome in finish_all(spool.pending(), sender=Sender(progress or Progress()))]


def _pushed(outcome: Outcome) -> Pushed:
    why = outcome.problem or outcome.unsent
    return Pushed(
        record=outcome.entry.record,
        commit=outcome.entry.commit,
        repository=outcome.entry.repository,
        runs=outcome.runs,
        state=outcome.state,
        finished=not outcome.pending,
        problem=f"{why.what}: {why.why}" if why else None,
        answered=isinstance(outcome.problem, BlockedError | None) and not isinstance(outcome.unsent, UnreachableError),
    )
