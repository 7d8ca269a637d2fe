"""The exact test of two groups agrees with Boschloo's, and rejects in at most 5% of samples at 5%."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, boschloo_exact, fisher_exact, hypergeom

from fairaudit.chance.exact import (
    LARGEST,
    TIE,
    hypergeometric,
    hypergeometric_tails,
    mid_p_table,
    no_likelier,
    possible_counts,
    two_shares,
)

SIZES = st.integers(1, 25)


def test_one_of_ten_against_six_of_ten_is_what_boschloo_says():
    table = [[1, 6], [9, 4]]
    assert two_shares(1, 10, 6, 10) == pytest.approx(boschloo_exact(table).pvalue, abs=2e-5)
    assert two_shares(1, 10, 6, 10) < fisher_exact(table).pvalue


def test_a_larger_table_lies_between_the_chi_square_and_fishers_test():
    assert 0.035763 < two_shares(96, 240, 74, 240) < 0.044898  # scipy.stats.chi2_contingency, fisher_exact
    assert 0.002134 < two_shares(99, 220, 54, 180) < 0.002665


@given(SIZES, SIZES)
def test_the_table_of_mid_p_values_is_that_of_a_loop(first, second):
    table, everyone = mid_p_table(first, second), first + second
    for total in range(everyone + 1):
        counts = range(max(0, total - second), min(first, total) + 1)
        chance = dict(zip(counts, hypergeom.pmf(counts, everyone, first, total), strict=True))
        far = {k: abs(k - total * first / everyone) for k in counts}
        for x in counts:
            beyond = sum(chance[k] for k, d in far.items() if d > far[x] + 1e-8)
            tied = sum(chance[k] for k, d in far.items() if abs(d - far[x]) <= 1e-8)
            assert table[x, total - x] == pytest.approx(beyond + tied / 2, abs=1e-9)


@given(SIZES, SIZES, st.data())
def test_neither_the_order_of_the_groups_nor_what_counts_as_an_event_matters(first, second, data):
    x, y = data.draw(st.integers(0, first)), data.draw(st.integers(0, second))
    p = two_shares(x, first, y, second)
    assert 0 < p <= 1
    assert two_shares(y, second, x, first) == pytest.approx(p, rel=1e-6)
    assert two_shares(first - x, first, second - y, second) == pytest.approx(p, rel=1e-2)


@pytest.mark.parametrize(("first", "second"), [(10, 10), (10, 30), (30, 30)])
def test_it_rejects_equal_shares_in_at_most_five_per_cent_of_samples(first, second):
    p = np.array([[two_shares(x, first, y, second) for y in range(second + 1)] for x in range(first + 1)])
    for rate in np.linspace(0.01, 0.99, 33):
        chance = np.outer(binom.pmf(np.arange(first + 1), first, rate), binom.pmf(np.arange(second + 1), second, rate))
        assert chance[p <= 0.05].sum() <= 0.0502


@pytest.mark.parametrize("off", [0, 1, 40, 900, 3000, -2000])
@pytest.mark.parametrize(("everyone", "total", "size"), [(10**7, 4 * 10**6, 5 * 10**6), (10**8, 30_000, 9 * 10**7)])
def test_counts_that_are_left_out_add_nothing_to_those_that_are_no_likelier(everyone, total, size, off):
    count = round(total * size / everyone) + off
    law = hypergeometric(possible_counts(everyone, total, size), everyone, total, size)
    mine = hypergeometric(np.array([count]), everyone, total, size)
    told = no_likelier(count, everyone, total, size)
    assert told.sum() == pytest.approx(law[law <= mine * (1 + TIE)].sum(), rel=1e-12, abs=0)
    assert len(told) < len(law)


def test_large_tables_continue_small_ones():
    size = int(np.sqrt(LARGEST))
    below, above = two_shares(60, size, 85, size), two_shares(60, size + 10, 85, size + 10)
    assert below == pytest.approx(above, rel=0.2)


def test_samples_of_the_same_kind_throughout_say_nothing():
    assert two_shares(0, 30, 0, 30) > 0.99
    assert two_shares(30, 30, 30, 30) > 0.99


@pytest.mark.parametrize(("total", "size"), [(5, [10, 20, 30]), (55, [10, 20, 30]), (1, [1, 1000, 3])])
def test_tails_of_each_group_are_those_of_the_hypergeometric_law(total, size):
    everyone = sum(size)
    events = np.array([min(total, people) // 2 for people in size], dtype=float)
    below, above = hypergeometric_tails(events, everyone, total, np.array(size, dtype=float))
    law = [hypergeom(everyone, total, people) for people in size]
    np.testing.assert_allclose(below, [each.cdf(x) for each, x in zip(law, events, strict=True)], rtol=1e-9)
    np.testing.assert_allclose(above, [each.sf(x - 1) for each, x in zip(law, events, strict=True)], rtol=1e-9)


def supremum(first, of_first, second, of_second):
    """The largest chance, at any common rate, of a table whose mid-p-value is no larger; by a fine grid of rates."""
    table = mid_p_table(of_first, of_second)
    region = (table <= table[first, second] * (1 + 1e-9)).astype(float)
    rates = np.concatenate([np.geomspace(1e-5, 0.5, 500), 1 - np.geomspace(1e-5, 0.5, 500)])[:, None]
    one, two = (binom.pmf(np.arange(size + 1), size, rates) for size in (of_first, of_second))
    return np.einsum("px,xy,py->p", one, region, two, optimize=True).max()


@pytest.mark.parametrize(
    "table",
    [
        (1, 10, 6, 10),
        (2, 5, 5, 5),
        (7, 12, 2, 90),
        (0, 30, 0, 30),
        (3, 40, 0, 400),  # rare events, whose worst rate lies below all of a coarse grid
        (37, 40, 400, 400),
        (0, 200, 2, 200),
        (199, 200, 190, 200),
        (5, 200, 20, 300),  # as large as tables of this test are
        (200, 200, 297, 300),
    ],
)
def test_the_p_value_is_the_largest_chance_at_any_common_rate(table):
    assert two_shares(*table) == pytest.approx(supremum(*table), rel=4e-3)


@pytest.mark.parametrize(
    "table",
    [
        (140, 300, 170, 300),
        (155, 300, 155, 300),  # as equal as can be: all others are farther
        (130, 300, 171, 300),
        (20, 400, 11, 500),
        (0, 1000, 3, 100),
        (100, 100, 980, 1000),
        (60, 250, 80, 241),
    ],
)
def test_of_a_large_table_the_p_value_is_the_chance_of_counts_farther_from_equal_shares_and_half_that_of_ties(table):
    first, of_first, second, of_second = table
    assert of_first * of_second > LARGEST
    total, everyone = first + second, of_first + of_second
    law, expected = hypergeom(everyone, total, of_first), 0.0
    for count in range(max(0, total - of_second), min(of_first, total) + 1):
        off, mine = abs(count * everyone - total * of_first), abs(first * everyone - total * of_first)  # whole numbers
        expected += law.pmf(count) * (1.0 if off > mine else 0.5 if off == mine else 0.0)
    assert two_shares(*table) == pytest.approx(expected, rel=1e-8)


def test_no_probability_exceeds_1():
    for size in range(1, 80):
        sizes = np.array([size, size, 3.0])
        below, above = hypergeometric_tails(np.array([size, 0.0, 1.0]), 2 * size + 3, size, sizes)
        assert max(two_shares(0, size, 0, size), *below, *above) <= 1


@pytest.mark.parametrize(
    ("everyone", "total", "size", "least", "most"),
    [
        (20, 5, 8, 0, 5),
        (20, 15, 8, 3, 8),
        (20, 12, 8, 0, 8),
        (9, 9, 4, 4, 4),
        (9, 0, 4, 0, 0),
        (999, 50, 999, 50, 50),
        (80_000, 60_000, 65_000, 45_000, 60_000),
    ],
)
def test_the_events_among_some_people_are_at_most_all_and_at_least_what_the_others_cannot_have(
    everyone, total, size, least, most
):
    counts = possible_counts(everyone, total, size)
    np.testing.assert_array_equal(counts, np.arange(least, most + 1))
    law = hypergeom(everyone, total, size)
    assert hypergeometric(counts, everyone, total, size) == pytest.approx(law.pmf(counts), rel=1e-6)


@pytest.mark.parametrize(
    ("everyone", "total", "size"),
    [
        (10**7, 4 * 10**6, 5 * 10**6),
        (10**8, 10**6, 2 * 10**5),  # near none of them
        (10**8, 2 * 10**5, 99 * 10**6),  # near all of them
        (10**8, 10**8 - 2 * 10**5, 99 * 10**6),  # near as few as can be
    ],
)
def test_of_many_counts_those_are_kept_within_hoeffdings_bound_and_no_other_has_a_probability(everyone, total, size):
    counts = possible_counts(everyone, total, size)
    least, most = max(0, total - (everyone - size)), min(size, total)
    assert most - least > 100_000
    assert least <= counts[0] <= size * total / everyone <= counts[-1] <= most
    assert counts[-1] - counts[0] <= 2 * np.sqrt(375 * min(size, total)) + 2
    outside = np.array([count for count in (counts[0] - 1, counts[-1] + 1) if least <= count <= most])
    assert (hypergeometric(outside, everyone, total, size) == 0).all()
    assert hypergeometric(counts, everyone, total, size).sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("count", [0, 1, 127, 128, 129, 897, 19_071, 19_967, 19_968, 19_999, 20_000])
@pytest.mark.parametrize(("everyone", "size"), [(10**6, 20_000), (10**6, 980_000)])
def test_of_many_counts_those_at_the_ends_and_at_the_start_of_a_block_are_as_likely_as_they_are(everyone, size, count):
    counts = np.arange(20_001)
    law = hypergeometric(counts, everyone, 20_000, size)
    expected = law[law <= law[count] * (1 + TIE)].sum()
    assert no_likelier(count, everyone, 20_000, size).sum() == pytest.approx(expected, rel=1e-9, abs=0)
