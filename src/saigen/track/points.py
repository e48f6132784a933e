"""One line of a metric's file, as MLflow's file store wrote it over the years. Pure.

timestamp value                                    before MLflow 1.0
timestamp value step
timestamp value step DATASET DIGEST                since 2.22
timestamp value step RUN [DATASET DIGEST]          of a logged model, since 3.0
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

BATCH = 1000  # metrics that MLflow takes at once
_LARGEST = 2**63
_INFINITY = 1.7976931348623157e308  # what MLflow's database keeps in place of infinity

T = TypeVar("T")


@dataclass(frozen=True)
class OldPoint:
    """One logged value. `dataset` is a name and a digest; `run` is there for a logged model's metric only."""

    value: float
    timestamp: int
    step: int
    dataset: tuple[str, str] | None = None
    run: str | None = None


def parse_point(line: str, *, of_model: bool = False) -> OldPoint:
    """The value that a line holds.

    Raises:
        ValueError: the line is no such line.
    """
    fields = line.rstrip("\r\n").split(" ")
    ahead = 4 if of_model else 3
    if len(fields) < (4 if of_model else 2) or ahead < len(fields) < ahead + 2:
        raise ValueError(f"{len(fields)} fields")
    step = int(fields[2]) if len(fields) > 2 else 0
    timestamp = int(fields[0])
    if not (-_LARGEST <= step < _LARGEST and -_LARGEST <= timestamp < _LARGEST):
        raise ValueError("a number that no database holds")
    # A dataset's name may hold spaces, its digest does not.
    dataset = (" ".join(fields[ahead:-1]), fields[-1]) if len(fields) > ahead else None
    return OldPoint(float(fields[1]), timestamp, step, dataset, fields[3] if of_model else None)


def parse_points(lines: Iterable[str], *, of_model: bool = False) -> Iterator[OldPoint | str]:
    """The values of all lines, in their order; a line that holds none, as it is. Empty lines are nothing."""
    for line in lines:
        if not line.strip():
            continue
        try:
            yield parse_point(line, of_model=of_model)
        except ValueError:
            yield line


def comparable(value: float, timestamp: int, step: int) -> tuple[float | str, int, int]:
    """A value in the form in which that of a file and that of a server are the same."""
    if math.isnan(value):
        return "nan", timestamp, step
    return max(-_INFINITY, min(_INFINITY, value)), timestamp, step


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The items, at most `size` at once."""
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch
