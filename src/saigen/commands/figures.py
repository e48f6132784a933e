"""Numbers as people read them."""

from __future__ import annotations


def size(number: int | None) -> str | None:
    """Bytes with a decimal unit: `31.1 MB`. None stays None."""
    if number is None:
        return None
    value, unit = float(number), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def percent(share: float) -> str:
    """A share from 0 to 1 as `12.5 %`."""
    return f"{100 * share:.1f} %"
