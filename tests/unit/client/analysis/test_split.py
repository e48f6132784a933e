"""Whether units reached the groups in the declared shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.analysis.question import parse_split
from saigen.analysis.split import verify_split
from saigen.errors import UsageError

FORWARD = (99.0, 1.0)


def test_a_split_of_97_to_3_is_not_one_of_99_to_1() -> None:
    found = verify_split(9_700, 300, FORWARD)
    assert found.test == "chi-square"
    assert not found.holds


def test_a_few_units_more_or_less_are_chance() -> None:
    assert verify_split(9_912, 88, FORWARD).holds


def test_few_units_are_tested_exactly() -> None:
    assert verify_split(200, 1, FORWARD).test == "exact binomial"
    assert verify_split(200, 1, FORWARD).holds
    assert not verify_split(200, 15, FORWARD).holds


@given(st.integers(1, 10**7), st.floats(1, 99))
def test_exactly_the_declared_shares_hold(units: int, share: float) -> None:
    candidate = round(units * share / 100)
    assert verify_split(units - candidate, candidate, (100 - share, share)).holds


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.floats(1, 99))
def test_it_does_not_matter_which_group_is_named_first(one: int, other: int, share: float) -> None:
    found = verify_split(one, other, (100 - share, share))
    swapped = verify_split(other, one, (share, 100 - share))
    assert found.p == pytest.approx(swapped.p, rel=1e-6, abs=1e-12)


def test_shares_are_read() -> None:
    assert parse_split("99/1") == (99.0, 1.0)
    assert parse_split("3/1") == (75.0, 25.0)
    assert parse_split("0.5/99.5") == pytest.approx((0.5, 99.5))


@pytest.mark.parametrize("text", ["", "99", "99/0", "-1/101", "a/b", "1/2/3", "nan/1", "inf/1"])
def test_other_texts_are_no_split(text: str) -> None:
    with pytest.raises(UsageError):
        parse_split(text)
