"""Limits of divergences and shares of variance say what lies beyond chance."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import chi2, ncx2

from fairaudit.chance.laws.curves import Curves
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
@example(np.array([0.1, 0.7]), 0.5)  # half way from below is not half way from above
def test_quantiles_are_those_of_numpy_to_the_bit(values, share):
    assert quantile_of(values, share) == np.quantile(values, share)


@pytest.mark.parametrize(
    ("statistic", "freedom"), [(3000.0, 40.0), (2001.0, 1500.0), (2500.0, 2450.0), (1e5, 95_000.0), (1e6, 3.0)]
)
def test_limits_of_a_large_statistic_are_those_of_noncentral_chi_square_however_many_degrees_it_has(statistic, freedom):
    low, high = noncentrality_limits(statistic, freedom, 0.025)
    assert ncx2.cdf(statistic, freedom, high) == pytest.approx(0.025, rel=0.02)
    if low > 0:
        assert ncx2.sf(statistic, freedom, low) == pytest.approx(0.025, rel=0.02)
    else:
        assert chi2.sf(statistic, freedom) > 0.025


def test_a_large_statistic_below_what_chance_gives_has_no_noncentrality():
    assert noncentrality_limits(2100.0, 2600.0, 0.025) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("value", "spread"),
    [(0.1, 0.0), (1.5, 0.0), (9.0, 0.0), (9.0, 2.0), (9.0, 60.0), (2.0, 60.0)],
)
def test_the_excess_is_a_noncentral_chi_square_of_the_shuffles_mean_and_of_the_larger_variance(value, spread):
    null = np.array([0.5, 1.0, 2.5, 2.0])
    floor, variance = 1.5, (1 + 0.25 + 1 + 0.25) / 3
    unit = max(variance / (2 * floor), spread / (6 * floor + 4 * max(value - floor, 0)))
    low, high = excess_limits(value, null, spread, 0.025)
    assert high > 0
    assert ncx2.cdf(max(value, floor) / unit, floor / unit, high / unit) == pytest.approx(0.025, rel=1e-4)
    if low > 0:
        assert ncx2.sf(value / unit, floor / unit, low / unit) == pytest.approx(0.025, rel=1e-4)
    else:
        assert chi2.sf(value / unit, floor / unit) >= 0.025


def test_shuffles_that_are_all_alike_leave_no_excess_to_be_sure_of():
    assert excess_limits(5.0, np.ones(9), 0.0, 0.025) == (0.0, 0.0)


EVEN = ndtri((np.arange(2000) + 0.5) / 2000)[:, None]
"""Standard normal numbers as evenly as can be, for a curve of one bin."""


def one_bin(deviation, error, tail):
    return curve_error_limits(np.array([deviation]), np.ones(1), np.array([error]), EVEN, tail)


@pytest.mark.parametrize("deviation", [0.6, -0.6, 6.0])
@pytest.mark.parametrize("tail", [0.05, 0.2])
def test_one_bin_far_off_has_the_limits_of_a_normal_number_at_half_of_the_tail(deviation, tail):
    error, seen = abs(deviation) / 12, abs(deviation)
    reach = -float(ndtri(tail / 2)) * error
    assert one_bin(deviation, error, tail) == pytest.approx((seen - reach, seen + reach), abs=1.5e-3 * seen)


def test_a_bin_within_twice_the_variance_of_its_noise_may_well_be_right():
    """At this tail even the smaller one is more than chance alone gives."""
    assert one_bin(1.40, 1.0, 0.4)[0] == 0
    assert one_bin(1.43, 1.0, 0.4)[0] > 0.1


def test_what_chance_alone_gives_bounds_a_curve_from_above_that_shows_less():
    reach = -float(ndtri(0.0125 / 2))
    assert one_bin(0.1, 1.0, 0.025) == (0.0, pytest.approx(reach, rel=0.01))
    assert one_bin(0.0, 1.0, 0.025) == (0.0, pytest.approx(reach, rel=0.01))


def test_one_bin_that_is_known_exactly_does_not_make_the_others_known():
    rng = np.random.default_rng(0)
    deviation, share = np.array([0.2, 0.1]), np.array([0.5, 0.5])
    low, high = curve_error_limits(deviation, share, np.array([0.0, 0.02]), rng.normal(size=(999, 2)), 0.025)
    assert low < 0.15 < high
    assert high - low == pytest.approx(0.02 * 0.5 * 2 * -ndtri(0.0125), rel=0.2)


def test_curves_are_what_was_seen_with_the_mean_and_spread_of_what_noise_alone_gives():
    deviation = np.array([[0.3, -0.1, 0.0], [-0.2, 0.2, 0.1]])
    share, noise = np.array([[0.5, 0.3, 0.2], [0.25, 0.25, 0.5]]), np.array([[0.1, 0.2, 0.0], [0.3, 0.1, 0.2]])
    law = Curves(deviation, share, noise)
    np.testing.assert_allclose(law.value, [0.18, 0.15])
    drawn = (np.abs(np.random.default_rng(0).normal(size=(40_000, 2, 3)) * noise) * share).sum(axis=2)
    np.testing.assert_allclose(law.floor, drawn.mean(axis=0), rtol=0.02)
    np.testing.assert_allclose(law.error, drawn.std(axis=0), rtol=0.02)


def test_limits_of_curves_are_those_of_each_alone_within_0_and_1():
    deviation, share = np.array([[0.3, -0.2], [0.9, 0.95], [0.0, 0.01]]), np.array([[0.6, 0.4], [0.5, 0.5], [0.5, 0.5]])
    noise = np.array([[0.05, 0.05], [0.1, 0.1], [0.1, 0.1]])
    law, draws = Curves(deviation, share, noise), np.random.default_rng(1).normal(size=(4000, 2))
    low, high = law.limits(0.025)
    alone = [curve_error_limits(*rows, draws, 0.025) for rows in zip(deviation, share, noise, strict=True)]
    np.testing.assert_allclose(low, [end for end, _ in alone], atol=0.04)
    np.testing.assert_allclose(high, [min(end, 1.0) for _, end in alone], atol=0.04)
    assert high[1] == 1
    assert low[2] == 0
    turned = Curves(deviation[::-1], share[::-1], noise[::-1])  # like curves have like limits, wherever they stand
    np.testing.assert_array_equal(turned.limits(0.025)[1], high[::-1])
