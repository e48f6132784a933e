"""How far columns moved: chance is not drift, and drift is not chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from saigen.errors import BlockedError
from saigen.monitor.drift import Drift, measure, threshold_of_category, threshold_of_number
from saigen.monitor.outliers import outlier_share

Sample = Callable[[int], np.ndarray]
CHANCE = np.random.default_rng(7)
SHAPES: dict[str, Sample] = {
    "normal": lambda size: CHANCE.normal(size=size),
    "uniform": lambda size: CHANCE.uniform(size=size),
    "exponential": lambda size: CHANCE.exponential(size=size),
    "lognormal": lambda size: CHANCE.lognormal(size=size),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("reference", "current"), [(2000, 50), (2000, 200), (300, 300)])
def test_chance_alone_moves_numbers_by_less_than_the_threshold(shape: str, reference: int, current: int) -> None:
    pairs = [(SHAPES[shape](reference), SHAPES[shape](current)) for _ in range(200)]
    distances = [wasserstein_distance(old, new) / old.std() for old, new in pairs]
    assert np.quantile(distances, 0.95) <= threshold_of_number(reference, current)


@pytest.mark.parametrize("categories", [2, 5, 21])
@pytest.mark.parametrize(("reference", "current"), [(2000, 100), (500, 500)])
def test_chance_alone_moves_categories_by_less_than_the_threshold(
    categories: int, reference: int, current: int
) -> None:
    weights = np.arange(1, categories + 1) / np.arange(1, categories + 1).sum()
    draws = [(CHANCE.multinomial(reference, weights), CHANCE.multinomial(current, weights)) for _ in range(200)]
    distances = [jensenshannon(old / reference, new / current) for old, new in draws]
    assert np.quantile(distances, 0.95) <= threshold_of_category(categories, reference, current)


def birds(rows: int, seed: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "wing": chance.normal(30, 5, rows),
            "place": chance.choice(list("abcdefgh"), rows),
            "ringed": chance.choice([True, False], rows),
            "ring": [f"ring {number}" for number in chance.integers(0, 10**9, rows)],
            "seen": pd.Timestamp("2026-01-01") + pd.to_timedelta(chance.integers(0, 10**6, rows), unit="s"),
        }
    )


def compared(old: pd.DataFrame, new: pd.DataFrame, **options: object) -> Drift:
    given = {"before": None, "predictions": pd.Series([0.5] * len(new)), **options}
    return measure(old, new, **given)  # type: ignore[arg-type]


def drifted(found: Drift) -> set[str]:
    return {one.column for one in found.columns if one.drifted}


def test_what_moved_is_found_and_what_did_not_is_not() -> None:
    old, new = birds(3000, 1), birds(400, 2)
    assert drifted(compared(old, new)) == set()
    found = compared(old, new.assign(wing=new["wing"] + 3, place="a"))
    assert drifted(found) == {"wing", "place"}
    assert found.share == pytest.approx(2 / 3)
    wing = next(one for one in found.columns if one.column == "wing")
    assert wing.distance == pytest.approx(0.6, abs=0.1), "in standard deviations of the reference"
    assert "<html" in found.html.lower()


def test_what_has_no_distribution_is_left_out_with_the_reason() -> None:
    found = compared(birds(500, 1), birds(500, 2).assign(ringed=None), ignore=["place"])
    assert set(found.left_out) == {"ring", "seen", "ringed"}
    assert [one.column for one in found.columns] == ["wing"]


def test_columns_that_came_and_went_are_named() -> None:
    old = birds(500, 1).assign(label=1)
    found = compared(old, birds(500, 2).drop(columns="wing").assign(beak=1), outcome=["label"])
    assert (found.missing, found.new) == (("wing",), ("beak",))


def test_values_that_went_missing_are_counted() -> None:
    new = birds(500, 2)
    new.loc[:99, "wing"] = np.nan
    wing = next(one for one in compared(birds(500, 1), new).columns if one.column == "wing")
    assert (wing.missing_before, wing.missing) == (0.0, 0.2)


def test_predictions_are_compared_with_those_before() -> None:
    old, new = birds(500, 1), birds(500, 2)
    before = pd.Series(np.random.default_rng(1).normal(size=700))
    moved = compared(old, new, before=before, predictions=before[:500] + 1).prediction
    same = compared(old, new, before=before, predictions=before[200:]).prediction
    assert moved is not None
    assert same is not None
    assert (moved.drifted, same.drifted) == (True, False)
    assert compared(old, new).prediction is None


def test_two_tables_without_a_common_column_cannot_be_compared() -> None:
    with pytest.raises(BlockedError, match="no column to compare"):
        compared(birds(10, 1)[["wing"]], birds(10, 1)[["place"]])


def test_of_the_same_birds_about_one_in_a_hundred_is_strange() -> None:
    share = outlier_share(birds(3000, 1)[["wing"]], birds(3000, 2)[["wing"]], ["wing"])
    assert share == pytest.approx(0.01, abs=0.01)


def test_birds_of_another_size_are_strange() -> None:
    giants = birds(100, 2)[["wing"]] * 10
    assert outlier_share(birds(3000, 1)[["wing"]], giants, ["wing"]) == 1
    assert outlier_share(birds(3000, 1), birds(10, 2), []) is None
