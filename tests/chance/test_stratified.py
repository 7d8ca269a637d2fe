"""What strata have in common: published results, the definitions as loops, and how often limits and tests are right."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import comb
from scipy.stats import chi2, hypergeom, norm

from fairaudit.chance.stratified import Common, StratifiedTest, TwoGroups, same_within_strata

MEN = np.array([512.0, 353, 120, 138, 53, 22]), np.array([825.0, 560, 325, 417, 191, 373])
WOMEN = np.array([89.0, 17, 202, 131, 94, 24]), np.array([108.0, 25, 593, 375, 393, 341])
"""Admitted and applied to the six largest departments at Berkeley, 1973: R's UCBAdmissions (Bickel, Hammel and
O'Connell 1975, doi:10.1126/science.187.4175.398)."""
BERKELEY = TwoGroups(*MEN, *WOMEN)
TAIL = 0.025


def rng():
    return np.random.default_rng(1)


def counts(strata: int, groups: int, most: int = 12):
    pairs = st.integers(0, most).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
    table = st.lists(st.lists(pairs, min_size=groups, max_size=groups), min_size=strata, max_size=strata)
    return table.map(lambda rows: np.array(rows, dtype=float).transpose(2, 0, 1))


def test_berkeley_has_the_odds_ratio_and_limits_of_rs_mantelhaen_test():
    odds = BERKELEY.odds_ratio(TAIL)
    assert odds.value == pytest.approx(0.9046968, abs=5e-8)
    assert (odds.low, odds.high) == pytest.approx((0.7719074, 1.0603298), abs=5e-8)


def test_berkeley_has_the_statistic_and_p_value_of_rs_mantelhaen_test_without_correction():
    test = same_within_strata(np.column_stack([MEN[0], WOMEN[0]]), np.column_stack([MEN[1], WOMEN[1]]), 99, rng())
    assert test.statistic == pytest.approx(1.5246, abs=5e-5)
    assert test.p_value == pytest.approx(0.2169, abs=5e-5)
    assert (test.freedom, test.method) == (1, "chi-square")


def test_the_odds_ratios_of_berkeleys_departments_are_told_apart():
    test = BERKELEY.homogeneity()  # DescTools::BreslowDayTest(UCBAdmissions)
    assert test.statistic == pytest.approx(18.826, abs=5e-4)
    assert (test.freedom, test.p_value) == (5, pytest.approx(0.002071, abs=5e-7))


def test_one_stratum_has_the_plain_odds_ratio_difference_and_ratio():
    one = TwoGroups(*(np.array([x]) for x in (30.0, 50.0, 12.0, 40.0)))
    assert one.odds_ratio(TAIL).value == pytest.approx(30 * 28 / (20 * 12))
    assert one.risk_difference(TAIL).value == pytest.approx(0.6 - 0.3)
    assert one.risk_ratio(TAIL).value == pytest.approx(2.0)
    error = math.log(one.odds_ratio(TAIL).high / one.odds_ratio(TAIL).value) / 1.959964
    assert error == pytest.approx(math.sqrt(1 / 30 + 1 / 20 + 1 / 12 + 1 / 28), rel=1e-3)  # Woolf's


@given(counts(3, 2))
def test_common_estimates_are_their_definitions_as_loops(table):
    (x, n), sums = table, dict.fromkeys(("ad", "bc", "an", "cn", "w"), 0.0)
    for (a, c), (n1, n2) in zip(x, n, strict=True):
        if n1 + n2 == 0:
            continue
        b, d, people = n1 - a, n2 - c, n1 + n2
        sums["ad"] += a * d / people
        sums["bc"] += b * c / people
        sums["an"] += a * n2 / people
        sums["cn"] += c * n1 / people
        sums["w"] += n1 * n2 / people
    two = TwoGroups(x[:, 0], n[:, 0], x[:, 1], n[:, 1])
    for estimate, up, down in ((two.odds_ratio(TAIL), "ad", "bc"), (two.risk_ratio(TAIL), "an", "cn")):
        if sums[up] and sums[down]:
            assert estimate.value == pytest.approx(sums[up] / sums[down])
            assert estimate.low < estimate.value < estimate.high
        else:
            assert math.isnan(estimate.value)
    difference = two.risk_difference(TAIL)
    if sums["w"]:
        assert difference.value == pytest.approx((sums["an"] - sums["cn"]) / sums["w"], abs=1e-12)
    else:
        assert math.isnan(difference.value)


