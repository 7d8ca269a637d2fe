"""Distance variance is the distance covariance of something with itself."""

from __future__ import annotations

import dcor
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.distance.kernel import mean_absolute_differences
from fairaudit.distance.line import continuous_distance_covariance
from fairaudit.distance.variance import distance_deviation, distance_variance
from fairaudit.scoretable.cells import spread_of

RNG = np.random.default_rng(3)
F = RNG.gamma(2.0, size=60)
WEIGHT = RNG.integers(0, 4, 60) / 1.0
WEIGHT /= WEIGHT.sum()


@st.composite
def weighted(draw):
    """Predictions with ties, and weights, some of them 0."""
    n = draw(st.integers(1, 12))
    prediction = draw(st.lists(st.integers(-3, 3).map(lambda value: value / 2), min_size=n, max_size=n))
    weight = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(sum))
    return np.array(prediction), np.array(weight) / sum(weight)


def loop(prediction, weight):
    """Σ ωω C(F)², F the distances, by its definition."""
    n = len(prediction)
    mean = [sum(weight[j] * abs(prediction[k] - prediction[j]) for j in range(n)) for k in range(n)]
    total = sum(weight[k] * mean[k] for k in range(n))
    value = 0.0
    for k in range(n):
        for j in range(n):
            centred = abs(prediction[k] - prediction[j]) - mean[k] - mean[j] + total
            value += weight[k] * weight[j] * centred**2
    return value


@given(problem=weighted())
def test_the_sorted_pass_equals_the_double_loop(problem):
    value, gradient = distance_deviation(*problem)
    assert value**2 == pytest.approx(loop(*problem), abs=1e-13)
    assert np.isfinite(gradient).all()


@given(problem=weighted())
def test_places_and_predictions_have_one_variance(problem):
    prediction, weight = problem
    places = distance_variance(
        spread_of(prediction[:, None], weight), mean_absolute_differences(prediction, weight), weight
    )
    assert places == pytest.approx(distance_deviation(prediction, weight)[0] ** 2, abs=1e-13)


def test_it_is_that_of_dcor():
    even = np.full(60, 1 / 60)
    assert distance_deviation(F, even)[0] ** 2 == pytest.approx(dcor.distance_covariance_sqr(F, F), rel=1e-11)
    unbiased = distance_variance(spread_of(F[:, None], even), mean_absolute_differences(F, even), even, rows=60.0)
    assert unbiased == pytest.approx(dcor.u_distance_covariance_sqr(F, F), rel=1e-11)


def test_it_is_the_covariance_of_predictions_with_themselves():
    covariance, _ = continuous_distance_covariance(F, F[:, None], WEIGHT)
    assert distance_deviation(F, WEIGHT)[0] ** 2 == pytest.approx(covariance, rel=1e-12)


def test_a_fair_coin_has_a_deviation_of_one_half():
    value, gradient = distance_deviation(np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    assert value == pytest.approx(0.5, abs=1e-15)  # C(F) is ± 1/2 everywhere
    assert gradient == pytest.approx([-0.5, 0.5], abs=1e-15)


def test_it_is_of_degree_one_and_sees_no_shift():
    value, gradient = distance_deviation(F, WEIGHT)
    wider, same = distance_deviation(5 - 3 * F, WEIGHT)
    assert wider == pytest.approx(3 * value, rel=1e-12)
    np.testing.assert_allclose(same, -gradient, atol=1e-14)
    assert F @ gradient == pytest.approx(value, rel=1e-12)  # Euler's theorem
    assert gradient.sum() == pytest.approx(0, abs=1e-14)


def test_a_row_of_weight_two_is_the_row_twice():
    whole = np.round(WEIGHT / WEIGHT[WEIGHT > 0].min()).astype(int)
    copies = np.repeat(F, whole)
    value, _ = distance_deviation(copies, np.full(len(copies), 1 / len(copies)))
    assert distance_deviation(F, whole / whole.sum())[0] == pytest.approx(value, rel=1e-12)


def test_equal_predictions_have_none_and_no_gradient():
    for constant in (0.0, 1e9 + 0.1):
        value, gradient = distance_deviation(np.full(7, constant), np.full(7, 1 / 7))
        assert value == 0
        assert not gradient.any()


def test_its_gradient_is_the_slope_of_its_value():
    _, gradient = distance_deviation(F, WEIGHT)
    step = np.diff(np.sort(F)).min() / 4
    for k in range(60):
        moved = np.zeros(60)
        moved[k] = step
        quotient = (distance_deviation(F + moved, WEIGHT)[0] - distance_deviation(F - moved, WEIGHT)[0]) / (2 * step)
        assert gradient[k] == pytest.approx(quotient, abs=1e-7)
