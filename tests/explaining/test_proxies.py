"""What factors tell about protected attributes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.explaining.proxies import proxies

RNG = np.random.default_rng(4)
N = 300
SEX = RNG.integers(0, 2, N)
FACTORS = pd.DataFrame(
    {
        "copy": np.where(SEX, "x", "y"),
        "height": SEX + RNG.normal(size=N).round(1),
        "noise": RNG.choice(["p", "q", "r"], N),
        "gaps": np.where(RNG.random(N) < 0.3, np.nan, 1.0),
        "constant": np.ones(N),
    }
)


def distances(column):
    if column.dtype != float:
        return (column.to_numpy()[:, None] != column.to_numpy()).astype(float)
    values = column.to_numpy()
    return np.abs(values[:, None] - values)


def test_numbers_and_categories_equal_the_double_sum_over_rows(encode, names):
    rng = np.random.default_rng(1)
    cells = encode(sex=names(SEX), age=rng.integers(0, 9, N).astype(float))
    found = {(p.factor, p.attribute): p.dcor_sq for p in proxies(FACTORS, cells, np.full(N, 1 / N))}

    def centred(d):
        rows = d.sum(axis=0)
        made = d - rows[:, None] / (N - 2) - rows / (N - 2) + d.sum() / ((N - 1) * (N - 2))
        np.fill_diagonal(made, 0)
        return made

    places = cells.coordinates(1)[:, 0]
    sides = {"sex": (SEX[:, None] != SEX) * 1.0, "age": np.abs(places[:, None] - places)}
    for (factor, attribute), value in found.items():
        if factor in ("copy", "height", "noise"):
            scale = np.ptp(FACTORS[factor]) if factor == "height" else 1
            a, b = centred(distances(FACTORS[factor]) / scale), centred(sides[attribute])
            expected = (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())
            assert value == pytest.approx(expected, abs=1e-10)
    assert found["copy", "sex"] == pytest.approx(1, abs=1e-10)
    assert found["constant", "sex"] is None


def test_weights_leave_the_excess_over_what_chance_gives(encode, names):
    rng = np.random.default_rng(1)
    cells = encode(sex=names(SEX))
    weight = rng.dirichlet(np.full(N, 5.0))
    for found in proxies(FACTORS[["height"]], cells, weight):
        expected = fa.distance_covariance(FACTORS["height"], pd.DataFrame({"sex": SEX}), "dcov", weight).dcor_sq
        assert found.dcor_sq == pytest.approx(expected, rel=1e-9)
    (noise,) = proxies(FACTORS[["noise"]], cells, weight)
    assert abs(noise.dcor_sq) < 0.02


def test_p_values_of_independent_factors_are_not_small_too_often(encode, names):
    small = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        noise = pd.DataFrame({"noise": rng.choice(["p", "q", "r"], N)})
        (found,) = proxies(noise, encode(sex=names(SEX)), np.full(N, 1 / N))
        small += found.p_value <= 0.05
    assert small <= 18  # 10 are expected at most; more than 18 by chance once in 200 times
