"""The steps of an import: make what is missing, fill it, compare it, and mark it as complete."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

from saigen.data.transfer.crew import each
from saigen.data.transfer.progress import Progress
from saigen.errors import BlockedError, NotPermittedError
from saigen.track import bring, experiments, models, registry
from saigen.track.bring import Brought
from saigen.track.import_plan import Plan
from saigen.track.old import OldExperiment, OldModel, OldRun
from saigen.track.registry import Registered
from saigen.track.target import Refused, Target
from saigen.track.verify import Tally, compare, compare_end

_AT_ONCE = 4


@dataclass
class Work:
    """An import under way.

    Attributes:
        experiments: id on the server by name. fresh: ids in the store of runs that this call made.
    """

    target: Target
    plan: Plan
    progress: Progress
    experiments: dict[str, str] = field(default_factory=dict)
    brought: Brought = field(default_factory=Brought)
    fresh: set[str] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def name_of(self, experiment: OldExperiment) -> str:
        return next(name for one, name in self.plan.experiments if one is experiment)


def make_experiments(work: Work) -> None:
    """Make the experiments that are not there.

    Raises:
        BlockedError: the server takes no experiment of such a name.
    """
    try:
        made = experiments.make(work.target, work.plan.experiments)
    except Refused as refusal:
        raise BlockedError(
            "the server does not take an experiment of this name",
            str(refusal),
            "put it right in a copy of what is imported",
        ) from refusal
    work.experiments = made.ids
    work.notes += made.notes


def make_runs(work: Work) -> None:
    """Make the runs that are not there, all of them before any is filled: they name each other."""
    work.brought.runs = {source: one.id for source, one in work.plan.known.items()}
    waiting = [run for run in work.plan.todo if run.id not in work.brought.runs]
    work.progress.step("making runs", len(waiting))

    def make(run: OldRun) -> None:
        try:
            new = bring.create(work.target, run, work.experiments[work.name_of(run.experiment)])
        except Refused as refusal:
            work.missing.append(f"run {run.id}: {_said(refusal)}")
        else:
            with work.lock:
                work.brought.runs[run.id] = new
                work.fresh.add(run.id)
        work.progress.advance()

    each(waiting, make, _AT_ONCE)


def bring_models(work: Work) -> None:
    """Make and fill the logged models that are not complete."""
    if not work.plan.models:
        return
    there = {source: (new, done) for source, new, done in models.known(work.target)}
    work.progress.step("logged models", len(work.plan.models))

    def carry(model: OldModel) -> None:
        new, complete = there.get(model.id, ("", False))
        missing, notes = list[str](), list[str]()
        try:
            new = new or models.create(
                work.target, model, work.experiments[work.name_of(model.experiment)], work.brought
            )
            with work.lock:
                work.brought.models[model.id] = new
            if not complete:
                missing, notes = models.fill(work.target, model, new, work.brought, work.plan.store.roots)
        except (Refused, NotPermittedError) as refusal:
            missing = [f"model {model.id}: {_said(refusal)}"]
        with work.lock:
            work.missing += missing
            work.notes += notes
        work.progress.advance()

    each(work.plan.models, carry, _AT_ONCE)


def fill_runs(work: Work) -> None:
    """Fill the runs that are not complete, compare each, and mark those of which nothing is missing."""
    todo = [run for run in work.plan.todo if run.id in work.brought.runs]
    work.progress.step("runs", len(todo))

    def carry(run: OldRun) -> None:
        new = work.brought.runs[run.id]
        try:
            kept = bring.fill(work.target, run, new, work.brought, work.plan.store.roots, fresh=run.id in work.fresh)
            notes = [f"run {run.id}: {one.why}" for one in kept if one.kind == bring.ELSEWHERE]
            tally, missing = compare(work.target, run, new, work.brought, work.plan.store.roots)
            if not missing:
                bring.finish(work.target, run, new)
                missing = compare_end(work.target, run, new)
        except (Refused, NotPermittedError) as refusal:
            tally, missing, notes = Tally(), [f"run {run.id}: {_said(refusal)}"], []
        with work.lock:
            work.tally.add(tally)
            work.missing += missing
            work.notes += notes
        work.progress.advance()

    each(todo, carry, _AT_ONCE)


def finish_deletions(work: Work) -> None:
    """Delete what a call that was cut off left: complete on the server, deleted in the store, and not yet there."""
    for run in work.plan.runs:
        known = work.plan.known.get(run.id)
        if not (run.deleted and known and known.complete):
            continue
        try:
            info = work.target.ask(f"run {known.id}", work.target.client.get_run, known.id).info
            if info.lifecycle_stage != "deleted":
                work.target.ask(f"run {known.id}", work.target.client.delete_run, known.id)
        except (Refused, NotPermittedError) as refusal:
            work.missing.append(f"run {run.id}: its deletion: {_said(refusal)}")


def verify_rest(work: Work) -> None:
    """Compare the runs that were complete before, from the beginning."""
    before = {run.id for run in work.plan.todo}
    rest = [run for run in work.plan.runs if run.id not in before]
    work.progress.step("comparing", len(rest))

    def check(run: OldRun) -> None:
        new = work.brought.runs[run.id]
        try:
            tally, missing = compare(work.target, run, new, work.brought, work.plan.store.roots)
            missing += compare_end(work.target, run, new)
        except (Refused, NotPermittedError) as refusal:
            tally, missing = Tally(), [f"run {run.id}: {_said(refusal)}"]
        with work.lock:
            work.tally.add(tally)
            work.missing += missing
        work.progress.advance()

    each(rest, check, _AT_ONCE)


def bring_registry(work: Work) -> Registered:
    """Bring the registered models, one after the other: their versions count up in the order they are made."""
    found, broken = work.plan.store.registered()
    done = Registered(missing=[f"{one.where}: {one.why}" for one in broken])
    work.progress.step("registered models", len(found))
    for model in found:
        registry.bring(work.target, model, work.brought, done)
        work.progress.advance()
    work.missing += done.missing
    work.notes += done.notes
    return done


def _said(error: Exception) -> str:
    return " ".join(str(error).split())
