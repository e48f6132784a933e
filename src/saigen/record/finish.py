"""Finishes recordings: pushes, compares the data, and writes onto the runs what the start could not know.

python -m saigen.record.finish begun RECORD         while the training runs: once, as soon as its run is there
python -m saigen.record.finish ended PID STARTED    after it has ended, however it did
python -m saigen.record.finish last PID STARTED     when it is about to end, and nobody could do it afterwards

Each also does what others are about to ask for: a hundred trainings at once need one such process, not a hundred.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from saigen import recording
from saigen.errors import BlockedError, SaigenError, UnreachableError
from saigen.login.session import use
from saigen.record import attempts, spool, unrecorded
from saigen.record.compare import Compared, compare, outputs_of
from saigen.record.deliver import Delivered, deliver, look_into, tracked_paths
from saigen.record.send import Sender
from saigen.record.spool import Entry
from saigen.recording import Code, Data, State
from saigen.tracking import Run, Tracking

_PATIENCE = 30.0  # seconds for a run to appear after its tags were asked for
_PAUSE = 15.0  # seconds until a push is tried once more that may work in a moment
_ORDER = {Code.PARTIAL: 0, Code.LOCAL: 1, Code.UNPUSHED: 1, Code.PUSHED: 2}
_DATA_ORDER = list(Data)

Delivery = dict[tuple[str | None, ...], Delivered]


@dataclass(frozen=True)
class Outcome:
    """What one pass over a recording found and did.

    Attributes:
        pending: something is left to do that may work later.
        problem: why nothing could be told to its runs. unsent: why its data could not be sent, where that was tried.
    """

    entry: Entry
    state: State
    runs: tuple[str, ...]
    pending: bool
    problem: SaigenError | None = None
    unsent: SaigenError | None = None


def finish(entry: Entry, *, ended: bool, wait: bool, known: Delivery, sender: Sender | None = None) -> Outcome:
    """Do what can be done for one recording now, and keep the rest.

    Args:
        ended: whether the process that makes its runs has ended, so that no further run and no further file comes.
        wait: for the first of its runs, if there is none yet.
        known: commits that this process has tried to deliver already; more are added.
        sender: also sends the data that its remotes lack. None: only look for it.
    """
    look_into(entry)
    delivered = Delivered(Code.UNPUSHED) if entry.deferred and not ended else _deliver(entry, known)
    before = spool.read_result(entry.record)
    opened = _opened(entry)
    noted = before.get("modified")
    results = (opened.written - opened.read) if ended else frozenset[str]()
    modified = noted if isinstance(noted, list) else None
    unsent = sender.send(entry, {*results, *(modified or ())}) if sender else None
    compared = compare(entry, modified, results)
    state = _state(entry, delivered, compared)
    looked = compared.data is not Data.UNKNOWN or bool(compared.modified)
    result = {"state": str(state), "modified": list(compared.modified) if looked else noted}
    spool.write_result(entry.record, {**result, **attempts.again(delivered, before)})
    try:
        tracking = Tracking(entry.tracking)
        runs = list(_runs(tracking, entry, wait=wait and not ended))
        for run in runs:
            _write(tracking, run, entry._replace(deferred=entry.deferred and not ended), state, opened, ended=ended)
    except SaigenError as error:
        return Outcome(entry, state, (), pending=True, problem=error, unsent=unsent)
    pending = bool(runs) and (delivered.pending or compared.pending)
    return Outcome(entry, state, tuple(run.id for run in runs), pending, unsent=unsent if compared.pending else None)


def finish_all(
    entries: list[Entry], *, wait_for: str | None = None, sender: Sender | None = None, last: bool = False
) -> Iterator[Outcome]:
    """Finish recordings of processes that may have ended; drops those of which nothing is left to do.

    Args:
        wait_for: the recording whose first run is waited for.
        sender: as of `finish`. A recording that another process is at is waited for then, and passed over without.
        last: their processes count as ended, and another process that is at one is waited for.
    """
    delivered: Delivery = {}
    for entry in entries:
        with spool.locked(entry.record, wait=last or sender is not None) as ours:
            current = spool.read(entry.record)
            if not ours or current is None:
                continue
            ended = last or not entry.is_running
            passed = ended or entry.is_here
            try:
                outcome = (
                    finish(current, ended=ended, wait=entry.record == wait_for, known=delivered, sender=sender)
                    if passed
                    else _early(current, delivered)
                )
            except Exception as error:  # whatever is wrong with one recording, the others go on
                outcome = _unfinished(current, error)
            if passed and outcome.problem is None and (ended or outcome.runs):
                spool.mark(entry.record, spool.ENDED if ended else spool.BEGUN)
            yield outcome
            if ended and not outcome.pending:
                spool.remove(entry.record)


def _early(entry: Entry, known: Delivery) -> Outcome:
    """Deliver the commit of a training that runs elsewhere. What its checkout holds is seen and said there alone."""
    look_into(entry)
    delivered = _deliver(entry, known)
    return Outcome(entry, State(delivered.code, Data.UNKNOWN), (), pending=True)


def _unfinished(entry: Entry, error: Exception) -> Outcome:
    why = f"{type(error).__name__}: {error}"
    problem = (
        error if isinstance(error, SaigenError) else BlockedError("a recording is not finished", why, "saigen push")
    )
    state = State.parse(str(spool.read_result(entry.record).get("state", "")))
    return Outcome(entry, state or State(Code.UNPUSHED, Data.UNKNOWN), (), pending=True, problem=problem)


def _deliver(entry: Entry, known: Delivery) -> Delivered:
    """Deliver a recording's commit, unless that was tried a moment ago for another recording of it."""
    what = (entry.git, entry.objects, entry.commit, entry.branch)
    if what not in known:
        known[what] = deliver(entry)
    return known[what]


