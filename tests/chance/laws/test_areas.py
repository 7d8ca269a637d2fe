"""Limits of an area under the curve have width even where it is 1, and stay in [0, 1]."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import t

from fairaudit.chance.laws.areas import OWN_VARIANCE, Areas, area_limits, model_variance

AREAS, COUNTS = st.floats(0.0, 1.0), st.integers(2, 300)


def test_the_models_variance_is_hanley_and_mcneils():
    area, m, n = 0.9, 50, 60
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    expected = (area * (1 - area) + (m - 1) * (q1 - area**2) + (n - 1) * (q2 - area**2)) / (m * n)
    assert model_variance(np.array(area), np.array(m), np.array(n)) == pytest.approx(expected)


def limits(area, m, n, variance, tail=0.025):
    low, high = area_limits(*(np.array([float(x)]) for x in (area, m, n, variance)), tail)
    return float(low[0]), float(high[0])


@given(AREAS, COUNTS, COUNTS, st.floats(0, 0.1))
def test_limits_hold_the_area_in_its_domain_and_have_width(area, m, n, variance):
    low, high = limits(area, m, n, variance)
    assert 0 <= low <= area <= high <= 1
    assert high - low > 1e-4


@pytest.mark.filterwarnings("error")
def test_of_one_row_of_the_rarer_outcome_a_small_tail_reaches_from_end_to_end():
    """Student's quantile is infinite as a normal one, and the model has no variance at an area of 1."""
    assert limits(1.0, 3, 1, 0.0, tail=0.003) == pytest.approx((0, 1))


@given(AREAS, COUNTS, COUNTS, st.floats(0, 0.1))
def test_ranking_from_below_turns_the_limits_round(area, m, n, variance):
    low, high = limits(area, m, n, variance)
    assert limits(1 - area, n, m, variance) == pytest.approx((1 - high, 1 - low), abs=1e-6)


@given(st.floats(0.05, 0.95), st.integers(5, 300), st.integers(5, 300), st.floats(1, 4))
def test_each_limit_lies_as_far_away_as_its_own_variance_reaches(area, m, n, factor):
    variance = factor * float(model_variance(np.array(area), np.array(m), np.array(n)))
    fewer = min(m, n)
    reach, scale = t.isf(0.025, fewer - 1), factor ** (fewer / (fewer + OWN_VARIANCE))
    for end in limits(area, m, n, variance):
        if 1e-6 < end < 1 - 1e-6:
            own = float(model_variance(np.array(end), np.array(m), np.array(n)))
            assert abs(area - end) == pytest.approx(reach * np.sqrt(scale * own), rel=1e-4)


def test_a_perfect_ranking_of_five_and_ninety_five_may_be_chance():
    low, high = limits(1.0, 5, 95, 0.0)
    assert high == 1
    assert 0.3 < low < 0.8


@pytest.mark.parametrize(("shift", "positives", "negatives"), [(1.35, 12, 288), (2.5, 50, 50), (0.0, 40, 60)])
def test_intervals_cover_the_truth_as_often_as_they_say(shift, positives, negatives):
    rng, truth, hit, replicates = np.random.default_rng(positives), ndtr(shift / np.sqrt(2)), 0, 400
    for _ in range(replicates):
        above = rng.normal(shift, 1, positives)[:, None] > rng.normal(0, 1, negatives)
        variance = above.mean(axis=1).var(ddof=1) / positives + above.mean(axis=0).var(ddof=1) / negatives
        low, high = limits(above.mean(), positives, negatives, variance)
        hit += low <= truth <= high
    assert hit / replicates >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / replicates)


def test_a_law_of_areas_gives_the_same_in_every_form():
    law = Areas(*(np.array([x, x]) for x in (0.8, 30.0, 60.0, 0.003)))
    np.testing.assert_allclose(law.limits(0.025), law.strict(0.025))
    np.testing.assert_allclose(law.limits(0.025), law.parts(0.025))


@pytest.mark.parametrize(
    ("area", "m", "n", "factor"),
    [(0.7, 40, 60, 0.1), (0.7, 40, 60, 1.0), (0.6, 8, 300, 2.5), (0.6, 300, 8, 4.0), (0.6, 30, 30, 9.0)],
)
def test_delongs_variance_counts_from_once_to_four_times_the_models_and_the_more_the_more_rows_it_has(
    area, m, n, factor
):
    """By half for ten rows of the rarer outcome, (k / (k + 10)); t has one degree of freedom less than these rows."""
    tail, fewer = 0.2, min(m, n)
    variance = factor * float(model_variance(np.array(area), np.array(m), np.array(n)))
    scale, reach = min(max(factor, 1.0), 4.0) ** (fewer / (fewer + 10)), t.isf(tail, fewer - 1)
    for end in limits(area, m, n, variance, tail):
        own = float(model_variance(np.array(end), np.array(m), np.array(n)))
        assert abs(area - end) == pytest.approx(reach * np.sqrt(scale * own), rel=1e-6)


@pytest.mark.parametrize("rarer", [1, 2])
def test_one_row_of_an_outcome_has_the_degree_of_freedom_of_two(rarer):
    for end in limits(0.5, rarer, 80, 0.0, 0.25):
        own = float(model_variance(np.array(end), np.array(rarer), np.array(80)))
        assert abs(0.5 - end) == pytest.approx(t.isf(0.25, 1) * np.sqrt(own), rel=1e-6)


@pytest.mark.parametrize("area", [0.0, 1.0])
def test_a_variance_of_a_perfect_ranking_is_compared_with_the_models_a_thousandth_away(area):
    m = n = np.array(30.0)
    variance = 2.5 * float(model_variance(np.array(0.001), m, n))
    low, high = limits(area, 30, 30, variance)
    assert (low if area == 0 else high) == area
    end = high if area == 0 else low
    reach = t.isf(0.025, 29) * np.sqrt(2.5**0.75 * float(model_variance(np.array(end), m, n)))
    assert abs(area - end) == pytest.approx(reach, rel=1e-6)


def test_the_error_of_an_area_is_delongs_or_the_models_at_the_mean_area_if_that_is_larger():
    law = Areas(np.array([0.5, 0.9]), np.array([10.0, 40.0]), np.array([20.0, 60.0]), np.array([0.25, 0.0]))
    model = model_variance(np.array(0.7), np.array(40.0), np.array(60.0))
    np.testing.assert_allclose(law.error, [0.5, np.sqrt(model)])