def loops(two):
    """Letters of each stratum that has people."""
    strata = zip(two.first, two.of_first, two.second, two.of_second, strict=True)
    return [(a, n1 - a, c, n2 - c, n1, n2, n1 + n2) for a, n1, c, n2 in strata if n1 + n2 > 0]


@given(counts(3, 2), st.sampled_from([0.025, 0.2]), st.sampled_from([1.0, 0.03]))
def test_limits_of_the_ratios_are_their_published_variances_as_loops(table, tail, unit):
    """Also of effective numbers, that may be less than 1."""
    x, n = table * unit
    two, z = TwoGroups(x[:, 0], n[:, 0], x[:, 1], n[:, 1]), norm.isf(tail)
    r = s = pr = ps_qr = qs = up = down = spread = 0.0
    for a, b, c, d, n1, n2, people in loops(two):
        one, other, p, q = a * d / people, b * c / people, (a + d) / people, (b + c) / people
        r, s, pr, ps_qr, qs = r + one, s + other, pr + p * one, ps_qr + p * other + q * one, qs + q * other
        up, down = up + a * n2 / people, down + c * n1 / people
        spread += (n1 * n2 * (a + c) - a * c * people) / people**2
    if r and s:
        error = math.sqrt(pr / (2 * r**2) + ps_qr / (2 * r * s) + qs / (2 * s**2))
        odds = two.odds_ratio(tail)
        assert (odds.low, odds.high) == pytest.approx((r / s * math.exp(-z * error), r / s * math.exp(z * error)))
    if up and down:
        error = math.sqrt(max(spread, 0.0) / (up * down))
        risk, ratio = two.risk_ratio(tail), up / down
        limits = (ratio * math.exp(-z * error), ratio * math.exp(z * error))
        assert (risk.low, risk.high) == pytest.approx(limits, rel=1e-6)


@given(counts(3, 2), st.sampled_from([0.025, 0.2]))
def test_limits_of_the_difference_are_the_roots_of_its_score_or_the_ends_of_what_there_is(table, tail):
    x, n = table
    two = TwoGroups(x[:, 0], n[:, 0], x[:, 1], n[:, 1])
    difference = two.risk_difference(tail)
    weight = linear = constant = 0.0
    for a, b, c, d, n1, n2, people in loops(two):
        weight += n1 * n2 / people
        linear += (n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2) / people**2
        constant += (a * d + c * b) / (2 * people)
    if not weight or not constant or difference.value * linear + constant < -1e-9:
        assert math.isnan(difference.low)
        assert math.isnan(difference.high)
        return
    z = norm.isf(tail)
    low, high = sorted(
        np.roots(
            [1, -2 * difference.value - z**2 * linear / weight**2, difference.value**2 - z**2 * constant / weight**2]
        ).real
    )
    assert (difference.low, difference.high) == pytest.approx((max(low, -1.0), min(high, 1.0)), abs=1e-6)


def test_limits_of_the_difference_end_where_shares_do():
    table = np.array([[30.0], [30], [1], [2]])
    assert TwoGroups(*table).risk_difference(TAIL).high == 1.0
    assert TwoGroups(*table[[2, 3, 0, 1]]).risk_difference(TAIL).low == -1.0


@given(counts(3, 3))
def test_the_test_of_three_groups_is_its_definition_as_loops(table):
    x, n = table
    total, variance = np.zeros(3), np.zeros((3, 3))
    for events, size in zip(x, n, strict=True):
        people, m = size.sum(), events.sum()
        if people <= 1:
            continue
        for g in range(3):
            total[g] += events[g] - m * size[g] / people
            for h in range(3):
                both = (g == h) * size[g] / people - size[g] * size[h] / people**2
                variance[g, h] += m * (people - m) / (people - 1) * both
    test = same_within_strata(x, n, 0, rng())
    if not variance.any():
        assert test == StratifiedTest(0.0, 0, 1.0, "none", 0.0)
        return
    statistic = total @ np.linalg.pinv(variance, rcond=1e-9) @ total
    freedom = np.linalg.matrix_rank(variance, tol=1e-7)
    law = pytest.approx(chi2.sf(statistic, freedom), abs=1e-9)
    assert test == StratifiedTest(pytest.approx(statistic, abs=1e-7), freedom, law, "chi-square", 0.0)


