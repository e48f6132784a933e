"""Logged models, as MLflow 3 has them beside runs: made, filled, and marked as complete."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from saigen.track import artifacts
from saigen.track.bring import Brought
from saigen.track.kept import Kept, sorted_out
from saigen.track.names import COMPLETE, CREATED, SOURCE, USER
from saigen.track.old import OldModel
from saigen.track.points import OldPoint, batches
from saigen.track.tags import AUTHOR
from saigen.track.target import Refused, Target

VERSIONS = "mlflow.modelVersions"  # which registered models it is, by the server of its own
_KEPT = "saigen-imported.json"  # at the top of the model's files, where there is something to keep


def known(target: Target) -> Iterator[tuple[str, str, bool]]:
    """Id in the store, id on the server, and whether it is complete, of models that were brought before."""
    everywhere = list(target.tracking.experiments(deleted=True))
    for model in target.tracking.models(everywhere, f"tags.`{SOURCE}` LIKE '%'"):
        yield model.tags[SOURCE], model.model_id, COMPLETE in model.tags


def create(target: Target, model: OldModel, experiment: str, brought: Brought) -> str:
    """Make the model on the server. The id that it has there."""
    marks = {SOURCE: model.id}
    if author := model.tags.get(AUTHOR):
        marks[USER] = author
    if model.created is not None:
        marks[CREATED] = str(model.created)
    run = brought.runs.get(model.run or "")
    make = target.client.create_logged_model
    try:
        made = target.ask(f"model {model.id}", make, experiment, model.name or None, run, marks, None, model.type)
    except Refused:  # the name is not one that a server takes
        made = target.ask(f"model {model.id}", make, experiment, model.id, run, marks, None, model.type)
    return str(made.model_id)


def fill(
    target: Target, model: OldModel, new: str, brought: Brought, roots: Sequence[Path]
) -> tuple[list[str], list[str]]:
    """Write everything that the model has, compare, and mark it as complete; what is missing, and notes."""
    old = artifacts.find(model, roots)
    there = target.ask(f"model {new}", target.client.get_logged_model, new)
    repository = artifacts.remote(target, there.artifact_location)
    listed = artifacts.listing(target, repository)
    kept = artifacts.upload(target, repository, old.files, listed)
    kept += _values(target, model, new)
    for name in model.metrics:
        kept += _metric(target, model, name, new, brought)
    if kept:
        _keep(target, new, kept)
    if model.status in {"READY", "FAILED"} and str(there.status) != model.status:
        target.ask(f"model {new}", target.client.finalize_logged_model, new, model.status)
    missing = [f"model {model.id}: {one}" for one in _missing(target, model, new, kept)]
    missing += [f"model {model.id}: artifact {path}" for path in artifacts.differing(target, repository, old.files)]
    if not missing:
        target.ask(f"model {new}", target.client.set_logged_model_tags, new, {COMPLETE: "yes"})
    return missing, [f"model {model.id}: {old.left}"] if old.left else []


def _values(target: Target, model: OldModel, new: str) -> list[Kept]:
    params, kept = sorted_out("param", model.params)
    tags, unsent = sorted_out("tag", _tags(model))
    kept += [*unsent, *_not_ours(model)]
    for kind, values, send in (
        ("param", params, target.client.log_model_params),
        ("tag", tags, target.client.set_logged_model_tags),
    ):
        kept += _send(target, kind, values, new, send)
    return kept


def _send(target: Target, kind: str, values: dict[str, str], new: str, send: Any) -> list[Kept]:
    """Send params or tags together and, where the server refuses that, one by one."""
    if not values:
        return []
    try:
        target.ask(f"{kind}s of model {new}", send, new, values)
    except Refused:
        kept = []
        for name, value in values.items():
            try:
                target.ask(f"{kind} {name} of model {new}", send, new, {name: value})
            except Refused as refusal:
                kept.append(Kept(kind, name, value, str(refusal)))
        return kept
    return []


def _tags(model: OldModel) -> dict[str, str]:
    return {key: value for key, value in model.tags.items() if not _is_ours(key)}


def _not_ours(model: OldModel) -> list[Kept]:
    return [Kept("tag", key, value, "only the server writes it") for key, value in model.tags.items() if _is_ours(key)]


def _is_ours(key: str) -> bool:
    return key in {AUTHOR, VERSIONS, SOURCE, USER, CREATED, COMPLETE}


def _metric(target: Target, model: OldModel, name: str, new: str, brought: Brought) -> list[Kept]:
    """Log a model's metric to the runs that measured it, in the model's name."""
    from mlflow.entities import Metric

    kept: list[Kept] = []
    for batch in batches(model.points(name)):
        by_run: dict[str, list[Any]] = {}
        for point in batch:
            if isinstance(point, OldPoint) and point.run in brought.runs:
                metric = Metric(name, point.value, point.timestamp, point.step, new, *(point.dataset or ()))
                by_run.setdefault(brought.runs[point.run or ""], []).append(metric)
            else:
                said = point if isinstance(point, str) else json.dumps(asdict(point))
                kept.append(Kept("metric", name, said.strip(), "its run was not brought, or it is no value"))
        for run, metrics in by_run.items():
            refused = target.send(run, "metrics", metrics)
            kept += [Kept("metric", name, f"{one.timestamp} {one.value} {one.step}", why) for one, why in refused]
    return kept


def _missing(target: Target, model: OldModel, new: str, kept: Sequence[Kept]) -> list[str]:
    """Params, tags and metrics that the store has, and the server has not, and that were not kept either."""
    found = target.ask(f"model {new}", target.client.get_logged_model, new)
    aside = {(one.kind, one.name) for one in kept}
    wrong = [f"param {key}" for key, value in model.params.items() if found.params.get(key) != value]
    wrong += [f"tag {key}" for key, value in _tags(model).items() if found.tags.get(key) != value]
    measured = {one.key for one in found.metrics or ()}
    wrong += [f"metric {name}" for name in model.metrics if name not in measured]
    return [one for one in wrong if tuple(one.split(" ", 1)) not in aside]


def _keep(target: Target, new: str, kept: Sequence[Kept]) -> None:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, _KEPT)
        file.write_text(json.dumps([asdict(one) for one in kept], indent=1) + "\n", encoding="utf-8")
        target.ask(f"model {new}", target.client.log_model_artifact, new, str(file))
