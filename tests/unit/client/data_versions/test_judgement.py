"""New version or different dataset? The rule, case by case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.data.judgement import Answer, Figures, judge

shares = st.none() | st.floats(0, 1)
CASES = [
    ("appended rows", Figures(1.0, 1.0, 0.0, 0.0, "the key id"), Answer.NEW_VERSION),
    ("a corrected column", Figures(1.0, 1.0, 1.0, 0.1, "the key id"), Answer.NEW_VERSION),
    ("new columns, rows removed", Figures(1.0, 1.0, 0.0, 0.0, "the key id"), Answer.NEW_VERSION),
    ("exactly half of everything", Figures(0.5, 0.5, 1.0, 0.5, "the key id"), Answer.NEW_VERSION),
    ("most columns gone", Figures(0.49, 1.0, 0.0, 0.0, "the key id"), Answer.DIFFERENT),
    ("other rows of the same form", Figures(1.0, 0.0, None, None, "the key id"), Answer.DIFFERENT),
    ("the same numbers of rows, all else different", Figures(1.0, 1.0, 1.0, 0.9, "position"), Answer.DIFFERENT),
    ("rows matched as a whole", Figures(1.0, 0.8, None, None, "whole rows"), Answer.NEW_VERSION),
    ("a directory became a file", Figures(kept_columns=0.0), Answer.DIFFERENT),
    ("a file of an unknown kind", Figures(), Answer.UNTOLD),
]


@pytest.mark.parametrize(("figures", "answer"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_case(figures: Figures, answer: Answer) -> None:
    assert judge(figures).answer is answer


def test_equal_hashes_are_the_same_whatever_the_figures() -> None:
    assert judge(Figures(0.0, 0.0), same=True).answer is Answer.SAME


def test_the_reason_gives_the_figure_that_decided() -> None:
    assert "12.5 % of the columns" in judge(Figures(0.125, 1.0)).reason
    assert (
        "by the key id, only 10 % of the smaller one's rows" in judge(Figures(1.0, 0.1, matched_by="the key id")).reason
    )


def test_almost_all_does_not_read_as_all() -> None:
    assert "more than 99.9 % of the smaller one's rows" in judge(Figures(1.0, 0.99999)).reason


@given(kept=shares, overlap=shares, rows=shares, cells=shares)
def test_more_in_common_never_turns_a_version_into_another_dataset(
    kept: float | None, overlap: float | None, rows: float | None, cells: float | None
) -> None:
    before = judge(Figures(kept, overlap, rows, cells)).answer
    better = Figures(
        None if kept is None else 1.0, None if overlap is None else 1.0, rows, None if cells is None else 0.0
    )

    assert before is Answer.UNTOLD or judge(better).answer is Answer.NEW_VERSION
