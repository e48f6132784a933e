"""`dvc.lock`: stage by stage. What a stage made is made again, not merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from saigen.merge.outcome import Result, unmergeable

_NOTHING: Any = object()


def merge_locks(path: str, contents: Sequence[bytes]) -> Result:
    """The stages of both sides; of one that both changed the incoming, and a note to run it again.

    Args:
        contents: base (may be empty), current and incoming.

    Raises:
        UnmergeableError: a version is no lock file.
    """
    import yaml

    base, current, incoming = (_read(path, content) for content in contents)
    if current.get("schema") != incoming.get("schema") and current and incoming:
        raise unmergeable(f"{path} cannot be merged", "expected one schema, found two", "dvc repro    (on one side)")
    stages, both = _stages(*(document.get("stages") or {} for document in (base, current, incoming)))
    document = {**incoming, **current, "stages": stages}
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)
    named = ", ".join(both)
    notes = (
        (f"{path}: both sides ran {named}: the incoming result stays until `dvc repro {' '.join(both)}`",)
        if both
        else ()
    )
    return Result(text.encode(), notes)


def _stages(
    base: dict[str, Any], current: dict[str, Any], incoming: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    merged, both = {}, []
    for name in [*current, *(name for name in incoming if name not in current)]:
        was, mine, theirs = (side.get(name, _NOTHING) for side in (base, current, incoming))
        if theirs in (was, mine):
            stage = mine
        else:
            stage = theirs
            both += [] if mine == was else [name]
        if stage is not _NOTHING:
            merged[name] = stage
    return merged, both


def _read(path: str, content: bytes) -> dict[str, Any]:
    import yaml

    try:
        document = yaml.safe_load(content) if content.strip() else {}
    except yaml.YAMLError as error:
        raise unmergeable(f"{path} cannot be read", "expected a lock file of DVC's, found no YAML") from error
    if not isinstance(document, dict) or not isinstance(document.get("stages") or {}, dict):
        raise unmergeable(f"{path} cannot be read", "expected a lock file of DVC's, found something else")
    return document
