"""What a server has no place for, or refuses: told, and kept word by word in an artifact of the run. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

_PARAM = 6000  # characters, MLflow's own limit
_TAG = 8000  # bytes, PostgreSQL's
_KEY = 250
_PLAIN = frozenset("#?%\\")  # characters that MLflow's client puts into a URL as they are


@dataclass(frozen=True)
class Kept:
    """One value that did not go where it belongs.

    Attributes:
        kind: `param`, `tag`, `metric`, `artifact`, `dataset`, `name`, ... name: as the store has it.
        value: as the store has it; of an artifact, the path that it is at instead.
        why: in the server's words, or ours.
    """

    kind: str
    name: str
    value: str
    why: str


def unsendable(kind: str, name: str, value: str) -> str | None:
    """Why a param or tag cannot be sent at all; None where the server may decide.

    Only what MLflow's client would cut short without a word, or what would take the whole batch with it.
    """
    if not (is_text(name) and is_text(value)):
        return "it is not text"
    if "\0" in name + value:
        return "it holds a zero byte"
    if len(name) > _KEY:
        return f"its name is longer than {_KEY} characters"
    if kind == "param" and len(value) > _PARAM:
        return f"it is longer than {_PARAM} characters"
    if kind == "tag" and len(value.encode()) > _TAG:
        return f"it is longer than {_TAG} bytes"
    return None


def unwritable(path: str) -> str | None:
    """Why an artifact cannot have this path on the server; None where it can."""
    if not is_text(path):
        return "its name is not text"
    if any(ord(character) < 32 or character in _PLAIN for character in path):
        return "its name holds a character that MLflow does not carry over"
    return None


def is_text(value: str) -> bool:
    """Whether a string has an encoding: what was read from bytes that are no text has none."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def sorted_out(kind: str, values: Mapping[str, str]) -> tuple[dict[str, str], list[Kept]]:
    """What may be sent, and what may not."""
    kept = [Kept(kind, name, value, why) for name, value in values.items() if (why := unsendable(kind, name, value))]
    refused = {one.name for one in kept}
    return {name: value for name, value in values.items() if name not in refused}, kept


def document(meta: Mapping[str, Any], kept: Iterable[Kept]) -> str:
    """The artifact: what the store said about the run, and what was kept."""
    said = {"meta": dict(meta), "kept": [asdict(one) for one in kept]}
    return json.dumps(said, indent=1, default=str) + "\n"
