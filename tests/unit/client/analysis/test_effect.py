"""Effects, intervals and tests, on simulated groups whose truth is known."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng

from saigen.analysis.effect import Effect, measure
from saigen.analysis.metric import Form

ROUNDS = 100
# Of ROUNDS intervals at 95 %, so many at least hold the truth: 4 standard deviations below what is expected.
ENOUGH = int(ROUNDS * (0.95 - 4 * (0.95 * 0.05 / ROUNDS) ** 0.5))


def normal(random: Generator, mean: float, size: int) -> np.ndarray:
    return random.normal(mean, 2.0, size)


def holds(effect: Effect, truth: float) -> bool:
    return effect.low <= truth <= effect.high


@pytest.mark.parametrize("size", [(39_600, 400), (50, 300)], ids=str)
def test_the_interval_of_means_holds_the_truth_as_often_as_it_says(size: tuple[int, int]) -> None:
    held = 0
    for seed in range(ROUNDS):
        random = default_rng(seed)
        effect = measure(normal(random, 1.0, size[0]), normal(random, 1.4, size[1]), Form.MEAN, alpha=0.05)
        held += holds(effect, 0.4)
    assert ENOUGH <= held <= ROUNDS


@pytest.mark.parametrize("rates", [(0.10, 0.13), (0.02, 0.02)], ids=str)
def test_the_interval_of_rates_holds_the_truth_as_often_as_it_says(rates: tuple[float, float]) -> None:
    held = 0
    for seed in range(ROUNDS):
        random = default_rng(seed)
        groups = [(random.random(size) < rate).astype(float) for rate, size in zip(rates, (5000, 400), strict=True)]
        held += holds(measure(*groups, Form.RATE, alpha=0.05), rates[1] - rates[0])
    assert ENOUGH <= held <= ROUNDS


def test_the_bootstrap_interval_holds_the_truth_about_as_often_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saigen.analysis.effect._WORK", 0)  # the fewest draws
    rounds, held = 25, 0
    for seed in range(rounds):
        random = default_rng(seed)
        groups = [random.exponential(scale, size) for scale, size in ((1.0, 400), (1.5, 200))]
        effect = measure(*groups, Form.ROOT, alpha=0.05)  # root of the mean: 1 and sqrt(1.5)
        held += holds(effect, 1.5**0.5 - 1)
    assert held >= 19


def test_where_there_is_no_difference_one_is_rarely_claimed() -> None:
    shown = 0
    for seed in range(ROUNDS):
        random = default_rng(seed)
        shown += measure(normal(random, 1, 990), normal(random, 1, 100), Form.MEAN, alpha=0.05).is_shown(0.05)
    assert shown <= ROUNDS * 0.05 + 4 * (ROUNDS * 0.05 * 0.95) ** 0.5


@given(st.integers(0, 10**6), st.sampled_from([Form.MEAN, Form.RATE]))
@settings(max_examples=15, deadline=None)
def test_swapped_groups_negate_the_effect(seed: int, form: Form) -> None:
    random = default_rng(seed)
    sizes = random.integers(400, 900, 2)
    if form is Form.RATE:
        a, b = ((random.random(size) < random.random()).astype(float) for size in sizes)
    else:
        a, b = (normal(random, random.random(), size) for size in sizes)
    one, other = measure(a, b, form, alpha=0.1), measure(b, a, form, alpha=0.1)
    assert (one.difference, one.low, one.high) == pytest.approx((-other.difference, -other.high, -other.low), abs=1e-9)
    assert one.p == pytest.approx(other.p, abs=1e-9)
    assert one.detectable == pytest.approx(other.detectable, rel=1e-3)


def test_swapped_groups_negate_a_resampled_effect() -> None:
    random = default_rng(7)
    a, b = random.lognormal(0, 2, 300), random.lognormal(0.3, 2, 200)
    one, other = measure(a, b, Form.MEAN, alpha=0.05), measure(b, a, Form.MEAN, alpha=0.05)
    assert one.method.startswith("bootstrap")
    assert one.difference == pytest.approx(-other.difference)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), rel=0.2)


def test_the_same_values_give_the_same_answer() -> None:
    a, b = default_rng(1).lognormal(0, 2, 300), default_rng(2).lognormal(0.3, 2, 200)
    assert measure(a, b, Form.MEAN, alpha=0.05) == measure(a, b, Form.MEAN, alpha=0.05)


def test_skewed_values_are_resampled_until_there_are_enough_of_them() -> None:
    random = default_rng(3)
    few = measure(random.exponential(1, 1000), random.exponential(1, 1000), Form.MEAN, alpha=0.05)
    many = measure(random.exponential(1, 9000), random.exponential(1, 9000), Form.MEAN, alpha=0.05)
    assert few.method.startswith("bootstrap")
    assert many.method == "Welch's t"


def test_rates_with_few_cases_are_tested_exactly() -> None:
    control, candidate = np.zeros(3000), np.zeros(30)
    control[:20] = 1
    effect = measure(control, candidate, Form.RATE, alpha=0.05)
    assert "Fisher" in effect.method
    assert effect.low < 0 < effect.high
    assert not effect.is_shown(0.05)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_groups_without_any_variation_are_no_different(value: float) -> None:
    for form in Form:
        effect = measure(np.full(50, value), np.full(40, value), form, alpha=0.05)
        assert effect.difference == 0
        assert effect.p == 1
        assert not effect.is_shown(0.05)


def test_values_that_never_vary_may_differ_all_the_same() -> None:
    effect = measure(np.full(50, 3.0), np.full(40, 5.0), Form.MEAN, alpha=0.05)
    assert (effect.low, effect.difference, effect.high) == (2, 2, 2)
    assert effect.is_shown(0.05)


def test_rows_that_both_predicted_are_compared_one_by_one() -> None:
    random = default_rng(5)
    hard = random.normal(10, 8, 500)  # rows differ far more than models do
    a, b = hard + random.normal(0, 1, 500), hard + random.normal(0.5, 1, 500)
    paired, apart = (measure(a, b, Form.MEAN, alpha=0.05, paired=paired) for paired in (True, False))
    assert paired.method == "paired t"
    assert paired.is_shown(0.05)
    assert not apart.is_shown(0.05)
    assert paired.detectable < apart.detectable / 3


def test_the_smallest_detectable_effect_is_seen_in_eight_of_ten_experiments() -> None:
    random = default_rng(11)
    detectable = measure(normal(random, 0, 2000), normal(random, 0, 200), Form.MEAN, alpha=0.05).detectable
    seeds, seen = count(1000), 0
    for _ in range(ROUNDS):
        random = default_rng(next(seeds))
        seen += measure(normal(random, 0, 2000), normal(random, detectable, 200), Form.MEAN, alpha=0.05).is_shown(0.05)
    assert seen / ROUNDS == pytest.approx(0.8, abs=0.16)


def test_the_power_to_see_the_smallest_detectable_effect_is_eight_of_ten() -> None:
    random = default_rng(12)
    a, b = normal(random, 0, 900), normal(random, 0, 90)
    detectable = measure(a, b, Form.MEAN, alpha=0.05).detectable
    assert measure(a, b, Form.MEAN, alpha=0.05, detect=detectable).power == pytest.approx(0.8, abs=1e-3)
