"""The three versions of a file that are merged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Versions:
    """Files with the three contents. `base`: what both sides began with; an empty file where both added it."""

    base: Path
    current: Path
    incoming: Path

    @property
    def before(self) -> Path | None:
        """The base; None where there was nothing."""
        return self.base if self.base.stat().st_size else None

    def read(self) -> tuple[bytes, bytes, bytes]:
        """The contents of base, current and incoming."""
        return self.base.read_bytes(), self.current.read_bytes(), self.incoming.read_bytes()
