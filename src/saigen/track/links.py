"""What went into a run and what came out of it: datasets and logged models."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

from saigen.track.kept import Kept
from saigen.track.old import Broken, OldRun
from saigen.track.target import Refused, Target

INPUT, OUTPUT = "input", "output"


def send(target: Target, run: OldRun, new: str, models: Mapping[str, str]) -> list[Kept]:
    """Log them to the run, unless an earlier call did; what the server did not take.

    A server takes a dataset twice as one, and refuses a model that it has.

    Args:
        models: id on the server by id in the store.
    """
    from mlflow.entities import LoggedModelOutput

    kept: list[Kept] = []
    ins, outs = _there(target, new)
    for said in _readable(run.inputs(), INPUT, kept):
        if _is_model(said) and models.get(str(said.get("source_id"))) in ins:
            continue
        try:
            target.ask(f"inputs of run {run.id}", target.client.log_inputs, new, **_input(run, said, models))
        except (Refused, OSError, ValueError, KeyError, TypeError) as error:
            kept.append(_kept(INPUT, said, error))
    for said in _readable(run.outputs(), OUTPUT, kept):
        if models.get(str(said.get("source_id"))) in outs:
            continue
        try:
            made = LoggedModelOutput(_model(said, models), int(said.get("step") or 0))
            target.ask(f"outputs of run {run.id}", target.client.log_outputs, new, [made])
        except (Refused, ValueError, TypeError) as error:
            kept.append(_kept(OUTPUT, said, error))
    return kept


def _there(target: Target, new: str) -> tuple[set[str], set[str]]:
    """Ids of the models that went into a run on the server, and of those that came out of it."""
    found = target.ask(f"run {new}", target.client.get_run, new)
    ins = found.inputs.model_inputs if found.inputs else ()
    outs = found.outputs.model_outputs if found.outputs else ()
    return {one.model_id for one in ins or ()}, {one.model_id for one in outs or ()}


def _is_model(said: Mapping[str, Any]) -> bool:
    return said.get("source_type") == "MODEL"


def _readable(every: Sequence[dict[str, Any] | Broken], kind: str, kept: list[Kept]) -> list[dict[str, Any]]:
    kept += [Kept(kind, posixpath.basename(one.where), "", one.why) for one in every if isinstance(one, Broken)]
    return [one for one in every if not isinstance(one, Broken)]


def _input(run: OldRun, said: Mapping[str, Any], models: Mapping[str, str]) -> dict[str, Any]:
    """One input, as MLflow's client takes it. Raises Refused, OSError, ValueError, KeyError."""
    from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelInput

    if _is_model(said):
        return {"models": [LoggedModelInput(_model(said, models))]}
    meta = run.dataset(str(said["source_id"]))
    what = Dataset(
        str(meta["name"]),
        str(meta["digest"]),
        str(meta["source_type"]),
        str(meta["source"]),
        meta.get("schema"),
        meta.get("profile"),
    )
    tags = [InputTag(str(key), str(value)) for key, value in (said.get("tags") or {}).items()]
    return {"datasets": [DatasetInput(what, tags)]}


def _model(said: Mapping[str, Any], models: Mapping[str, str]) -> str:
    source = str(said.get("source_id"))
    if source not in models:
        raise Refused(f"the model {source} was not brought")
    return models[source]


def _kept(kind: str, said: Mapping[str, Any], error: Exception) -> Kept:
    return Kept(kind, str(said.get("source_id")), json.dumps(said, default=str), str(error))
