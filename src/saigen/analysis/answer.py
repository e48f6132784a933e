"""The answer to a question: the figures, and what they say. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from saigen.analysis.columns import Columns
from saigen.analysis.effect import Effect
from saigen.analysis.metric import Better
from saigen.analysis.question import Question
from saigen.analysis.split import LIMIT, Split

FORMAT = 1  # of report.json
_MUCH = 0.01  # share of a group's units that is worth a warning


class Verdict(str, Enum):
    """What the figures say of the candidate."""

    BETTER = "better"
    WORSE = "worse"
    DIFFERENT = "different"  # of a metric that gets better neither way
    NOT_SHOWN = "no difference shown"
    REFUSED = "refused"  # the groups are not what was declared


@dataclass(frozen=True)
class Answer:
    """What was found.

    Attributes:
        values: number of units that each group's figure is of. units: of all units. both: of units in both groups, and
            `named` a few of them. without: rows without a value. columns: which columns were taken.
        split: None where there is none to verify. effect: None where the split refuses it.
    """

    question: Question
    values: tuple[int, int]
    units: tuple[int, int]
    both: int
    named: tuple[str, ...]
    without: tuple[int, int]
    columns: Columns
    split: Split | None = None
    effect: Effect | None = None

    @property
    def verdict(self) -> Verdict:
        """What the figures say."""
        if self.effect is None:
            return Verdict.REFUSED
        if not self.effect.is_shown(self.question.alpha):
            return Verdict.NOT_SHOWN
        better = self.question.metric.better
        if better is None:
            return Verdict.DIFFERENT
        grew = self.effect.difference > 0
        return Verdict.BETTER if grew == (better is Better.HIGHER) else Verdict.WORSE

    @property
    def notes(self) -> list[str]:
        """What a reader should know beside the figures."""
        return [*self._of_both(), *self._of_missing()]

    def _of_both(self) -> Iterator[str]:
        if self.question.paired:
            alone = [count - self.values[0] for count in self.units]
            if any(alone):
                yield f"{alone[0]:,} units of the control and {alone[1]:,} of the candidate have no value in both"
        elif self.both:
            names = ", ".join(self.named) + (", ..." if self.both > len(self.named) else "")
            warning = ": the groups are not apart" if self.both > _MUCH * min(self.units) else ""
            yield f"{self.both:,} units are in both groups ({names}) and are left out{warning}"

    def _of_missing(self) -> Iterator[str]:
        if any(self.without):
            rows = f"{self.without[0]:,} rows of the control and {self.without[1]:,} of the candidate"
            yield f"{rows} are left out: they have no value, for want of a label or a prediction"

    def to_json(self) -> dict[str, Any]:
        """What report.json holds."""
        return {
            "format": FORMAT,
            "verdict": self.verdict.value,
            "question": asdict(self.question),
            "values": self.values,
            "units": self.units,
            "units_in_both": {"count": self.both, "some": self.named},
            "rows_without_value": self.without,
            "columns": asdict(self.columns),
            "split": self.split and {**asdict(self.split), "limit": LIMIT, "holds": self.split.holds},
            "effect": self.effect and {**asdict(self.effect), "relative": self.effect.relative},
            "notes": self.notes,
        }


def asks_the_same(report: bytes | None, question: Question) -> Mapping[str, Any] | None:
    """The report of an earlier time where it answers this very question, else None."""
    try:
        said = json.loads(report or b"null")
        same = said["format"] == FORMAT and said["question"] == json.loads(json.dumps(asdict(question)))
    except (ValueError, TypeError, KeyError):
        return None
    return said if same else None