def _opened(entry: Entry) -> unrecorded.Opened:
    try:
        with (spool.folder(entry.record) / "opened").open("rb") as file:
            return unrecorded.parse(file)
    except OSError:
        return unrecorded.Opened()


def _state(entry: Entry, delivered: Delivered, compared: Compared) -> State:
    notes = [*entry.notes, *([delivered.note] if delivered.note else []), *compared.notes]
    code = delivered.code
    if entry.partial and code is not Code.PARTIAL:
        notes += [] if code is Code.PUSHED else [f"code is {code.value}"]
        code = Code.PARTIAL
    return State(code, compared.data, tuple(dict.fromkeys(notes)))


def _runs(tracking: Tracking, entry: Entry, *, wait: bool) -> Iterator[Run]:
    """The runs of a recording. With `wait`: as soon as there is one, while its process runs."""
    until = time.monotonic() + _PATIENCE
    pause = 0.5
    while True:
        found = list(tracking.search(list(tracking.experiments()), f"tags.`{recording.RECORD}` = '{entry.record}'"))
        if found or not wait or time.monotonic() > until or not entry.is_running:
            yield from found
            return
        time.sleep(pause)
        pause = min(pause * 2, 4.0)


def _write(tracking: Tracking, run: Run, entry: Entry, state: State, opened: unrecorded.Opened, *, ended: bool) -> None:
    """Write onto a run what it does not say yet.

    The state comes last, after the uploads too: whoever reads it finds what it speaks of.
    """
    said = run.tags
    new: dict[str, str] = {}
    if recording.COMMIT not in said and entry.commit and not entry.deferred:
        new[recording.COMMIT] = entry.commit
    if recording.DATA not in said and entry.place is not None and entry.place.exists and entry.commit:
        data = {one.path: one.md5 for one in outputs_of(entry) if one.md5}
        new[recording.DATA] = recording.fitting(recording.render_data(data), len(data))
    if ended:
        new |= _seen(said, entry, opened)
    for key, value in new.items():
        if said.get(key) != value:
            tracking.set_tag(run.id, key, value)
    _upload(tracking, run, entry)
    before, now = said.get(recording.STATE), str(_told(said, entry, state))
    if before != now and _may_follow(before, now):
        tracking.set_tag(run.id, recording.STATE, now)


def _told(said: Mapping[str, str], entry: Entry, state: State) -> State:
    """The state, with a note where the code of the training says another data version than was found."""
    own = said.get(recording.DATA_VERSION)
    if not own or not entry.data_version or own == entry.data_version or _is_some(own, entry):
        return state
    note = f"the code says data_version {own}, found was {entry.data_version}"
    return replace(state, notes=(*state.notes, note))


