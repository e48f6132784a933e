"""`release/release.json`: what a released tag says of itself, for those who have nothing but the tag. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from saigen.errors import BlockedError

FILE = "release/release.json"
METRICS = "metrics.json"
CARD = "MODEL_CARD.md"
MODELS = "models"


@dataclass(frozen=True)
class Origin:
    """What was merged: a branch, and the commit that it was at."""

    branch: str
    commit: str


@dataclass(frozen=True)
class Phase:
    """One training of a release.

    Attributes:
        name: tune, evaluate or final. run: id of its main run. runs: of all that it made, that one among them.
    """

    name: str
    run: str
    runs: tuple[str, ...]
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """The model that ships: its name and URI in tracking, and its folder in the commit."""

    name: str
    uri: str
    path: str


@dataclass(frozen=True)
class Manifest:
    """One release.

    Attributes:
        attempt: the mark of its runs.
        built_from: the commit that was trained: the merges, without what the release itself wrote.
        versions: the tag data_version for its data. data: hash by path. test_uses: how often the line has looked at
            its test set by then. thresholds: as texts. ships: name of the phase whose model it is.
    """

    tag: str
    line: str
    project: str
    repository: str
    attempt: str
    built_from: str
    code: Origin | None
    split: Origin | None
    versions: str
    data: Mapping[str, str]
    phases: tuple[Phase, ...]
    ships: str
    model: Model
    thresholds: tuple[str, ...] = ()
    test_uses: int = 0

    @property
    def shipped(self) -> Phase:
        """The phase whose model it is."""
        return self.phase(self.ships)

    def phase(self, name: str) -> Phase:
        """A phase by its name."""
        return next(phase for phase in self.phases if phase.name == name)

    @property
    def runs(self) -> tuple[str, ...]:
        """The main run of each phase."""
        return tuple(phase.run for phase in self.phases)

    def to_json(self) -> str:
        """The text of the file."""
        return json.dumps(asdict(self), indent=2) + "\n"


def parse_manifest(text: bytes | None, tag: str) -> Manifest:
    """The release that the file of a tag describes.

    Raises:
        BlockedError: the tag has no such file, or one that cannot be read.
    """
    try:
        said: dict[str, Any] = json.loads(text or b"")
        return Manifest(
            **{
                **said,
                "code": Origin(**said["code"]) if said["code"] else None,
                "split": Origin(**said["split"]) if said["split"] else None,
                "phases": tuple(Phase(**{**one, "runs": tuple(one["runs"])}) for one in said["phases"]),
                "model": Model(**said["model"]),
                "thresholds": tuple(said["thresholds"]),
            }
        )
    except (ValueError, TypeError, KeyError) as error:
        found = "no such file" if text is None else str(error)
        raise BlockedError(
            f"{tag} was not made by saigen release", f"expected {FILE} in it, found {found}", "saigen release list"
        ) from error


def registered_name(project: str, line: str) -> str:
    """Name of a line in the registry of models, which all projects of a platform share: `flights.acme`."""
    return f"{project.replace('/', '-').replace(':', '-')}.{line}"
