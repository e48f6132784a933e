"""The tracking server, as the client uses it: with its errors as ours, and what it holds as values."""

from __future__ import annotations

import logging
import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from saigen.errors import BlockedError, UsageError
from saigen.tracking.errors import LOGIN, our_errors
from saigen.tracking.pages import every_value, pages
from saigen.tracking.rest import DEFAULTS, AnswerError, Rest, connect
from saigen.tracking.runs import (
    LoggedModel,
    ModelVersion,
    Point,
    Run,
    StoredModel,
    model_of,
    model_of_json,
    models_of_tag,
    point_of,
    point_of_json,
    run_of,
    run_of_json,
    version_of,
    version_of_json,
)

_PAGE = 1000
_MODELS = 100  # as many as MLflow's server gives at once
_NO_SUCH_PATH = 404
_NEWEST = ["attributes.start_time DESC"]


class Tracking:
    """A tracking server. Every method raises our errors: NotPermitted, Unreachable, Blocked (no such thing)."""

    def __init__(self, uri: str | None = None) -> None:
        self.uri = uri or os.environ.get("MLFLOW_TRACKING_URI") or _logged_in()
        if not self.uri:
            raise UsageError("no tracking server was named", "expected MLFLOW_TRACKING_URI, found none", LOGIN)

    @cached_property
    def client(self) -> Any:
        """MLflow's own client, for all that is not asked for often. It gives up after seconds, not after minutes."""
        for name, value in DEFAULTS.items():
            os.environ.setdefault(name, value)
        logging.getLogger("mlflow").setLevel(logging.ERROR)
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=self.uri)

    @cached_property
    def _rest(self) -> Rest | None:
        """The server by its REST API; None where everything goes through MLflow's client."""
        return connect(str(self.uri))

    def run(self, run_id: str) -> Run:
        """The run with this id."""
        with our_errors(self.uri, f"run {run_id}"):
            if self._rest:
                return run_of_json(self._rest.get("runs/get", run_id=run_id)["run"])
            return run_of(self.client.get_run(run_id))

    def experiments(self, names: Sequence[str] = (), *, deleted: bool = False) -> dict[str, str]:
        """Name by id: of the named experiments, or of all; with `deleted` also of those that were deleted.

        Raises:
            BlockedError: one of the names is no experiment's.
        """
        with our_errors(self.uri, "experiments"):
            if self._rest:
                view = "ALL" if deleted else "ACTIVE_ONLY"
                every = self._rest.every("POST", "experiments/search", "experiments", view_type=view, max_results=_PAGE)
                found = {one["experiment_id"]: one["name"] for one in every}
            else:
                values = every_value(self.client.search_experiments, 3 if deleted else 1, max_results=_PAGE)
                found = {one.experiment_id: one.name for one in values}
        missing = sorted(set(names) - set(found.values()))
        if missing:
            known = ", ".join(sorted(found.values())[:10])
            raise BlockedError(f"no experiment {missing[0]!r}", f"expected one of {known}", "saigen audit    (for all)")
        return {id_: name for id_, name in found.items() if not names or name in names}

    def search(
        self, experiment_ids: Sequence[str], filter: str = "", limit: int | None = None, *, deleted: bool = False
    ) -> Iterator[Run]:
        """Runs of these experiments that MLflow's filter selects, newest first; with `deleted` deleted ones too."""
        size = _PAGE if limit is None else min(_PAGE, max(1, limit))
        if not experiment_ids or limit == 0:
            return
        with our_errors(self.uri, "the search"):
            if self._rest:
                ask = partial(
                    self._rest.post,
                    "runs/search",
                    experiment_ids=list(experiment_ids),
                    filter=filter,
                    run_view_type="ALL" if deleted else "ACTIVE_ONLY",
                    max_results=size,
                    order_by=_NEWEST,
                )
                found = map(run_of_json, pages(lambda token: ask(page_token=token), size))
            else:
                every = every_value(
                    self.client.search_runs,
                    list(experiment_ids),
                    filter_string=filter,
                    run_view_type=3 if deleted else 1,
                    max_results=size,
                    order_by=_NEWEST,
                )
                found = map(run_of, every)
            yield from islice(found, limit)

    def history(self, run_id: str, metric: str) -> list[Point]:
        """Every logged value of a metric, in the order of steps."""
        with our_errors(self.uri, f"metric {metric} of run {run_id}"):
            if self._rest:
                asked = {"run_id": run_id, "metric_key": metric}
                points = [
                    point_of_json(one) for one in self._rest.every("GET", "metrics/get-history", "metrics", **asked)
                ]
            else:
                points = [point_of(one) for one in self.client.get_metric_history(run_id, metric)]
        return sorted(points, key=lambda point: (point.step, point.timestamp))

    def logged_models(self, run: Run) -> list[LoggedModel]:
        """The models that a run logged, the first one first; of servers and clients before MLflow 3 as well."""
        if before := models_of_tag(run):
            return before
        order = [{"field_name": "creation_timestamp", "ascending": True}]
        found = self.models([run.experiment_id], f"source_run_id = '{run.id}'", order_by=order)
        return [LoggedModel(one.model_id, one.name, f"models:/{one.model_id}") for one in found]

    def run_of_model(self, name: str, version: str | None = None, alias: str | None = None) -> str | None:
        """Id of the run that a registered model's version (without one: its newest) came from, or None."""
        try:
            if alias:
                version = self.aliases(name).get(alias)
                if version is None:
                    return None
            versions = [one for one in self.versions(f"name = '{name}'") if version in {None, one.version}]
        except (BlockedError, UsageError):
            return None  # there is no such model, or it cannot be one's name
        newest = max(versions, key=lambda one: int(one.version), default=None)
        return newest.run_id if newest else None

    def set_tag(self, run_id: str, key: str, value: str) -> None:
        """Write one tag of a run."""
        with our_errors(self.uri, f"tag {key} of run {run_id}"):
            if self._rest:
                self._rest.post("runs/set-tag", run_id=run_id, key=key, value=value)
            else:
                self.client.set_tag(run_id, key, value)

    def log_param(self, run_id: str, key: str, value: str) -> None:
        """Write one parameter of a run. Raises UsageError where it has another value already."""
        with our_errors(self.uri, f"parameter {key} of run {run_id}"):
            self.client.log_param(run_id, key, value)

    def register(self, name: str, uri: str, run_id: str, tags: Mapping[str, str]) -> str:
        """Add a version of a registered model, which is made where there is none; the version's number."""
        from mlflow.exceptions import MlflowException

        model_id = uri.removeprefix("models:/") if uri.startswith("models:/m-") else None
        with our_errors(self.uri, f"a version of model {name}"):
            try:
                self.client.create_registered_model(name)
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            more = {"model_id": model_id} if model_id else {}
            made = self.client.create_model_version(
                name, uri, run_id=run_id, tags=dict(tags), await_creation_for=0, **more
            )
            return str(made.version)

    def log_text(self, run_id: str, text: str, artifact: str) -> None:
        """Write a text as an artifact of a run."""
        with our_errors(self.uri, f"artifact {artifact} of run {run_id}"):
            self.client.log_text(run_id, text, artifact)

    def artifact_text(self, run_id: str, artifact: str) -> str:
        """The text of an artifact of a run."""
        from mlflow.artifacts import download_artifacts

        with our_errors(self.uri, f"artifact {artifact} of run {run_id}"):
            path = download_artifacts(run_id=run_id, artifact_path=artifact, tracking_uri=self.uri)
            content = Path(path).read_bytes()
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            what = f"artifact {artifact} of run {run_id} cannot be read"
            raise BlockedError(what, f"expected a text, found {error}", f"look at run {run_id}") from error

    def stored_text(self, run_id: str, artifact: str) -> str | None:
        """The text of an artifact of a run, or None where the run has none of that path."""
        there = artifact in self.artifacts(run_id, posixpath.dirname(artifact))
        return self.artifact_text(run_id, artifact) if there else None

    def artifacts(self, run_id: str, folder: str = "") -> list[str]:
        """Paths of what lies in a folder of a run's artifacts; "" is the top."""
        with our_errors(self.uri, f"the artifacts of run {run_id}"):
            if self._rest:
                asked = {"run_id": run_id, **({"path": folder} if folder else {})}
                with suppress(AnswerError):  # a server need not reach where its runs keep their files: then we look
                    return [one["path"] for one in self._rest.every("GET", "artifacts/list", "files", **asked)]
            return [one.path for one in self.client.list_artifacts(run_id, folder or None)]

    def models(
        self, experiment_ids: Sequence[str], filter: str | None = None, order_by: Sequence[Mapping[str, Any]] = ()
    ) -> list[StoredModel]:
        """Logged models of these experiments; none of servers and clients before MLflow 3."""
        if not experiment_ids:
            return []
        ids, order = list(experiment_ids), list(order_by) or None
        with our_errors(self.uri, "logged models"):
            if self._rest:
                asked = {"experiment_ids": ids, "filter": filter, "max_results": _MODELS, "order_by": order}
                every = self._rest.every("POST", "logged-models/search", "models", **asked)
                try:
                    return [model_of_json(one) for one in every]
                except AnswerError as error:
                    if error.status == _NO_SUCH_PATH:
                        return []
                    raise
            if not hasattr(self.client, "search_logged_models"):
                return []
            search = self.client.search_logged_models
            return [
                model_of(one)
                for one in every_value(search, ids, filter_string=filter, max_results=_MODELS, order_by=order)
            ]

    def model(self, model_id: str) -> StoredModel:
        """A logged model by its id."""
        with our_errors(self.uri, f"model {model_id}"):
            if self._rest:
                return model_of_json(self._rest.get(f"logged-models/{quote(model_id, safe='')}")["model"])
            return model_of(self.client.get_logged_model(model_id))

    def versions(self, filter: str = "") -> list[ModelVersion]:
        """Versions of registered models that MLflow's filter selects."""
        with our_errors(self.uri, "registered models"):
            if self._rest:
                asked = {"filter": filter, "max_results": _PAGE}
                every = self._rest.every("GET", "model-versions/search", "model_versions", **asked)
                return [version_of_json(one) for one in every]
            return [
                version_of(one) for one in every_value(self.client.search_model_versions, filter, max_results=_PAGE)
            ]

    def aliases(self, name: str) -> dict[str, str]:
        """Version by alias of a registered model."""
        with our_errors(self.uri, f"registered model {name}"):
            if self._rest:
                found = self._rest.get("registered-models/get", name=name)["registered_model"].get("aliases", ())
                return {one["alias"]: str(one["version"]) for one in found}
            return {alias: str(number) for alias, number in self.client.get_registered_model(name).aliases.items()}

    def model_artifacts(self, model_id: str) -> list[str]:
        """Paths of what lies at the top of a logged model's files."""
        with our_errors(self.uri, f"the files of model {model_id}"):
            return [one.path for one in self.client.list_logged_model_artifacts(model_id)]


def _logged_in() -> str | None:
    from saigen.login import saved

    profile = saved()
    return profile.tracking if profile else None
