"""The locks of runs whose commits could not take them: artifacts, asked for once a lock; by a deep audit once a run."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from saigen import pins
from saigen.audit.facts import Lack, Reason
from saigen.errors import SaigenError
from saigen.tracking import Run, Tracking

_AT_ONCE = 8


def stored_locks(tracking: Tracking, runs: Sequence[Run], deep: bool = False) -> Mapping[str, tuple[Reason, ...]]:
    """What is wrong with the lock of each run that has it as an artifact, by run id; nothing where it is as recorded.

    Args:
        deep: read every run's own. Otherwise one stands for all that have the same, unless something is wrong with it.
    """
    held = {run.id: digest for run in runs if (digest := _digest(run))}
    first = _read_all(tracking, held if deep else {run: digest for digest, run in _one_each(held).items()})
    bad = {held[run] for run, reasons in first.items() if reasons}
    rest = {run: digest for run, digest in held.items() if digest in bad and run not in first}
    found = {**first, **_read_all(tracking, rest)}
    return {run: found.get(run, ()) for run in held}


def _read_all(tracking: Tracking, held: Mapping[str, str]) -> dict[str, tuple[Reason, ...]]:
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


def _read(tracking: Tracking, run: str, digest: str) -> tuple[Reason, ...]:
    try:
        if pins.ARTIFACT not in tracking.artifacts(run, posixpath.dirname(pins.ARTIFACT)):
            return (Reason(Lack.LOCK, "what it was installed from is in no file of the commit, and no artifact"),)
        text = tracking.artifact_text(run, pins.ARTIFACT)
    except SaigenError as error:
        return (Reason(Lack.UNREADABLE, f"{error.what}: {error.why}"),)
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        return (Reason(Lack.LOCK, f"its artifact {pins.ARTIFACT} is not the one that was installed"),)
    unusual = [f"it would fetch by an address of its own: {line}" for line in pins.unusual(text)]
    return tuple(Reason(Lack.LOCK, what) for what in (*pins.lacking(text), *unusual))