@given(counts(2, 2, 8))
def test_the_exact_p_value_of_two_groups_is_that_of_all_tables(table):
    x, n = table
    test = same_within_strata(x, n, 9, rng())
    if test.method != "exact":
        return
    laws = []
    for (a, c), (n1, n2) in zip(x, n, strict=True):
        law = hypergeom(n1 + n2, a + c, n1)
        laws.append([(k, law.pmf(k)) for k in range(int(n1) + 1)] if n1 + n2 else [(0, 1.0)])
    mean = sum(k * p for law in laws for k, p in law)
    mine = abs(x[:, 0].sum() - mean)
    reached = sum(p * q for k, p in laws[0] for j, q in laws[1] if abs(k + j - mean) >= mine - 1e-9)
    assert test.p_value == pytest.approx(min(reached, 1.0), abs=1e-9)


@pytest.mark.parametrize(
    ("events", "size", "method"),
    [
        ([[6, 4]], [[10, 10]], "chi-square"),  # five more or five less than expected may be
        ([[5, 4]], [[10, 10]], "exact"),
        ([[6, 5]], [[10, 10]], "exact"),
        ([[3, 5]], [[10, 90]], "exact"),
        ([[9, 83]], [[10, 90]], "exact"),
        ([[3, 3], [2, 4]], [[10, 10], [10, 10]], "chi-square"),
        ([[6, 4, 0]], [[10, 10, 0]], "chi-square"),
        ([[5, 4, 0]], [[10, 10, 0]], "exact"),
        ([[6, 4, 5]], [[10, 10, 10]], "chi-square"),
        ([[6, 4, 4]], [[10, 10, 10]], "permutation"),
        ([[60, 40, 2]], [[100, 100, 6]], "permutation"),
        ([[6, 4, 1]], [[10, 10, 1]], "permutation"),
        ([[68, 17, 17, 17, 17]], [[80, 20, 20, 20, 20]], "permutation"),  # three more may be in the small ones
        ([[2, 19, 19], [83, 3, 4]], [[4, 50, 50], [90, 4, 4]], "permutation"),  # two less may be in the first
    ],
)
def test_the_law_is_chi_square_where_five_events_more_or_less_than_expected_may_be_in_every_group(events, size, method):
    events, size = np.array(events) * 1.0, np.array(size) * 1.0
    assert same_within_strata(events, size, 9, rng()).method == method
    assert same_within_strata(events, size, 0, rng()).method == "chi-square"


def test_a_group_that_is_nowhere_changes_nothing():
    x, n = np.array([[3.0, 1], [0, 2], [2, 2]]), np.array([[4.0, 6], [2, 3], [5, 5]])
    without = same_within_strata(x, n, 9, rng())
    empty = np.zeros((3, 1))
    assert without.method == "exact"
    assert same_within_strata(np.hstack([empty, x]), np.hstack([empty, n]), 9, rng()) == StratifiedTest(
        pytest.approx(without.statistic), 1, pytest.approx(without.p_value), "exact", 0.0
    )


@pytest.mark.parametrize("unit", [1.0, 1e5])
def test_of_any_number_of_people_the_degrees_of_freedom_are_the_groups_less_one(unit):
    x, n = np.array([[30.0, 20, 25, 31], [11, 12, 9, 17]]), np.array([[50.0, 50, 40, 60], [30, 20, 30, 40]])
    assert same_within_strata(x * unit, n * unit, 0, rng()).freedom == 3


