"""One run, from a store to the server: made, filled, compared, and only then marked as complete."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from saigen.track import artifacts, links, tags
from saigen.track.kept import Kept, document, sorted_out, unsendable
from saigen.track.names import COMPLETE, KEPT
from saigen.track.old import OldRun
from saigen.track.points import batches
from saigen.track.target import Refused, Target, text_batches

_NAME = 250  # characters of a run's name
ELSEWHERE = "artifacts"  # kind of what is kept where files are not here
_BEGINNING = 1  # ms: a time of 0 means "now" to MLflow


@dataclass
class Brought:
    """What is known on both sides while runs are brought: ids on the server by ids in the store."""

    runs: dict[str, str] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)


def create(target: Target, run: OldRun, experiment: str) -> str:
    """Make the run on the server, with all that only its creation can say. The id that it has there. Raises Refused."""
    first, _ = sorted_out("tag", tags.at_creation(run.id, run.user, run.tags))
    named = {"start_time": run.start or _BEGINNING, "run_name": _name(run)[0]}
    made = target.client.create_run
    try:
        new = target.ask(f"run {run.id}", made, experiment, tags=first, **named)
    except Refused:  # one of the tags: all but where it came from are logged again later, one by one
        marks, _ = sorted_out("tag", tags.at_creation(run.id, run.user, {}))
        new = target.ask(f"run {run.id}", made, experiment, tags=marks, **named)
    return str(new.info.run_id)


def fill(target: Target, run: OldRun, new: str, brought: Brought, roots: Sequence[Path], *, fresh: bool) -> list[Kept]:
    """Write everything that the run has; what did not go where it belongs.

    All of it can be written twice: what a call was cut off in is written again by the next one.

    Args:
        fresh: whether the run was made just now, so that nothing of it can be there.
    """
    from mlflow.entities import Param, RunTag

    kept = [*tags.set_aside(run.tags), *_name(run)[1]]
    params, unsent = sorted_out("param", run.params)
    kept += unsent
    for batch in text_batches(params):
        refused = target.send(new, "params", [Param(name, value) for name, value in batch.items()])
        kept += [Kept("param", one.key, one.value, why) for one, why in refused]
    later, unsent = sorted_out("tag", tags.afterwards(run.tags, brought.runs))
    kept += unsent
    for batch in text_batches(later):
        refused = target.send(new, "tags", [RunTag(name, value) for name, value in batch.items()])
        kept += [Kept("tag", one.key, one.value, why) for one, why in refused]
    kept += _send_points(target, run, new)
    kept += links.send(target, run, new, brought.models)
    kept += _files(target, run, new, roots, fresh=fresh)
    _keep(target, run, new, kept)
    return kept


def finish(target: Target, run: OldRun, new: str) -> None:
    """Say how the run ended, that it is complete and, where it was, that it is deleted."""
    client = target.client
    if run.end:
        target.ask(f"run {run.id}", client.set_terminated, new, run.status, run.end)
    elif run.status != "RUNNING":
        target.ask(f"run {run.id}", client.update_run, new, run.status)
    target.ask(f"run {run.id}", client.set_tag, new, COMPLETE, "yes")
    if run.deleted:
        target.ask(f"run {run.id}", client.delete_run, new)


def _send_points(target: Target, run: OldRun, new: str) -> list[Kept]:
    """Log the history of all metrics to a run, as much at once as MLflow takes, whichever metric it is of."""
    from mlflow.entities import Metric

    kept: list[Kept] = []
    for batch in batches((name, point) for name in run.metrics for point in run.points(name)):
        good = []
        for name, point in batch:
            if isinstance(point, str):
                kept.append(Kept("metric", name, point.rstrip("\r\n"), "this is no line of a metric"))
            else:
                good.append(Metric(name, point.value, point.timestamp, point.step, None, *(point.dataset or ())))
        refused = target.send(new, "metrics", good)
        kept += [Kept("metric", one.key, f"{one.timestamp} {one.value} {one.step}", why) for one, why in refused]
    return kept


def _name(run: OldRun) -> tuple[str, list[Kept]]:
    """The name that a run gets, and what is kept of the one that it has."""
    name = run.tags.get(tags.NAME) or run.name
    if not name:
        return run.id, []
    if why := unsendable("tag", tags.NAME, name):
        return run.id, [Kept("tag", tags.NAME, name, why)]
    if len(name) > _NAME:
        return name[:_NAME], [Kept("tag", tags.NAME, name, f"it is longer than {_NAME} characters, and was cut")]
    return name, []


def _files(target: Target, run: OldRun, new: str, roots: Sequence[Path], *, fresh: bool) -> list[Kept]:
    old = artifacts.find(run, roots)
    kept = [Kept(ELSEWHERE, run.artifact_uri, "", old.left)] if old.left else []
    if not old.files:
        return kept
    uri = target.ask(f"run {new}", target.client.get_run, new).info.artifact_uri
    repository = artifacts.remote(target, uri)
    there = {} if fresh else artifacts.listing(target, repository)
    return kept + artifacts.upload(target, repository, old.files, there)


def _keep(target: Target, run: OldRun, new: str, kept: list[Kept]) -> None:
    """Write what the server has no place for beside the run's other files."""
    folder, _, name = KEPT.rpartition("/")
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, name)
        file.write_text(document(run.meta, kept), encoding="utf-8")
        target.ask(f"artifact {KEPT}", target.client.log_artifact, new, str(file), folder)
