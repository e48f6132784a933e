"""SIGTERM ends a command as Ctrl-C does: what it began is taken back first."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

EXIT_CODE = 130


def heed_termination() -> None:
    """Let SIGTERM raise KeyboardInterrupt from now on."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
