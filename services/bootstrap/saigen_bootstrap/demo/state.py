"""What a demo project needs, what it has, and the difference. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..plan import Change, Section

DATASET = "penguins"
VERSION = f"{DATASET}_v1"
FILE = f"data/{DATASET}.csv"
_VERSION_TAG = re.compile(r"[A-Za-z0-9-]+_v[0-9]+")


@dataclass(frozen=True)
class DemoState:
    """Tags of the project, and whether a run was trained on our version (None: tracking cannot be asked yet)."""

    tags: frozenset[str] = frozenset()
    trained: bool | None = None

    def versions(self) -> frozenset[str]:
        """The data versions among the tags."""
        return frozenset(tag for tag in self.tags if _VERSION_TAG.fullmatch(tag))


def compare_demo(projects: Mapping[str, DemoState]) -> tuple[Section, ...]:
    """A project gets the demo once: when it has no data version, or ours and (after an interruption) no run."""
    if not projects:
        return ()
    changes = []
    for name, state in sorted(projects.items()):
        if not state.versions():
            changes.append(Change("project", "create", VERSION, of=name, why="data and one run"))
        elif VERSION in state.tags and state.trained is not True:
            why = (
                "its run is missing" if state.trained is False else "its run cannot be looked up, tracking is not ready"
            )
            changes.append(Change("project", "repair", VERSION, of=name, why=why))
    return (Section("demo", "projects", len(projects), len(projects) - len(changes), tuple(changes)),)
