"""What a person asks the lineage of. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from saigen.data.version import parse_state
from saigen.errors import UsageError

_RUN = re.compile(r"[0-9a-f]{32}")
_COMMIT = re.compile(r"[0-9a-f]{7,40}|[0-9a-f]{64}")
_LOGGED = re.compile(r"m-[0-9a-f]{32}")


class Asked(str, Enum):
    """The kinds of things that have a lineage. Each may be written in front: `model:flights_v3`."""

    RUN = "run"
    MODEL = "model"
    DATA = "data"
    FILE = "file"
    COMMIT = "commit"


@dataclass(frozen=True)
class Target:
    """One thing, of one kind."""

    kind: Asked
    name: str

    @property
    def is_logged_model(self) -> bool:
        """Whether it is a logged model's id, `m-...`."""
        return self.kind is Asked.MODEL and _LOGGED.fullmatch(self.name) is not None

    @property
    def model(self) -> tuple[str, str | None, str | None]:
        """Name, version and alias of a registered model: `delay`, `delay/3`, `delay@champion`."""
        name, at, alias = self.name.partition("@")
        name, slash, version = name.partition("/")
        return name, version if slash else None, alias if at else None


def parse_target(text: str, is_file: bool = False) -> Target:
    """What a text names: a file that is there, a run's id, a data version, a commit, else a model.

    Args:
        is_file: whether a file of this name is there.

    Raises:
        UsageError: it names nothing.
    """
    prefix, colon, rest = text.partition(":")
    if colon and prefix in {kind.value for kind in Asked} and rest:
        return Target(Asked(prefix), rest)
    if is_file:
        return Target(Asked.FILE, text)
    if _RUN.fullmatch(text):
        return Target(Asked.RUN, text)
    if parse_state(text) is not None:
        return Target(Asked.DATA, text)
    if _COMMIT.fullmatch(text):
        return Target(Asked.COMMIT, text)
    if not text.strip():
        raise UsageError(
            "nothing was named", "expected a run, model, data version, file or commit", "saigen lineage ID"
        )
    return Target(Asked.MODEL, text)
