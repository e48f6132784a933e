"""What a plan is made of: per system and noun, how many are declared, how many are there, and what to change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Action = Literal["create", "repair", "remove"]


@dataclass(frozen=True)
class Change:
    """One thing to do. `of` is what the thing belongs to (a group, a repository), `why` what differs."""

    noun: str
    action: Action
    name: str
    of: str = ""
    why: str = ""

    def render(self) -> str:
        """As `repair author (disabled)` or `create reviewer in demo-members`."""
        place = f" in {self.of}" if self.of and self.action != "remove" else f" from {self.of}" if self.of else ""
        reason = f" ({self.why})" if self.why else ""
        return f"{self.action} {self.name}{place}{reason}"


@dataclass(frozen=True)
class Section:
    """One line of a plan. `present`: of those declared. `undeclared` are found, listed, and left alone."""

    system: str
    noun: str
    declared: int
    present: int
    changes: tuple[Change, ...] = ()
    undeclared: tuple[str, ...] = ()

    def render(self) -> str:
        """As `storage    users: 4 declared, 3 present -> create reviewer`."""
        what = f" -> {'; '.join(c.render() for c in self.changes)}" if self.changes else ", nothing to do"
        left = f" (not declared, left alone: {', '.join(self.undeclared)})" if self.undeclared else ""
        found = self.present + sum(change.action == "remove" for change in self.changes)
        return f"{self.system:<9} {self.noun}: {self.declared} declared, {found} present{what}{left}"


@dataclass(frozen=True)
class Plan:
    """All sections, in the order in which they are applied."""

    sections: tuple[Section, ...]

    def changes(self, system: str) -> tuple[Change, ...]:
        """What is to be done in one system, in order: removals first, so that whoever leaves is out at once."""
        found = [c for section in self.sections if section.system == system for c in section.changes]
        return tuple(sorted(found, key=lambda change: change.action != "remove"))

    def removals(self) -> Plan:
        """What of it takes something away."""
        return Plan(tuple(replace(section, changes=_removals(section)) for section in self.sections))

    def total(self) -> int:
        """How many changes there are in all."""
        return sum(len(section.changes) for section in self.sections)

    def lines(self) -> tuple[str, ...]:
        """The plan as it is printed."""
        return tuple(section.render() for section in self.sections)


def _removals(section: Section) -> tuple[Change, ...]:
    return tuple(change for change in section.changes if change.action == "remove")


def differences(wanted: Iterable[tuple[str, object]], actual: Iterable[tuple[str, object]]) -> str:
    """Names of the settings that differ, as `versioning, lifecycle`; empty when none does."""
    found = dict(actual)
    return ", ".join(name for name, value in wanted if found.get(name) != value)
