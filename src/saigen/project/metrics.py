"""`[metrics]`: how metrics of two runs of the same commit are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from saigen.project.values import texts

KEYS = ("ignore", "tolerance")
# Metrics in which two runs of the same commit differ by nature. Shown by every comparison that used it.
IGNORED_METRICS = ("system/*", "*_seconds", "*_time", "*_time_ms", "*_duration", "time", "duration", "fit_time*")


@dataclass(frozen=True)
class MetricRules:
    """How metrics of two runs of the same commit are compared.

    ignore: patterns (as in a shell) of names that are left out, beside IGNORED_METRICS.
    tolerance: pattern -> largest |difference| that still counts as the same.
    """

    ignore: tuple[str, ...] = ()
    tolerance: Mapping[str, float] = field(default_factory=dict)

    def ignored(self, name: str) -> bool:
        """Whether a metric is left out of comparisons."""
        return any(fnmatchcase(name, pattern) for pattern in (*IGNORED_METRICS, *self.ignore))

    def tolerance_of(self, name: str) -> float:
        """The largest difference that counts as the same; 0 is exact."""
        return max((value for pattern, value in self.tolerance.items() if fnmatchcase(name, pattern)), default=0.0)


def errors(table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong in the section."""
    yield from texts("metrics", "ignore", table)
    tolerance = table.get("tolerance", {})
    if not isinstance(tolerance, dict):
        yield f"[metrics] tolerance: expected a table of name = number, found {tolerance!r}"
        return
    for name, value in tolerance.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            yield f"[metrics.tolerance] {name}: expected a number of 0 or more, found {value!r}"


def read(table: Mapping[str, Any]) -> MetricRules:
    """The section, which has no errors."""
    tolerance = {name: float(value) for name, value in table.get("tolerance", {}).items()}
    return MetricRules(tuple(table.get("ignore", ())), tolerance)
