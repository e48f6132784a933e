"""The locks of runs whose commits could not take them: artifacts, asked for once a lock; by a deep audit once a run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from saigen import pins
from saigen.audit.facts import Lack, Reason
from saigen.errors import SaigenError
from saigen.tracking import Run, Tracking

_AT_ONCE = 8


def stored_locks(tracking: Tracking, runs: Sequence[Run], deep: bool = False) -> Mapping[str, tuple[Reason, ...]]:
    """What is wrong with the lock of each run that has it as an artifact, by run id; nothing where it is as recorded.

    Args:
        deep: read every run's own. Otherwise one that has it stands for all that have the same.
    """
    held = {run.id: digest for run in runs if (digest := _digest(run))}
    first = _read_all(tracking, held if deep else {run: digest for digest, run in _one_each(held).items()})
    same = {held[run]: found.reasons for run, found in first.items() if not found.own}
    rest = {run: digest for run, digest in held.items() if digest not in same and run not in first}
    read = {**first, **_read_all(tracking, rest)}
    return {run: read[run].reasons if run in read else same[digest] for run, digest in held.items()}


class _Found(NamedTuple):
    """What is wrong with a lock. `own`: it says nothing about other runs that have the same."""

    reasons: tuple[Reason, ...]
    own: bool = False


def _read_all(tracking: Tracking, held: Mapping[str, str]) -> dict[str, _Found]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(held, pool.map(lambda run: _read(tracking, run, held[run]), held), strict=True))


def _digest(run: Run) -> str | None:
    """The hash of a run's lock where no commit holds it."""
    environment, recording = run.recording.environment, run.recording
    return environment.lock if environment and not environment.lock_path and recording.commit else None


def _one_each(held: Mapping[str, str]) -> dict[str, str]:
    """The first run of each lock, which is the newest."""
    found: dict[str, str] = {}
    for run, digest in held.items():
        found.setdefault(digest, run)
    return found


def _read(tracking: Tracking, run: str, digest: str) -> _Found:
    try:
        text = tracking.stored_text(run, pins.ARTIFACT)
    except SaigenError as error:
        return _Found((Reason(Lack.UNREADABLE, f"{error.what}: {error.why}"),))
    if text is None:
        what = "what it was installed from is in no file of the commit, and no artifact"
        return _Found((Reason(Lack.LOCK, what),), own=True)
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        return _Found((Reason(Lack.LOCK, f"its artifact {pins.ARTIFACT} is not the one that was installed"),), own=True)
    unusual = [f"it would fetch by an address of its own: {line}" for line in pins.unusual(text)]
    return _Found(tuple(Reason(Lack.LOCK, what) for what in (*pins.lacking(text), *unusual)))
