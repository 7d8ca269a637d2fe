"""Tests of equal groups agree with their definitions, and reject groups that do not differ in at most 5%."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import (
    binom,
    binomtest,
    chi2,
    chi2_contingency,
    chisquare,
    f,
    fisher_exact,
    hypergeom,
    multinomial,
    ttest_rel,
)

from fairaudit.chance import equality as equality_module
from fairaudit.chance.equality import (
    EqualityTest,
    Kinds,
    _counted,
    _shuffled,
    equal_correlated,
    equal_means,
    equal_rates,
    equal_shares,
)

REPLICATES = 400

ALLOWED = 0.05 + 3 * np.sqrt(0.05 * 0.95 / REPLICATES)


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def test_many_people_have_the_chi_square_of_pearson(rng):
    events, size = np.array([120.0, 150.0, 90.0]), np.array([400.0, 410.0, 390.0])
    test = equal_shares(events, size, 99, rng)
    statistic = chi2_contingency([events, size - events]).statistic * (1199 / 1200)
    assert test == EqualityTest(pytest.approx(chi2.sf(statistic, 2)), "chi-square", 0.0)


@pytest.mark.parametrize(
    ("events", "size", "method"),
    [
        ((10, 10, 10), (20, 20, 20), "chi-square"),
        ((9, 10, 10), (20, 20, 20), "permutation"),
        ((11, 10, 10), (20, 20, 20), "permutation"),
        ((100, 100, 5), (200, 200, 10), "permutation"),
        ((195, 193, 190), (200, 200, 200), "permutation"),
        ((0, 10), (20, 20), "exact"),
        ((100, 110), (200, 200), "exact"),
    ],
)
def test_the_law_of_shares_is_chi_square_from_ten_events_and_ten_others_that_are_expected_everywhere(
    events, size, method, rng
):
    assert equal_shares(np.array(events) * 1.0, np.array(size) * 1.0, 9, rng).method == method


@pytest.mark.parametrize(
    ("events", "size"),
    [((0, 1, 6), (10, 20, 15)), ((3, 9, 5), (8, 9, 7)), ((1, 0, 0), (1, 20, 20)), ((2, 0, 1), (4, 4, 4))],
)
def test_few_events_have_the_p_value_of_all_tables_with_these_margins(events, size, rng):
    events, size = np.array(events) * 1.0, np.array(size) * 1.0
    test = equal_shares(events, size, 20_000, rng)
    exact = fisher_freeman(events, size)
    assert test.method == "permutation"
    assert abs(test.p_value - exact) < 4 * test.error


def fisher_freeman(events, size):
    """P-value of Pearson's statistic over every table with the margins of this one of three groups."""
    from scipy.special import comb

    total, everyone = events.sum(), size.sum()
    centre = size * total / everyone

    def far(counts):
        return ((counts - centre) ** 2 / size).sum()

    p = 0.0
    for x in range(int(min(size[0], total)) + 1):
        for y in range(int(min(size[1], total - x)) + 1):
            counts = np.array([x, y, total - x - y])
            if counts[2] <= size[2] and far(counts) >= far(events) - 1e-9:
                p += np.prod(comb(size, counts)) / comb(everyone, total)
    return p


def test_two_groups_are_tested_exactly(rng):
    test = equal_shares(np.array([1.0, 6.0]), np.array([10.0, 10.0]), 1, rng)
    assert test.method == "exact"
    assert test.error == 0
    assert 0.02 < test.p_value < fisher_exact([[1, 6], [9, 4]]).pvalue


def test_where_nothing_happens_or_everything_nothing_differs(rng):
    size = np.array([30.0, 40.0, 50.0])
    nothing = EqualityTest(1.0, "none", 0.0)
    for events in (np.zeros(3), size):
        assert equal_shares(events, size, 9, rng) == nothing
    assert equal_rates(np.zeros(3), size, 9, rng) == nothing
    assert equal_rates(np.array([0.3, 0.1]), size[:2], 9, rng) == nothing
    for values in ([0.3], [0.0], [1e6, 1e6 + 1e-5], [1e-12, 1e-12]):
        same = Kinds(np.array(values), np.ones(len(values)), np.full((len(values), 2), 10.0))
        assert equal_means(same, np.zeros(2), 9, rng) == nothing


