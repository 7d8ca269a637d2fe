"""The constant model: what every other model is held against."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, mean_poisson_deviance, mean_squared_error

import fairaudit as fa
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.fitting.constant import null_loss
from fairaudit.fitting.split import part_of, split_table
from fairaudit.results import Source

N = 240
RNG = np.random.default_rng(8)
FRAME = pd.DataFrame(
    {
        "g": RNG.choice(["a", "b"], N),
        "x": RNG.normal(size=N),
        "yes": RNG.integers(0, 2, N),
        "number": RNG.normal(size=N) + 3,
        "count": RNG.poisson(1.3, N),
        "time": RNG.uniform(0.2, 1.0, N),
        "w": RNG.integers(0, 3, N).astype(float),
    }
)
FOLD = RNG.integers(0, 3, N)


def measured(target, task, exposure=None):
    roles = Roles(target=target, protected=(Protected("g"),), features=("x",), weight="w", exposure=exposure, task=task)
    table = role_table(FRAME, roles, features=True)
    split = split_table(table, Source(name="t"), roles, fa.FitOptions(penalty="none"), fa.Options())
    return null_loss(split, part_of(table, split.cells, np.arange(N)), FOLD)


def means(y, weight):
    """The mean of the other folds, for each row."""
    return np.array([np.average(y[fold != FOLD], weights=weight[fold != FOLD]) for fold in FOLD])


def test_a_constant_probability_has_the_log_loss_of_the_other_folds_share():
    w, y = FRAME["w"].to_numpy(), FRAME["yes"].to_numpy()
    assert measured("yes", "binary") == pytest.approx(log_loss(y, means(y, w), sample_weight=w), rel=1e-9)


def test_a_constant_number_has_half_the_squared_error_of_the_other_folds_mean():
    w, y = FRAME["w"].to_numpy(), FRAME["number"].to_numpy()
    expected = mean_squared_error(y, means(y, w), sample_weight=w) / 2
    assert measured("number", "regression") == pytest.approx(expected, rel=1e-9)


def test_a_constant_rate_has_half_the_poisson_deviance_of_the_other_folds_rate():
    w, time, y = (FRAME[name].to_numpy() for name in ("w", "time", "count"))
    rate = means(y / time, w * time)
    expected = mean_poisson_deviance(y / time, rate, sample_weight=w * time) / 2
    assert measured("count", "count", "time") == pytest.approx(expected, rel=1e-9)
