"""What a store of MLflow's holds, beside what the server has of it: read before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from saigen.errors import BlockedError
from saigen.track.old import Broken, OldExperiment, OldModel, OldRun, Store
from saigen.track.target import Known, Target


@dataclass(frozen=True)
class Plan:
    """What is to be brought.

    Attributes:
        experiments: those of the store, each with the name that it gets on the server.
        known: what the server has, by the id in the store. broken: what cannot be read.
        models: logged models that were not deleted.
    """

    store: Store
    experiments: tuple[tuple[OldExperiment, str], ...]
    runs: tuple[OldRun, ...]
    models: tuple[OldModel, ...]
    known: Mapping[str, Known]
    broken: tuple[Broken, ...]
    notes: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of experiments on the server."""
        return tuple(sorted({name for _, name in self.experiments}))

    @property
    def todo(self) -> list[OldRun]:
        """The runs that are not there, or not wholly."""
        return [run for run in self.runs if not (run.id in self.known and self.known[run.id].complete)]

    @property
    def resumed(self) -> int:
        """How many runs an earlier call began and did not end."""
        return sum(1 for run in self.todo if run.id in self.known)


def read_plan(target: Target, store: Store, prefix: str) -> Plan:
    """Read the store, and ask the server what it has of it.

    Raises:
        UsageError: this is no such store. BlockedError: an experiment of that name was deleted on the server.
    """
    experiments = tuple((one, prefix + one.name) for one in store.experiments())
    runs, models = list[OldRun](), list[OldModel]()
    broken, notes = list[Broken](), list[str]()
    for experiment, name in experiments:
        for run in experiment.runs():
            runs.append(run) if isinstance(run, OldRun) else broken.append(run)
        every = [*experiment.models()]
        broken += [one for one in every if isinstance(one, Broken)]
        found = [one for one in every if isinstance(one, OldModel)]
        models += [one for one in found if not one.deleted]
        notes += _left_out(experiment, name, sum(1 for one in found if one.deleted))
    _require_active(target, {name for _, name in experiments})
    return Plan(store, experiments, tuple(runs), tuple(models), target.known(), tuple(broken), tuple(notes))


def _left_out(experiment: OldExperiment, name: str, deleted_models: int) -> list[str]:
    notes = []
    if traces := experiment.traces():
        notes.append(f"experiment {name}: {traces:,} traces are left out; they stay where they are")
    if deleted_models:
        notes.append(f"experiment {name}: {deleted_models:,} deleted logged models are left out")
    if experiment.deleted:
        notes.append(f"experiment {name} was deleted: its runs are brought as deleted ones, itself it is not deleted")
    return notes


def _require_active(target: Target, names: set[str]) -> None:
    if gone := sorted(names & {one.name for one in target.experiments() if one.lifecycle_stage == "deleted"}):
        raise BlockedError(
            f"the experiment {gone[0]!r} was deleted on the server",
            "MLflow gives its name to no other, and nobody can write to it",
            "let a maintainer restore it, or: saigen import ... --experiment-prefix old/",
        )
