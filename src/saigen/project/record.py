"""`[record]`: what a recording takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from saigen.project.values import in_bytes, size, texts

KEYS = ("largest_file", "largest_total", "most_files", "environment")


@dataclass(frozen=True)
class RecordRules:
    """What a recording takes.

    largest_file, largest_total: bytes of untracked files, one and together. most_files: how many of them.
    environment: names of variables whose values a recording may show, beside those that it always does.
    """

    largest_file: int = 1_000_000
    largest_total: int = 20_000_000
    most_files: int = 2_000
    environment: tuple[str, ...] = ()


def errors(table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong in the section."""
    yield from texts("record", "environment", table)
    for key in ("largest_file", "largest_total"):
        yield from size("record", key, table)
    most = table.get("most_files", 0)
    if isinstance(most, bool) or not isinstance(most, int) or most < 0:
        yield f"[record] most_files: expected a whole number, found {most!r}"


def read(table: Mapping[str, Any]) -> RecordRules:
    """The section, which has no errors."""
    defaults = RecordRules()
    return RecordRules(
        largest_file=in_bytes(table.get("largest_file"), defaults.largest_file),
        largest_total=in_bytes(table.get("largest_total"), defaults.largest_total),
        most_files=table.get("most_files", defaults.most_files),
        environment=tuple(table.get("environment", ())),
    )
