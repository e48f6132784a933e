"""The tags of this process's runs: found once, said for each run, found again when data or loaded code has changed."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from saigen import recording
from saigen.record import container, launch, notebook, spool
from saigen.record.asking import ask
from saigen.record.place import loaded_sources
from saigen.record.process import here
from saigen.record.spool import Entry
from saigen.record.started import Started
from saigen.recording import Code, Data, Session, State, fitting, render_data
from saigen.text import utf8

if TYPE_CHECKING:
    from saigen.record.gather import Gathered

Stamp = tuple[int, int, int] | None


class Memo(NamedTuple):
    """What was found, and when it stops being true."""

    pid: int
    made: float
    entry: Entry
    tags: Mapping[str, str]
    stamps: Mapping[Path, Stamp]
    cells: int


class Recorder:
    """Answers the tags. One a process; a forked child finds its own."""

    def __init__(self, started: Started) -> None:
        self._started = started
        self._memo: Memo | None = None
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def tags(self) -> dict[str, str]:
        """Tags of the next run, as `saigen.recording` describes them."""
        if self._pid != os.getpid():  # forked: a thread of the parent may have held the lock for ever
            self._pid, self._lock = os.getpid(), threading.Lock()
        with self._lock:
            memo = self._memo
            if memo is None or not self._is_current(memo):
                memo = self._begin()
            tags = dict(memo.tags)
        tags[recording.SESSION] = str(Session(memo.entry.session, spool.next_ordinal(memo.entry.session)))
        if state := spool.read_result(memo.entry.record).get("state"):
            tags[recording.STATE] = str(state)
        return _without_given(tags)

    def place_tags(self) -> dict[str, str]:
        """Where the code is: what is said of something that is no run, as of a dataset."""
        tags = self._memo.tags if self._memo else {}
        return {key: tags[key] for key in (recording.COMMIT, recording.REPOSITORY) if key in tags}

    def _is_current(self, memo: Memo) -> bool:
        if memo.pid != os.getpid() or memo.cells != _count_cells():
            return False
        if any(stamp != _stamp(path) for path, stamp in memo.stamps.items()):
            return False
        return all(_changed(file) <= memo.made for file in loaded_sources(self._started.place))

    def _begin(self) -> Memo:
        made, first = time.time(), self._memo is None or self._memo.pid != os.getpid()
        found = self._gather()
        entry = _entry(found, self._started)
        root = self._started.place.root if self._started.place else None
        stamps = {root / name: _stamp(root / name) for name in found.pointers} if root else {}
        memo = Memo(os.getpid(), made, entry, _tags(found, entry), stamps, _count_cells())
        self._keep(entry, first=first)
        self._memo = memo
        if entry.deferred:
            notebook.when_cell_ends(lambda: self._complete(memo))
        return memo

    def _gather(self) -> Gathered:
        place, watch = self._started.place, self._started.watch
        with watch.pause() if watch else nullcontext(), ask(place) if place else nullcontext() as asked:
            from saigen.record.gather import gather  # and all that it imports, while Git looks at the files

            return gather(self._started, asked)

    def _keep(self, entry: Entry, *, first: bool) -> None:
        folder = spool.write(entry)
        if self._started.watch is not None:
            self._started.watch.keep_in(str(folder / "opened"), entry.data)
        launch.helper(entry, wait=first)
        if first:
            container.finish_at_exit(entry)

    def _complete(self, memo: Memo) -> bool:
        """After a notebook's cell: once its run has ended, record the cells that made it. True when that is done."""
        if notebook.has_active_run():
            return False
        entry = spool.read(memo.entry.record)
        if entry is not None and entry.deferred:
            if memo.cells != _count_cells():
                found = self._gather()
                entry = entry._replace(commit=found.snapshot.commit if found.snapshot else entry.commit)
            spool.write(entry._replace(deferred=False))
            launch.helper(entry, wait=False)
        return True


