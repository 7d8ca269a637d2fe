"""Limits of gaps and ratios agree with published examples and hold for whichever pair the data pick."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import binom, studentized_range

from fairaudit.chance.laws.events import Events
from fairaudit.chance.laws.means import Means
from fairaudit.chance.laws.pairs import (
    difference,
    largest_gap,
    mean_range,
    mean_smallest_ratio,
    pair_error,
    range_error,
    range_tail,
    ratio,
    smallest_ratio,
)
from fairaudit.chance.laws.shares import Shares

COUNTS = st.integers(2, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
GROUPS = st.lists(COUNTS, min_size=2, max_size=12)


def shares(*counts):
    events, size = np.array(counts, dtype=float).T
    return Shares(events / size, size)


def two(law, contrast, tail=0.025):
    low, high = law.parts(tail)
    return contrast(law.value[:1], (low[:1], high[:1]), law.value[1:], (low[1:], high[1:]))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [  # Newcombe 1998, table II, method 10
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ],
)
def test_the_limits_of_a_difference_are_those_that_newcombe_printed(first, second, expected):
    low, high = two(shares(first, second), difference)
    assert (low[0], high[0]) == pytest.approx(expected, abs=5e-5)


@given(COUNTS, COUNTS)
def test_limits_of_a_ratio_hold_one_exactly_where_those_of_the_difference_hold_zero(first, second):
    law = shares(first, second)
    if not law.value.all():
        return
    (low, high), (least, most) = two(law, difference), two(law, ratio)
    assert least[0] <= law.value[0] / law.value[1] <= most[0]
    if min(abs(low[0]), abs(high[0])) > 1e-9:
        assert (low[0] > 0) == (least[0] > 1)
        assert (high[0] < 0) == (most[0] < 1)


@given(COUNTS, COUNTS)
def test_a_ratio_turned_round_has_the_limits_turned_round(first, second):
    low, high = two(shares(first, second), ratio)
    least, most = two(shares(second, first), ratio)
    if low[0] > 0 and np.isfinite(high[0]) and least[0] > 0:
        assert (1 / high[0], 1 / low[0]) == pytest.approx((least[0], most[0]), rel=1e-6)


@pytest.mark.parametrize("groups", [3, 8, 30])
@pytest.mark.parametrize("error", [0.05, 0.01])
def test_the_tail_of_many_pairs_is_that_of_the_studentised_range(groups, error):
    from scipy.special import ndtr

    q = studentized_range.ppf(1 - error, groups, np.inf)
    assert range_tail(groups, error) == pytest.approx(ndtr(-q / np.sqrt(2)), rel=1e-5)


def test_two_groups_need_no_correction_and_more_need_a_larger_one():
    tails = [range_tail(groups, 0.05) for groups in (2, 3, 10, 100)]
    assert tails[0] == 0.025
    assert tails == sorted(tails, reverse=True)
    assert all(tail >= 0.05 / (g * (g - 1)) for tail, g in zip(tails, (2, 3, 10, 100), strict=True))  # Bonferroni's


@given(GROUPS)
def test_the_largest_gap_and_smallest_ratio_are_those_of_a_loop_over_pairs(counts):
    law = shares(*counts)
    alone = law.parts(0.025)
    together = alone if len(counts) == 2 else law.strict(range_tail(len(counts), 1 - 0.95))
    lows, highs, least, most = [], [], [], []
    for g, h in itertools.permutations(range(len(counts)), 2):
        for (low, high), of_gap, of_ratio in ((together, lows, most), (alone, highs, least)):
            sides = law.value[g : g + 1], (low[g : g + 1], high[g : g + 1])
            others = law.value[h : h + 1], (low[h : h + 1], high[h : h + 1])
            of_gap.append(difference(*sides, *others)[of_gap is highs][0])
            of_ratio.append(ratio(*sides, *others)[of_ratio is most][0])
    assert largest_gap(law, 0.95) == pytest.approx((max(*lows, 0.0), max(highs)))
    if law.value.any():
        assert smallest_ratio(law, 0.95) == pytest.approx((min(least), min(1.0, *most)))
    else:
        assert smallest_ratio(law, 0.95) is None


@given(GROUPS)
def test_the_limits_hold_the_gap_that_was_seen_in_their_domain(counts):
    law = shares(*counts)
    for strict in (False, True):
        low, high = largest_gap(law, 0.95, strict)
        assert 0 <= low <= np.ptp(law.value) <= high <= 1
        assert high - low > 1e-4


@pytest.mark.parametrize(("sizes", "rate"), [((300, 25), 0.01), ((30, 30), 0.04), ((10, 40), 0.3), ((100, 100), 0.5)])
def test_a_verdict_of_a_gap_where_there_is_none_is_wrong_in_at_most_half_the_error(sizes, rate):
    first, second = (np.arange(size + 1) for size in sizes)
    chance = np.outer(*(binom.pmf(np.arange(size + 1), size, rate) for size in sizes))
    wrong = np.zeros_like(chance)
    for x, y in itertools.product(first, second):
        if chance[x, y] > 1e-6:
            wrong[x, y] = largest_gap(shares((x, sizes[0]), (y, sizes[1])), 0.95, strict=True)[0] > 0
    assert (chance * wrong).sum() <= 0.05


def test_nobody_selected_in_two_groups_leaves_room_for_a_gap_and_says_nothing_of_a_ratio():
    law = shares((0, 40), (0, 40))
    assert largest_gap(law, 0.95) == pytest.approx((0, 0.087622), abs=1e-6)
    assert smallest_ratio(law, 0.95) is None


def test_the_ratio_to_a_group_in_which_nobody_is_selected_ends_above_nothing():
    low, high = smallest_ratio(shares((0, 30), (6, 30)), 0.95)
    assert low == 0
    assert 0.5 < high < 0.8


@pytest.mark.parametrize(("groups", "size", "rate"), [(12, 30, 0.2), (20, 100, 0.04), (8, 200, 0.5)])
def test_groups_that_do_not_differ_show_a_gap_beyond_doubt_in_at_most_five_per_cent(groups, size, rate):
    rng, replicates = np.random.default_rng(groups), 400
    events = rng.binomial(size, rate, (replicates, groups))
    wrong = sum(largest_gap(shares(*((x, size) for x in row)), 0.95)[0] > 0 for row in events)
    assert wrong / replicates <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / replicates)


def test_a_true_gap_lies_between_the_limits_whichever_pair_was_seen_farthest_apart():
    rng, rates, replicates = np.random.default_rng(1), np.linspace(0.2, 0.5, 10), 400
    events = rng.binomial(100, rates, (replicates, 10))
    limits = [largest_gap(shares(*((x, 100) for x in row)), 0.95) for row in events]
    hit = np.mean([low <= 0.3 <= high for low, high in limits])
    assert hit >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / replicates)


@pytest.mark.parametrize("groups", [2, 3, 12])
def test_the_error_of_a_tail_is_that_from_which_the_tail_came(groups):
    for error in (0.001, 0.05, 0.4):
        assert range_error(groups, range_tail(groups, error)) == pytest.approx(error, rel=1e-6)


def normal(value, error):
    """A law whose limits are those of normal numbers, as good as."""
    value, error = np.array(value, dtype=float), np.array(error, dtype=float)
    return Means(value, error, np.zeros(len(value)), np.full(len(value), 1e9))


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_error_of_a_difference_of_normal_estimates_is_the_root_of_both_squares(confidence):
    law = normal([1.0, 5.0, 2.0], [3.0, 9.0, 4.0])
    assert pair_error(law, 2, 0, confidence) == pytest.approx(5)
    assert pair_error(law, 1, 2, confidence) == pytest.approx(np.hypot(9, 4))


def test_the_error_of_a_ratio_is_that_of_its_logarithm_times_it_and_none_where_the_ratio_has_no_end():
    law = normal([1.0, 4.0, 0.1], [0.01, 0.1, 5.0])
    assert pair_error(law, 0, 1, 0.95, ratio) == pytest.approx(0.25 * np.hypot(0.01 / 1, 0.1 / 4), rel=3e-3)
    assert pair_error(law, 0, 2, 0.95, ratio) is None


@pytest.mark.parametrize(("groups", "mean"), [(2, 1.12838), (3, 1.69257), (4, 2.05875), (10, 3.07751), (100, 5.01519)])
def test_the_mean_range_is_tippetts(groups, mean):
    """Tippett 1925, table X, as E. S. Pearson (1932) corrected it."""
    assert mean_range(np.ones(groups)) == pytest.approx(mean, abs=1e-5)
    for unit in (1e-8, 1e8):
        assert mean_range(np.full(groups, unit)) == pytest.approx(unit * mean, rel=1e-5)


def test_the_mean_gap_of_two_groups_is_that_of_their_difference_and_nothing_where_both_are_known():
    assert mean_range(np.array([3.0, 4.0])) == pytest.approx(5 * np.sqrt(2 / np.pi), rel=1e-6)
    assert mean_range(np.array([0.0, 4.0])) == pytest.approx(4 * np.sqrt(2 / np.pi), rel=1e-3)
    assert mean_range(np.zeros(3)) == 0


def test_the_mean_smallest_ratio_is_that_of_many_draws_about_the_mean_by_precision():
    rng = np.random.default_rng(3)
    value, error = np.array([1.0, 1.4, 0.8]), np.array([0.1, 0.4, 0.2])
    common = (value / error**2).sum() / (1 / error**2).sum()
    seen = np.maximum(common + rng.normal(size=(200_000, 3)) * error, 0)
    assert mean_smallest_ratio(value, error) == pytest.approx(np.mean(seen.min(axis=1) / seen.max(axis=1)), abs=0.02)
    assert mean_smallest_ratio(1e-4 * value, 1e-4 * error) == pytest.approx(mean_smallest_ratio(value, error))


def test_the_mean_smallest_ratio_of_known_estimates_is_1_and_one_that_is_known_stands_for_all():
    assert mean_smallest_ratio(np.array([0.3, 0.9]), np.zeros(2)) == 1
    rng = np.random.default_rng(4)
    other = np.maximum(0.5 + 0.1 * rng.normal(size=200_000), 0)
    expected = np.mean(np.minimum(other, 0.5) / np.maximum(other, 0.5))
    assert mean_smallest_ratio(np.array([0.5, 0.9]), np.array([0.0, 0.1])) == pytest.approx(expected, abs=0.01)


def test_where_chance_makes_all_0_the_smallest_ratio_is_1():
    """A rate of nearly 0 is 0 in half of the draws of one group; both are in a quarter of them."""
    rng = np.random.default_rng(5)
    seen = np.maximum(1e-9 + 0.1 * rng.normal(size=(200_000, 2)), 0)
    highest = seen.max(axis=1)
    expected = np.divide(seen.min(axis=1), highest, out=np.ones_like(highest), where=highest > 0).mean()
    assert mean_smallest_ratio(np.full(2, 1e-9), np.full(2, 0.1)) == pytest.approx(expected, abs=0.04)


@pytest.mark.parametrize("groups", [3, 30])
@pytest.mark.parametrize("error", [0.999, 0.9, 1e-8])
def test_tails_of_any_error_are_those_of_the_studentised_range(groups, error):
    tail = range_tail(groups, error)
    assert studentized_range.sf(-np.sqrt(2) * ndtri(tail), groups, np.inf) == pytest.approx(error, rel=1e-3)
    assert range_error(groups, tail) == pytest.approx(error, rel=1e-5)


def test_the_error_of_a_tail_is_a_probability_for_any_tail():
    for groups in (2, 3, 4, 7):
        assert range_error(groups, 0.5) == 1
        assert 0 <= range_error(groups, 1e-17) < 1e-14


def side(low, value, high):
    """An estimate and its limits, as `ratio` takes them."""
    return np.array([value]), (np.array([low]), np.array([high]))


def test_a_ratio_has_donner_and_zous_limits():
    """Transcribed for 2 (1.5 to 2.6) over 4 (3.5 to 4.4)."""
    low, high = ratio(*side(1.5, 2.0, 2.6), *side(3.5, 4.0, 4.4))
    least = (8 - np.sqrt(64 - 1.5 * 4.4 * (4 - 1.5) * (8 - 4.4))) / (4.4 * (8 - 4.4))
    most = (8 + np.sqrt(64 - 2.6 * 3.5 * (4 - 2.6) * (8 - 3.5))) / (3.5 * (8 - 3.5))
    assert (low[0], high[0]) == pytest.approx((least, most))


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((0.0, 0.0, 0.1), (0.2, 0.5, 0.8), 0, 0.25),  # √(0.1 · 0.2 · 0.1 · 0.8) / (0.2 · 0.8)
        ((0.2, 0.5, 0.8), (0.0, 0.0, 0.1), 4, np.inf),  # turned round
        ((0.0, 0.0, 0.1), (0.0, 0.0, 0.1), 0, np.inf),
        ((0.0, 0.05, 0.1), (0.0, 0.5, 0.8), 0, np.inf),
        ((0.0, 2.0, np.inf), (0.0, 3.0, np.inf), 0, np.inf),
        ((1.0, 2.0, np.inf), (1.0, 3.0, np.inf), 0, np.inf),
        ((1.0, 2.0, 3.0), (0.0, 0.0, np.inf), 0, np.inf),
    ],
)
def test_a_ratio_begins_at_0_where_the_first_may_be_0_and_has_no_end_where_the_second_may_be(first, second, low, high):
    assert [float(end[0]) for end in ratio(*side(*first), *side(*second))] == pytest.approx([low, high])


def test_of_some_groups_that_are_0_and_others_that_are_not_the_smallest_ratio_has_limits_and_no_upper_one_above_1():
    for counts in [((0, 40), (9, 30), (5, 50)), ((10, 30), (10, 30)), ((10, 30), (10, 30), (10, 30))]:
        low, high = smallest_ratio(shares(*counts), 0.95)
        assert 0 <= low < high <= 1
    assert high == 1


def test_a_strict_gap_of_two_groups_is_of_exact_limits():
    law = shares((4, 25), (13, 30))
    exact, sides = law.strict(0.025), []
    for at in (1, 0):
        sides += [law.value[at : at + 1], tuple(end[at : at + 1] for end in exact)]
    low, high = difference(*sides)
    assert largest_gap(law, 0.95, strict=True) == pytest.approx((max(low[0], 0), high[0]))
    assert largest_gap(law, 0.95, strict=True) != largest_gap(law, 0.95)
    low, high = ratio(*sides[2:], *sides[:2])
    assert smallest_ratio(law, 0.95, strict=True) == pytest.approx((low[0], min(high[0], 1)))


@pytest.mark.parametrize("alike", ["size", "share", "neither"])
def test_of_a_thousand_groups_a_few_dozen_make_the_pairs_that_are_looked_at(monkeypatch, alike):
    rng, count, pairs = np.random.default_rng(2), 1000, []
    size = np.full(count, 40.0) if alike == "size" else 2.0 * rng.permutation(count) + 20
    law = Shares(np.full(count, 0.5) if alike == "share" else rng.binomial(size.astype(int), 0.4) / size, size)

    def watched(first, *rest):
        pairs.append(len(first))
        return difference(first, *rest)

    monkeypatch.setattr("fairaudit.chance.laws.pairs.difference", watched)
    largest_gap(law, 0.95)
    assert len(pairs) == 2
    assert max(pairs) < 60**2


def of_all_pairs(law, contrast, limits):
    """Limits of a contrast of every group with every other one."""
    first, second = (side[~np.eye(len(law.value), dtype=bool)] for side in np.indices((len(law.value),) * 2))
    sides = [(law.value[at], (limits[0][at], limits[1][at])) for at in (first, second)]
    return contrast(*sides[0], *sides[1])


def sixty(seed):
    """Events and people of groups of all sizes."""
    rng = np.random.default_rng(seed)
    size = np.round(np.exp(rng.uniform(np.log(3), np.log(5000), 60)))
    return list(zip(rng.binomial(size.astype(int), rng.beta(2, 2, 60)), size, strict=True))


@pytest.mark.parametrize(
    "counts",
    [
        *map(sixty, range(12)),
        # The gap from nobody of many may be widest to the few whose share is lower, but may be higher.
        [(0, 500), (0, 400), (2400, 4000), (2404, 4000), (2408, 4000), (20, 40)],
        [(500, 500), (400, 400), (1600, 4000), (1596, 4000), (1592, 4000), (20, 40)],
    ],
)
def test_of_groups_of_all_sizes_no_pair_is_overlooked(counts):
    law = shares(*counts)
    alone, together = law.parts((1 - 0.95) / 2), law.strict(range_tail(len(counts), 1 - 0.95))
    gap = of_all_pairs(law, difference, together)[0].max(), of_all_pairs(law, difference, alone)[1].max()
    assert largest_gap(law, 0.95) == pytest.approx((max(gap[0], 0.0), gap[1]))
    least = of_all_pairs(law, ratio, alone)[0].min(), of_all_pairs(law, ratio, together)[1].min()
    assert smallest_ratio(law, 0.95) == pytest.approx((least[0], min(least[1], 1.0)))


@pytest.mark.parametrize("freedom", [1.0, 2.0, 5.0])
def test_rates_of_events_that_few_clusters_tell_have_a_ratio_between_0_and_1(freedom):
    law = Events(np.array([9.0, 30.0, 0.0, 80.0]), np.full(4, 50.0), np.full(4, 2.0), freedom)
    for strict in (False, True):
        low, high = smallest_ratio(law, 0.95, strict)
        assert 0 <= low < high <= 1
        assert largest_gap(law, 0.95, strict)[1] > 1.6
