"""`[datasets]`: the names of data, and where it lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from saigen.tags import NAME_RULE, is_name


def errors(table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong in the section."""
    paths: dict[str, str] = {}
    for name, path in table.items():
        if not is_name(name):
            yield f"[datasets] {name}: expected {NAME_RULE}"
        inside = isinstance(path, str) and path.strip("/") and not {"..", "."} & set(path.split("/"))
        if not inside or path.startswith("/") or "\\" in path:
            yield f"[datasets] {name}: expected a path inside the repository such as 'data/flights.csv', found {path!r}"
            continue
        if path in paths:
            yield f"[datasets] {name}: expected a path of its own, found that of {paths[path]}"
        paths[path] = name


def read(table: Mapping[str, Any]) -> dict[str, str]:
    """Name -> path relative to the root."""
    return {name: path.strip("/") for name, path in table.items()}
