"""A folder `mlruns` as MLflow's file store wrote it, of whatever age, read and never written to.

    <root>/<experiment>/meta.yaml, tags/<key>, datasets/<id>/meta.yaml, traces/<id>/, models/<model>/...
    <root>/<experiment>/<run>/meta.yaml, params/<key>, tags/<key>, metrics/<key>, artifacts/, inputs/, outputs/
    <root>/.trash/<experiment>/...                                    experiments that were deleted
    <root>/models/<name>/...                                          registered models: see registry_folder.py

MLflow's own reader makes folders where it reads, leaves out what it finds broken, and needs a switch to run at all.
This one reads what there is, and tells what it cannot read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saigen.errors import UsageError

META = "meta.yaml"
DATABASE = "mlflow.db"
TRASH = ".trash"
MODELS = "models"
TRACES = "traces"
_RESERVED = frozenset({"tags", "datasets", TRACES, MODELS})
_STATUS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
_MODEL_STATUS = {0: "UNSPECIFIED", 1: "PENDING", 2: "READY", 3: "FAILED"}
_ACTIVE = "active"


@dataclass(frozen=True)
class Broken:
    """Something in the folder that cannot be read."""

    path: Path
    why: str


@dataclass(frozen=True)
class OldExperiment:
    """An experiment of the folder. `created` is in ms since 1970."""

    id: str
    name: str
    folder: Path
    deleted: bool
    created: int | None


@dataclass(frozen=True)
class _Logged:
    """What was logged to a run or a model of an experiment, read from its folder when it is asked for."""

    id: str
    experiment: OldExperiment
    folder: Path

    @property
    def params(self) -> dict[str, str]:
        return texts(self.folder / "params")

    @property
    def tags(self) -> dict[str, str]:
        return texts(self.folder / "tags")

    @property
    def metrics(self) -> dict[str, Path]:
        return files(self.folder / "metrics")


@dataclass(frozen=True)
class OldRun(_Logged):
    """A run of the folder; times in ms since 1970. What is large about it is read when it is needed."""

    name: str
    user: str
    status: str
    start: int | None
    end: int | None
    deleted: bool
    artifact_uri: str
    meta: Mapping[str, Any] = field(compare=False)


@dataclass(frozen=True)
class OldModel(_Logged):
    """A logged model of the folder, as MLflow 3 has them."""

    name: str
    run: str | None
    type: str | None
    status: str
    deleted: bool
    created: int | None
    artifact_uri: str


def experiments(root: Path) -> list[OldExperiment]:
    """The experiments of a folder, those that were deleted last.

    Raises:
        UsageError: this is no such folder.
    """
    found = [_experiment(path, deleted=False) for path in _folders(root) if path.name != MODELS]
    found += [_experiment(path, deleted=True) for path in _folders(root / TRASH)]
    if not any(found) and not (root / MODELS).is_dir():
        if database := _database(root):
            raise UsageError(
                f"{database} is a database, and only folders of MLflow's are read",
                "expected a folder with experiments in it, as MLflow wrote it before it kept runs in a database",
                f"mlflow server --backend-store-uri sqlite:///{database}    (shows what it holds)",
            )
        inside = f"saigen import {root / 'mlruns'}" if (root / "mlruns").is_dir() else "saigen import MLRUNS_DIR"
        raise UsageError(f"{root} is no folder of MLflow's", "expected experiments in it, found none", inside)
    return [one for one in found if one]


def _database(root: Path) -> Path | None:
    """MLflow's database where that lies at `root`, in it or beside it: where newer versions keep runs by default."""
    places = (root, root / DATABASE, root.parent / DATABASE)
    return next((place for place in places if place.is_file() and place.suffix == ".db"), None)


def runs(experiment: OldExperiment) -> Iterator[OldRun | Broken]:
    """The runs of an experiment, by id."""
    for path in _folders(experiment.folder):
        if path.name not in _RESERVED:
            yield _read(path, lambda meta, path=path: _run(experiment, path, meta))


def models(experiment: OldExperiment) -> Iterator[OldModel | Broken]:
    """The logged models of an experiment, by id."""
    for path in _folders(experiment.folder / MODELS):
        yield _read(path, lambda meta, path=path: _model(experiment, path, meta))


def traces(experiment: OldExperiment) -> int:
    """How many traces an experiment has."""
    return len(_folders(experiment.folder / TRACES))


