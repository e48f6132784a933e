"""How far apart two models' predictions are."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from saigen.reproduce.predict import difference


@pytest.mark.parametrize(
    ("one", "two", "apart"),
    [
        (np.array([1.0, 2.0]), np.array([1.0, 2.5]), 0.5),
        (np.array([1.0, math.nan]), np.array([1.0, math.nan]), 0.0),
        (np.array([1.0, math.nan]), np.array([1.0, 2.0]), math.inf),
        (np.array([math.inf]), np.array([math.inf]), 0.0),
        (np.array([1.0]), np.array([1.0, 2.0]), math.inf),
        (np.array(["Adelie", "Gentoo"]), np.array(["Adelie", "Gentoo"]), 0.0),
        (np.array(["Adelie", "Gentoo"]), np.array(["Adelie", "Adelie"]), math.inf),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 5]}), 3.0),
        (pd.Series([True, False]), [True, False], 0.0),
        ({"a": [1.0], "b": [2.0]}, {"b": [2.0], "a": [1.25]}, 0.25),
        ([[1, 2], [3, 4]], [[1, 2], [3, 4]], 0.0),
    ],
)
def test_difference(one: object, two: object, apart: float) -> None:
    assert difference(one, two) == apart