def test_strata_in_which_nothing_varies_or_that_hold_one_group_or_one_person_add_nothing():
    x, n = np.array([[3.0, 1], [0, 2]]), np.array([[4.0, 6], [2, 3]])
    more = (
        np.array([[0.0, 0], [4, 5], [3, 0], [0, 1], [0, 0.5]]),
        np.array([[4.0, 9], [4, 5], [7, 0], [0, 1], [0.5, 0.5]]),
    )
    plain = same_within_strata(x, n, 0, rng())
    with np.errstate(all="raise"):
        assert same_within_strata(np.vstack([x, more[0]]), np.vstack([n, more[1]]), 0, rng()) == plain
        for place in range(5):
            nothing = StratifiedTest(0.0, 0, 1.0, "none", 0.0)
            assert same_within_strata(more[0][[place]], more[1][[place]], 9, rng()) == nothing
    pair = same_within_strata(np.array([[1.0, 0]]), np.array([[1.0, 1]]), 9, rng())
    assert pair == StratifiedTest(pytest.approx(1.0), 1, pytest.approx(1.0), "exact", 0.0)


def ways(sizes, events):
    """Every way in which so many events may fall on people of some groups, and its chance."""
    every = [counts for counts in product(*(range(int(n) + 1) for n in sizes)) if sum(counts) == events]
    return [(np.array(counts), math.prod(comb(sizes, counts)) / comb(sum(sizes), events)) for counts in every]


@pytest.mark.parametrize(
    "table",
    [
        ([[1, 1, 0], [0, 0, 2], [0, 2, 0]], [[2, 2, 1], [3, 0, 2], [1, 2, 2]]),
        ([[3, 0, 0], [1, 0, 0], [0, 0, 1]], [[3, 2, 1], [2, 2, 0], [1, 1, 1]]),
    ],
)
def test_shuffled_strata_have_the_p_value_of_all_ways_in_which_events_may_fall_within_them(table):
    x, n = np.array(table, dtype=float)
    variance = np.zeros((3, 3))
    for events, size in zip(x, n, strict=True):
        m, part = events.sum(), size / size.sum()
        variance += m * (size.sum() - m) / (size.sum() - 1) * (np.diag(part) - np.outer(part, part))
    centre = sum(events.sum() * size / size.sum() for events, size in zip(x, n, strict=True))

    def statistic(total):
        return (total - centre) @ np.linalg.pinv(variance, rcond=1e-9) @ (total - centre)

    seen, exact = statistic(x.sum(axis=0)), 0.0
    for some in product(*(ways(size, events.sum()) for events, size in zip(x, n, strict=True))):
        if statistic(sum(counts for counts, _ in some)) >= seen - 1e-9:
            exact += math.prod(chance for _, chance in some)
    test = same_within_strata(x, n, 8000, rng())
    assert (test.statistic, test.freedom, test.method) == (pytest.approx(seen), 2, "permutation")
    assert abs(test.p_value - exact) < 4 * test.error
    assert test.error == pytest.approx(math.sqrt(exact * (1 - exact) / 8001), rel=0.15)


def test_beyond_all_shuffles_a_p_value_is_small_without_an_error_and_none_is_zero():
    size = np.array([[40.0, 40, 6], [40, 40, 6]])
    test = same_within_strata(np.array([[0.0, 0, 6], [0, 0, 6]]), size, 199, rng())
    assert test.method == "permutation"
    assert 0 < test.p_value < 1 / 200
    assert test.error == 0.0
    for everyone in (3e4, 1e3):
        apart = np.array([[everyone, 0.0]]), np.full((1, 2), everyone)
        assert 0 < same_within_strata(*apart, 99, rng()).p_value < 1e-300
    many = np.tile([4.0, 0.0], (60, 1)), np.tile([4.0, 1e6], (60, 1))
    assert 0 < same_within_strata(*many, 99, rng()).p_value < 1e-300


