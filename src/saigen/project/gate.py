"""`[gate]`: what of a push's content is refused, beside what the kinds of branches say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from saigen.project.values import in_bytes, size, texts

KEYS = ("largest_file", "allow")


@dataclass(frozen=True)
class GateRules:
    """What of a push's content is refused.

    largest_file: bytes; a file above belongs in DVC.
    allow: patterns of paths whose files are not looked through for secrets.
    """

    largest_file: int = 10_000_000
    allow: tuple[str, ...] = ()


def errors(table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong in the section."""
    yield from size("gate", "largest_file", table)
    yield from texts("gate", "allow", table)


def read(table: Mapping[str, Any]) -> GateRules:
    """The section, which has no errors."""
    return GateRules(in_bytes(table.get("largest_file"), GateRules.largest_file), tuple(table.get("allow", ())))
