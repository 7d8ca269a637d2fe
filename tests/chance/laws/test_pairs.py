"""Limits of gaps and ratios agree with published examples and hold for whichever pair the data pick."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, studentized_range

from fairaudit.chance.laws.pairs import difference, largest_gap, range_error, range_tail, ratio, smallest_ratio
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
