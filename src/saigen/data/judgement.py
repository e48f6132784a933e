"""Is this a new version of the same dataset, or a different dataset? Pure; docs/data-versions.md explains the rule.

Of two states A (the earlier) and B, in this order:

1. the same content                                                       -> the same
2. nothing is known of what is inside                                     -> cannot be told
3. less than half of A's columns are in B with a type that fits           -> a different dataset
4. less than half of the rows of the smaller one are in the other one     -> a different dataset
5. in rows that both have, more than half of the values differ            -> a different dataset
6. otherwise                                                              -> a new version

Half is the majority: beyond it, what two states share no longer describes them. For directories a file is a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

KEPT_COLUMNS = 0.5  # at least this share of A's columns
OVERLAP = 0.5  # at least this share of the rows of the smaller one
CHANGED_CELLS = 0.5  # at most this share of the values in common rows


class Answer(str, Enum):
    """What two states of data are to each other."""

    SAME = "the same content"
    NEW_VERSION = "a new version"
    DIFFERENT = "a different dataset"
    UNTOLD = "cannot be told"


@dataclass(frozen=True)
class Figures:
    """What the rule looks at. All are shares from 0 to 1; None is "not known".

    Attributes:
        kept_columns: of A's columns, those that B has with a type that fits (in directories: kinds of files, classes).
        overlap: rows that both have, of the rows of the smaller one.
        changed_rows: of the rows that both have, those in which a value differs.
        changed_cells: of the values in those rows, in columns of both and outside of the key, those that differ.
        unit: what `rows` are: rows, or files.
        matched_by: how a row of A was recognised in B, in words: `key flight_id`, `position`, `whole rows`, `path`.
    """

    kept_columns: float | None = None
    overlap: float | None = None
    changed_rows: float | None = None
    changed_cells: float | None = None
    matched_by: str = "nothing"
    unit: str = "rows"


@dataclass(frozen=True)
class Judgement:
    """The answer, the sentence that explains it, and the figures that it rests on."""

    answer: Answer
    reason: str
    figures: Figures

    def __str__(self) -> str:
        return f"{self.answer.value}: {self.reason}"


def judge(figures: Figures, *, same: bool = False) -> Judgement:
    """The answer for two states of data.

    Args:
        same: whether their content is the same, byte by byte.
    """
    if same:
        return Judgement(Answer.SAME, "their hashes are equal", figures)
    kept, overlap, cells = figures.kept_columns, figures.overlap, figures.changed_cells
    if kept is None and overlap is None:
        return Judgement(Answer.UNTOLD, "the files' content is of a kind that is not looked into", figures)
    if kept is not None and kept < KEPT_COLUMNS:
        what = "columns are still there with a type that fits" if figures.unit == "rows" else "kinds are still there"
        return Judgement(Answer.DIFFERENT, f"only {_percent(kept)} of the {what}", figures)
    if overlap is not None and overlap < OVERLAP:
        return Judgement(
            Answer.DIFFERENT,
            f"by {figures.matched_by}, only {_percent(overlap)} of the smaller one's {figures.unit} are in the other",
            figures,
        )
    if cells is not None and cells > CHANGED_CELLS:
        return Judgement(
            Answer.DIFFERENT,
            f"by {figures.matched_by}, {_percent(cells)} of what common {figures.unit} hold is other",
            figures,
        )
    return Judgement(Answer.NEW_VERSION, _like(figures), figures)


def _like(figures: Figures) -> str:
    parts = []
    if figures.kept_columns is not None:
        what = "columns" if figures.unit == "rows" else "kinds"
        parts.append(f"{_percent(figures.kept_columns)} of the {what} are kept")
    if figures.overlap is not None:
        parts.append(
            f"by {figures.matched_by}, {_percent(figures.overlap)} of the smaller one's {figures.unit} are in both"
        )
    if figures.changed_cells is not None:
        parts.append(f"{_percent(figures.changed_cells)} of what they hold differs")
    return ", ".join(parts)


def _percent(share: float) -> str:
    """A share for people; what is neither none nor all never reads as if it were."""
    if 0 < share < 0.001:
        return "less than 0.1 %"
    if 0.999 < share < 1:
        return "more than 99.9 %"
    return f"{100 * share:.1f} %".replace(".0 %", " %")
