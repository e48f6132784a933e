"""Runs as values: what MLflow answers, whichever way it was asked. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from saigen.recording import Recording


@dataclass(frozen=True)
class Run:
    """One run, as it was when it was asked for. `metrics` holds the last value of each; times are ms since 1970."""

    id: str
    experiment_id: str
    name: str
    status: str
    user: str
    start: int
    end: int | None
    artifact_uri: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def recording(self) -> Recording:
        """What its tags say about where it came from."""
        return Recording.from_tags(self.tags)

    @property
    def parent(self) -> str | None:
        """Id of the run that this one is nested in."""
        return self.tags.get("mlflow.parentRunId")


@dataclass(frozen=True)
class Point:
    """One logged value of a metric. `model` and `dataset` are MLflow's ids of what it belongs to, or None."""

    name: str
    value: float
    step: int
    timestamp: int
    model: str | None = None
    dataset: str | None = None


@dataclass(frozen=True)
class LoggedModel:
    """A model that a run logged. `uri` is what MLflow loads it by."""

    id: str
    name: str
    uri: str


@dataclass(frozen=True)
class StoredModel:
    """A logged model, as the server keeps it (MLflow 3). `source_run_id`: the run that made it, or None."""

    model_id: str
    name: str
    source_run_id: str | None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelVersion:
    """A version of a registered model. `run_id` and `model_id`: what it was made of, None where that is not known."""

    name: str
    version: str
    run_id: str | None
    model_id: str | None
    tags: Mapping[str, str] = field(default_factory=dict)


def model_of(found: Any) -> StoredModel:
    """MLflow's own value as ours."""
    return StoredModel(found.model_id, found.name, found.source_run_id or None, dict(found.tags))


def model_of_json(found: Mapping[str, Any]) -> StoredModel:
    """The server's JSON as ours."""
    info = found["info"]
    return StoredModel(info["model_id"], info.get("name", ""), info.get("source_run_id") or None, _pairs(info, "tags"))


def version_of(found: Any) -> ModelVersion:
    """MLflow's own value as ours."""
    model = getattr(found, "model_id", None) or None
    return ModelVersion(found.name, str(found.version), found.run_id or None, model, dict(found.tags))


def version_of_json(found: Mapping[str, Any]) -> ModelVersion:
    """The server's JSON as ours."""
    run, model = found.get("run_id") or None, found.get("model_id") or None
    return ModelVersion(found["name"], str(found["version"]), run, model, _pairs(found, "tags"))


def point_of_json(found: Mapping[str, Any]) -> Point:
    """The server's JSON as ours."""
    value, step, logged = float(found.get("value", "nan")), int(found.get("step", 0)), int(found.get("timestamp", 0))
    return Point(found["key"], value, step, logged, found.get("model_id") or None, found.get("dataset_digest") or None)


def point_of(found: Any) -> Point:
    """MLflow's own value as ours."""
    of_what = (getattr(found, name, None) for name in ("model_id", "dataset_digest"))
    return Point(found.key, found.value, found.step, found.timestamp, *of_what)


def run_of(found: Any) -> Run:
    info, data = found.info, found.data
    return Run(
        id=info.run_id,
        experiment_id=info.experiment_id,
        name=info.run_name or "",
        status=info.status,
        user=data.tags.get("mlflow.user") or info.user_id or "",
        start=info.start_time,
        end=info.end_time,
        artifact_uri=info.artifact_uri,
        metrics=dict(data.metrics),
        params=dict(data.params),
        tags=dict(data.tags),
    )


def run_of_json(found: Mapping[str, Any]) -> Run:
    info, data = found["info"], found.get("data", {})
    tags = _pairs(data, "tags")
    end = info.get("end_time")
    return Run(
        id=info["run_id"],
        experiment_id=info["experiment_id"],
        name=info.get("run_name", ""),
        status=info["status"],
        user=tags.get("mlflow.user") or info.get("user_id", ""),
        start=int(info.get("start_time", 0)),
        end=int(end) if end else None,
        artifact_uri=info.get("artifact_uri", ""),
        metrics={entry["key"]: float(entry.get("value", "nan")) for entry in data.get("metrics", ())},
        params=_pairs(data, "params"),
        tags=tags,
    )


def _pairs(data: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {entry["key"]: entry.get("value", "") for entry in data.get(kind, ())}


def models_of_tag(run: Run) -> list[LoggedModel]:
    try:
        said = json.loads(run.tags.get("mlflow.log-model.history", "[]"))
        paths = [str(one["artifact_path"]) for one in said]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []
    return [LoggedModel(f"{run.id}/{path}", path, f"runs:/{run.id}/{path}") for path in paths]
