"""`saigen import`: the runs of a folder `mlruns` or a database `mlflow.db`, on the tracking server, with nothing lost.

Each run is made, filled, compared, and only then marked as complete. Cut off anywhere, the next call
goes on with what is not complete; what is, it leaves alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from saigen.data.transfer.progress import Progress
from saigen.track import carry
from saigen.track.carry import Work
from saigen.track.import_plan import Plan, read_plan
from saigen.track.stores import open_store
from saigen.track.target import Target
from saigen.track.verify import KINDS
from saigen.tracking import Tracking

VERSIONS = "model versions"


@dataclass(frozen=True)
class Row:
    """How much of a kind the source has, the server has, and an artifact of its run keeps in place of the server."""

    kind: str
    source: int
    server: int
    kept: int


@dataclass(frozen=True)
class TrackImport:
    """What came of an import.

    Attributes:
        source: path of what was imported; kind: `folder` or `database`.
        experiments: names on the server. runs: of the source; new: made by this call; resumed: an earlier one began
            them; there: complete before.
        rows: what was compared: the runs that this call wrote, with `verify` all of them.
        missing: what the server does not have, and why. notes: what else is to be known.
    """

    source: str
    kind: str
    experiments: tuple[str, ...]
    runs: int
    new: int
    resumed: int
    there: int
    dry_run: bool
    rows: tuple[Row, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 where something is missing on the server."""
        return 1 if self.missing else 0


def import_runs(
    source: Path,
    *,
    experiment_prefix: str = "",
    artifacts: Sequence[Path] = (),
    dry_run: bool = False,
    verify: bool = False,
    tracking: Tracking | None = None,
    progress: Progress | None = None,
) -> TrackImport:
    """Bring experiments, runs and models of a folder or a database of MLflow's to the tracking server.

    Args:
        source: the folder, or the file of an SQLite database. It is read, and never written to.
        experiment_prefix: put before the name of every experiment. One that is there is added to.
        artifacts: further folders from which files may be taken, where a run says that it has them there.
        dry_run: find out what is to be done, and do nothing.
        verify: compare what was complete before as well, from the beginning.

    Raises:
        UsageError: this is neither. BlockedError: an experiment of that name was deleted on the server.
        UnreachableError, NotPermittedError: the server does not answer, or lets this person write nothing.
    """
    target = Target(tracking or Tracking())
    plan = read_plan(target, open_store(source, artifacts), experiment_prefix)
    done = _planned(plan, dry_run=dry_run)
    if dry_run:
        return done
    work = Work(target, plan, progress or Progress())
    carry.make_experiments(work)
    carry.make_runs(work)
    carry.bring_models(work)
    carry.fill_runs(work)
    carry.finish_deletions(work)
    if verify:
        carry.verify_rest(work)
    versions = carry.bring_registry(work)
    tally = work.tally
    rows = [
        Row(kind, tally.source[kind], tally.server[kind], tally.kept[kind]) for kind in KINDS if kind in tally.source
    ]
    if versions.wanted:
        rows.append(Row(VERSIONS, versions.wanted, versions.there, 0))
    return replace(done, rows=tuple(rows), missing=(*done.missing, *work.missing), notes=(*done.notes, *work.notes))


def _planned(plan: Plan, *, dry_run: bool) -> TrackImport:
    return TrackImport(
        source=str(plan.store.path),
        kind=plan.store.kind,
        experiments=plan.names,
        runs=len(plan.runs),
        new=len(plan.todo) - plan.resumed,
        resumed=plan.resumed,
        there=len(plan.runs) - len(plan.todo),
        dry_run=dry_run,
        missing=tuple(f"{one.where}: {one.why}" for one in plan.broken),
        notes=plan.notes,
    )
