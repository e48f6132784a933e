"""Whether units reached the groups in the shares that were declared: the sample ratio test.

Where they did not, something chose who went where (a crash, a redirect, a lost log), and a difference between the
groups may be that choice. The limit of 0.001 follows Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online
Controlled Experiments" (KDD 2019): it is asked of every experiment, so it must rarely be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

LIMIT = 0.001
_FEW = 5  # expected units, below which the chi-square approximation does not hold


@dataclass(frozen=True)
class Split:
    """How many units each group had, and should have had.

    Attributes:
        p: probability of shares this far off where the declared ones hold. test: how that was computed.
    """

    control: int
    candidate: int
    expected_control: float
    expected_candidate: float
    p: float
    test: str

    @property
    def holds(self) -> bool:
        """Whether the shares are the declared ones, as far as can be told."""
        return self.p >= LIMIT


def verify_split(control: int, candidate: int, declared: tuple[float, float]) -> Split:
    """Compare the numbers of units with the declared shares (in per cent). There must be a unit."""
    from scipy import stats

    units = control + candidate
    expected = (units * declared[0] / 100, units * declared[1] / 100)
    if min(expected) < _FEW:
        p = float(stats.binomtest(candidate, units, declared[1] / 100).pvalue)
        return Split(control, candidate, *expected, p, "exact binomial")
    p = float(stats.chisquare([control, candidate], expected).pvalue)
    return Split(control, candidate, *expected, p, "chi-square")
