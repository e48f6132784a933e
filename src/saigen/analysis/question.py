"""What an experiment asks: which records against which, by what metric. Equal questions have equal answers. Pure."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from saigen.analysis.columns import Columns
from saigen.analysis.metric import Metric
from saigen.errors import UsageError


class Kind(str, Enum):
    """The experiments that there are."""

    AB = "ab"  # two groups of equal standing
    FORWARD = "forward"  # the candidate gets 1 %, the model in use keeps the rest
    BACK = "back"  # the model before keeps 1 %, the model in use has the rest


# Shares of control and candidate. In a back test the control is the model before.
SPLITS = {Kind.AB: (50.0, 50.0), Kind.FORWARD: (99.0, 1.0), Kind.BACK: (1.0, 99.0)}


@dataclass(frozen=True)
class Record:
    """A monitoring record: its tag, and the commit that it names."""

    tag: str
    commit: str


@dataclass(frozen=True)
class Group:
    """One side of an experiment: a released model, and the records of what it did."""

    model: str
    records: tuple[Record, ...]


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        split: shares of control and candidate, which sum to 100; None where both predicted the same rows (offline).
        alpha: how often a difference may be claimed where there is none.
        detect: the smallest effect that matters, for the power to see it.
    """

    kind: Kind
    environments: tuple[str, ...]
    control: Group
    candidate: Group
    metric: Metric
    split: tuple[float, float] | None = (50.0, 50.0)
    alpha: float = 0.05
    detect: float | None = None
    columns: Columns = field(default_factory=Columns)

    @property
    def paired(self) -> bool:
        """Whether both models predicted the same rows."""
        return self.split is None

    @property
    def records(self) -> tuple[Record, ...]:
        """All records, the control's first."""
        return self.control.records + self.candidate.records

    def to_json(self) -> dict[str, Any]:
        """As JSON writes it."""
        return asdict(self)


def parse_split(text: str) -> tuple[float, float]:
    """`99/1` as (99.0, 1.0); `3/1` is (75.0, 25.0).

    Raises:
        UsageError: it is not two positive numbers.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)", text)
    control, candidate = (float(match[1]), float(match[2])) if match else (0.0, 0.0)
    if control <= 0 or candidate <= 0:
        raise UsageError(
            f"{text!r} is not a split",
            "expected the shares of control and candidate as two positive numbers",
            "--split 99/1",
        )
    whole = control + candidate
    return 100 * control / whole, 100 * candidate / whole


def check(question: Question) -> Question:
    """The question itself, where it can be asked. Raises UsageError where it cannot."""
    if question.control.model == question.candidate.model:
        raise UsageError(
            "control and candidate are the same model",
            f"expected two tags, found {question.control.model} twice",
            "name the tag of another release",
        )
    if not 0 < question.alpha < 1:
        raise UsageError(f"alpha {question.alpha:g} cannot be", "expected a number between 0 and 1", "--alpha 0.05")
    return question


def name_of(kind: Kind, control: str, candidate: str, metric: str) -> str:
    """Name of an experiment that nobody named: `forward-delay-1-delay-2-mae`."""
    words = f"{kind.value}-{control}-{candidate}-{metric}"
    return "".join(letter if (letter.isascii() and letter.isalnum()) or letter == "-" else "-" for letter in words)
