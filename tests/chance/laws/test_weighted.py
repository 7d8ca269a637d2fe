"""Laws of weighted means are laws of the same kind, and hold as often as they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.chance.laws.areas import Areas
from fairaudit.chance.laws.events import Events
from fairaudit.chance.laws.means import Means
from fairaudit.chance.laws.pairs import difference
from fairaudit.chance.laws.shares import Shares
from fairaudit.chance.laws.weighted import taken, weighted, widened

CELLS = np.arange(6).reshape(2, 3)
WEIGHT = np.array([0.5, 0.3, 0.2])


def shares(x, n):
    return Shares(np.array(x, dtype=float) / np.array(n), np.array(n, dtype=float))


def test_the_variance_of_a_share_is_the_weighted_sum_of_those_of_its_strata():
    n = np.array([4000.0, 3000, 5000, 2000, 6000, 3000])
    law = weighted(shares(n * [0.1, 0.5, 0.8, 0.2, 0.4, 0.6], n), CELLS, WEIGHT)
    np.testing.assert_allclose(law.value, [0.05 + 0.15 + 0.16, 0.1 + 0.12 + 0.12])
    p = np.array([[0.1, 0.5, 0.8], [0.2, 0.4, 0.6]])
    variance = (WEIGHT**2 * p * (1 - p) / n.reshape(2, 3)).sum(axis=1)
    np.testing.assert_allclose(law.value * (1 - law.value) / law.size, variance, rtol=1e-3)


def test_means_add_up_their_moments_as_a_loop_does():
    error, skewness, freedom = np.linspace(1, 2, 6), np.linspace(-0.5, 0.5, 6), np.linspace(3, 40, 6)
    law = weighted(Means(np.arange(6.0), error, skewness, freedom, (0.0, 9.0)), CELLS, WEIGHT)
    for group in range(2):
        second = third = fourth = mean = 0.0
        for stratum, w in enumerate(WEIGHT):
            at = CELLS[group, stratum]
            mean += w * at
            second += (w * error[at]) ** 2
            third += skewness[at] * (w * error[at]) ** 3
            fourth += (w * error[at]) ** 4 / freedom[at]
        expected = mean, second**0.5, third / second**1.5, second**2 / fourth
        seen = law.value[group], law.error[group], law.skewness[group], law.freedom[group]
        assert seen == pytest.approx(expected)
    assert law.domain == (0.0, 9.0)


def test_one_stratum_of_events_and_of_means_is_itself():
    events = Events(np.array([5.0, 0.0]), np.array([10.0, 4.0]), np.array([1.0, 1.0]))
    one = weighted(events, np.array([[0], [1]]), np.ones(1))
    np.testing.assert_allclose(one.limits(0.025), events.limits(0.025))
    means = Means(np.array([1.0, 2.0]), np.array([0.3, 0.4]), np.array([0.1, 0.0]), np.array([9.0, 20.0]))
    np.testing.assert_allclose(weighted(means, np.array([[0], [1]]), np.ones(1)).limits(0.025), means.limits(0.025))


def test_where_nothing_happened_the_limits_have_width():
    law = weighted(shares([0] * 6, [10] * 6), CELLS, WEIGHT)
    low, high = law.limits(0.025)
    assert (low == 0).all()
    assert (high > 0.05).all()
    events = weighted(Events(np.zeros(6), np.full(6, 10.0), np.ones(6)), CELLS, WEIGHT)
    assert (events.limits(0.025)[1] > 0.1).all()


@given(st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_limits_of_a_share_stay_between_0_and_1_and_hold_the_value(x):
    law = weighted(shares(x, [5] * 6), CELLS, WEIGHT)
    low, high = law.limits(0.025)
    assert ((low >= 0) & (low <= law.value + 1e-12) & (law.value <= high + 1e-12) & (high <= 1)).all()


def test_a_law_without_people_or_events_has_no_weighted_mean():
    areas = Areas(np.full(6, 0.7), np.full(6, 9.0), np.full(6, 9.0), np.full(6, 0.01))
    with pytest.raises(TypeError, match="Areas"):
        weighted(areas, CELLS, WEIGHT)


def test_some_of_a_law_are_those_estimates_alone():
    law = shares([1, 2, 3], [4, 5, 6])
    some = taken(law, np.array([2, 0]))
    np.testing.assert_array_equal(some.limits(0.05), np.array(law.limits(0.05))[:, [2, 0]])


@pytest.mark.parametrize(
    ("strata", "sizes", "rates", "effect"),
    [
        (4, (40, 25), (0.1, 0.7), 0.0),
        (40, (3, 2), (0.1, 0.7), 0.15),
        (40, (1, 1), (0.1, 0.7), 0.0),
        (6, (10, 30), (0.02, 0.06), 0.0),
        (3, (100, 400), (0.1, 0.7), 0.15),
    ],
)
def test_limits_of_a_standardised_difference_hold_in_about_95_per_cent_of_samples(strata, sizes, rates, effect):
    draw, held = np.random.default_rng(6), []
    size = np.tile(np.array(sizes, dtype=float), (strata, 1)).T
    rate = np.linspace(*rates, strata) + np.array([[effect], [0.0]])
    cells, weight = np.arange(2 * strata).reshape(2, strata), np.full(strata, 1 / strata)
    for _ in range(1000):
        law = weighted(shares(draw.binomial(size.astype(int), rate).ravel(), size.ravel()), cells, weight)
        low, high = law.parts(0.025)
        sides = [(law.value[at : at + 1], (low[at : at + 1], high[at : at + 1])) for at in (0, 1)]
        start, stop = difference(*sides[0], *sides[1])
        held.append(start[0] <= effect <= stop[0])
    assert 0.92 <= np.mean(held) <= 0.985


@pytest.mark.parametrize("effect", [1.0, 4.0])
def test_a_variance_enlarged_so_many_times_makes_limits_as_wide_as_that_many_fewer_rows(effect):
    times, ones = np.full(2, effect), np.ones(2)
    of_shares = Shares(np.array([0.2, 0.5]), np.array([400.0, 800.0]))
    of_events = Events(np.array([40.0, 80.0]), np.array([400.0, 800.0]), ones)
    of_means = Means(np.array([1.0, 2.0]), np.array([0.1, 0.2]), 0 * ones, 1e9 * ones)
    for law in (of_shares, of_events, of_means):
        assert widened(law, times).error == pytest.approx(law.error * effect**0.5)
        wide, plain = (np.subtract(*each.parts(0.025)) for each in (widened(law, times), law))
        assert (wide / plain) == pytest.approx(effect**0.5, rel=0.06)
        assert widened(law, times).value == pytest.approx(law.value)


@pytest.mark.parametrize("freedom", [np.inf, 7.0, np.array([9.0, 4, 7, 3, 8, 5])])
def test_a_share_has_as_many_people_as_give_the_variance_of_a_loop(freedom):
    n, p = np.array([4.0, 9, 2.5, 30, 0.5, 6]), np.array([0.25, 1.0, 0.4, 0.1, 0.0, 0.5])
    law = weighted(Shares(p, n, freedom), CELLS, WEIGHT)
    for group in range(2):
        at = CELLS[group]
        common = (n[at] * p[at]).sum() / n[at].sum()
        value, variance = 0.0, 0.0
        for w, size, share in zip(WEIGHT, n[at], p[at], strict=True):
            value += w * share
            variance += w**2 * (size * share * (1 - share) + common * (1 - common)) / size / size
        assert law.value[group] == pytest.approx(value)
        assert law.size[group] == pytest.approx(value * (1 - value) / variance)
    expected = freedom if np.isscalar(freedom) else np.array([4.0, 3.0])  # the fewest of each group
    np.testing.assert_array_equal(law.freedom, expected)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_where_all_strata_agree_for_certain_there_are_as_many_people_as_their_sizes_alone_say(rate):
    n = np.array([4.0, 9, 2.5, 30, 1, 6])
    law = weighted(Shares(np.full(6, rate), n), CELLS, WEIGHT)
    np.testing.assert_allclose(law.value, rate)
    np.testing.assert_allclose(law.size, [1 / (WEIGHT**2 / n[at]).sum() for at in CELLS])


def test_means_that_are_known_have_a_weighted_mean_that_is():
    law = weighted(Means(np.arange(6.0), np.zeros(6), np.zeros(6), np.full(6, 9.0)), CELLS, WEIGHT)
    np.testing.assert_allclose(law.limits(0.025), [law.value, law.value])
    np.testing.assert_allclose(law.value, [0.7, 3.7])
    np.testing.assert_array_equal(law.freedom, 1)
    assert law.apart is None


@pytest.mark.parametrize("freedom", [np.inf, np.array([9.0, 4, 7, 3, 8, 5])])
def test_events_are_as_many_as_give_the_variance_of_a_loop(freedom):
    x, e, phi = np.array([3.0, 0, 9, 4, 1, 7]), np.array([2.0, 1, 5, 9, 8, 7]), np.array([1.0, 2, 1.5, 1, 3, 4])
    law = weighted(Events(x, e, phi, freedom), CELLS, WEIGHT)
    for group in range(2):
        rate = variance = 0.0
        for w, at in zip(WEIGHT, CELLS[group], strict=True):
            rate += w * x[at] / e[at]
            variance += w**2 * phi[at] * x[at] / e[at] ** 2
        assert law.value[group] == pytest.approx(rate)
        assert law.events[group] == pytest.approx(rate**2 / variance)
        assert law.expected[group] == pytest.approx(rate / variance)
    np.testing.assert_array_equal(law.spread, 1)
    np.testing.assert_array_equal(law.freedom, np.inf if np.isscalar(freedom) else [4.0, 3.0])


def test_without_events_there_are_as_many_expected_as_the_strata_have_together():
    e, phi = np.array([2.0, 1, 5, 9, 8, 7]), np.array([1.0, 2, 1.5, 1, 3, 4])
    law = weighted(Events(np.zeros(6), e, phi), CELLS, WEIGHT)
    np.testing.assert_array_equal(law.events, 0)
    np.testing.assert_allclose(law.expected, [1 / (WEIGHT**2 * phi[at] / e[at]).sum() for at in CELLS])


def test_a_law_without_people_events_or_errors_of_its_own_has_no_wider_one():
    areas = Areas(np.full(6, 0.7), np.full(6, 9.0), np.full(6, 9.0), np.full(6, 0.01))
    with pytest.raises(TypeError, match="no wider Areas"):
        widened(areas, np.ones(6))


def test_some_of_a_law_keep_what_is_one_for_all():
    law = taken(Shares(np.array([0.1, 0.2, 0.3]), np.array([4.0, 5, 6]), 7.0), np.array([2]))
    assert (law.value.tolist(), law.size.tolist(), law.freedom) == ([0.3], [6.0], 7.0)


def test_a_weighted_share_of_everybody_is_at_most_1_however_weights_are_rounded():
    rng, everybody = np.random.default_rng(0), Shares(np.ones(7), np.full(7, 9.0))
    for _ in range(200):
        weight = rng.random(7)
        law = weighted(everybody, np.arange(7)[None], weight / weight.sum())
        assert law.value[0] <= 1
        assert law.limits(0.025)[1][0] <= 1
