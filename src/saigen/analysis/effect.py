"""How far two groups differ: effect, interval, test, and what could have been seen at all. SciPy and statsmodels.

Which method is right follows from the values, and the answer names it:

    rates           Newcombe's interval; the score test, with few cases Fisher's exact one
    means           Welch's t, where each group is large enough for its skewness: more than 355 * skewness^2 values
                    (Kohavi et al., "Seven Rules of Thumb for Web Site Experimenters", KDD 2014, rule 7)
    anything else   bootstrap interval and permutation test, both from a fixed seed
    the same rows   the same on the differences, row by row
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from saigen.analysis.metric import Form

if TYPE_CHECKING:
    import numpy as np

    Values = np.ndarray[Any, np.dtype[np.float64]]

POWER = 0.8  # of an experiment that can see its smallest detectable effect
_SEED = 20130101
_FEWEST = 30  # values of a group, below which no mean counts as normally distributed
_FEW = 5  # cases, below which the score test does not hold
_WORK = 100_000_000  # values drawn at most, by bootstrap and by permutation


@dataclass(frozen=True)
class Effect:
    """The difference candidate - control.

    Attributes:
        control, candidate: the metric of each. low, high: the interval at 1 - alpha.
        p: probability of a difference this large where there is none. method: how the two were computed.
        detectable: the smallest effect that would be seen in 8 of 10 such experiments.
        power: how often the effect would be seen that was said to matter; None where none was.
    """

    control: float
    candidate: float
    difference: float
    low: float
    high: float
    p: float
    method: str
    detectable: float
    power: float | None = None

    @property
    def relative(self) -> float | None:
        """The difference as a share of the control's value; None where that is 0."""
        return self.difference / abs(self.control) if self.control else None

    def is_shown(self, alpha: float) -> bool:
        """Whether there is a difference: the test says so, and the interval leaves 0 out."""
        return self.p < alpha and not self.low <= 0 <= self.high


@dataclass(frozen=True)
class _Found:
    low: float
    high: float
    p: float
    error: float  # standard error of the difference
    method: str


def measure(
    control: Values, candidate: Values, form: Form, *, alpha: float, paired: bool = False, detect: float | None = None
) -> Effect:
    """The effect between the values of two groups, a value a unit.

    Args:
        paired: whether value i of both is of the same unit. detect: the smallest effect that matters.
    """
    figure = _figure(form)
    before, after = float(figure(control)), float(figure(candidate))
    if paired:
        found = _paired(control, candidate, form, alpha)
    elif form is Form.RATE and _is_binary(control) and _is_binary(candidate):
        found = _rates(control, candidate, alpha)
    elif form is not Form.ROOT and _is_normal(control) and _is_normal(candidate):
        found = _means(control, candidate, alpha)
    else:
        found = _resampled((control, candidate), figure, alpha, paired=False)
    sizes = (len(control), len(candidate))
    return Effect(
        control=before,
        candidate=after,
        difference=after - before,
        low=found.low,
        high=found.high,
        p=found.p,
        method=found.method,
        detectable=_detectable(found.error, sizes, alpha),
        power=None if detect is None else _power(detect, found.error, sizes, alpha),
    )


def _rates(control: Values, candidate: Values, alpha: float) -> _Found:
    from scipy import stats
    from statsmodels.stats.proportion import confint_proportions_2indep, test_proportions_2indep

    ones, others = (int(candidate.sum()), int(control.sum())), (len(candidate), len(control))
    cases = (ones[0], ones[1], others[0] - ones[0], others[1] - ones[1])
    low, high = confint_proportions_2indep(
        ones[0], others[0], ones[1], others[1], compare="diff", method="newcomb", alpha=alpha
    )
    if min(cases) < _FEW:
        p, test = stats.fisher_exact([[cases[0], cases[2]], [cases[1], cases[3]]]).pvalue, "Fisher's exact test"
    else:
        done = test_proportions_2indep(ones[0], others[0], ones[1], others[1], compare="diff", method="score")
        p, test = done.pvalue, "score test"
    error = (stats.sem(control) ** 2 + stats.sem(candidate) ** 2) ** 0.5
    return _Found(float(low), float(high), float(p), float(error), f"two proportions: Newcombe's interval, {test}")


