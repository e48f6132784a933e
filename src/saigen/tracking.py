"""The tracking server, as the client uses it: MLflow's own client, with its errors as ours and its runs as values."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from saigen import run_pages
from saigen.errors import BlockedError, NotPermittedError, SaigenError, UnreachableError, UsageError
from saigen.recording import Recording

_PAGE = 1000
_LOGIN = "saigen login URL    (or set MLFLOW_TRACKING_URI, and MLFLOW_TRACKING_USERNAME and _PASSWORD)"


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


class Tracking:
    """A tracking server. Every method raises our errors: NotPermitted, Unreachable, Blocked (no such thing)."""

    def __init__(self, uri: str | None = None) -> None:
        self.uri = uri or os.environ.get("MLFLOW_TRACKING_URI") or _logged_in()
        if not self.uri:
            raise UsageError("no tracking server was named", "expected MLFLOW_TRACKING_URI, found none", _LOGIN)

    @cached_property
    def client(self) -> Any:
        """MLflow's client. It gives up after a few seconds, not after MLflow's default of minutes."""
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
        logging.getLogger("mlflow").setLevel(logging.ERROR)
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=self.uri)

    def run(self, run_id: str) -> Run:
        """The run with this id."""
        with _errors(self.uri, f"run {run_id}"):
            return _run(self.client.get_run(run_id))

    def experiments(self, names: Sequence[str] = (), *, deleted: bool = False) -> dict[str, str]:
        """Name by id: of the named experiments, or of all; with `deleted` also of those that were deleted.

        Raises:
            BlockedError: one of the names is no experiment's.
        """
        found: dict[str, str] = {}
        with _errors(self.uri, "experiments"):
            token = None
            while True:
                page = self.client.search_experiments(3 if deleted else 1, max_results=_PAGE, page_token=token)
                found.update({one.experiment_id: one.name for one in page})
                token = page.token
                if not token:
                    break
        missing = sorted(set(names) - set(found.values()))
        if missing:
            known = ", ".join(sorted(found.values())[:10])
            raise BlockedError(f"no experiment {missing[0]!r}", f"expected one of {known}", "saigen audit    (for all)")
        return {id_: name for id_, name in found.items() if not names or name in names}

    def search(
        self, experiment_ids: Sequence[str], filter: str = "", limit: int | None = None, *, deleted: bool = False
    ) -> Iterator[Run]:
        """Runs of these experiments that MLflow's filter selects, newest first; with `deleted` deleted ones too."""
        query = {
            "experiment_ids": list(experiment_ids),
            "filter": filter,
            "run_view_type": "ALL" if deleted else "ACTIVE_ONLY",
            "max_results": _PAGE if limit is None else min(_PAGE, max(1, limit)),
            "order_by": ["attributes.start_time DESC"],
        }
        if not experiment_ids or limit == 0:
            return
        with _errors(self.uri, "the search"):
            found = self._over_http(query) if urlsplit(self.uri).scheme in {"http", "https"} else self._in_place(query)
            yield from islice(found, limit)

    def _over_http(self, query: Mapping[str, Any]) -> Iterator[Run]:
        _ = self.client  # which sets how often and how long MLflow tries
        return map(_run_of_json, run_pages.search(str(self.uri), query))

    def _in_place(self, query: Mapping[str, Any]) -> Iterator[Run]:
        """The same of a store that is no server: a database or a folder."""
        token = None
        while True:
            page = self.client.search_runs(
                query["experiment_ids"],
                filter_string=query["filter"],
                run_view_type=3 if query["run_view_type"] == "ALL" else 1,
                max_results=query["max_results"],
                order_by=query["order_by"],
                page_token=token,
            )
            yield from map(_run, page)
            token = page.token
            if not token:
                return

    def history(self, run_id: str, metric: str) -> list[Point]:
        """Every logged value of a metric, in the order of steps."""
        with _errors(self.uri, f"metric {metric} of run {run_id}"):
            logged = self.client.get_metric_history(run_id, metric)
        points = [
            Point(
                one.key,
                one.value,
                one.step,
                one.timestamp,
                getattr(one, "model_id", None),
                getattr(one, "dataset_digest", None),
            )
            for one in logged
        ]
        return sorted(points, key=lambda point: (point.step, point.timestamp))

    def logged_models(self, run: Run) -> list[LoggedModel]:
        """The models that a run logged, the first one first; of servers and clients before MLflow 3 as well."""
        before = _models_of_tag(run)
        if before or not hasattr(self.client, "search_logged_models"):
            return before
        with _errors(self.uri, f"the models of run {run.id}"):
            found = self.client.search_logged_models(
                [run.experiment_id],
                filter_string=f"source_run_id = '{run.id}'",
                order_by=[{"field_name": "creation_timestamp", "ascending": True}],
            )
        return [LoggedModel(one.model_id, one.name, f"models:/{one.model_id}") for one in found]

    def run_of_model(self, name: str, version: str | None = None, alias: str | None = None) -> str | None:
        """Id of the run that a registered model's version (without one: its newest) came from, or None."""
        from mlflow.exceptions import MlflowException

        try:
            if alias:
                found = self.client.get_model_version_by_alias(name, alias)
            elif version:
                found = self.client.get_model_version(name, version)
            else:
                versions = self.client.search_model_versions(f"name = '{name}'")
                found = max(versions, key=lambda one: int(one.version), default=None)
        except MlflowException as error:
            if error.get_http_status_code() in {400, 404}:
                return None
            raise _ours(self.uri or "", f"model {name}", error) from error
        return (found.run_id or None) if found else None

    def set_tag(self, run_id: str, key: str, value: str) -> None:
        """Write one tag of a run."""
        with _errors(self.uri, f"tag {key} of run {run_id}"):
            self.client.set_tag(run_id, key, value)

    def log_text(self, run_id: str, text: str, artifact: str) -> None:
        """Write a text as an artifact of a run."""
        with _errors(self.uri, f"artifact {artifact} of run {run_id}"):
            self.client.log_text(run_id, text, artifact)

    def artifact_text(self, run_id: str, artifact: str) -> str:
        """The text of an artifact of a run."""
        from mlflow.artifacts import download_artifacts

        with _errors(self.uri, f"artifact {artifact} of run {run_id}"):
            path = download_artifacts(run_id=run_id, artifact_path=artifact, tracking_uri=self.uri)
            with open(path, encoding="utf-8") as file:  # noqa: PTH123 - a path of MLflow's, as text
                return file.read()

    def artifacts(self, run_id: str) -> list[str]:
        """Paths of what lies at the top of a run's artifacts."""
        with _errors(self.uri, f"the artifacts of run {run_id}"):
            return [one.path for one in self.client.list_artifacts(run_id)]

    def models(self, experiment_ids: Sequence[str], filter: str | None = None) -> list[Any]:
        """Logged models of these experiments, as MLflow's own values."""
        found: list[Any] = []
        token = None
        with _errors(self.uri, "logged models"):
            while experiment_ids:
                page = self.client.search_logged_models(
                    list(experiment_ids), filter_string=filter, page_token=token, max_results=100
                )
                found.extend(page)
                token = page.token
                if not token:
                    break
        return found

    def model(self, model_id: str) -> Any:
        """A logged model by its id, as MLflow's own value."""
        with _errors(self.uri, f"model {model_id}"):
            return self.client.get_logged_model(model_id)

    def versions(self, filter: str = "") -> list[Any]:
        """Versions of registered models that MLflow's filter selects, as MLflow's own values."""
        found: list[Any] = []
        token = None
        with _errors(self.uri, "registered models"):
            while True:
                page = self.client.search_model_versions(filter, max_results=_PAGE, page_token=token)
                found.extend(page)
                token = page.token
                if not token:
                    return found

    def aliases(self, name: str) -> dict[str, str]:
        """Version by alias of a registered model."""
        with _errors(self.uri, f"registered model {name}"):
            return {alias: str(number) for alias, number in self.client.get_registered_model(name).aliases.items()}

    def model_artifacts(self, model_id: str) -> list[str]:
        """Paths of what lies at the top of a logged model's files."""
        with _errors(self.uri, f"the files of model {model_id}"):
            return [one.path for one in self.client.list_logged_model_artifacts(model_id)]


