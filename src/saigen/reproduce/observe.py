"""What runs logged, asked of the tracking server in as few rounds as it allows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from saigen.project import MetricRules
from saigen.recording import REPRODUCTION, SESSION
from saigen.reproduce.compare import Key, Observed
from saigen.reproduce.match import Node
from saigen.tracking import LoggedModel, Point, Run, Tracking

_AT_ONCE = 8
_NEVER = 1 << 62  # the end, in ms, of a run that was not ended
_MARK = re.compile(r"[0-9a-f]{32}")


def family(tracking: Tracking, run: Run) -> list[Run]:
    """The recorded runs of the command that made this one, deleted ones too: ordinals count them.

    Where nothing says which they are: the run at the top of those that it is nested in, and all below that.
    """
    session, mark = run.recording.session, run.tags.get(REPRODUCTION, "")
    if session is not None:
        siblings = f"tags.`{SESSION}` LIKE '{session.id}:%'"
    elif _MARK.fullmatch(mark):
        siblings = f"tags.`{REPRODUCTION}` = '{mark}'"
    else:
        return _tree(tracking, run)
    same = of_one_command(run, list(tracking.search(list(tracking.experiments()), siblings, deleted=True)))
    return same if any(one.id == run.id for one in same) else [*same, run]


def of_one_command(run: Run, found: Sequence[Run]) -> list[Run]:
    """Those of a session's runs that the command of this run makes. Pure.

    All before the last one of its commit are among them: of a notebook the script of a later cell makes the runs of the
    earlier cells as well, which were recorded with commits of their own. (A program whose code is changed while it runs
    makes more runs than that; then the numbers differ, and nothing is matched.)
    """
    theirs = [one for one in found if one.user == run.user]  # the tag can be written by anyone into a run of theirs
    same = [one for one in theirs if one.recording.commit == run.recording.commit]
    ordinals = [one.recording.session.ordinal for one in same if one.recording.session]
    if run.recording.session is None or not ordinals:
        return same
    last = max(ordinals)
    return [one for one in theirs if one.recording.session and one.recording.session.ordinal <= last]


def made(tracking: Tracking, mark: str) -> list[Run]:
    """The runs that carry the mark of one execution."""
    return list(tracking.search(list(tracking.experiments()), f"tags.`{REPRODUCTION}` = '{mark}'"))


def nodes(runs: Sequence[Run], *, by_ordinal: bool) -> list[Node]:
    """Runs as they are matched: in the order of their ordinals where those are recorded, else of their beginning."""
    return [
        Node(
            id=run.id,
            parent=run.parent,
            order=run.recording.session.ordinal if by_ordinal and run.recording.session else run.start,
            begin=run.start,
            end=run.end or _NEVER,
            params=frozenset(run.params.items()),
        )
        for run in runs
    ]


def observe(tracking: Tracking, runs: Sequence[Run], rules: MetricRules) -> dict[str, Observed]:
    """What these runs logged, by id. Of metrics that the rules leave out only the name is asked for."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        models = dict(zip([run.id for run in runs], pool.map(tracking.logged_models, runs), strict=True))
        asked = [(run.id, name) for run in runs for name in run.metrics if not rules.ignored(name)]
        histories = dict(zip(asked, pool.map(lambda one: tracking.history(*one), asked), strict=True))
    return {
        run.id: Observed(
            metrics={
                **{Key(name): {0: (value,)} for name, value in run.metrics.items() if rules.ignored(name)},
                **series(
                    [point for name in run.metrics for point in histories.get((run.id, name), ())],
                    labels(models[run.id]),
                ),
            },
            params=run.params,
        )
        for run in runs
    }


def series(points: Sequence[Point], models: Mapping[str, str]) -> dict[Key, dict[int, tuple[float, ...]]]:
    """Logged values by what they belong to and by step. Pure."""
    found: dict[Key, dict[int, tuple[float, ...]]] = {}
    for point in points:
        key = Key(point.name, models.get(point.model or "", point.model or ""), point.dataset or "")
        steps = found.setdefault(key, {})
        steps[point.step] = (*steps.get(point.step, ()), point.value)
    return found


def labels(models: Sequence[LoggedModel]) -> dict[str, str]:
    """A name for each logged model that the same model has in another run: its own, and which of them. Pure."""
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for model in models:
        counts[model.name] = counts.get(model.name, 0) + 1
        found[model.id] = model.name if counts[model.name] == 1 else f"{model.name} #{counts[model.name]}"
    return found


def _tree(tracking: Tracking, run: Run) -> list[Run]:
    top = run
    seen = {run.id}
    while top.parent and top.parent not in seen:
        seen.add(top.parent)
        top = tracking.run(top.parent)
    runs, waiting = [top], [top]
    while waiting:
        parent = waiting.pop()
        below = list(tracking.search([top.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.id}'", deleted=True))
        below = [one for one in below if one.id not in {known.id for known in runs}]
        runs += below
        waiting += below
    return runs