@pytest.mark.parametrize("unit", [1.0, 0.004])
@given(table=counts(3, 2))
def test_fitted_tables_keep_the_common_odds_ratio_and_the_correction_is_tarones(table, unit):
    """Also those of effective numbers, of which the statistic is so much smaller."""
    x, n = table + 2 * np.array([1.0, 2.0])[:, None, None]  # every entry above 0
    two = TwoGroups(x[:, 0], n[:, 0], x[:, 1], n[:, 1])
    odds, missed, spread, plain = two.odds_ratio(TAIL).value, 0.0, 0.0, 0.0
    for (a, c), (n1, n2) in zip(x, n, strict=True):
        m, low, high = a + c, max(0.0, a + c - n2), min(a + c, n1)
        for _ in range(200):
            middle = (low + high) / 2
            less = middle * (n2 - m + middle) < odds * (n1 - middle) * (m - middle)
            low, high = (middle, high) if less else (low, middle)
        variance = 1 / (1 / low + 1 / (m - low) + 1 / (n1 - low) + 1 / (n2 - m + low))
        missed, spread, plain = missed + a - low, spread + variance, plain + (a - low) ** 2 / variance
    small = TwoGroups(*(part * unit for part in (two.first, two.of_first, two.second, two.of_second)))
    assert small.homogeneity().statistic / unit == pytest.approx(plain - missed**2 / spread, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "size", "method"),
    [([0, 2], [2, 0], 10, "chi-square"), ([8, 10], [10, 8], 10, "chi-square"), ([0, 2], [2, 0], 9, "chi-square")],
)
def test_odds_are_told_apart_by_the_chi_square_law_from_one_fitted_person_in_every_entry(first, second, size, method):
    """Both common odds ratios are 1, so that half of the events are fitted to either group: one of two."""
    first, second, size = np.array(first) * 1.0, np.array(second) * 1.0, np.full(2, size * 1.0)
    statistic = 2 / (1 / (1 / 1 + 1 / 1 + 1 / (size[0] - 1) + 1 / (size[0] - 1)))
    law = pytest.approx(chi2.sf(statistic, 1))
    expected = StratifiedTest(pytest.approx(statistic), 1, law, method, 0.0)
    assert TwoGroups(first, size, second, size).homogeneity() == expected
    fewer = TwoGroups(first * 0.99, size, second * 0.99, size).homogeneity()
    assert (fewer.freedom, fewer.method) == (1, "none" if first.sum() == 2 else method)
    assert math.isnan(fewer.p_value) == (first.sum() == 2)


NOT_KNOWN = str(StratifiedTest(np.nan, 0, np.nan, "none"))


@pytest.mark.parametrize("stratum", [(0, 0, 5, 9), (5, 9, 0, 0), (0, 9, 0, 9), (9, 9, 8, 8), (0, 0, 0, 0)])
def test_odds_are_compared_over_strata_with_both_groups_and_both_outcomes_of_which_two_are_needed(stratum):
    table = np.array([[30.0, 10], [50, 40], [12, 20], [40, 50]])
    plain = TwoGroups(*table).homogeneity()
    assert (plain.freedom, plain.method) == (1, "chi-square")
    assert TwoGroups(*np.column_stack([table, stratum])).homogeneity() == plain
    assert str(TwoGroups(*np.column_stack([table[:, 0], stratum])).homogeneity()) == NOT_KNOWN


def test_odds_that_are_the_same_or_cannot_be_known_are_not_told_apart_and_no_p_value_is_zero():
    same = TwoGroups(*np.repeat([[30.0], [50], [12], [40]], 3, axis=1)).homogeneity()
    assert (same.freedom, same.p_value) == (2, pytest.approx(1.0))
    size = np.full(2, 9.0)
    assert str(TwoGroups(np.zeros(2), size, np.array([3.0, 4]), size).homogeneity()) == NOT_KNOWN
    opposite = TwoGroups(*np.array([[9e5, 1e5], [1e6, 1e6], [1e5, 9e5], [1e6, 1e6]])).homogeneity()
    assert 0 < opposite.p_value < 1e-300


def test_groups_exchanged_turn_every_estimate_round():
    turned = TwoGroups(*WOMEN, *MEN)
    assert turned.odds_ratio(TAIL).value == pytest.approx(1 / BERKELEY.odds_ratio(TAIL).value)
    assert turned.risk_difference(TAIL).low == pytest.approx(-BERKELEY.risk_difference(TAIL).high)
    assert turned.homogeneity().statistic == pytest.approx(BERKELEY.homogeneity().statistic)