def _run(found: Any) -> Run:
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


def _run_of_json(found: Mapping[str, Any]) -> Run:
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


def _logged_in() -> str | None:
    from saigen.login import saved

    profile = saved()
    return profile.tracking if profile else None


def _models_of_tag(run: Run) -> list[LoggedModel]:
    try:
        said = json.loads(run.tags.get("mlflow.log-model.history", "[]"))
        paths = [str(one["artifact_path"]) for one in said]
    except (ValueError, TypeError, KeyError):
        return []
    return [LoggedModel(f"{run.id}/{path}", path, f"runs:/{run.id}/{path}") for path in paths]


@contextmanager
def _errors(uri: str | None, what: str) -> Iterator[None]:
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        raise _ours(uri or "", what, error) from error
    except OSError as error:
        raise UnreachableError("the tracking server does not answer", f"{uri}: {error}", "saigen doctor") from error


def _ours(uri: str, what: str, error: Any) -> SaigenError:
    status = error.get_http_status_code()
    message = str(error.message).strip().splitlines()[0][:500] if error.message else ""
    if status == 401:
        return NotPermittedError("the tracking server does not know you", f"{uri}: {message}", _LOGIN)
    if status == 403:
        return NotPermittedError(f"the tracking server refuses {what}", message, "ask a maintainer")
    if status == 404:
        return BlockedError(f"there is no {what}", f"{uri}: {message}", "check the id, and MLFLOW_TRACKING_URI")
    if status >= 500:
        return UnreachableError("the tracking server does not answer", f"{uri}: {message}", "saigen doctor")
    return UsageError(f"the tracking server refuses {what}", message, "put right what it names")