def test_a_p_value_is_never_zero_and_may_lie_far_below_what_the_draws_can_tell(rng):
    test = equal_shares(np.array([0.0, 0.0, 9.0]), np.array([300.0, 300.0, 12.0]), 99, rng)
    assert 0 < test.p_value < 1e-9
    two = equal_shares(np.array([2.0, 0.0]), np.array([2.0, 2.0]), 99, rng)
    assert two.p_value > 0.05
    huge = np.array([1e5, 0.0, 0.0])
    for test in (
        equal_shares(huge, np.full(3, 1e5), 9, rng),
        equal_shares(huge[:2], np.full(2, 1e5), 9, rng),
        equal_rates(huge, np.ones(3), 9, rng),
        equal_rates(np.array([0.0, 9000.0]), np.array([0.999, 0.001]), 9, rng),
        equal_rates(np.array([0.0, 0.0, 9000.0]), np.array([0.5, 0.499, 0.001]), 9, rng),
    ):
        assert 0 < test.p_value < 1e-300


def test_beyond_all_draws_shares_and_rates_have_bonferronis_p_value_of_the_group_that_stands_out_most(rng):
    """Of three groups, each with two sides."""
    shares = [
        ((0, 0, 9), (300, 300, 12), hypergeom.sf(8, 612, 9, 12)),
        ((0, 8, 8), (300, 10, 10), hypergeom.cdf(0, 320, 16, 300)),
    ]
    for events, size, tail in shares:
        test = equal_shares(np.array(events) * 1.0, np.array(size) * 1.0, 99, rng)
        assert test == EqualityTest(pytest.approx(6 * tail, rel=1e-9, abs=0), "permutation", 0.0)
    rates = [
        ((0, 0, 40), (0.49, 0.5, 0.01), binom.sf(39, 40, 0.01)),
        ((0, 5, 5), (0.98, 0.01, 0.01), binom.cdf(0, 10, 0.98)),
    ]
    for events, expected, tail in rates:
        test = equal_rates(np.array(events) * 1.0, np.array(expected), 99, rng)
        assert test == EqualityTest(pytest.approx(6 * tail, rel=1e-9, abs=0), "permutation", 0.0)


@pytest.mark.parametrize(("groups", "size", "rate"), [(30, 30, 0.3), (8, 30, 0.04), (2, 30, 0.1), (12, 200, 0.01)])
def test_equal_shares_are_rejected_in_at_most_five_per_cent(rng, groups, size, rate):
    many = np.full(groups, float(size))
    p = [equal_shares(rng.binomial(size, rate, groups) * 1.0, many, 199, rng).p_value for _ in range(REPLICATES)]
    assert np.mean(np.array(p) <= 0.05) <= ALLOWED


def test_one_group_of_twenty_per_cent_among_rare_ones_is_found(rng):
    rates, size = np.array([0.2, *np.full(9, 0.04)]), np.full(10, 50.0)
    p = [equal_shares(rng.binomial(50, rates) * 1.0, size, 199, rng).p_value for _ in range(100)]
    assert np.mean(np.array(p) <= 0.05) > 0.7


def claims(rng, groups, rows, frequency, clumps):
    """Events and exposure of groups with the same frequency; every other group is insured for a short time."""
    exposure = rng.uniform(0.05, 1, (groups, rows)) * np.where(np.arange(groups) % 2, 0.2, 1)[:, None]
    frailty = rng.gamma(1 / clumps, clumps, exposure.shape) if clumps else 1
    return rng.poisson(frequency * exposure * frailty) * 1.0, exposure


