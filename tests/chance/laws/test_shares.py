"""Limits of a share agree with published examples, stay in [0, 1], and never have width 0."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom, binomtest

from fairaudit.chance.laws import student_tail
from fairaudit.chance.laws.shares import Shares, exact_limits, narrow_limits, score_limits

COUNTS = st.integers(2, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
TAILS = st.sampled_from([0.1, 0.05, 0.025, 0.001, 1e-5])


def of(limits, events, size, tail):
    low, high = limits(np.array([events / size]), np.array([float(size)]), tail)
    return float(low[0]), float(high[0])


@pytest.mark.parametrize(
    ("events", "size", "score", "exact"),
    [  # Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_limits_are_those_that_newcombe_printed(events, size, score, exact):
    assert of(score_limits, events, size, 0.025) == pytest.approx(score, abs=5e-5)
    assert of(exact_limits, events, size, 0.025) == pytest.approx(exact, abs=5e-5)


@given(COUNTS, TAILS)
def test_limits_agree_with_scipy(counts, tail):
    events, size = counts
    test = binomtest(events, size)
    for ours, method in ((score_limits, "wilson"), (exact_limits, "exact")):
        theirs = test.proportion_ci(1 - 2 * tail, method)
        assert of(ours, events, size, tail) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(COUNTS, TAILS)
def test_an_interval_holds_its_share_and_has_width(counts, tail):
    events, size = counts
    for limits in (score_limits, narrow_limits, exact_limits):
        low, high = of(limits, events, size, tail)
        assert 0 <= low <= events / size <= high <= 1
        assert high - low > 1e-3 / size


@given(COUNTS, TAILS)
def test_counting_what_did_not_happen_turns_the_limits_round(counts, tail):
    events, size = counts
    for limits in (score_limits, narrow_limits, exact_limits):
        low, high = of(limits, events, size, tail)
        assert of(limits, size - events, size, tail) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(COUNTS, TAILS)
def test_narrow_limits_lie_within_the_exact_ones_and_are_the_same_where_nobody_or_everybody_is_counted(counts, tail):
    events, size = counts
    (low, high), (exact_low, exact_high) = (of(limits, events, size, tail) for limits in (narrow_limits, exact_limits))
    assert exact_low <= low <= high <= exact_high
    assert (low > exact_low) == (0 < events < size)


def test_narrow_limits_are_quantiles_of_two_beta_laws():
    low, high = of(narrow_limits, 7, 30, 0.025)
    assert (low, high) == pytest.approx((beta.ppf(0.025, 7.15, 23.85), beta.ppf(0.975, 7.85, 23.15)), abs=1e-12)


def coverage(limits, size, rate, tail=0.025):
    """Chance that the limits enclose the rate, over all possible counts."""
    counts = np.arange(size + 1)
    low, high = limits(counts / size, np.full(size + 1, float(size)), tail)
    return float(binom.pmf(counts, size, rate) @ ((low <= rate) & (rate <= high)))


@pytest.mark.parametrize("size", [10, 20, 25, 30, 50, 100, 1000])
def test_intervals_cover_every_rate_as_often_as_they_say_and_hardly_more_often(size):
    rates = np.concatenate([np.geomspace(0.001, 0.1, 80), np.linspace(0.1, 0.5, 320)])
    narrow, exact = (np.array([coverage(of_law, size, p) for p in rates]) for of_law in (narrow_limits, exact_limits))
    assert narrow.min() >= 0.938
    assert exact.min() >= 0.95
    assert narrow[80:].mean() <= 0.978  # rates of a tenth and more


def test_the_plain_score_misses_a_rare_rate_in_one_of_six_samples_and_the_narrow_limits_do_not():
    assert coverage(score_limits, 100, 0.0017) < 0.85
    assert coverage(narrow_limits, 100, 0.0017) > 0.98


def test_nobody_of_forty_says_that_up_to_nine_per_cent_may_be_selected():
    law = Shares(np.zeros(1), np.array([40.0]))
    assert [end[0] for end in law.limits(0.025)] == pytest.approx([0, 0.088097], abs=1e-6)
    assert [end[0] for end in law.strict(0.025)] == pytest.approx([0, 0.088097], abs=1e-6)


def test_few_clusters_reach_farther_than_many():
    few, many = (Shares(np.array([0.3]), np.array([50.0]), freedom).limits(0.025) for freedom in (5.0, np.inf))
    assert few[0] < many[0] < many[1] < few[1]
    assert student_tail(0.025, np.inf) == 0.025
    assert student_tail(0.025, 1e9) == pytest.approx(0.025, rel=1e-6)


def test_a_tail_too_small_for_a_number_leaves_every_share_possible():
    low, high = score_limits(np.array([0.0, 0.3, 1.0]), np.array([4.0, 10.0, 1e6]), 0.0)
    np.testing.assert_allclose(low, 0, atol=2e-6)
    np.testing.assert_allclose(high, 1, atol=2e-6)


@pytest.mark.parametrize("limits", [score_limits, narrow_limits, exact_limits])
def test_where_nobody_is_counted_limits_begin_at_0_itself_and_where_everybody_is_they_end_at_1_itself(limits):
    sizes = np.array([1.0, 3, 7, 20, 49, 333, 1e5])
    for tail in (0.1, 0.025, 1e-7):
        assert (limits(np.zeros(7), sizes, tail)[0] == 0).all()
        assert (limits(np.ones(7), sizes, tail)[1] == 1).all()


@given(st.floats(0.5, 500), st.floats(0, 1))
def test_limits_of_effective_numbers_are_those_of_beta_laws(size, share):
    low, high = (float(end[0]) for end in exact_limits(np.array([share]), np.array([size]), 0.025))
    events, others = share * size, (1 - share) * size
    assert low == pytest.approx(beta.ppf(0.025, events, others + 1) if share > 0 else 0, abs=1e-9)
    assert high == pytest.approx(beta.isf(0.025, events + 1, others) if share < 1 else 1, abs=1e-9)


def test_the_error_of_a_share_is_that_of_the_share_of_all_people():
    law = Shares(np.array([0.1, 0.6]), np.array([30.0, 20.0]))
    np.testing.assert_allclose(law.error, np.sqrt(0.3 * 0.7 / np.array([30, 20])))
    np.testing.assert_array_equal(Shares(np.ones(2), np.array([4.0, 9.0])).error, 0)


def test_each_form_of_limits_of_few_clusters_is_that_of_students_tail():
    law, tail = Shares(np.array([0.3]), np.array([50.0]), 5.0), student_tail(0.025, 5.0)
    for form, limits in ((law.limits, narrow_limits), (law.parts, score_limits), (law.strict, exact_limits)):
        np.testing.assert_array_equal(form(0.025), limits(law.value, law.size, tail))


@pytest.mark.parametrize("tail", [1e-30, 1e-120, 1e-244, 1e-300])
def test_tails_of_two_clusters_have_limits_too(tail):
    events, size = (side.ravel() for side in np.meshgrid([0, 0.5, 1, 4.3, 40, 215, 1e4], [1e4, 300, 215, 4.3, 0.7]))
    events, size = events[events <= size], size[events <= size]
    for limits in (score_limits, narrow_limits, exact_limits):
        low, high = limits(events / size, size, tail)
        assert ((low >= 0) & (low <= events / size) & (events / size <= high) & (high <= 1)).all()
