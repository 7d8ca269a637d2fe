"""Means of numbers in groups, against plain loops over the rows."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import mean, measured, table_of

from fairaudit.measures.gaps import disparity
from fairaudit.options import Options


@pytest.mark.parametrize("weighted", [False, True])
def test_numeric_measures_equal_loops_over_the_rows(encode, names, weighted):
    rng = np.random.default_rng(2)
    group, f = rng.integers(0, 3, 300), rng.integers(0, 20, 300) / 4
    y = f + rng.normal(size=300) + group
    weight = rng.integers(1, 4, 300) / 1.0 if weighted else None
    omega = np.ones(300) if weight is None else weight
    _, values = measured(table_of(encode, names, "regression", group, prediction=f, outcome=y, weight=weight))
    for g in range(3):
        mine = group == g
        expected = {
            "mean_prediction": mean(f, omega, mine),
            "mean_outcome": mean(y, omega, mine),
            "mean_error": mean(y - f, omega, mine),
            "rmse": np.sqrt(mean((y - f) ** 2, omega, mine)),
        }
        assert {name: each.value[g] for name, each in values.items()} == pytest.approx(expected, rel=1e-10)


def test_groups_with_one_and_the_same_prediction_do_not_differ_by_its_rounding(encode, names):
    rng = np.random.default_rng(3)
    group, weight = rng.integers(0, 4, 600), rng.uniform(0.1, 3, 600)
    columns = {"prediction": np.full(600, 0.169), "weight": weight, "merge": False}
    options = Options(bootstrap=50, permutations=0)
    chosen, values = measured(table_of(encode, names, "regression", group, **columns), options, aligned=True)
    assert np.ptp(values["mean_prediction"].replicates) > 0  # the last digits do differ
    gap = disparity(chosen, values["mean_prediction"], options)
    assert (gap.value, gap.interval, gap.floor, gap.p_value) == (0, (0, 0), 0, 1)
    assert gap.highest != gap.lowest
