"""Logistic recalibration: against scikit-learn, by definition, and of probabilities that are right or wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
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
    eta, people = np.array([-1.0, 1.0]), np.array([5.0, 5.0])
    assert recalibrate(eta, people, people) is None
    assert recalibrate(eta, np.zeros(2), people) is None
    assert recalibrate(np.zeros(2), np.array([1.0, 0.0]), people).shift == pytest.approx(logit(0.1))


@pytest.mark.parametrize("eta", [np.array([-2.0, -1.0, 1.0, 2.0]), np.zeros(4)])
def test_separated_or_equal_predictions_have_a_shift_but_no_slope(eta):
    line = recalibrate(eta, np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4))
    assert np.isfinite(line.shift)
    assert np.isnan(line.slope)
    assert np.isnan(line.p_value)


def likelihood(eta, y):
    return (y * eta - np.log1p(np.exp(eta))).sum()


def test_the_p_value_is_that_of_twice_what_the_likelihood_gains_by_two_numbers():
    eta, y = drawn(400, 0.3, 0.8, 6)
    line = recalibrate(eta, y, np.ones(400))
    model = LogisticRegression(C=1e14, tol=1e-12, max_iter=100_000).fit(eta[:, None], y)
    best = likelihood(model.intercept_[0] + model.coef_[0, 0] * eta, y)
    assert line.p_value == pytest.approx(stats.chi2.sf(2 * (best - likelihood(eta, y)), 2), rel=1e-5)
    assert 1e-4 < line.p_value < 0.2
    assert line.freedom == np.inf


def test_the_error_of_the_slope_is_that_of_the_inverse_information():
    eta, y = drawn(400, 0.3, 0.8, 6)
    line = recalibrate(eta, y, np.ones(400))
    model = LogisticRegression(C=1e14, tol=1e-12, max_iter=100_000).fit(eta[:, None], y)
    share = model.predict_proba(eta[:, None])[:, 1]
    columns = np.column_stack([np.ones(400), eta])
    covariance = np.linalg.inv((columns * (share * (1 - share))[:, None]).T @ columns)
    assert line.slope_error == pytest.approx(covariance[1, 1] ** 0.5, rel=1e-5)


@pytest.mark.parametrize(("many", "most"), [(60, 5), (3, 60)])
def test_in_clusters_errors_and_p_value_are_those_of_the_sandwich_by_loops(many, most):
    """Hotelling's T² of the shift and the slope, over the effective number of people, of whom one degree at least is
    left."""
    rng = np.random.default_rng(7)
    person = np.repeat(np.arange(many), rng.integers(most // 5, most + 1, many))
    eta = rng.normal(-0.5, 1, len(person))
    y = (rng.random(len(person)) < expit(eta + rng.normal(0, 1, many)[person])).astype(float)
    line = recalibrate(eta, y, np.ones(len(y)), person)
    plain = recalibrate(eta, y, np.ones(len(y)))
    assert (line.shift, line.slope) == (plain.shift, plain.slope)
    size = np.bincount(person)
    people = size.sum() ** 2 / (size**2).sum()
    assert line.freedom == pytest.approx(people - 1)

    def sandwich(columns, share):
        inverse = np.linalg.inv((columns * (share * (1 - share))[:, None]).T @ columns)
        middle = np.zeros_like(inverse)
        for one in range(many):
            score = columns[person == one].T @ (y - share)[person == one]
            middle += np.outer(score, score)
        return inverse @ middle @ inverse * people / (people - 1)

    ones = np.ones((len(y), 1))
    assert line.shift_error == pytest.approx(sandwich(ones, expit(eta + line.shift))[0, 0] ** 0.5, rel=1e-6)
    columns = np.column_stack([ones, eta])
    model = LogisticRegression(C=1e14, tol=1e-12, max_iter=100_000).fit(eta[:, None], y)
    covariance = sandwich(columns, model.predict_proba(eta[:, None])[:, 1])
    assert line.slope_error == pytest.approx(covariance[1, 1] ** 0.5, rel=1e-4)
    off = np.array([model.intercept_[0], model.coef_[0, 0] - 1])
    square, freedom = off @ np.linalg.inv(covariance) @ off, people - 1
    spare = max(freedom - 1, 1)
    assert line.p_value == pytest.approx(stats.f.sf(square * spare / (2 * freedom), 2, spare), rel=1e-3)
    assert 1e-6 < line.p_value < 0.9


def test_rows_told_twice_tell_no_more_of_people():
    eta, y = drawn(80, 0.3, 0.8, 8)
    once = recalibrate(eta, y, np.ones(80), np.arange(80))
    twice = recalibrate(np.tile(eta, 2), np.tile(y, 2), np.ones(160), np.tile(np.arange(80), 2))
    for field in ("shift", "slope", "shift_error", "slope_error", "p_value", "freedom"):
        assert getattr(twice, field) == pytest.approx(getattr(once, field), rel=1e-6)
    weighed = recalibrate(eta, 3 * y, np.full(80, 3.0), np.arange(80))
    for field in ("shift", "slope", "shift_error", "slope_error", "p_value", "freedom"):
        assert getattr(weighed, field) == pytest.approx(getattr(once, field), rel=1e-6)


def test_a_p_value_over_people_is_never_nought_and_one_person_has_one():
    eta, y = drawn(4000, 3.0, 0.3, 9)
    line = recalibrate(eta, y, np.ones(4000), np.arange(4000))
    assert 0 < line.p_value < 1e-250
    eta, y = drawn(40, seed=3)
    alone = recalibrate(eta, y, np.ones(40), np.zeros(40, dtype=int))
    assert alone.freedom == 1
    assert 0 < alone.p_value <= 1


def test_certain_predictions_that_are_wrong_are_moved_all_the_way():
    """e⁻³⁰ of them is left at the first step; nine of ten are to be said to be no."""
    line = recalibrate(np.full(2, 30.0), np.array([3.0, 1.0]), np.full(2, 20.0))
    assert line.shift == pytest.approx(logit(0.1) - 30)
    assert line.shift_error == pytest.approx((40 * 0.09) ** -0.5)
    turned = recalibrate(np.array([-20.0, 20.0]), np.array([30.0, 10.0]), np.array([40.0, 40.0]))
    assert turned.slope == pytest.approx(-logit(0.75) / 20)
    assert turned.p_value < 1e-100


def test_predictions_that_differ_by_rounding_alone_have_no_slope():
    y = np.array([3.0, 7.0])
    for logits in ([0.1 + 0.2, 0.3], [30 * (1 + 2e-13), 30.0], [1e-13, 0.0], [1e-5, 1e-5]):
        line = recalibrate(np.array(logits), y, np.full(2, 10.0))
        assert np.isnan([line.slope, line.slope_error, line.p_value]).all()
        assert np.isfinite([line.shift, line.shift_error]).all()


def test_a_slope_may_be_steep_though_not_beyond_a_thousand():
    """Predictions next to ½ whose outcomes are one in eight and seven in eight."""
    line = recalibrate(np.array([-0.01, 0.01]), np.array([5.0, 35.0]), np.full(2, 40.0))
    assert line.slope == pytest.approx(logit(35 / 40) / 0.01)
    line = recalibrate(np.array([-0.001, 0.001]), np.array([5.0, 35.0]), np.full(2, 40.0))
    assert np.isnan([line.slope, line.slope_error, line.p_value]).all()
    assert line.shift == pytest.approx(0, abs=1e-12)


def test_probabilities_that_are_exactly_right_have_a_p_value_of_1():
    eta, people = np.array([-1.0, 0.0, 2.0]), np.array([50.0, 80.0, 40.0])
    line = recalibrate(eta, people * expit(eta), people)
    assert (line.shift, line.slope, line.p_value) == pytest.approx((0, 1, 1), abs=1e-9)
