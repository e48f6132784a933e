"""The decision of an audit: from facts to "can be reproduced" or to what exactly is missing. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from saigen.audit.facts import INSTALLABLE, CommitFacts, Evidence, Lack, Need, Objects, Reason
from saigen.data.pointer import Entry
from saigen.data.remote import Place, key
from saigen.recording import COMMAND, Code, Data, Recording
from saigen.tracking import Run

NAMED = 3  # how many missing files a reason names
_NONE_UNRECORDED = re.compile(r"\s*0\b")


class Outcome(str, Enum):
    """What an audit says of a run."""

    REPRODUCIBLE = "reproducible"
    BY_COMMIT = "by commit"  # everything is there, but the command was not recorded
    MISSING = "not reproducible"
    UNDECIDED = "undecided"  # something could not be read from here
    NO_RESULT = "no result"  # it failed, still runs, or logged no metric: there is nothing to compare with


@dataclass(frozen=True)
class RunFacts:
    """Everything that decides one run.

    Attributes:
        commit: what its commit holds; None where the commit is not there, or could not be asked for.
        unreadable: why its repository could not be asked; None where it could.
        submodules: what its submodules lack. lock: what its lock lacks where that is an artifact; None where it is not.
        bare: neither it nor a run nested in it logged a metric to compare.
        data: what its data lacks. artifacts: what is wrong with its artifacts, or None.
        evidence: its reproductions.
    """

    run: Run
    commit: CommitFacts | None = None
    unreadable: str | None = None
    submodules: tuple[Reason, ...] = ()
    lock: tuple[Reason, ...] | None = None
    bare: bool = False
    data: tuple[Reason, ...] = ()
    artifacts: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What an audit says of a run, and why."""

    run: str
    name: str
    experiment: str
    user: str
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def decide(facts: RunFacts, experiment: str) -> Finding:
    """The finding on one run of the named experiment."""
    run = facts.run
    reasons = _reasons(facts)
    return Finding(
        run=run.id,
        name=run.name,
        experiment=experiment,
        user=run.user,
        outcome=Outcome.NO_RESULT if run.status != "FINISHED" or facts.bare else _outcome(run, reasons),
        reasons=tuple(dict.fromkeys(reasons)),
        evidence=facts.evidence,
    )


def _outcome(run: Run, reasons: Sequence[Reason]) -> Outcome:
    if any(reason.lack is not Lack.UNREADABLE for reason in reasons):
        return Outcome.MISSING
    if reasons:
        return Outcome.UNDECIDED
    return Outcome.REPRODUCIBLE if COMMAND in run.tags else Outcome.BY_COMMIT


def _reasons(facts: RunFacts) -> list[Reason]:
    recording = facts.run.recording
    reasons = [*_of_code(facts, recording), *_of_state(recording, facts.run.tags)]
    if facts.commit is not None:
        reasons += [*_of_tree(facts.commit), *facts.submodules]
        reasons += facts.lock if facts.lock is not None else _of_lock(recording, facts.commit)
        reasons += facts.data
    if facts.artifacts:
        reasons.append(Reason(Lack.ARTIFACTS, facts.artifacts))
    return reasons


def _of_code(facts: RunFacts, recording: Recording) -> list[Reason]:
    if recording.commit is None:
        return [Reason(Lack.RECORDING, "its tags name no commit")]
    if recording.repository is None:
        return [Reason(Lack.REPOSITORY, f"its tags name no repository for commit {recording.commit[:12]}")]
    if facts.unreadable:
        return [Reason(Lack.UNREADABLE, facts.unreadable)]
    if facts.commit is None:
        where = " (only on the machine that ran it)" if _is_local(recording) else ""
        return [Reason(Lack.COMMIT, f"{recording.repository} has no commit {recording.commit[:12]}{where}")]
    return []


def _is_local(recording: Recording) -> bool:
    return recording.state is not None and recording.state.code in {Code.LOCAL, Code.UNPUSHED}


def _of_state(recording: Recording, tags: Mapping[str, str]) -> list[Reason]:
    reasons = []
    state = recording.state
    notes = f": {', '.join(state.notes)}" if state and state.notes else ""
    if state and state.code is Code.PARTIAL:
        reasons.append(Reason(Lack.CODE, f"something that ran is not in the commit{notes}"))
    if state and state.data is Data.MODIFIED:
        reasons.append(Reason(Lack.DATA_STATE, f"data was changed and not added{notes}"))
    if state and state.data is Data.UNKNOWN and (recording.data or recording.data_digest):
        reasons.append(Reason(Lack.DATA_STATE, f"nobody could tell whether the data was as its pointers say{notes}"))
    if COMMAND not in tags and tags.get("uncommitted_changes") == "yes":
        reasons.append(Reason(Lack.CODE, "the tree had uncommitted changes, which nothing recorded"))
    if recording.unrecorded and not _NONE_UNRECORDED.match(recording.unrecorded):
        reasons.append(Reason(Lack.UNRECORDED, f"it read files that nobody tracks: {recording.unrecorded}"))
    return reasons


