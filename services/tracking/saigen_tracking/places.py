"""Where artifacts may live, and whose a path is. Pure.

MLflow lays them out below its one destination: a run's files below `<experiment>/<run>/artifacts/`, a logged model's
below `<experiment>/models/<model>/artifacts/`, a trace's below `<experiment>/traces/<trace>/artifacts/`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from saigen_tracking.errors import Refusal

_RUN = re.compile(r"\d+/(?P<id>[0-9a-f]{32})/artifacts(/.*)?", re.DOTALL)
_MODEL = re.compile(r"\d+/models/(?P<id>m-[0-9a-f]{32})/artifacts(/.*)?", re.DOTALL)
_TRACE = re.compile(r"\d+/traces/(?P<id>[A-Za-z0-9_-]{1,64})/artifacts(/.*)?", re.DOTALL)
_PROMPTS = frozenset({"dummy-source", "prompt-template"})
_DECODINGS = 10


@dataclass(frozen=True)
class Place:
    """What a path below the artifact root belongs to: kind `run`, `model` or `trace`, and its id."""

    kind: str
    id: str


def owner_of(path: str) -> Place:
    """What an artifact path that is to be written belongs to.

    MLflow decodes a path again until it no longer changes; so every reading of it must name the same owner.

    Raises:
        Refusal: 400, a path that could mean another one once it is decoded or normalised; 403, no one's place.
    """
    owners = {_owner(reading) for reading in plain_readings(path)}
    if len(owners) != 1:
        raise Refusal(400, "the artifact path names more than one owner")
    return owners.pop()


def _owner(path: str) -> Place:
    for kind, pattern in (("run", _RUN), ("model", _MODEL), ("trace", _TRACE)):
        if found := pattern.fullmatch(path):
            return Place(kind, found["id"])
    raise Refusal(403, "artifacts are written below a run, a logged model or a trace, nowhere else")


def plain_readings(path: str) -> list[str]:
    """The path, and what it becomes each time it is decoded again.

    Raises:
        Refusal: 400, one of them is not a plain relative path.
    """
    readings = [path]
    while (decoded := unquote(readings[-1])) != readings[-1]:
        readings.append(decoded)
        if len(readings) > _DECODINGS:
            raise Refusal(400, "the artifact path is encoded too often")
    for reading in readings:
        hidden = any(ord(character) < 32 or character == "\\" for character in reading)
        if hidden or any(segment in ("", ".", "..") for segment in reading.split("/")):
            raise Refusal(400, "the artifact path is not a plain relative path")
    return readings


def require_own_store(location: object, what: str) -> None:
    """Refuse a place for artifacts that the client chose: the platform's own store is the only one.

    Raises:
        Refusal: 403, anything but an empty location.
    """
    if location not in (None, ""):
        raise Refusal(403, f"{what} is chosen by the platform (artifacts live in its own store): leave it out")


def require_source(source: str, prompt: bool) -> None:
    """Refuse a model version whose files would be outside the platform's store.

    Raises:
        Refusal: 403.
    """
    parts = urlsplit(source)
    ours = parts.scheme in ("runs", "models", "mlflow-artifacts")
    inside = ours and not parts.netloc and source.startswith(f"{parts.scheme}:/")
    if not inside and not (prompt and source in _PROMPTS):
        raise Refusal(
            403, "a model version's source is runs:/, models:/ or mlflow-artifacts:/, in the platform's store"
        )


def require_web_link(link: str) -> None:
    """Refuse a link that a browser would run instead of open.

    Raises:
        Refusal: 400.
    """
    if link and urlsplit(link).scheme not in ("http", "https"):
        raise Refusal(400, "run_link is not an http or https address")
