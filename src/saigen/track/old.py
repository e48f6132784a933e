"""What a store of MLflow's holds, whichever kind of store it is: see folder.py and database.py."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from saigen.track.points import OldPoint

MODEL_STATUS = {0: "UNSPECIFIED", 1: "PENDING", 2: "READY", 3: "FAILED"}
ACTIVE = "active"
_NO_STAGE = "None"


@dataclass(frozen=True)
class Broken:
    """Something in the store that cannot be read."""

    where: str
    why: str


@dataclass(frozen=True, kw_only=True)
class OldExperiment(ABC):
    """An experiment of the store. `created` is in ms since 1970."""

    id: str
    name: str
    deleted: bool
    created: int | None

    @property
    @abstractmethod
    def tags(self) -> dict[str, str]:
        """Its tags."""

    @abstractmethod
    def runs(self) -> Iterator[OldRun | Broken]:
        """Its runs, by id."""

    @abstractmethod
    def models(self) -> Iterator[OldModel | Broken]:
        """Its logged models, by id."""

    @abstractmethod
    def traces(self) -> int:
        """How many traces it has."""


@dataclass(frozen=True, kw_only=True)
class Logged(ABC):
    """What was logged to a run or a model of an experiment, read when it is asked for."""

    id: str
    experiment: OldExperiment
    artifact_uri: str

    @property
    @abstractmethod
    def beside(self) -> Path | None:
        """The folder whose folder `artifacts` has its files, where the store has one."""

    @property
    @abstractmethod
    def params(self) -> dict[str, str]:
        """Its params."""

    @property
    @abstractmethod
    def tags(self) -> dict[str, str]:
        """Its tags."""

    @property
    @abstractmethod
    def metrics(self) -> list[str]:
        """Names of its metrics."""

    @abstractmethod
    def points(self, metric: str) -> Iterator[OldPoint | str]:
        """The values of a metric, one after the other; what is none, as it is written."""


@dataclass(frozen=True, kw_only=True)
class OldRun(Logged):
    """A run of the store; times in ms since 1970. `meta`: all that the store says about the run itself."""

    name: str
    user: str
    status: str
    start: int | None
    end: int | None
    deleted: bool
    meta: Mapping[str, Any] = field(compare=False)

    @abstractmethod
    def inputs(self) -> list[dict[str, Any] | Broken]:
        """What went in: `source_type` (DATASET or MODEL), `source_id`, `tags`."""

    @abstractmethod
    def outputs(self) -> list[dict[str, Any] | Broken]:
        """The logged models that came out: `source_id`, `step`."""

    @abstractmethod
    def dataset(self, id: str) -> Mapping[str, Any]:
        """What the store says about a dataset. Raises OSError, ValueError, KeyError."""


@dataclass(frozen=True, kw_only=True)
class OldModel(Logged):
    """A logged model of the store, as MLflow 3 has them."""

    name: str
    run: str | None
    type: str | None
    status: str
    deleted: bool
    created: int | None


@dataclass(frozen=True)
class OldVersion:
    """One version of a registered model. `source` is where its files were, in any form that MLflow ever wrote."""

    number: int
    source: str
    run: str
    run_link: str
    description: str
    user: str
    created: str
    stage: str | None
    tags: Mapping[str, str]


@dataclass(frozen=True)
class OldRegistered:
    """A registered model, its versions in their order."""

    name: str
    description: str
    created: str
    tags: Mapping[str, str]
    aliases: Mapping[str, int]
    versions: tuple[OldVersion, ...]


@dataclass(frozen=True)
class Store(ABC):
    """Where MLflow kept runs; it is read, and never written to.

    Attributes:
        kind: `folder` or `database`. path: the folder, or the file of the database.
        roots: folders from which files may be taken.
    """

    kind: ClassVar[str]
    path: Path
    roots: Sequence[Path]

    @abstractmethod
    def experiments(self) -> list[OldExperiment]:
        """All experiments, those that were deleted last.

        Raises:
            UsageError: this is no such store.
        """

    @abstractmethod
    def registered(self) -> tuple[list[OldRegistered], list[Broken]]:
        """The registered models, and what cannot be read of them."""


def version(meta: Mapping[str, Any], number: int, tags: Mapping[str, str]) -> OldVersion:
    """A version, by what a store says about it; both kinds of store use the same words."""
    stage = str(meta.get("current_stage") or _NO_STAGE)
    return OldVersion(
        number=number,
        source=str(meta.get("storage_location") or meta.get("source") or ""),
        run=str(meta.get("run_id") or ""),
        run_link=str(meta.get("run_link") or ""),
        description=str(meta.get("description") or ""),
        user=str(meta.get("user_id") or ""),
        created=str(meta.get("creation_timestamp") or meta.get("creation_time") or ""),
        stage=None if stage == _NO_STAGE else stage,
        tags=tags,
    )
