"""An SQLite database of MLflow's, of whatever age, read and never written to: where MLflow keeps runs by default.

MLflow's own reader brings a database of another version to its own one before it reads. This one takes the
tables and columns that are there: what an older version did not know is not in it.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saigen.errors import BlockedError, UsageError
from saigen.track.old import (
    ACTIVE,
    MODEL_STATUS,
    Broken,
    Logged,
    OldExperiment,
    OldModel,
    OldRegistered,
    OldRun,
    OldVersion,
    Store,
    version,
)
from saigen.track.points import OldPoint

_REMOVED = "Deleted_Internal"  # the stage of a version that was deleted
SERVED = "mlartifacts"  # the folder of files that a server makes where its database is
_MAGIC = b"SQLite format 3\0"


class Database(Store):
    """A file `mlflow.db`."""

    kind = "database"

    def experiments(self) -> list[OldExperiment]:
        with self.path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise self._no_database("this is no SQLite database")
        if not {"experiments", "runs"} <= {row["name"] for row in self.rows("sqlite_master")}:
            raise self._no_database("it holds no runs of MLflow's")
        found = [_experiment(self, row) for row in self.rows("experiments", order="experiment_id")]
        return sorted(found, key=lambda one: one.deleted)

    def registered(self) -> tuple[list[OldRegistered], list[Broken]]:
        return [self._registered(row) for row in self.rows("registered_models", order="name")], []

    def rows(self, table: str, *, columns: str = "*", order: str = "", **equal: str | int) -> list[dict[str, Any]]:
        """The rows of a table with these values, none where this version of MLflow had no such table.

        Raises:
            BlockedError: the database cannot be read.
        """
        where = " AND ".join(f"{column} = ?" for column in equal)
        query = f"SELECT {columns} FROM {table}"  # noqa: S608 - all names are ours
        query += (f" WHERE {where}" if where else "") + (f" ORDER BY {order}" if order else "")
        try:
            with closing(sqlite3.connect(self.path.absolute().as_uri() + "?mode=ro", uri=True)) as connection:
                connection.row_factory = sqlite3.Row
                connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
                return [dict(row) for row in connection.execute(query, tuple(equal.values()))]
        except sqlite3.Error as error:
            if "no such table" in str(error):
                return []
            next = "stop the mlflow server that writes to it, then the same again"
            raise BlockedError(f"the database {self.path} cannot be read", str(error), next) from error

    def beside(self, *below: str) -> Path | None:
        """The folder that has the files of a run or a model, where it is in one of those that MLflow makes."""
        places = (root.joinpath(*below) for root in self.roots)
        return next((place for place in places if (place / "artifacts").is_dir()), None)

    def place(self, uri: str) -> str:
        """Where it says that files are. Nothing, where a server kept them in its own folder and we have that."""
        served = uri.startswith("mlflow-artifacts:") and any(one.name == SERVED and one.is_dir() for one in self.roots)
        return "" if served else uri

    def _registered(self, row: Mapping[str, Any]) -> OldRegistered:
        name = row["name"]
        versions = [one for one in self.rows("model_versions", name=name) if one.get("current_stage") != _REMOVED]
        return OldRegistered(
            name=name,
            description=row.get("description") or "",
            created=str(row.get("creation_time") or ""),
            tags=_texts(self.rows("registered_model_tags", name=name)),
            aliases={one["alias"]: int(one["version"]) for one in self.rows("registered_model_aliases", name=name)},
            versions=tuple(self._version(one) for one in sorted(versions, key=lambda one: int(one["version"]))),
        )

    def _version(self, row: Mapping[str, Any]) -> OldVersion:
        tags = self.rows("model_version_tags", name=row["name"], version=row["version"])
        return version(row, int(row["version"]), _texts(tags))

    def _no_database(self, found: str) -> UsageError:
        return UsageError(
            f"{self.path} is no database of MLflow's", f"expected its tables, found: {found}", "saigen import mlflow.db"
        )


@dataclass(frozen=True, kw_only=True)
class _Experiment(OldExperiment):
    database: Database

    @property
    def tags(self) -> dict[str, str]:
        return _texts(self.database.rows("experiment_tags", experiment_id=self.id))

    def runs(self) -> Iterator[OldRun | Broken]:
        for row in self.database.rows("runs", order="run_uuid", experiment_id=self.id):
            yield _run(self.database, self, row)

    def models(self) -> Iterator[OldModel | Broken]:
        for row in self.database.rows("logged_models", order="model_id", experiment_id=self.id):
            yield _model(self.database, self, row)

    def traces(self) -> int:
        found = self.database.rows("trace_info", columns="COUNT(*) AS number", experiment_id=self.id)
        return sum(row["number"] for row in found)


@dataclass(frozen=True, kw_only=True)
class _Logged(Logged):
    database: Database


@dataclass(frozen=True, kw_only=True)
class _Run(_Logged, OldRun):
    @property
    def beside(self) -> Path | None:
        return self.database.beside(self.experiment.id, self.id)

    @property
    def params(self) -> dict[str, str]:
        return _texts(self.database.rows("params", order="key", run_uuid=self.id))

    @property
    def tags(self) -> dict[str, str]:
        return _texts(self.database.rows("tags", order="key", run_uuid=self.id))

    @property
    def metrics(self) -> list[str]:
        rows = self.database.rows("metrics", columns="DISTINCT key", run_uuid=self.id)
        return sorted(row["key"] for row in rows)

    def points(self, metric: str) -> Iterator[OldPoint | str]:
        rows = self.database.rows("metrics", run_uuid=self.id, key=metric)
        for row in sorted(rows, key=lambda one: (one["timestamp"], one.get("step") or 0)):
            value = math.nan if row.get("is_nan") else row["value"]
            yield OldPoint(value, row["timestamp"], row.get("step") or 0)

    def inputs(self) -> list[dict[str, Any] | Broken]:
        rows = self.database.rows("inputs", source_type="DATASET", destination_type="RUN", destination_id=self.id)
        found: list[dict[str, Any] | Broken] = []
        for row in rows:
            tags = self.database.rows("input_tags", input_uuid=row["input_uuid"])
            said = {"source_type": "DATASET", "source_id": row["source_id"]}
            found.append({**said, "tags": {one["name"]: one["value"] for one in tags}})
        models = self.database.rows("inputs", source_type="RUN_INPUT", source_id=self.id)
        return found + [{"source_type": "MODEL", "source_id": row["destination_id"]} for row in models]

    def outputs(self) -> list[dict[str, Any] | Broken]:
        rows = self.database.rows("inputs", source_type="RUN_OUTPUT", source_id=self.id)
        return [{"source_id": row["destination_id"], "step": row.get("step")} for row in rows]

    def dataset(self, id: str) -> Mapping[str, Any]:
        row = next(iter(self.database.rows("datasets", dataset_uuid=id)), None)
        if row is None:
            raise KeyError(id)
        kind = {key: row[f"dataset_{key}"] for key in ("source_type", "source", "schema", "profile")}
        return {"name": row["name"], "digest": row["digest"], **kind}


@dataclass(frozen=True, kw_only=True)
class _Model(_Logged, OldModel):
    @property
    def beside(self) -> Path | None:
        return self.database.beside(self.experiment.id, "models", self.id)

    @property
    def params(self) -> dict[str, str]:
        rows = self.database.rows("logged_model_params", model_id=self.id)
        return {row["param_key"]: row["param_value"] for row in rows}

    @property
    def tags(self) -> dict[str, str]:
        return {row["tag_key"]: row["tag_value"] for row in self.database.rows("logged_model_tags", model_id=self.id)}

    @property
    def metrics(self) -> list[str]:
        rows = self.database.rows("logged_model_metrics", columns="DISTINCT metric_name", model_id=self.id)
        return sorted(row["metric_name"] for row in rows)

    def points(self, metric: str) -> Iterator[OldPoint | str]:
        order = "metric_timestamp_ms, metric_step"
        for row in self.database.rows("logged_model_metrics", order=order, model_id=self.id, metric_name=metric):
            value = math.nan if row["metric_value"] is None else row["metric_value"]
            dataset = (row["dataset_name"], row["dataset_digest"]) if row.get("dataset_name") else None
            yield OldPoint(value, row["metric_timestamp_ms"], row["metric_step"], dataset, row["run_id"])


def _experiment(database: Database, row: Mapping[str, Any]) -> _Experiment:
    return _Experiment(
        id=str(row["experiment_id"]),
        name=str(row["name"]),
        deleted=row.get("lifecycle_stage", ACTIVE) != ACTIVE,
        created=row.get("creation_time"),
        database=database,
    )


def _run(database: Database, experiment: OldExperiment, row: Mapping[str, Any]) -> _Run:
    return _Run(
        id=row["run_uuid"],
        experiment=experiment,
        artifact_uri=database.place(row.get("artifact_uri") or ""),
        name=row.get("name") or "",
        user=row.get("user_id") or "",
        status=row.get("status") or "RUNNING",
        start=row.get("start_time"),
        end=row.get("end_time"),
        deleted=experiment.deleted or row.get("lifecycle_stage", ACTIVE) != ACTIVE,
        meta=row,
        database=database,
    )


def _model(database: Database, experiment: OldExperiment, row: Mapping[str, Any]) -> _Model:
    return _Model(
        id=row["model_id"],
        experiment=experiment,
        artifact_uri=database.place(row.get("artifact_location") or ""),
        name=row.get("name") or "",
        run=row.get("source_run_id"),
        type=row.get("model_type"),
        status=MODEL_STATUS.get(row["status"], "PENDING"),
        deleted=experiment.deleted or row.get("lifecycle_stage", ACTIVE) != ACTIVE,
        created=row.get("creation_timestamp_ms"),
        database=database,
    )


def _texts(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {row["key"]: row["value"] or "" for row in rows}
