"""Which runs have a result that a repetition could be compared with: a metric of their own, or of a nested run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from saigen.project import MetricRules
from saigen.tracking import Run, Tracking

_NESTED = "tags.`mlflow.parentRunId` LIKE '%'"


def without_result(
    tracking: Tracking, runs: Sequence[Run], ignored: Callable[[Run], tuple[str, ...]], *, whole: bool
) -> set[str]:
    """Ids of the finished ones of these runs that logged no metric to compare, and none of whose nested runs did.

    Args:
        ignored: patterns of metrics that the run's project leaves out. whole: `runs` are all that there are.
    """
    bare = [run for run in runs if run.status == "FINISHED" and not _says(run, ignored(run))]
    if not bare:
        return set()
    experiments = sorted({run.experiment_id for run in bare})
    nested = runs if whole else list(tracking.search(experiments, _NESTED))
    return bare_of(bare, [(run.id, run.parent, _says(run, ignored(run))) for run in nested])


def bare_of(bare: Iterable[Run], nested: Sequence[tuple[str, str | None, bool]]) -> set[str]:
    """Those of these runs below which no run has a result. Pure.

    Args:
        nested: id, parent and whether it has a result, of every run.
    """
    parents = {run: parent for run, parent, _ in nested}
    has: set[str] = set()
    for run, _, says in nested:
        above: str | None = run
        while says and above is not None and above not in has:
            has.add(above)
            above = parents.get(above)
    return {run.id for run in bare} - has


def _says(run: Run, ignored: tuple[str, ...]) -> bool:
    rules = MetricRules(ignored)
    return any(not rules.ignored(name) for name in run.metrics)
