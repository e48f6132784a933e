"""A measured ratio of two paired series, and whether it meets its bar."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import bootstrap


@dataclass(frozen=True)
class Row:
    """One line of the bench table.

    `value` is the median of the paired ratios (or one absolute figure, with `low == high == value`), `low` and `high`
    bound it with 95 % confidence. `bar` says what it must reach, in words; `met` whether it does; None where the row
    is there for comparison only.
    """

    what: str
    value: float
    low: float
    high: float
    unit: str
    rounds: int
    bar: str
    met: bool | None

    def as_json(self) -> dict[str, Any]:
        """The row as plain values."""
        return asdict(self)


def paired(ours: Sequence[float], reference: Sequence[float]) -> tuple[float, float, float]:
    """Median of ours[i] / reference[i] with its 95 % bounds.

    Both series have the same length, in the same unit, measured in alternation. Bounds: percentile bootstrap of the
    median (Efron 1979), seeded, so that the same figures give the same bounds.
    """
    ratios = np.asarray(ours, dtype=float) / np.asarray(reference, dtype=float)
    if len(ratios) < 2:
        raise ValueError(f"expected at least 2 paired rounds, found {len(ratios)}")
    found = bootstrap((ratios,), np.median, method="percentile", rng=np.random.default_rng(0), vectorized=True)
    low, high = found.confidence_interval
    return float(np.median(ratios)), float(low), float(high)


def alternate(
    ours: Callable[[], float], reference: Callable[[], float], rounds: int
) -> tuple[list[float], list[float]]:
    """Call the two in turn, `rounds` times each, the order swapped every round; returns what they returned."""
    first: list[float] = []
    second: list[float] = []
    for number in range(rounds):
        if number % 2:
            second.append(reference())
            first.append(ours())
        else:
            first.append(ours())
            second.append(reference())
    return first, second


def seconds(action: Callable[[], object]) -> float:
    """Wall-clock seconds that the action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
