"""Whether an evaluation reaches what its project asks for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from saigen.errors import SaigenError
from saigen.project import Threshold


def missed(thresholds: Iterable[Threshold], metrics: Mapping[str, float]) -> list[str]:
    """Each threshold that is not reached, with what was found."""
    return [
        f"expected {one}, found {_shown(metrics.get(one.metric))}"
        for one in thresholds
        if not one.holds(metrics.get(one.metric))
    ]


def require(thresholds: Iterable[Threshold], metrics: Mapping[str, float], tag: str) -> None:
    """Raise SaigenError (the answer is no) where a threshold is not reached."""
    if found := missed(thresholds, metrics):
        raise SaigenError(
            f"{tag} is not released: its evaluation misses {'a threshold' if len(found) == 1 else 'thresholds'}",
            "\n  ".join(found),
            "improve the model on a dev branch, merge it there, then the same again",
        )


def _shown(value: float | None) -> str:
    return "no such metric" if value is None else f"{value:g}"
