"""Limits of divergences and shares of variance say what lies beyond chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, ncx2

from fairaudit.chance.laws.distances import LARGE, curve_error_limits, excess_limits, noncentrality_limits, quantile_of


@given(st.floats(0.01, 500), st.integers(1, 60))
def test_each_limit_is_the_noncentrality_at_which_the_statistic_is_that_rare(statistic, freedom):
    low, high = noncentrality_limits(statistic, freedom, 0.025)
    assert 0 <= low <= high
    if low > 1e-6:
        assert ncx2.sf(statistic, freedom, low) == pytest.approx(0.025, rel=1e-3)
    else:
        assert chi2.sf(statistic, freedom) >= 0.025 - 1e-6
    if high > 1e-6:
        assert ncx2.cdf(statistic, freedom, high) == pytest.approx(0.025, rel=1e-3)


def test_large_statistics_continue_small_ones():
    below, above = (noncentrality_limits(LARGE + step, 7, 0.025) for step in (-1e-6, 1e-6))
    assert below == pytest.approx(above, rel=2e-3)


def test_limits_of_the_excess_hold_the_truth_of_a_noncentral_chi_square():
    rng, freedom, truth, replicates = np.random.default_rng(5), 8, 12.0, 500
    null = rng.chisquare(freedom, 4000)
    seen = rng.noncentral_chisquare(freedom, truth, replicates)
    limits = [excess_limits(3 * value, 3 * null, 0.0, 0.025) for value in seen]
    hit = np.mean([low <= 3 * truth <= high for low, high in limits])
    assert hit >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / replicates)


def test_what_chance_gives_has_no_excess_but_room_for_one():
    null = np.random.default_rng(1).chisquare(4, 2000)
    low, high = excess_limits(float(np.median(null)), null, 0.0, 0.025)
    assert low < 1e-9
    assert high > 1
    assert excess_limits(0.0, null, 0.0, 0.025)[1] > 1
    assert excess_limits(0.0, np.zeros(9), 0.0, 0.025) == (0.0, 0.0)


@given(st.floats(0.1, 100), st.floats(0.01, 50))
def test_the_limits_scale_with_the_unit(value, unit):
    null = np.random.default_rng(1).chisquare(4, 200)
    plain, scaled = (
        excess_limits(value, null, 2.0, 0.025),
        excess_limits(unit * value, unit * null, 2.0 * unit**2, 0.025),
    )
    assert scaled == pytest.approx(tuple(unit * end for end in plain), rel=1e-6, abs=1e-9)


def curve(truth, size, rng):
    share, error = np.full(10, 0.1), np.full(10, np.sqrt(0.21 / (size / 10)))
    return truth + error * rng.normal(size=10), share, error, rng.normal(size=(299, 10))


@pytest.mark.parametrize(
    ("truth", "size"),
    [
        (np.zeros(10), 100),
        (np.full(10, 0.1), 1000),
        (np.linspace(-0.2, 0.2, 10), 1000),
        (np.array([0.4, *np.zeros(9)]), 3000),
        (np.repeat([0.0, 0.3], 5), 500),
    ],
)
def test_the_error_of_a_curve_is_covered_though_noise_enlarges_it(truth, size):
    rng, replicates = np.random.default_rng(size), 300
    limits = [curve_error_limits(*curve(truth, size, rng), 0.025) for _ in range(replicates)]
    hit = np.mean([low <= np.abs(truth).mean() <= high for low, high in limits])
    assert hit >= 0.93 - 3 * np.sqrt(0.07 * 0.93 / replicates)


def test_a_perfect_curve_may_still_be_wrong_by_its_noise():
    low, high = curve_error_limits(np.zeros(10), np.full(10, 0.1), np.full(10, 0.1), np.ones((50, 10)), 0.025)
    assert low == 0
    assert high == pytest.approx(0.1)
    assert curve_error_limits(np.full(2, 0.3), np.full(2, 0.5), np.zeros(2), np.ones((9, 2)), 0.025) == (0.3, 0.3)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40).map(np.array), st.floats(0, 1))
def test_quantiles_are_those_of_numpy_to_the_bit(values, share):
    assert quantile_of(values, share) == np.quantile(values, share)
