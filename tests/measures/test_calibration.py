"""Calibration of groups, against plain loops over the rows."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import binary_rows, mean, measured, table_of

from fairaudit.options import Options


@pytest.mark.parametrize("probability", [True, False])
@pytest.mark.parametrize("weighted", [False, True])
def test_calibration_equals_loops_over_the_rows(encode, names, weighted, probability):
    group, f, _, y, omega = binary_rows(weighted)
    table = table_of(encode, names, "binary", group, prediction=f, outcome=y, weight=omega)
    _, values = measured(table, probability=probability)
    rate = np.array([mean(y, omega, f == each) for each in f])
    stands_for = f if probability else rate  # a score stands for the outcome rate of all rows with it
    for g in range(3):
        mine = group == g
        off = sum(
            abs(sum(omega[k] * (y[k] - stands_for[k]) for k in np.flatnonzero(mine & (f == value))))
            for value in np.unique(f)
        )
        assert values["calibration"].value[g] == pytest.approx(mean(y - stands_for, omega, mine), abs=1e-12)
        assert values["calibration_error"].value[g] == pytest.approx(off / omega[mine].sum(), abs=1e-12)


def test_the_replicates_of_an_error_are_centred_on_it(encode, names):
    group, f, _, y, omega = binary_rows(False)
    table = table_of(encode, names, "binary", group, prediction=f, outcome=y, weight=omega, merge=False)
    _, values = measured(table, Options(bootstrap=200, permutations=0), aligned=True)
    error = values["calibration_error"]
    assert error.replicates.min() >= 0
    assert error.replicates.mean(axis=0) == pytest.approx(error.value, abs=0.002)


def test_calibration_error_of_distinct_predictions_is_that_of_ten_bins_of_equal_mass(encode, names):
    """By the definition: the rows in the order of their predictions, cut into ten equal parts, group by group."""
    rng = np.random.default_rng(4)
    n = 2000
    f, group = rng.beta(1, 5, n), rng.integers(0, 3, n)
    y = (rng.random(n) < f**1.3).astype(float)
    _, values = measured(table_of(encode, names, "binary", group, prediction=f, outcome=y))
    part = np.empty(n, dtype=int)
    part[np.argsort(f)] = np.arange(n) * 10 // n
    for g in range(3):
        off = sum(abs((y - f)[(group == g) & (part == bin)].sum()) for bin in range(10))
        assert values["calibration_error"].value[g] == pytest.approx(off / (group == g).sum(), abs=1e-12)
