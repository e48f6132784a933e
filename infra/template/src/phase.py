"""Which step of a release a run is, and what it learns from and measures with, where the team has one split.

`saigen release train` starts src/train.py once a phase and says which in SAIGEN_PHASE. A run of anybody's looks at
train and validation only: each look at the test set makes the next figure on it a little too good.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from problem import Problem

TUNED = Path("release/tuned.json")  # what the phase `tune` leaves for the next two; a release commits it


@dataclass(frozen=True)
class Phase:
    """A phase of a release; one without a name is no release. measures: None when nothing is left to measure with."""

    name: str
    learns: tuple[str, ...]
    measures: str | None

    @property
    def parts(self) -> tuple[str, ...]:
        """Every part of the split that it looks at."""
        return (*self.learns, self.measures) if self.measures else self.learns


PHASES = (
    Phase("", ("train",), "validation"),
    Phase("tune", ("train",), "validation"),
    Phase("evaluate", ("train", "validation"), "test"),
    Phase("final", ("train", "validation", "test"), None),
)


def current_phase() -> Phase:
    """Return the phase that SAIGEN_PHASE names. Raises Problem when it names another."""
    wanted = os.environ.get("SAIGEN_PHASE", "")
    for phase in PHASES:
        if phase.name == wanted:
            return phase
    names = ", ".join(phase.name for phase in PHASES if phase.name)
    raise Problem("SAIGEN_PHASE", f"expected one of {names}; found {wanted!r}", "unset SAIGEN_PHASE", code=2)


def keep_tuned(root: Path, settings: dict) -> None:
    """Leave the chosen settings for the phases that follow in the same release."""
    file = root / TUNED
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"release": _release(), "model": settings}, indent=2) + "\n")


def tuned(root: Path, phase: Phase, settings: dict) -> dict:
    """Return what `tune` chose in this release; `settings` when it had no such phase, and outside of a release."""
    file = root / TUNED
    if phase.name not in ("evaluate", "final"):
        return settings
    kept = json.loads(file.read_text()) if file.exists() else {}
    return kept["model"] if kept.get("release") == _release() else settings


def _release() -> str:
    return os.environ.get("SAIGEN_RELEASE", "")
