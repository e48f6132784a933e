"""What is said of a push that breaks a rule: which rule, what, why, and the next command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN = 20


@dataclass(frozen=True)
class Refusal:
    """One reason against a push.

    Attributes:
        rule: its name, for a maintainer's override and for programs: `writes`, `source`, `pointer`, ...
        what: what is refused, in one line. why: what was expected and found. next: the next command to run.
    """

    rule: str
    what: str
    why: str
    next: str


def shown(refusals: Sequence[Refusal]) -> str:
    """Refusals for a terminal: the first of them, and how many more there are."""
    lines = [f"refused: {one.what}\n  why: {one.why}\n  next: {one.next}" for one in refusals[:_SHOWN]]
    if len(refusals) > _SHOWN:
        lines.append(f"and {len(refusals) - _SHOWN} more reasons, which `saigen check` lists")
    return "\n\n".join(lines)