def _of_tree(commit: CommitFacts) -> list[Reason]:
    if commit.large:
        return [Reason(Lack.CODE, "it has files in Git LFS, which a repetition does not fetch")]
    return []


def _of_lock(recording: Recording, commit: CommitFacts) -> list[Reason]:
    environment = recording.environment
    if environment is not None and environment.lock and environment.lock_path:
        found = commit.locks.get(environment.lock_path)
        if found is None:
            return [Reason(Lack.LOCK, f"the commit has no {environment.lock_path}")]
        if found != environment.lock:
            return [Reason(Lack.LOCK, f"{environment.lock_path} in the commit is not the one that was installed")]
        return [Reason(Lack.LOCK, what) for what in commit.lacking.get(environment.lock_path, ())]
    if environment is not None:
        return [Reason(Lack.LOCK, "the environment was recorded, and what it consists of is in no file of the commit")]
    folder = recording.command.directory if recording.command else ""
    if not any(_serves(path, folder) for path in commit.locks):
        return [Reason(Lack.LOCK, f"the commit has none of {', '.join(INSTALLABLE[1:])} with pinned versions")]
    return []


def _serves(lock: str, folder: str) -> bool:
    """Whether a lock file installs what runs in a folder: it lies there or above."""
    name, where = posixpath.basename(lock), posixpath.dirname(lock).removesuffix(".saigen").rstrip("/")
    return name in INSTALLABLE and (not where or folder == where or folder.startswith(f"{where}/"))


def examine(need: Need, objects: Objects) -> tuple[Reason, ...]:
    """What one output lacks in the storage: objects, or bytes."""
    remote = need.place.remote
    if remote in objects.unreadable:
        return (Reason(Lack.UNREADABLE, f"{need.output.path}: {objects.unreadable[remote]}"),)
    size = objects.sizes.get(need.place)
    if size is None:
        return (Reason(Lack.DATA_OBJECT, f"{need.output.path}: {address(need.place)}"),)
    if need.place in objects.damaged:
        return (Reason(Lack.DATA_CONTENT, f"{need.output.path}: {address(need.place)} is not what its name says"),)
    if not need.output.is_directory:
        return _of_size(need, size)
    entries = objects.lists.get(need.md5)
    if entries is None:
        what = f"{need.output.path}: {address(need.place)} is not a list of files"
        return (Reason(Lack.DATA_CONTENT, what),)
    return _of_entries(need, entries, objects)


def _of_entries(need: Need, entries: Sequence[Entry], objects: Objects) -> tuple[Reason, ...]:
    places = [(entry, place_of(need, entry)) for entry in entries]
    sizes = [objects.sizes.get(place) for _, place in places]
    lost = [pair for pair, size in zip(places, sizes, strict=True) if size is None]
    if lost:
        return (Reason(Lack.DATA_OBJECT, f"{need.output.path}: {_some(lost, len(entries))}"),)
    damaged = [(entry, place) for entry, place in places if place in objects.damaged]
    if damaged:
        return (Reason(Lack.DATA_CONTENT, f"{need.output.path}: {_some(damaged, len(entries))}"),)
    if need.output.files not in {None, len(entries)}:
        what = f"{need.output.path}: the pointer says {need.output.files} files, the list has {len(entries)}"
        return (Reason(Lack.DATA_SIZE, what),)
    return _of_size(need, sum(size or 0 for size in sizes))


def _of_size(need: Need, found: int) -> tuple[Reason, ...]:
    if need.output.size in {None, found}:
        return ()
    what = f"{need.output.path}: the pointer says {need.output.size} bytes, the storage has {found}"
    return (Reason(Lack.DATA_SIZE, what),)


def place_of(need: Need, entry: Entry) -> Place:
    """Where a file of a directory is."""
    return Place(need.place.remote, key(need.place.remote, entry.md5, legacy=need.output.legacy))


def address(place: Place) -> str:
    """A place as people write it: `s3://dvc/demo/files/md5/ab/12...`."""
    return f"s3://{place.remote.bucket}/{place.key}"


def _some(pairs: Sequence[tuple[Entry, Place]], all_files: int) -> str:
    named = ", ".join(f"{entry.path} ({address(place)})" for entry, place in pairs[:NAMED])
    more = f" and {len(pairs) - NAMED} more" if len(pairs) > NAMED else ""
    return f"{len(pairs)} of {all_files} files: {named}{more}"