def _entry(found: Gathered, started: Started) -> Entry:
    place, snapshot = found.place, found.snapshot
    profile = found.destination
    text = found.command.to_json() if found.command else ""
    return Entry(
        record=spool.new_id(),
        pid=os.getpid(),
        started=started_at(),
        tracking=_tracking_uri(),
        folder=str(started.folder),
        created=int(time.time() * 1000),
        where=here(),
        root=str(place.root) if place else None,
        git=str(place.git) if place else None,
        common=str(place.common) if place else None,
        objects=str(found.objects) if found.objects else None,
        commit=snapshot.commit if snapshot else None,
        head=snapshot.head if snapshot else None,
        branch=snapshot.branch if snapshot else None,
        repository=profile.identity if profile else os.environ.get("SAIGEN_REPOSITORY"),
        session=found.origin.session,
        deferred=notebook.shell() is not None,
        partial=found.partial,
        promised=place is None and snapshot is not None,
        notes=tuple(dict.fromkeys(found.notes)),
        data=found.data,
        versions=found.versions,
        data_version=",".join(sorted(used_versions(found, started))) or None,
        described=found.described,
        artifacts=found.artifacts
        | ({recording.COMMAND_ARTIFACT: text} if len(text.encode()) > recording.LARGEST else {}),
    )


def used_versions(found: Gathered, started: Started) -> set[str]:
    """Ids of the data that the run has read until now; of all data that is here, where it has read none yet."""
    from saigen.record.unrecorded import used

    read = used(started.watch.opened(), found.versions) if started.watch else set()
    return {found.versions[path] for path in (read or found.versions)}


def _tags(found: Gathered, entry: Entry) -> dict[str, str]:
    allowed = found.destination is not None and found.destination.refused is None
    notes = list(entry.notes)
    if found.destination is not None and found.destination.refused:
        notes.append(f"not pushed, {found.destination.refused}")
    code = Code.PARTIAL if found.partial else Code.UNPUSHED if allowed else Code.LOCAL
    if entry.promised:
        code = Code.PUSHED
    data = render_data(found.data)
    tags: dict[str, str | None] = {
        recording.RECORD: entry.record,
        recording.COMMIT: None if entry.deferred else entry.commit,
        recording.REPOSITORY: entry.repository,
        recording.BRANCH: entry.branch,
        recording.COMMAND: fitting(found.command.to_json(), len(found.command.arguments)) if found.command else None,
        recording.ENVIRONMENT: found.environment.to_json() if found.environment else None,
        recording.DATA: fitting(data, len(found.data)) if found.described else None,
        recording.DATA_VERSION: entry.data_version,
        recording.STATE: str(State(code, Data.UNKNOWN, tuple(notes))),
    }
    told = {key: utf8(value) for key, value in tags.items() if value}
    return {key: value for key, value in told.items() if len(value.encode()) <= recording.LARGEST}


def started_at() -> int:
    """When this process was started, as `saigen.record.process` counts it."""
    from saigen.record.process import look

    found = look(os.getpid())
    return found.started if found else 0


def _tracking_uri() -> str | None:
    import sys

    mlflow = sys.modules.get("mlflow")
    ask = getattr(mlflow, "get_tracking_uri", None)
    return str(ask()) if ask else os.environ.get("MLFLOW_TRACKING_URI")


def _without_given(tags: dict[str, str]) -> dict[str, str]:
    """Without those that MLflow's own MLFLOW_RUN_CONTEXT gives: whoever set it, as a reproduction does, wins."""
    try:
        given = json.loads(os.environ.get("MLFLOW_RUN_CONTEXT", "{}"))
    except ValueError:
        return tags
    return {key: value for key, value in tags.items() if key not in given} if isinstance(given, dict) else tags


def _count_cells() -> int:
    running = notebook.shell()
    return len(running.history_manager.input_hist_parsed) if running is not None else 0


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
