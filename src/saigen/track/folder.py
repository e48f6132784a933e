"""A folder `mlruns` as MLflow's file store wrote it, of whatever age, read and never written to.

    <root>/<experiment>/meta.yaml, tags/<key>, datasets/<id>/meta.yaml, traces/<id>/, models/<model>/...
    <root>/<experiment>/<run>/meta.yaml, params/<key>, tags/<key>, metrics/<key>, artifacts/, inputs/, outputs/
    <root>/.trash/<experiment>/...                                    experiments that were deleted
    <root>/models/<name>/...                                          registered models: see registry_folder.py

MLflow's own reader makes folders where it reads, leaves out what it finds broken, and needs a switch to run at all.
This one reads what there is, and tells what it cannot read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from saigen.errors import UsageError
from saigen.track.layout import META, MODELS, files, folders, meta_of, texts
from saigen.track.old import (
    ACTIVE,
    MODEL_STATUS,
    Broken,
    Logged,
    OldExperiment,
    OldModel,
    OldRegistered,
    OldRun,
    Store,
)
from saigen.track.points import OldPoint, parse_points
from saigen.track.registry_folder import registered

DATABASE = "mlflow.db"
TRASH = ".trash"
TRACES = "traces"
_RESERVED = frozenset({"tags", "datasets", TRACES, MODELS})
_STATUS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}


@dataclass(frozen=True, kw_only=True)
class _Experiment(OldExperiment):
    folder: Path

    @property
    def tags(self) -> dict[str, str]:
        return texts(self.folder / "tags")

    def runs(self) -> Iterator[OldRun | Broken]:
        for path in folders(self.folder):
            if path.name not in _RESERVED:
                yield _read(path, lambda meta, path=path: _run(self, path, meta))

    def models(self) -> Iterator[OldModel | Broken]:
        for path in folders(self.folder / MODELS):
            yield _read(path, lambda meta, path=path: _model(self, path, meta))

    def traces(self) -> int:
        return len(folders(self.folder / TRACES))


@dataclass(frozen=True, kw_only=True)
class _Logged(Logged):
    names_run: ClassVar[bool] = False  # whether a value of its metrics says which run measured it
    folder: Path

    @property
    def beside(self) -> Path:
        return self.folder

    @property
    def params(self) -> dict[str, str]:
        return texts(self.folder / "params")

    @property
    def tags(self) -> dict[str, str]:
        return texts(self.folder / "tags")

    @property
    def metrics(self) -> list[str]:
        return list(files(self.folder / "metrics"))

    def points(self, metric: str) -> Iterator[OldPoint | str]:
        path = self.folder / "metrics" / metric
        with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
            yield from parse_points(lines, of_model=self.names_run)


@dataclass(frozen=True, kw_only=True)
class _Run(_Logged, OldRun):
    experiment: _Experiment

    def inputs(self) -> list[dict[str, Any] | Broken]:
        return [_read(path, dict) for path in folders(self.folder / "inputs")]

    def outputs(self) -> list[dict[str, Any] | Broken]:
        return [_read(path, dict) for path in folders(self.folder / "outputs")]

    def dataset(self, id: str) -> Mapping[str, Any]:
        return meta_of(self.experiment.folder / "datasets" / id)


@dataclass(frozen=True, kw_only=True)
class _Model(_Logged, OldModel):
    names_run = True


class Folder(Store):
    """A folder `mlruns`."""

    kind = "folder"

    def experiments(self) -> list[OldExperiment]:
        root = self.path
        found = [_experiment(path, deleted=False) for path in folders(root) if path.name != MODELS]
        found += [_experiment(path, deleted=True) for path in folders(root / TRASH)]
        if not any(found) and not (root / MODELS).is_dir():
            raise _other(root)
        return [one for one in found if one]

    def registered(self) -> tuple[list[OldRegistered], list[Broken]]:
        return registered(self.path)


def _other(root: Path) -> UsageError:
    """What to say of a folder that holds no experiments."""
    inside = next((path for path in (root / DATABASE, root / "mlruns") if path.exists()), None)
    beside = root.parent / DATABASE
    if inside is None and beside.is_file():
        return UsageError(
            f"{root} is no folder of MLflow's",
            "expected experiments in it, found none; beside it is a database, which newer versions keep runs in",
            f"saigen import {beside}",
        )
    next_ = f"saigen import {inside or 'mlflow.db'}"
    return UsageError(f"{root} is no folder of MLflow's", "expected experiments in it, found none", next_)


def _read(folder: Path, make: Any) -> Any:
    try:
        return make(meta_of(folder))
    except FileNotFoundError:
        return Broken(str(folder), f"it has no {META}")
    except (OSError, ValueError, TypeError, KeyError) as error:
        return Broken(str(folder), f"{META}: {error}")


def _experiment(folder: Path, *, deleted: bool) -> _Experiment | None:
    """The experiment that a folder holds; without a readable meta.yaml it is known by its number, if it has runs."""
    try:
        meta = meta_of(folder)
    except (OSError, ValueError):
        if not any((path / META).is_file() for path in folders(folder)):
            return None
        meta = {}
    name = str(meta.get("name") or f"experiment_{folder.name}")
    gone = deleted or meta.get("lifecycle_stage", ACTIVE) != ACTIVE
    created = _integer(meta.get("creation_time"))
    return _Experiment(id=folder.name, name=name, folder=folder, deleted=gone, created=created)


def _run(experiment: _Experiment, folder: Path, meta: dict[str, Any]) -> OldRun:
    return _Run(
        id=str(meta.get("run_id") or meta.get("run_uuid") or folder.name),
        experiment=experiment,
        folder=folder,
        name=str(meta.get("run_name") or meta.get("name") or ""),
        user=str(meta.get("user_id") or ""),
        status=_status(meta.get("status"), _STATUS, "RUNNING"),
        start=_integer(meta.get("start_time")),
        end=_integer(meta.get("end_time")),
        deleted=experiment.deleted or meta.get("lifecycle_stage", ACTIVE) != ACTIVE,
        artifact_uri=str(meta.get("artifact_uri") or ""),
        meta=meta,
    )


def _model(experiment: _Experiment, folder: Path, meta: dict[str, Any]) -> OldModel:
    return _Model(
        id=str(meta.get("model_id") or folder.name),
        experiment=experiment,
        folder=folder,
        name=str(meta.get("name") or ""),
        run=str(meta["source_run_id"]) if meta.get("source_run_id") else None,
        type=str(meta["model_type"]) if meta.get("model_type") else None,
        status=_status(meta.get("status"), MODEL_STATUS, "PENDING"),
        deleted=experiment.deleted or meta.get("lifecycle_stage", ACTIVE) != ACTIVE,
        created=_integer(meta.get("creation_timestamp")),
        artifact_uri=str(meta.get("artifact_location") or ""),
    )


def _status(said: Any, names: Mapping[int, str], default: str) -> str:
    name = names.get(said, default) if isinstance(said, int) else str(said or default)
    return name if name in names.values() else default


def _integer(said: Any) -> int | None:
    return None if said is None else int(said)