@pytest.mark.parametrize(("groups", "rows", "frequency"), [(2, 100, 0.2), (8, 60, 0.2), (8, 200, 1.0)])
def test_exposure_alone_creates_no_significance(rng, groups, rows, frequency):
    p = []
    for _ in range(REPLICATES):
        events, exposure = claims(rng, groups, rows, frequency, 0)
        p.append(equal_rates(events.sum(axis=1), exposure.sum(axis=1), 199, rng).p_value)
    assert np.mean(np.array(p) <= 0.05) <= ALLOWED


def test_two_rates_are_compared_by_the_binomial_law(rng):
    test = equal_rates(np.array([3.0, 9.0]), np.array([10.0, 10.0]), 9, rng)
    exact = binomtest(3, 12, 0.5).pvalue
    tied = 2 * 220 / 4096  # 3 or 9 of 12, of which half counts
    assert test == EqualityTest(pytest.approx(exact - tied / 2), "exact", 0.0)


@pytest.mark.parametrize(
    ("events", "expected"),
    [((1, 0), (3, 7)), ((0, 1), (3, 7)), ((5, 6), (1, 3)), ((2.6, 9.0), (4, 6)), ((4, 6), (4, 6))],
)
def test_two_rates_have_the_binomial_chance_of_counts_farther_off_and_half_of_that_of_counts_as_far(
    events, expected, rng
):
    """Events divided by their dispersion need not be whole: the law is that of the nearest whole number of all."""
    total, share = round(sum(events)), expected[0] / sum(expected)
    mine, chance = abs(events[0] - share * sum(events)), 0.0
    for count in range(total + 1):
        far = abs(count - share * total)
        chance += binom.pmf(count, total, share) * (0.5 if abs(far - mine) < 1e-7 else float(far > mine))
    test = equal_rates(np.array(events) * 1.0, np.array(expected) * 1.0, 9, rng)
    assert test == EqualityTest(pytest.approx(chance), "exact", 0.0)


@pytest.mark.parametrize(
    ("events", "expected", "method"),
    [
        ((10, 10), (1, 1), "chi-square"),
        ((12, 10, 8), (1, 1, 1), "chi-square"),
        ((30, 14, 6), (2, 2, 1), "chi-square"),
        ((10, 10, 9), (1, 1, 1), "permutation"),
        ((30, 13, 6), (2, 2, 1), "permutation"),
        ((10, 9), (1, 1), "exact"),
    ],
)
def test_the_law_of_rates_is_chi_square_from_ten_events_that_are_expected_everywhere(events, expected, method, rng):
    test = equal_rates(np.array(events) * 1.0, np.array(expected) * 1.0, 9, rng)
    assert test.method == method
    if method == "chi-square":
        share = np.array(expected) / sum(expected)
        assert test.p_value == pytest.approx(chisquare(events, sum(events) * share).pvalue)
        assert test.error == 0


@pytest.mark.parametrize(
    ("events", "expected"), [((0, 1, 6), (3, 2, 2)), ((1, 0, 0), (5, 4, 1)), ((4, 0, 2), (1, 2, 3))]
)
def test_few_events_have_the_p_value_of_all_ways_in_which_they_fall_into_the_groups(events, expected, rng):
    total, share = sum(events), np.array(expected) / sum(expected)

    def far(counts):
        return sum((x - total * p) ** 2 / (total * p) for x, p in zip(counts, share, strict=True))

    every = [counts for counts in product(range(total + 1), repeat=3) if sum(counts) == total]
    exact = sum(multinomial.pmf(counts, total, share) for counts in every if far(counts) >= far(events) - 1e-9)
    test = equal_rates(np.array(events) * 1.0, np.array(expected) * 1.0, 20_000, rng)
    assert test.method == "permutation"
    assert abs(test.p_value - exact) <= 4 * test.error + 1e-12


