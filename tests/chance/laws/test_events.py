"""Limits of a rate of events are Garwood's, wider where events come in clumps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import poisson, t

from fairaudit.chance.laws.events import Events, dispersion, event_limits, overdispersion


def test_limits_are_those_of_a_printed_table():
    # Garwood 1936 and R's poisson.test: 0, 1 and 10 events.
    low, high = event_limits(np.array([0.0, 1.0, 10.0]), np.ones(3), 0.025)
    np.testing.assert_allclose(low, [0, 0.025318, 4.795389], atol=1e-6)
    np.testing.assert_allclose(high, [3.688879, 5.571643, 18.390356], atol=1e-6)


@given(st.integers(0, 200), st.sampled_from([0.1, 0.025, 1e-4, 1e-30]))
def test_each_limit_is_the_rate_at_which_so_many_events_are_that_rare(events, tail):
    low, high = (float(end[0]) for end in event_limits(np.array([float(events)]), np.ones(1), tail))
    assert poisson.cdf(events, high) == pytest.approx(tail, rel=1e-6)
    if events:
        assert poisson.sf(events - 1, low) == pytest.approx(tail, rel=1e-6)


@pytest.mark.parametrize("rate", [0.02, 0.3, 2.0, 40.0])
def test_intervals_cover_the_truth_at_least_as_often_as_they_say(rate):
    counts = np.arange(200.0)
    low, high = event_limits(counts, np.ones(200), 0.025)
    assert poisson.pmf(counts, rate) @ ((low <= rate) & (rate <= high)) >= 0.95


def test_limits_scale_with_what_was_expected():
    alone, per_ten = (event_limits(np.array([7.0]), np.array([e]), 0.025) for e in (1.0, 10.0))
    np.testing.assert_allclose(np.array(alone) / 10, np.array(per_ten))


def test_dispersion_is_the_ratio_of_variance_to_events_drawn_to_that_of_all():
    events, variance = np.array([100.0, 0.0, 400.0]), np.array([300.0, 0.0, 400.0])
    pooled = 700 / 500
    expected = [(300 + 20 * pooled) / 120, pooled, max(1, (400 + 20 * pooled) / 420)]
    np.testing.assert_allclose(dispersion(events, variance), expected)


def test_no_events_at_all_have_no_dispersion():
    np.testing.assert_array_equal(dispersion(np.zeros(3), np.zeros(3)), np.ones(3))


def test_clumps_of_four_have_the_limits_of_a_quarter_of_the_events():
    clumped = Events(np.array([40.0]), np.array([20.0]), np.array([4.0]))
    plain = Events(np.array([10.0]), np.array([5.0]), np.array([1.0]))
    assert clumped.value == plain.value == 2
    np.testing.assert_allclose(clumped.limits(0.025), plain.limits(0.025))
    np.testing.assert_allclose(clumped.strict(0.025), clumped.parts(0.025))


def test_fewer_varying_events_than_poissons_count_as_his_alone_and_with_the_others():
    np.testing.assert_array_equal(dispersion(np.array([100.0, 50.0]), np.array([30.0, 10.0])), np.ones(2))
    together = dispersion(np.array([100.0, 0.0]), np.array([30.0, 0.0]))
    np.testing.assert_array_equal(together, np.ones(2))  # a group without events takes no less than Poisson's, either


def test_no_event_in_any_group_but_a_variance_has_that_of_its_twenty():
    np.testing.assert_allclose(dispersion(np.zeros(2), np.array([0.0, 40.0])), [1.0, 3.0])
    np.testing.assert_allclose(dispersion(np.array([0.4]), np.array([4.0])), 10)  # less than one by weight


def test_weighted_events_are_as_many_times_more_spread_as_an_event_weighs():
    rows, variance = np.array([200.0, 50.0]), np.array([500.0, 60.0])
    plain = dispersion(rows, variance)
    np.testing.assert_allclose(overdispersion(rows, rows, variance), plain)
    for weight in (0.001, 3.0):
        spread = overdispersion(weight * rows, weight**2 * rows, weight**2 * variance)
        np.testing.assert_allclose(spread, weight * plain)
    np.testing.assert_array_equal(overdispersion(np.zeros(2), np.zeros(2), np.zeros(2)), np.ones(2))


def test_the_error_of_a_rate_is_poissons_at_the_rate_of_all_groups_times_its_spread():
    law = Events(np.array([10.0, 50.0]), np.array([20.0, 20.0]), np.array([1.0, 4.0]))
    np.testing.assert_allclose(law.error, np.sqrt(1.5 * np.array([1.0, 4.0]) / 20))


def test_a_spread_that_few_clusters_tell_reaches_farther_by_students_tail():
    few = Events(np.array([40.0]), np.array([20.0]), np.array([4.0]), freedom=5.0)
    np.testing.assert_allclose(
        few.limits(0.025), event_limits(np.array([10.0]), np.array([5.0]), ndtr(t.ppf(0.025, 5)))
    )
    known = Events(np.array([40.0]), np.array([20.0]), np.array([4.0]))
    two = Events(np.array([40.0]), np.array([20.0]), np.array([4.0]), freedom=1.0)  # a normal tail of 3e-37
    assert few.limits(0.025)[1][0] < two.limits(0.025)[1][0] < 30
    assert few.limits(0.025)[0][0] < known.limits(0.025)[0][0] < known.limits(0.025)[1][0] < few.limits(0.025)[1][0]


def test_events_of_a_tail_of_their_own_have_their_own_limits():
    low, high = event_limits(np.array([10.0, 10.0]), np.ones(2), np.array([0.025, 0.1]))
    np.testing.assert_allclose(poisson.cdf(10, high), [0.025, 0.1])
    np.testing.assert_allclose(poisson.sf(9, low), [0.025, 0.1])
