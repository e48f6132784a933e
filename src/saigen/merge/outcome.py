"""What a merge came to: content, or what a person has to decide."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.errors import SaigenError
from saigen.merge.plan import Clash, Plan

SHOWN = 1000  # clashes that a report has room for


class UnmergeableError(SaigenError):
    """Content that cannot be merged: unreadable, or of two forms. A conflict, with this as its reason."""


@dataclass(frozen=True)
class Difference:
    """One thing that both sides changed, in two ways. `what` names it; None: the version does not have it."""

    what: str
    base: str | None
    current: str | None
    incoming: str | None


@dataclass(frozen=True)
class Result:
    """A merge.

    Attributes:
        content: bytes, or a file that holds them; None: a conflict.
        notes: what a person should know, a line each.
        differences: the first SHOWN of those that make it a conflict. count: how many there are.
        marked: in a conflict of a text, the merge with Git's markers around what clashes.
    """

    content: bytes | Path | None
    notes: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    count: int = 0
    marked: bytes | None = None

    @property
    def is_conflict(self) -> bool:
        """Whether a person has to decide."""
        return self.content is None


def conflict(
    plan: Plan,
    key: Sequence[str],
    texts: Sequence[Sequence[str]],
    notes: tuple[str, ...] = (),
    marked: bytes | None = None,
) -> Result:
    """The result of a plan with clashes.

    Args:
        key: fields by which items are recognised. texts: the items of base, current and incoming, as people read them.
    """
    shown = tuple(_difference(clash, key, texts) for clash in plan.clashes[:SHOWN])
    return Result(None, notes, shown, len(plan.clashes), marked)


def _difference(clash: Clash, key: Sequence[str], texts: Sequence[Sequence[str]]) -> Difference:
    indexes = (clash.base, clash.current, clash.incoming)
    items = [None if index is None else version[index] for version, index in zip(texts, indexes, strict=True)]
    return Difference(labelled(key, clash.key), *items)


def labelled(key: Sequence[str], value: Hashable) -> str:
    """A key and its value, for people: `carrier = AA, flight = 11`."""
    values = value if len(key) > 1 and isinstance(value, tuple) else (value,)
    return ", ".join(f"{field} = {one}" for field, one in zip(key, values, strict=True))


def plan_notes(plan: Plan, prefer: str | None, things: str) -> tuple[str, ...]:
    """What a plan decided by itself and a person should know. `things`: rows, lines, files."""
    notes = []
    if plan.settled:
        notes.append(f"{plan.settled} {things} were changed on both sides: the {prefer} ones stay, as the rule says")
    if plan.shared:
        notes.append(f"the same {plan.shared} {things} were added on both sides: they are there once")
    return tuple(notes)


def unmergeable(what: str, why: str, next: str = "") -> UnmergeableError:
    """Content that cannot be merged, and what a person does then."""
    return UnmergeableError(what, why, next or "put the file right on its branch, and merge again")