def _is_some(own: str, entry: Entry) -> bool:
    """Whether it is the ids of some of the data that was found: a run need not use all of it."""
    return set(own.split(",")) <= set(entry.versions.values())


def _seen(said: Mapping[str, str], entry: Entry, opened: unrecorded.Opened) -> dict[str, str]:
    """What the opened files say: what nobody tracks, and which of the data it was."""
    new: dict[str, str] = {}
    if entry.place is not None and entry.place.exists and entry.commit and recording.UNRECORDED not in said:
        found = unrecorded.untracked_reads(opened, tracked_paths(entry), entry.data)
        # What a program only looked for was opened as well, and was not there.
        unknown = [path for path in found if (entry.place.root / path).is_file()]
        if unknown:
            new[recording.UNRECORDED] = unrecorded.render(unknown)
    used = unrecorded.used(opened, entry.versions)
    told = ",".join(sorted({entry.versions[path] for path in used}))
    own = said.get(recording.DATA_VERSION)
    if told and own is not None and own == entry.data_version:
        new[recording.DATA_VERSION] = told
    return new


def _may_follow(old: str | None, new: str) -> bool:
    """Whether a state may replace another: neither of its two words gets worse."""
    before, after = State.parse(old or ""), State.parse(new)
    if before is None or after is None:
        return True
    better_data = _DATA_ORDER.index(after.data) >= _DATA_ORDER.index(before.data)
    return _ORDER[after.code] >= _ORDER[before.code] and better_data


def _upload(tracking: Tracking, run: Run, entry: Entry) -> None:
    """Upload the whole of what is too long for a tag, once."""
    texts = dict(entry.artifacts)
    data = recording.render_data(entry.data)
    if len(data.encode()) > recording.LARGEST:
        texts[recording.DATA_ARTIFACT] = data
    done = spool.folder(entry.record) / f"uploaded-{run.id}"
    if texts and not done.exists():
        for artifact, text in texts.items():
            tracking.log_text(run.id, text, artifact)
        done.touch()


def _of_others(stage: str, ours: list[Entry]) -> Iterator[Entry]:
    """Recordings of the same repository and server that wait for the same pass.

    The newest first, since whoever waits for a process looks whether its first one is done.
    """
    done, places = {entry.record for entry in ours}, {(entry.git, entry.tracking) for entry in ours}
    for entry in reversed(spool.pending()):
        if entry.record in done or (entry.git, entry.tracking) not in places or spool.is_marked(entry.record, stage):
            continue
        if entry.is_here if stage == spool.BEGUN else not entry.is_running:
            yield entry


def _of_process(pid: int, started: int) -> list[Entry]:
    return [entry for entry in spool.pending() if entry.is_here and (entry.pid, entry.started) == (pid, started)]


def _last(ours: list[Entry]) -> int:
    problems = [outcome.problem for outcome in finish_all(ours, last=True) if outcome.problem]
    return UnreachableError.exit_code if problems else 0


def main(arguments: list[str]) -> int:
    """Finish what a helper asks for. Its exit code: 0, or 4 where a service did not answer."""
    use(os.environ)
    stage, asked = arguments[0], None
    if stage == spool.LAST:
        return _last(_of_process(int(arguments[1]), int(arguments[2])))
    if stage == spool.BEGUN:
        asked = arguments[1]
        ours = [entry for entry in [spool.read(asked)] if entry]
    else:
        ours = _of_process(int(arguments[1]), int(arguments[2]))
    others = list(_of_others(stage, ours))
    problems, arrived = [], False
    for outcome in finish_all([*ours, *others], wait_for=asked):
        arrived |= outcome.state.code is Code.PUSHED
        problems += [outcome.problem] if outcome.problem else []
        if isinstance(outcome.problem, UnreachableError):
            for other in others:  # this was their attempt too; `saigen push` makes the next
                spool.mark(other.record, stage)
            break
    # A forge that was busy, or starts, is back in a moment. While the training runs, only one that answers is asked.
    again = not problems and (arrived or stage == spool.ENDED)
    left = attempts.left_behind(ours, arrived=arrived) if again else []
    if left and not arrived:
        time.sleep(_PAUSE)
    for outcome in finish_all(left):
        if outcome.state.code is Code.UNPUSHED:
            break
    if stage == spool.ENDED:
        spool.tidy()
    return UnreachableError.exit_code if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
