"""Tests of equal groups agree with their definitions, and reject groups that do not differ in at most 5%."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2_contingency, f_oneway, fisher_exact, ttest_rel

from fairaudit.chance.equality import (
    POOLED_ROWS,
    Kinds,
    _areas,
    _counted,
    _welch,
    equal_areas,
    equal_correlated,
    equal_means,
    equal_rates,
    equal_shares,
    kinds,
)
from fairaudit.chance.laws.areas import model_variance
from fairaudit.chance.laws.means import moments

REPLICATES = 400
ALLOWED = 0.05 + 3 * np.sqrt(0.05 * 0.95 / REPLICATES)


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def test_many_people_have_the_chi_square_of_pearson(rng):
    events, size = np.array([120.0, 150.0, 90.0]), np.array([400.0, 410.0, 390.0])
    test = equal_shares(events, size, 99, rng)
    statistic = chi2_contingency([events, size - events]).statistic * (1199 / 1200)
    from scipy.stats import chi2

    assert test.method == "chi-square"
    assert test.p_value == pytest.approx(chi2.sf(statistic, 2))


def test_few_events_have_the_p_value_of_all_tables_with_these_margins(rng):
    events, size = np.array([0.0, 1.0, 6.0]), np.array([10.0, 20.0, 15.0])
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
    for events in (np.zeros(3), size):
        assert equal_shares(events, size, 9, rng).p_value == 1
    assert equal_rates(np.zeros(3), size, 9, rng).p_value == 1
    same = Kinds(np.array([0.3]), np.ones(1), np.array([[10.0, 12.0]]))
    assert equal_means(same, np.zeros(2), 9, rng).p_value == 1


def test_a_p_value_is_never_zero_and_may_lie_far_below_what_the_draws_can_tell(rng):
    test = equal_shares(np.array([0.0, 0.0, 9.0]), np.array([300.0, 300.0, 12.0]), 99, rng)
    assert 0 < test.p_value < 1e-9
    two = equal_shares(np.array([2.0, 0.0]), np.array([2.0, 2.0]), 99, rng)
    assert two.p_value > 0.05


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
    assert test.p_value == pytest.approx(exact - tied / 2)


@pytest.mark.parametrize("weighted", [False, True])
def test_welchs_statistic_is_that_of_a_loop(rng, weighted):
    group = np.repeat([0, 1, 2], [8, 12, 15])
    value, weight = rng.normal(size=35), rng.uniform(1, 2, 35) if weighted else np.ones(35)
    of = Kinds(value, weight, (group[:, None] == np.arange(3)) * 1.0)
    seen, freedom = _welch(of, of.count[None])
    expected = loop_welch(value, weight, group)
    assert (seen[0], freedom[0]) == pytest.approx(expected)


def loop_welch(value, weight, group):
    pooled = np.average(value**2, weights=weight**2)
    means, precisions, sizes = [], [], []
    for g in range(3):
        y, w = value[group == g], weight[group == g]
        mean, size = np.average(y, weights=w), w.sum() ** 2 / (w**2).sum()
        spread = np.average((y - mean) ** 2, weights=w**2)
        variance = (spread * size + POOLED_ROWS * pooled) / (size - 1 + POOLED_ROWS)
        means.append(mean), precisions.append(size / variance), sizes.append(size)
    means, precisions, sizes = map(np.array, (means, precisions, sizes))
    share = precisions / precisions.sum()
    raw = (precisions * (means - share @ means) ** 2).sum()
    bend = ((1 - share) ** 2 / (sizes - 1)).sum()
    return raw / (1 + 2 * (3 - 2) / (3**2 - 1) * bend), (3**2 - 1) / (3 * bend)


def equality_of(value, group, groups, rng, weight=None, draws=199):
    weight, rows = np.ones(len(value)) if weight is None else weight, np.ones(len(value))
    mass = np.bincount(group, weight)
    bearing = weight / mass[group] * (value - (np.bincount(group, weight * value) / mass)[group])
    skewness = moments(bearing, weight, rows, group, groups).skewness
    return equal_means(kinds(value, weight, rows, group, groups), skewness, draws, rng)


def test_normal_values_of_many_rows_have_the_p_value_of_an_analysis_of_variance(rng):
    group = np.repeat(np.arange(4), 300).astype(np.intp)
    value = np.round(rng.normal(size=1200) + 0.1 * (group == 2), 1)
    test = equality_of(value, group, 4, rng)
    plain = f_oneway(*(value[group == g] for g in range(4))).pvalue
    assert test.method == "F"
    assert test.p_value == pytest.approx(plain, abs=0.06)


@pytest.mark.parametrize("sigma", [None, 0.5, 1.0])
def test_equal_means_of_lognormal_amounts_are_rejected_in_at_most_five_per_cent(rng, sigma):
    group, p = np.repeat(np.arange(10), 30).astype(np.intp), []
    for _ in range(REPLICATES):
        value = rng.lognormal(size=300)
        weight = None if sigma is None else rng.lognormal(sigma=sigma, size=300)
        p.append(equality_of(value, group, 10, rng, weight, draws=99).p_value)
    assert np.mean(np.array(p) <= 0.05) <= ALLOWED


@given(st.integers(0, 10_000), st.booleans())
def test_kinds_keep_the_weight_of_every_group_and_the_sum_of_all_values(seed, weighted):
    draw = np.random.default_rng(seed)
    value, group = draw.lognormal(size=300), draw.integers(0, 4, 300).astype(np.intp)
    weight = draw.uniform(1, 5, 300) if weighted else np.ones(300)
    of = kinds(value, weight, np.ones(300), group, 4)
    np.testing.assert_array_equal(of.count.sum(axis=0), np.bincount(group, minlength=4))
    assert of.count.sum(axis=1) @ (of.weight * of.value) == pytest.approx(weight @ value)
    assert len(of.value) <= (32 * 8 if weighted else 32)


def ranked(rng, sizes, base, shift):
    """Kinds and counts of people of groups with the same area under the curve."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    outcome = (rng.random(len(group)) < base).astype(float)
    score = np.round(rng.normal(shift * outcome) * 2)
    kind, inverse = np.unique(np.column_stack([score, outcome]), axis=0, return_inverse=True)
    count = np.zeros((len(kind), len(sizes)))
    np.add.at(count, (inverse.ravel(), group), 1)
    point = np.unique(kind[:, 0], return_inverse=True)[1].astype(np.intp)
    return point, kind[:, 1], count


