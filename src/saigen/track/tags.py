"""What becomes of a run's tags when it is brought to another server. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from saigen.recording import RECORDED
from saigen.track.kept import Kept
from saigen.track.names import COMPLETE, SOURCE, USER

AUTHOR = "mlflow.user"
NAME = "mlflow.runName"
PARENT = "mlflow.parentRunId"
HISTORY = "mlflow.log-model.history"
_PLATFORM = "saigen."
_OURS = frozenset({SOURCE, COMPLETE, USER})
_OF_THE_SERVER = frozenset({AUTHOR, RECORDED})
# Tags that hold ids of runs, which are others on the server.
_IDS = frozenset({PARENT, "mlflow.rootRunId", HISTORY})


def at_creation(source: str, user: str, tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that a run is made with: what can be written once only, and where it came from."""
    recorded = {key: value for key, value in tags.items() if key.startswith(_PLATFORM) and not _kept(key)}
    author = tags.get(AUTHOR) or user
    return {**recorded, SOURCE: source, **({USER: author} if author else {})}


def afterwards(tags: Mapping[str, str], ids: Mapping[str, str]) -> dict[str, str]:
    """The tags that are logged to the run once it is there; again those it was made with, should one have been refused.

    Args:
        ids: id on the server by id in the store, of all runs.
    """
    return {
        key: _with_new_ids(value, ids) if key in _IDS else value
        for key, value in tags.items()
        if not _kept(key) and key != NAME
    }


def set_aside(tags: Mapping[str, str]) -> list[Kept]:
    """The tags that only the server writes."""
    return [Kept("tag", key, value, "only the server writes it") for key, value in tags.items() if _kept(key)]


def _kept(key: str) -> bool:
    return key in _OURS or key in _OF_THE_SERVER


def _with_new_ids(value: str, ids: Mapping[str, str]) -> str:
    if value in ids:
        return ids[value]
    for old in {word for word in _words(value) if word in ids}:
        value = value.replace(old, ids[old])
    return value


def _words(value: str) -> list[str]:
    """What may be an id in a text: letters and digits without anything between."""
    return "".join(character if character.isalnum() else " " for character in value).split()