def test_a_stratum_without_one_of_the_groups_changes_nothing():
    more = TwoGroups(*(np.append(each, last) for each, last in zip((*MEN, *WOMEN), (7, 30, 0, 0), strict=True)))
    assert more.odds_ratio(TAIL) == BERKELEY.odds_ratio(TAIL)
    assert more.risk_difference(TAIL) == BERKELEY.risk_difference(TAIL)
    assert more.homogeneity() == BERKELEY.homogeneity()


@pytest.mark.parametrize("people", [1.0, 5.0, 40.0])
def test_limits_of_the_difference_have_width_where_all_of_one_group_and_none_of_the_other_have_the_event(people):
    """The score of one stratum with n people in each group reaches z² at 1 − z² / n."""
    apart = TwoGroups(*(np.array([x]) for x in (people, people, 0.0, people))).risk_difference(TAIL)
    assert (apart.value, apart.high) == (1, 1)
    assert apart.low == pytest.approx(max(1 - norm.isf(TAIL) ** 2 / people, -1.0))


def test_where_nobody_or_everybody_has_the_event_nothing_is_known_and_nothing_varies():
    none = TwoGroups(np.zeros(2), np.full(2, 9.0), np.zeros(2), np.full(2, 9.0))
    unknown = str(Common(np.nan, np.nan, np.nan))
    assert str(none.odds_ratio(TAIL)) == str(none.risk_ratio(TAIL)) == unknown
    assert str(none.risk_difference(TAIL)) == str(Common(0.0, np.nan, np.nan))
    some = np.array([3.0, 4.0])
    for never in (
        TwoGroups(np.zeros(2), none.of_first, some, none.of_first),
        TwoGroups(some, none.of_first, np.zeros(2), none.of_first),
    ):
        assert str(never.odds_ratio(TAIL)) == str(never.risk_ratio(TAIL)) == unknown
    alone = TwoGroups(some, none.of_first, np.zeros(2), np.zeros(2))
    assert str(alone.risk_difference(TAIL)) == unknown
    all_of_them = TwoGroups(*(np.full(3, n) for n in (0.1, 0.1, 0.7, 0.7)))
    assert all_of_them.risk_ratio(TAIL) == Common(*[pytest.approx(1.0)] * 3)


def sparse(draw, strata, sizes, rates, effect=0.0):
    """People of two groups in many small strata, whose rates differ between strata and by `effect` within."""
    size = np.tile(np.array(sizes, dtype=float), (strata, 1))
    rate = np.linspace(*rates, strata)[:, None] + np.array([effect, 0.0])
    return draw.binomial(size.astype(int), rate).astype(float), size


@pytest.mark.parametrize(
    ("strata", "sizes", "rates"), [(4, (40, 25), (0.1, 0.7)), (30, (2, 1), (0.1, 0.9)), (6, (10, 30), (0.02, 0.06))]
)
def test_equal_shares_within_strata_are_rejected_in_at_most_five_per_cent_of_samples(strata, sizes, rates):
    draw = np.random.default_rng(2)
    p = [same_within_strata(*sparse(draw, strata, sizes, rates), 99, draw).p_value for _ in range(1500)]
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 1500)


def test_three_groups_in_sparse_strata_are_shuffled_and_keep_their_size():
    draw = np.random.default_rng(3)
    p = []
    for _ in range(400):
        size = np.tile([6.0, 4.0, 2.0], (5, 1))
        events = draw.binomial(size.astype(int), np.linspace(0.05, 0.3, 5)[:, None]).astype(float)
        test = same_within_strata(events, size, 99, draw)
        assert test.method in ("permutation", "chi-square", "none")
        p.append(test.p_value)
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


@pytest.mark.parametrize(("strata", "sizes"), [(4, (40, 25)), (40, (3, 2)), (3, (100, 400))])
@pytest.mark.parametrize("effect", [0.0, 0.15])
def test_limits_of_the_common_difference_hold_in_about_95_per_cent_of_samples(strata, sizes, effect):
    draw = np.random.default_rng(4)
    held = []
    for _ in range(1000):
        events, size = sparse(draw, strata, sizes, (0.1, 0.7), effect)
        found = TwoGroups(events[:, 0], size[:, 0], events[:, 1], size[:, 1]).risk_difference(TAIL)
        held.append(found.low <= effect <= found.high)
    assert 0.93 <= np.mean(held) <= 0.98