def _means(control: Values, candidate: Values, alpha: float) -> _Found:
    from scipy import stats

    test = stats.ttest_ind(candidate, control, equal_var=False)
    interval = test.confidence_interval(1 - alpha)
    error = (stats.sem(control) ** 2 + stats.sem(candidate) ** 2) ** 0.5
    return _Found(float(interval.low), float(interval.high), float(test.pvalue), float(error), "Welch's t")


def _paired(control: Values, candidate: Values, form: Form, alpha: float) -> _Found:
    from scipy import stats

    differences = candidate - control
    if form is Form.ROOT or not _is_normal(differences):
        return _resampled((control, candidate), _figure(form), alpha, paired=True)
    test = stats.ttest_1samp(differences, 0)
    interval = test.confidence_interval(1 - alpha)
    error = float(stats.sem(differences))
    return _Found(float(interval.low), float(interval.high), float(test.pvalue), error, "paired t")


def _resampled(groups: tuple[Values, Values], figure: Callable[..., Any], alpha: float, *, paired: bool) -> _Found:
    """By drawing from the values again and again; what is drawn is the same each time."""
    from scipy import stats

    size = sum(map(len, groups))
    times = int(min(9_999, max(999, _WORK // size)))
    statistic = partial(_difference, figure)
    batch = max(1, 4_000_000 // size)
    draw: dict[str, Any] = {"n_resamples": times, "batch": batch, "vectorized": True, "axis": -1, "rng": _SEED}
    difference = float(statistic(*groups))
    if all(group.min() == group.max() for group in groups) and difference == 0:
        return _Found(0.0, 0.0, 1.0, 0.0, "none: all values are the same")
    interval = stats.bootstrap(
        groups, statistic, paired=paired, confidence_level=1 - alpha, method="percentile", **draw
    )
    kind = "samples" if paired else "independent"
    test = stats.permutation_test(groups, statistic, permutation_type=kind, **draw)
    low, high = interval.confidence_interval
    method = f"bootstrap interval and permutation test{' of pairs' if paired else ''}, {times:,} draws"
    return _Found(float(low), float(high), float(test.pvalue), float(interval.standard_error), method)


def _difference(figure: Callable[..., Any], control: Values, candidate: Values, axis: int = -1) -> Any:
    return figure(candidate, axis=axis) - figure(control, axis=axis)


def _figure(form: Form) -> Callable[..., Any]:
    import numpy as np

    return _root if form is Form.ROOT else np.mean


def _root(values: Values, axis: int | None = None) -> Any:
    import numpy as np

    return np.sqrt(np.mean(values, axis=axis))


def _is_binary(values: Values) -> bool:
    return bool(((values == 0) | (values == 1)).all())


def _is_normal(values: Values) -> bool:
    """Whether the mean of so many such values is as good as normally distributed. Constant values have no skewness."""
    from scipy import stats

    if len(values) < _FEWEST or float(values.max() - values.min()) == 0:
        return False
    return len(values) > 355 * float(stats.skew(values)) ** 2


def _detectable(error: float, sizes: tuple[int, int], alpha: float) -> float:
    """The effect that a two-sided test sees with POWER, in the unit of the metric."""
    return _standardised(sizes, alpha) * _scale(error, sizes) if error else 0.0


@lru_cache
def _standardised(sizes: tuple[int, int], alpha: float) -> float:
    """The same in standard deviations."""
    from statsmodels.stats.power import NormalIndPower

    ratio = sizes[1] / sizes[0]
    return float(NormalIndPower().solve_power(None, nobs1=sizes[0], ratio=ratio, alpha=alpha, power=POWER))


def _power(effect: float, error: float, sizes: Sequence[int], alpha: float) -> float:
    from statsmodels.stats.power import NormalIndPower

    if error == 0:
        return 1.0
    standardised = effect / _scale(error, sizes)
    return float(NormalIndPower().power(standardised, sizes[0], alpha, ratio=sizes[1] / sizes[0]))


def _scale(error: float, sizes: Sequence[int]) -> float:
    """The standard deviation that, common to both groups, would give their difference this standard error."""
    return float(error / (1 / sizes[0] + 1 / sizes[1]) ** 0.5)
