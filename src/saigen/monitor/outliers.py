"""Rows that look like none of the reference: scikit-learn's isolation forest.

A row is an outlier where it is stranger than 99 of 100 rows of the reference. So about 0.01 of a batch of the same
distribution are: the figure is to be compared with that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

EXPECTED = 0.01
_SAMPLE = 20_000  # rows of the reference that the forest grows on
_SEED = 0


def outlier_share(reference: pd.DataFrame, current: pd.DataFrame, columns: Sequence[str]) -> float | None:
    """Share of the rows of `current` that are outliers by these columns of numbers; None where there is none.

    A missing value counts as the median of the reference.
    """
    if not columns or reference.empty or current.empty:
        return None
    from sklearn.ensemble import IsolationForest

    names = list(columns)
    known = reference[names].astype(float)
    middle = known.median()
    known = known.fillna(middle)
    if len(known) > _SAMPLE:
        known = known.sample(_SAMPLE, random_state=_SEED)
    forest = IsolationForest(random_state=_SEED).fit(known.to_numpy())
    strange = _quantile(forest.score_samples(known.to_numpy()))
    scores = forest.score_samples(current[names].astype(float).fillna(middle).to_numpy())
    return float((scores < strange).mean())


def _quantile(scores: object) -> float:
    import numpy as np

    return float(np.quantile(np.asarray(scores, dtype=float), EXPECTED))
