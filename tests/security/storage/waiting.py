"""Waiting for a condition instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(holds: Callable[[], bool], *, what: Callable[[], str], seconds: float = 60) -> None:
    """Ask every quarter of a second until the condition holds; fail with what was awaited when time is up."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:.0f} s for {what()}")
        time.sleep(0.25)
