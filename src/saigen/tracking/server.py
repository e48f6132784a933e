"""The tracking server, as the client uses it: MLflow's own client, with its errors as ours and its runs as values."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from saigen.errors import BlockedError, UsageError
from saigen.tracking import pages
from saigen.tracking.errors import LOGIN, our_errors, ours
from saigen.tracking.runs import LoggedModel, Point, Run, models_of_tag, run_of, run_of_json

_PAGE = 1000


class Tracking:
    """A tracking server. Every method raises our errors: NotPermitted, Unreachable, Blocked (no such thing)."""

    def __init__(self, uri: str | None = None) -> None:
        self.uri = uri or os.environ.get("MLFLOW_TRACKING_URI") or _logged_in()
        if not self.uri:
            raise UsageError("no tracking server was named", "expected MLFLOW_TRACKING_URI, found none", LOGIN)

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
        with our_errors(self.uri, f"run {run_id}"):
            return run_of(self.client.get_run(run_id))

    def experiments(self, names: Sequence[str] = (), *, deleted: bool = False) -> dict[str, str]:
        """Name by id: of the named experiments, or of all; with `deleted` also of those that were deleted.

        Raises:
            BlockedError: one of the names is no experiment's.
        """
        found: dict[str, str] = {}
        with our_errors(self.uri, "experiments"):
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
        with our_errors(self.uri, "the search"):
            found = self._over_http(query) if urlsplit(self.uri).scheme in {"http", "https"} else self._in_place(query)
            yield from islice(found, limit)

    def _over_http(self, query: Mapping[str, Any]) -> Iterator[Run]:
        _ = self.client  # which sets how often and how long MLflow tries
        return map(run_of_json, pages.search(str(self.uri), query))

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
            yield from map(run_of, page)
            token = page.token
            if not token:
                return

    def history(self, run_id: str, metric: str) -> list[Point]:
        """Every logged value of a metric, in the order of steps."""
        with our_errors(self.uri, f"metric {metric} of run {run_id}"):
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
        before = models_of_tag(run)
        if before or not hasattr(self.client, "search_logged_models"):
            return before
        with our_errors(self.uri, f"the models of run {run.id}"):
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
            raise ours(self.uri or "", f"model {name}", error) from error
        return (found.run_id or None) if found else None

    def set_tag(self, run_id: str, key: str, value: str) -> None:
        """Write one tag of a run."""
        with our_errors(self.uri, f"tag {key} of run {run_id}"):
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
            with open(path, encoding="utf-8") as file:  # noqa: PTH123 - a path of MLflow's, as text
                return file.read()

    def artifacts(self, run_id: str) -> list[str]:
        """Paths of what lies at the top of a run's artifacts."""
        with our_errors(self.uri, f"the artifacts of run {run_id}"):
            return [one.path for one in self.client.list_artifacts(run_id)]

    def models(self, experiment_ids: Sequence[str], filter: str | None = None) -> list[Any]:
        """Logged models of these experiments, as MLflow's own values."""
        found: list[Any] = []
        token = None
        with our_errors(self.uri, "logged models"):
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
        with our_errors(self.uri, f"model {model_id}"):
            return self.client.get_logged_model(model_id)

    def versions(self, filter: str = "") -> list[Any]:
        """Versions of registered models that MLflow's filter selects, as MLflow's own values."""
        found: list[Any] = []
        token = None
        with our_errors(self.uri, "registered models"):
            while True:
                page = self.client.search_model_versions(filter, max_results=_PAGE, page_token=token)
                found.extend(page)
                token = page.token
                if not token:
                    return found

    def aliases(self, name: str) -> dict[str, str]:
        """Version by alias of a registered model."""
        with our_errors(self.uri, f"registered model {name}"):
            return {alias: str(number) for alias, number in self.client.get_registered_model(name).aliases.items()}

    def model_artifacts(self, model_id: str) -> list[str]:
        """Paths of what lies at the top of a logged model's files."""
        with our_errors(self.uri, f"the files of model {model_id}"):
            return [one.path for one in self.client.list_logged_model_artifacts(model_id)]


def _logged_in() -> str | None:
    from saigen.login import saved

    profile = saved()
    return profile.tracking if profile else None
