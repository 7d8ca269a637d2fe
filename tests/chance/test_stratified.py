"""What strata have in common: published results, the definitions as loops, and how often limits and tests are right."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from fairaudit.chance.stratified import TwoGroups, same_within_strata

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


@given(counts(3, 2))
def test_limits_of_the_difference_are_the_roots_of_its_score(table):
    x, n = table
    two = TwoGroups(x[:, 0], n[:, 0], x[:, 1], n[:, 1])
    found = two.risk_difference(TAIL)
    weight = linear = constant = 0.0
    for (a, c), (n1, n2) in zip(x, n, strict=True):
        people = n1 + n2
        if people:
            weight += n1 * n2 / people
            linear += (n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2) / people**2
            constant += (a * (n2 - c) + c * (n1 - a)) / (2 * people)
    for limit in (found.low, found.high):
        if math.isfinite(limit) and abs(limit) < 1:
            score = (limit - found.value) ** 2 - 1.959964**2 * (limit * linear + constant) / weight**2
            assert score == pytest.approx(0, abs=1e-6)
            assert found.low <= found.value + 1e-12
            assert found.value <= found.high + 1e-12


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
    assert test.statistic == pytest.approx(total @ np.linalg.pinv(variance, rcond=1e-9) @ total, abs=1e-7)


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


@given(counts(3, 2))
def test_fitted_tables_keep_the_common_odds_ratio_and_the_correction_is_tarones(table):
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
    assert two.homogeneity().statistic == pytest.approx(plain - missed**2 / spread, rel=1e-6, abs=1e-6)


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


def test_where_nobody_or_everybody_has_the_event_nothing_is_known_and_nothing_varies():
    none = TwoGroups(np.zeros(2), np.full(2, 9.0), np.zeros(2), np.full(2, 9.0))
    assert math.isnan(none.odds_ratio(TAIL).value)
    assert math.isnan(none.risk_difference(TAIL).low)
    assert same_within_strata(np.zeros((2, 2)), np.full((2, 2), 9.0), 9, rng()).p_value == 1


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