@pytest.mark.parametrize("count", [[[2.0, 3], [1, 4]], [[40.0, 20], [10, 30]]])
@pytest.mark.parametrize("chunk", [1, 100, 4_000_000])
def test_shuffled_tables_have_the_hypergeometric_law_and_the_number_asked_for(count, chunk, rng, monkeypatch):
    """Of few people each is moved, of many counts are drawn; so many tables at a time as memory allows."""
    monkeypatch.setattr(equality_module, "CHUNK", chunk)
    count, draws = np.array(count), 400 if chunk == 1 else 4003
    blocks = list(_shuffled(count, draws, rng))
    assert max(block.size for block in blocks) <= max(chunk, 4)
    tables = np.concatenate(blocks)
    assert tables.shape == (draws, 2, 2)
    np.testing.assert_array_equal(tables.sum(axis=1), np.tile(count.sum(axis=0), (draws, 1)))
    np.testing.assert_array_equal(tables.sum(axis=2), np.tile(count.sum(axis=1), (draws, 1)))
    law = hypergeom(count.sum(), count[0].sum(), count[:, 0].sum())
    for value in range(int(count.sum())):
        chance = law.pmf(value)
        assert abs((tables[:, 0, 0] == value).mean() - chance) <= 4.5 * np.sqrt(chance * (1 - chance) / draws) + 1e-9


def counted(observed, beyond, draws, bound=1.0):
    """The test of a statistic that a draw reaches with the chance `beyond`, and how many were drawn."""
    rng, made = np.random.default_rng(2), []

    def drawn(count):
        made.append(count)
        return np.where(rng.random(count) < beyond, observed + 1.0, observed - 1.0)

    return _counted(observed, drawn, draws, lambda: bound), sum(made)


@pytest.mark.parametrize(("beyond", "times"), [(0.5, 1), (0.012, 5), (0.0006, 20)])
def test_a_small_p_value_is_drawn_more_often_and_a_large_one_is_not(beyond, times):
    test, made = counted(3.0, beyond, 499)
    assert made == times * 499
    assert test.p_value == pytest.approx(beyond, rel=0.9)
    assert test.error == pytest.approx(np.sqrt(test.p_value * (1 - test.p_value) / (made + 1)))


@pytest.mark.parametrize(("far", "asked"), [(25, [100]), (24, [100, 400]), (0, [100, 400, 1500])])
def test_drawing_ends_when_twenty_five_draws_reach_as_far(far, asked):
    calls = []

    def drawn(count):
        calls.append(count)
        return np.where(np.arange(count) < far, 3.0, 2.0)

    test = _counted(3.0, drawn, 100, lambda: 1.0)
    assert calls == asked
    p_value = (1 + far * len(asked)) / (sum(asked) + 1)
    error = np.sqrt(p_value * (1 - p_value) / (sum(asked) + 1))
    assert test == EqualityTest(pytest.approx(p_value), "permutation", pytest.approx(error))


@pytest.mark.parametrize("unit", [1.0, 1e6, 1e-6])
def test_a_draw_that_differs_by_rounding_only_reaches_as_far(unit):
    draws = np.array([1 + 1e-6, 1.0, 1 - 1e-10, 1 - 1e-6]) * unit
    assert _counted(unit, lambda count: np.resize(draws, count), 400, lambda: 1.0).p_value == 301 / 401
    whole = np.ones(400)
    assert _counted(0.0, lambda count: whole - 1, 400, lambda: 1e-9).p_value == 1.0


def test_another_law_counts_only_where_no_draw_reaches_as_far_and_it_allows_less():
    assert _counted(3.0, lambda count: np.where(np.arange(count) < 1, 3.0, 2.0), 100, lambda: 1e-9).p_value == 4 / 2001
    assert _counted(3.0, np.zeros, 100, lambda: 1 / 400) == EqualityTest(1 / 400, "permutation", 0.0)
    assert _counted(3.0, np.zeros, 100, lambda: 1 / 101).p_value == 1 / 2001


