"""What differs between two states of data: one file a kind of data. `compare` chooses by name and content."""

from __future__ import annotations

from saigen.data.compare.kinds import Side, compare

__all__ = ["Side", "compare"]