def inputs(run: OldRun, kind: str) -> list[dict[str, Any] | Broken]:
    """What the folder says about a run's `inputs` or `outputs`."""
    return [_read(path, dict) for path in _folders(run.folder / kind)]


def dataset(run: OldRun, id: str) -> Mapping[str, Any]:
    """What the folder says about a dataset of a run's experiment. Raises OSError, ValueError."""
    return meta_of(run.experiment.folder / "datasets" / id)


def texts(folder: Path) -> dict[str, str]:
    """Text by key of what is a file a key. What is no text keeps its bytes, as Python names files."""
    return {key: path.read_bytes().decode("utf-8", "surrogateescape") for key, path in files(folder).items()}


def files(folder: Path) -> dict[str, Path]:
    """Files by their path below the folder, with `/`, in order. Links to folders are not followed."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            found[path.relative_to(folder).as_posix()] = path
    return dict(sorted(found.items()))


def linked_folders(folder: Path) -> list[str]:
    """Paths below the folder that are links to folders."""
    every = ((place, name) for place, names, _ in os.walk(folder) for name in names)
    links = (Path(place, name) for place, name in every if Path(place, name).is_symlink())
    return sorted(path.relative_to(folder).as_posix() for path in links)


def meta_of(folder: Path) -> dict[str, Any]:
    """What `meta.yaml` of a folder says. Raises OSError, ValueError."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (folder / META).read_bytes().decode("utf-8")
    try:
        found = yaml.load(text, loader)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as error:
        raise ValueError(str(error).replace("\n", " ")) from error
    if isinstance(found, dict):
        return found
    raise ValueError(f"expected a mapping, found {type(found).__name__}")


def _read(folder: Path, make: Any) -> Any:
    try:
        return make(meta_of(folder))
    except FileNotFoundError:
        return Broken(folder, f"it has no {META}")
    except (OSError, ValueError, TypeError, KeyError) as error:
        return Broken(folder, f"{META}: {error}")


def _experiment(folder: Path, *, deleted: bool) -> OldExperiment | None:
    """The experiment that a folder holds; without a readable meta.yaml it is known by its number, if it has runs."""
    try:
        meta = meta_of(folder)
    except (OSError, ValueError):
        if not any((path / META).is_file() for path in _folders(folder)):
            return None
        meta = {}
    name = str(meta.get("name") or f"experiment_{folder.name}")
    gone = deleted or meta.get("lifecycle_stage", _ACTIVE) != _ACTIVE
    return OldExperiment(folder.name, name, folder, gone, _integer(meta.get("creation_time")))


def _run(experiment: OldExperiment, folder: Path, meta: dict[str, Any]) -> OldRun:
    return OldRun(
        id=str(meta.get("run_id") or meta.get("run_uuid") or folder.name),
        experiment=experiment,
        folder=folder,
        name=str(meta.get("run_name") or meta.get("name") or ""),
        user=str(meta.get("user_id") or ""),
        status=_status(meta.get("status"), _STATUS, "RUNNING"),
        start=_integer(meta.get("start_time")),
        end=_integer(meta.get("end_time")),
        deleted=experiment.deleted or meta.get("lifecycle_stage", _ACTIVE) != _ACTIVE,
        artifact_uri=str(meta.get("artifact_uri") or ""),
        meta=meta,
    )


def _model(experiment: OldExperiment, folder: Path, meta: dict[str, Any]) -> OldModel:
    return OldModel(
        id=str(meta.get("model_id") or folder.name),
        experiment=experiment,
        folder=folder,
        name=str(meta.get("name") or ""),
        run=str(meta["source_run_id"]) if meta.get("source_run_id") else None,
        type=str(meta["model_type"]) if meta.get("model_type") else None,
        status=_status(meta.get("status"), _MODEL_STATUS, "PENDING"),
        deleted=experiment.deleted or meta.get("lifecycle_stage", _ACTIVE) != _ACTIVE,
        created=_integer(meta.get("creation_timestamp")),
        artifact_uri=str(meta.get("artifact_location") or ""),
    )


def _status(said: Any, names: Mapping[int, str], default: str) -> str:
    name = names.get(said, default) if isinstance(said, int) else str(said or default)
    return name if name in names.values() else default


def _integer(said: Any) -> int | None:
    return None if said is None else int(said)


def _folders(folder: Path) -> list[Path]:
    """Folders in a folder, by name; hidden ones are somebody else's."""
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []
