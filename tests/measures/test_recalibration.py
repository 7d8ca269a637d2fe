"""Logistic recalibration: against scikit-learn, by definition, and of probabilities that are right or wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from fairaudit.measures.recalibration import recalibrate


def drawn(n, intercept=0.0, slope=1.0, seed=0):
    rng = np.random.default_rng(seed)
    eta = rng.normal(-0.5, 1.2, n)
    return eta, (rng.random(n) < expit(intercept + slope * eta)).astype(float)


@pytest.mark.parametrize(("intercept", "slope"), [(0.0, 1.0), (0.7, 0.6), (-1.0, 1.8)])
def test_the_slope_is_that_of_an_unpenalised_logistic_regression(intercept, slope):
    eta, y = drawn(900, intercept, slope, 3)
    line = recalibrate(eta, y, np.ones(900))
    model = LogisticRegression(C=1e14, tol=1e-12, max_iter=100_000).fit(eta[:, None], y)
    assert line.slope == pytest.approx(model.coef_[0, 0], rel=1e-5)


def test_the_shift_makes_predictions_right_on_average():
    eta, y = drawn(700, 0.5, 0.8, 4)
    line = recalibrate(eta, y, np.ones(700))
    assert expit(eta + line.shift).sum() == pytest.approx(y.sum(), abs=1e-6)
    share = expit(eta + line.shift)
    assert line.shift_error == pytest.approx((share * (1 - share)).sum() ** -0.5, rel=1e-8)


def test_rows_of_one_prediction_may_stand_in_one_line():
    eta, y = np.array([-1.0, 0.5, 2.0]), np.array([3.0, 10.0, 17.0])
    people = np.array([20.0, 20.0, 20.0])
    each = np.repeat(eta, 20)
    outcomes = np.concatenate([np.arange(20) < count for count in y]).astype(float)
    together, apart = recalibrate(eta, y, people), recalibrate(each, outcomes, np.ones(60))
    for field in ("shift", "slope", "shift_error", "slope_error", "p_value"):
        assert getattr(together, field) == pytest.approx(getattr(apart, field), rel=1e-8)


def test_right_probabilities_have_slope_1_and_intercept_0_within_their_intervals_and_a_uniform_p_value():
    lines = [recalibrate(*drawn(300, seed=seed), np.ones(300)) for seed in range(400)]
    assert 0.92 <= np.mean([abs(line.slope - 1) <= 1.96 * line.slope_error for line in lines]) <= 0.98
    assert 0.92 <= np.mean([abs(line.shift) <= 1.96 * line.shift_error for line in lines]) <= 0.98
    assert 0.02 <= np.mean([line.p_value <= 0.05 for line in lines]) <= 0.08


def test_predictions_that_are_too_extreme_have_a_slope_below_1():
    p = expit(drawn(4000, seed=1)[0])
    y = (np.random.default_rng(2).random(4000) < p).astype(float)
    line = recalibrate(2 * logit(p), y, np.ones(4000))
    assert line.slope == pytest.approx(0.5, abs=0.05)
    assert line.p_value < 1e-10


def test_one_outcome_alone_says_nothing():
    assert recalibrate(np.array([-1.0, 1.0]), np.array([5.0, 5.0]), np.array([5.0, 5.0])) is None


@pytest.mark.parametrize("eta", [np.array([-2.0, -1.0, 1.0, 2.0]), np.zeros(4)])
def test_separated_or_equal_predictions_have_a_shift_but_no_slope(eta):
    line = recalibrate(eta, np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4))
    assert np.isfinite(line.shift)
    assert np.isnan(line.slope)
    assert np.isnan(line.p_value)