def test_a_p_value_by_shuffles_can_survive_a_correction_for_fifty_hypotheses():
    assert counted(3.0, 0.0, 499)[0].p_value * 50 < 0.05
    assert counted(3.0, 0.0, 499)[0].p_value == 1 / (20 * 499 + 1)


def test_where_another_law_allows_less_than_the_draws_can_tell_it_ends_them():
    test, made = counted(3.0, 0.0, 499, bound=1e-9)
    assert (test, made) == (EqualityTest(1e-9, "permutation", 0.0), 499)


def test_two_groups_of_the_same_people_are_compared_as_pairs_are():
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(2, 25)) + rng.normal(size=25)
    bearing = np.column_stack([(first - first.mean()) / 25, (second - second.mean()) / 25])
    test = equal_correlated(np.array([first.mean(), second.mean()]), bearing)
    assert test.method == "Hotelling"
    assert test.p_value == pytest.approx(ttest_rel(first, second).pvalue)


def test_a_group_that_is_another_one_once_more_adds_nothing():
    rng = np.random.default_rng(4)
    values = rng.normal([0.0, 0.4], size=(30, 2))
    bearing = (values - values.mean(axis=0)) / 30
    two = equal_correlated(values.mean(axis=0), bearing)
    for same in ([0, 1, 1], [0, 1, 0, 1, 1, 0, 1], [1, 0, 0, 0, 0, 1]):
        more = equal_correlated(values.mean(axis=0)[same], bearing[:, same])
        assert more.p_value == pytest.approx(two.p_value)


def test_groups_that_share_people_are_found_different_in_a_twentieth_of_samples():
    rng = np.random.default_rng(5)
    rejected = 0
    for _ in range(400):
        values = rng.normal(size=(20, 3)) + 2 * rng.normal(size=(20, 1))
        rejected += equal_correlated(values.mean(axis=0), (values - values.mean(axis=0)) / 20).p_value <= 0.05
    assert 8 <= rejected <= 36


@pytest.mark.parametrize("unit", [1.0, 1e-9, 1e9])
@pytest.mark.parametrize(("clusters", "groups"), [(2, 2), (3, 2), (12, 3), (5, 4)])
def test_groups_of_the_same_people_have_the_p_value_of_hotellings_law(clusters, groups, unit):
    rng = np.random.default_rng(6)
    values = rng.normal(np.arange(groups) * 0.3, size=(clusters, groups)) * unit
    mean, bearing = values.mean(axis=0), (values - values.mean(axis=0)) / clusters
    bearing[1, 0] = 0.0  # people who are in some of the groups only
    contrast = np.array([[row[g] - row[0] for g in range(1, groups)] for row in bearing])
    covariance = clusters / (clusters - 1) * sum(np.outer(row, row) for row in contrast)
    gap, q = mean[1:] - mean[0], groups - 1
    statistic = gap @ np.linalg.solve(covariance, gap)
    law = f.sf(statistic * (clusters - q) / ((clusters - 1) * q), q, clusters - q)
    outside = np.vstack([bearing, np.zeros((4, groups))])  # people who are in none of them
    for bears in (bearing, outside):
        assert equal_correlated(mean, bears) == EqualityTest(pytest.approx(law), "Hotelling", 0.0)
    assert 0 < equal_correlated(mean / unit * 1e100, bearing / unit).p_value < 1e-9


def test_people_who_are_all_alike_in_all_groups_or_too_few_tell_nothing():
    nothing = EqualityTest(1.0, "none", 0.0)
    assert equal_correlated(np.zeros(2), np.zeros((9, 2))) == nothing
    assert equal_correlated(np.array([0.0, 1.0]), np.ones((9, 2))) == nothing
    assert equal_correlated(np.array([0.0, 1.0]), np.array([[0.3, -0.3]])) == nothing
    assert equal_correlated(np.arange(3.0), np.array([[0.3, -0.3, 0.1], [-0.3, 0.1, 0.2]])) == nothing
