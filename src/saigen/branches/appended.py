"""Whether a file was only appended to. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence


def not_only_appended(path: str, old: bytes | None, new: bytes | None) -> str | None:
    """What was done to a file beside appending; None where nothing was.

    Everything that was there must still be there, unchanged and in the same order; what is new may stand anywhere,
    so that a merge of two that were appended to is fine. JSON is compared entry by entry, all else line by line.

    Args:
        path: ends in `.json` for a JSON list. old, new: content before and after; None where there is no such file.
    """
    if new is None:
        return "it is deleted" if old is not None else None
    if path.endswith(".json"):
        entries = _entries(new)
        if entries is None:
            return "it is not a JSON list"
        before = _entries(old) if old is not None else []
        if before is not None:
            return _lost(before, entries, "entry")
    return _lost((old or b"").splitlines(), new.splitlines(), "line")


def _entries(content: bytes) -> list[str] | None:
    """The entries of a JSON list, each in one way of writing; None where it is not one."""
    try:
        document = json.loads(content)
    except ValueError:
        return None
    return [json.dumps(entry, sort_keys=True) for entry in document] if isinstance(document, list) else None


def _lost(old: Sequence[object], new: Sequence[object], one: str) -> str | None:
    rest = iter(new)
    for number, entry in enumerate(old, start=1):
        if not any(entry == other for other in rest):
            return f"{one} {number} of {len(old)} was changed, moved or removed"
    return None