def test_areas_and_their_variances_are_those_of_loops_over_pairs(rng):
    point, positive, count = ranked(rng, [40, 60], 0.4, 1.0)
    area, variance = _areas(point, positive, np.ones(len(point)), count[None])
    for g in range(2):
        each = np.repeat(np.arange(len(point)), count[:, g].astype(int))
        up, down = point[each][positive[each] > 0], point[each][positive[each] == 0]
        wins = (up[:, None] > down) + 0.5 * (up[:, None] == down)
        own = wins.mean(axis=1).var(ddof=1) / len(up) + wins.mean(axis=0).var(ddof=1) / len(down)
        model = model_variance(wins.mean(), np.array(float(len(up))), np.array(float(len(down))))
        fewer = min(len(up), len(down))
        assert area[0, g] == pytest.approx(wins.mean())
        assert variance[0, g] == pytest.approx((fewer * own + 5 * model) / (fewer + 5))


@pytest.mark.parametrize(("sizes", "base"), [([100] * 5, 0.15), ([60, 60, 400], 0.4)])
def test_equal_areas_are_rejected_in_at_most_five_per_cent(rng, sizes, base):
    p = []
    for _ in range(200):
        point, positive, count = ranked(rng, sizes, base, 1.0)
        p.append(equal_areas(point, positive, np.ones(len(point)), count, 99, rng).p_value)
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_a_ranking_that_fails_for_one_group_is_found(rng):
    point, positive, count = ranked(rng, [150, 150], 0.4, 2.0)
    other, same, failing = ranked(rng, [150, 150], 0.4, 0.0)
    both = np.concatenate([count[:, :1], np.zeros((len(other), 1))]), np.concatenate([0 * count[:, :1], failing[:, :1]])
    test = equal_areas(
        np.concatenate([point, other]),
        np.concatenate([positive, same]),
        np.ones(len(point) + len(other)),
        np.hstack(both),
        99,
        rng,
    )
    assert test.p_value < 0.011


def test_a_shuffle_that_leaves_a_group_without_one_outcome_is_passed_over_in_silence(rng):
    point, positive = np.array([0, 1, 0, 1]), np.array([0.0, 0.0, 1.0, 1.0])
    count = np.array([[1.0, 4.0], [1.0, 4.0], [1.0, 1.0], [0.0, 1.0]])
    with np.errstate(all="raise", under="ignore"):
        test = equal_areas(point, positive, np.ones(4), count, 99, rng)
    assert test.method == "permutation"
    assert 0 < test.p_value <= 1


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


def test_a_p_value_by_shuffles_can_survive_a_correction_for_fifty_hypotheses():
    assert counted(3.0, 0.0, 499)[0].p_value * 50 < 0.05
    assert counted(3.0, 0.0, 499)[0].p_value == 1 / (20 * 499 + 1)


def test_where_another_law_allows_less_than_the_draws_can_tell_it_ends_them():
    test, made = counted(3.0, 0.0, 499, bound=1e-9)
    assert (test.p_value, made) == (1e-9, 499)


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
    three = equal_correlated(values.mean(axis=0)[[0, 1, 1]], bearing[:, [0, 1, 1]])
    assert three.p_value == pytest.approx(two.p_value)


def test_groups_that_share_people_are_found_different_in_a_twentieth_of_samples():
    rng = np.random.default_rng(5)
    rejected = 0
    for _ in range(400):
        values = rng.normal(size=(20, 3)) + 2 * rng.normal(size=(20, 1))
        rejected += equal_correlated(values.mean(axis=0), (values - values.mean(axis=0)) / 20).p_value <= 0.05
    assert 8 <= rejected <= 36


def test_people_who_are_all_alike_in_all_groups_tell_nothing():
    assert equal_correlated(np.zeros(2), np.zeros((9, 2))).p_value == 1.0


def test_areas_are_compared_where_a_shuffle_leaves_no_group_with_both_outcomes():
    two = np.array([1, 1, 0, 0]), np.array([[1, 0], [0, 1], [1, 0], [0, 1]])
    point = np.array([1, 3, 0, 2])
    equality = equal_areas(point, two[0], np.ones(4), two[1], 99, np.random.default_rng(0))
    assert equality.p_value == 1.0
