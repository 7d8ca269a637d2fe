"""Two groups and one share as courts read them: published examples, the definitions, and what holds at the ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from scipy.stats import chi2_contingency, fisher_exact

from fairaudit.chance.fourfold import (
    fisher,
    odds_ratio_limits,
    risk_ratio_limits,
    shortfall,
    standard_deviations,
    to_four_fifths,
)

Z_SQ = float(ndtri(0.025)) ** 2
SIZES = st.integers(2, 300)


def numbers(*values):
    return [np.array([float(value)]) for value in values]


@st.composite
def tables(draw):
    """People with the property and all people of two groups, neither with none nor with all."""
    n, n_ref = draw(SIZES), draw(SIZES)
    return draw(st.integers(1, n - 1)), n, draw(st.integers(1, n_ref - 1)), n_ref


def test_koopmans_example_has_his_limits():
    # Koopman 1984 (Biometrics 40, 513): 36 of 40 against 16 of 80, 2.94 to 7.15
    low, high = risk_ratio_limits(*numbers(36, 40, 16, 80), 0.025)
    assert (round(float(low[0]), 2), round(float(high[0]), 2)) == (2.94, 7.15)


def test_fishers_convictions_have_the_p_value_that_r_documents():
    # R, ?fisher.test: convictions of like-sex twins, 2 of 17 dizygotic against 10 of 13 monozygotic
    assert fisher(2, 17, 10, 13) == pytest.approx(0.0005367, abs=5e-8)


def test_the_lady_tasting_tea_has_her_p_value():
    # R, ?fisher.test: TeaTasting, 3 of 4 against 1 of 4: one-sided 17/70, two-sided 34/70
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70, rel=1e-12)


@given(tables())
def test_fishers_test_is_that_of_scipy(table):
    x, n, x_ref, n_ref = table
    assert fisher(*table) == pytest.approx(fisher_exact([[x, n - x], [x_ref, n_ref - x_ref]])[1], rel=1e-7)


def test_a_p_value_is_never_0():
    assert 0 < fisher(0, 100_000, 100_000, 100_000) < 1e-300


@given(tables())
def test_the_square_of_the_standard_deviations_is_pearsons_statistic(table):
    x, n, x_ref, n_ref = table
    pearson = chi2_contingency([[x, n - x], [x_ref, n_ref - x_ref]], correction=False)[0]
    assert standard_deviations(*numbers(*table))[0] ** 2 == pytest.approx(pearson, rel=1e-9, abs=1e-12)


@given(tables())
def test_what_one_group_lacks_the_other_has_too_much(table):
    x, n, x_ref, n_ref = table
    assert shortfall(*numbers(x, n, x_ref, n_ref))[0] == pytest.approx(-shortfall(*numbers(x_ref, n_ref, x, n))[0])


def constrained(x, n, x_ref, n_ref, shares):
    """Likeliest share of the reference under a constraint, by Newton-free search over its score."""
    grid = np.linspace(1e-9, 1 - 1e-9, 200_001)
    p, p_ref = shares(grid)
    fits = (p > 0) & (p < 1)
    with np.errstate(all="ignore"):
        log = x * np.log(p) + (n - x) * np.log1p(-p) + x_ref * np.log(p_ref) + (n_ref - x_ref) * np.log1p(-p_ref)
    return float(grid[np.argmax(np.where(fits, log, -np.inf))])


@pytest.mark.parametrize("table", [(36, 40, 16, 80), (3, 30, 12, 50), (7, 12, 2, 90)])
def test_at_a_limit_of_the_risk_ratio_the_score_statistic_reaches_z_squared(table):
    x, n, x_ref, n_ref = table
    for limit in np.ravel(risk_ratio_limits(*numbers(*table), 0.025)):
        p_ref = constrained(*table, lambda grid, limit=limit: (limit * grid, grid))
        p = limit * p_ref
        variance = p * (1 - p) / n + limit**2 * p_ref * (1 - p_ref) / n_ref
        assert (x / n - limit * x_ref / n_ref) ** 2 / variance == pytest.approx(Z_SQ, rel=2e-3)


@pytest.mark.parametrize("table", [(36, 40, 16, 80), (3, 30, 12, 50), (7, 12, 2, 90)])
def test_at_a_limit_of_the_odds_ratio_the_score_statistic_reaches_z_squared(table):
    x, n, x_ref, n_ref = table
    for limit in np.ravel(odds_ratio_limits(*numbers(*table), 0.025)):

        def too_many(p_ref, limit=limit):
            p = limit * p_ref / (1 - p_ref + limit * p_ref)
            return n * p + n_ref * p_ref - x - x_ref

        p_ref = brentq(too_many, 1e-12, 1 - 1e-12, xtol=1e-15)
        p = limit * p_ref / (1 - p_ref + limit * p_ref)
        precision = 1 / (n * p * (1 - p)) + 1 / (n_ref * p_ref * (1 - p_ref))
        assert (x - n * p) ** 2 * precision == pytest.approx(Z_SQ, rel=1e-6)


@given(tables())
def test_exchanging_the_groups_turns_both_ratios_round(table):
    x, n, x_ref, n_ref = table
    for limits in (risk_ratio_limits, odds_ratio_limits):
        low, high = limits(*numbers(x, n, x_ref, n_ref), 0.025)
        other_low, other_high = limits(*numbers(x_ref, n_ref, x, n), 0.025)
        assert low[0] * other_high[0] == pytest.approx(1, rel=1e-6)
        assert high[0] * other_low[0] == pytest.approx(1, rel=1e-6)


@given(tables())
def test_the_limits_enclose_the_ratio_and_1_exactly_where_the_z_test_does_not_reject(table):
    x, n, x_ref, n_ref = table
    z_sq = standard_deviations(*numbers(*table))[0] ** 2
    for limits, ratio in (
        (risk_ratio_limits, x / n / (x_ref / n_ref)),
        (odds_ratio_limits, x * (n_ref - x_ref) / ((n - x) * x_ref)),
    ):
        low, high = (float(end[0]) for end in limits(*numbers(*table), 0.025))
        assert 0 < low < ratio < high
        if abs(z_sq - Z_SQ) > 1e-6:
            assert (low <= 1 <= high) == (z_sq <= Z_SQ)


@pytest.mark.parametrize("limits", [risk_ratio_limits, odds_ratio_limits])
def test_nobody_with_the_property_has_a_lower_limit_of_0_and_a_finite_upper_one(limits):
    low, high = limits(*numbers(0, 40, 16, 80), 0.025)
    assert low[0] == 0
    assert 0 < high[0] < 1


@pytest.mark.parametrize("limits", [risk_ratio_limits, odds_ratio_limits])
def test_a_reference_with_nobody_has_no_upper_limit(limits):
    low, high = limits(*numbers(16, 80, 0, 40), 0.025)
    assert low[0] > 1
    assert np.isinf(high[0])


def test_two_groups_in_which_all_have_the_property_say_nothing_of_the_ratio_of_odds():
    low, high = odds_ratio_limits(*numbers(40, 40, 80, 80), 0.025)
    assert (low[0], high[0]) == (0, np.inf)
    assert fisher(40, 40, 80, 80) == 1


def test_a_reference_in_which_all_have_the_property_bounds_the_odds_from_above_only():
    low, high = odds_ratio_limits(*numbers(5, 40, 80, 80), 0.025)
    assert low[0] == 0
    assert 0 < high[0] < 0.1


@pytest.mark.parametrize(
    ("p", "p_ref", "n", "n_ref"), [(0.1, 0.3, 40, 60), (0.5, 0.5, 30, 200), (0.03, 0.06, 300, 300)]
)
def test_the_intervals_hold_in_about_95_per_cent_of_samples(p, p_ref, n, n_ref):
    rng = np.random.default_rng(7)
    x, x_ref = rng.binomial(n, p, 4000).astype(float), rng.binomial(n_ref, p_ref, 4000).astype(float)
    sizes = np.full(4000, float(n)), np.full(4000, float(n_ref))
    for limits, true in ((risk_ratio_limits, p / p_ref), (odds_ratio_limits, p * (1 - p_ref) / ((1 - p) * p_ref))):
        low, high = limits(x, sizes[0], x_ref, sizes[1], 0.025)
        assert 0.935 <= np.mean((low <= true) & (true <= high)) <= 0.975


@pytest.mark.parametrize(
    ("x", "n", "x_ref", "n_ref", "more"),
    [(12, 80, 180, 800, 3), (120, 640, 180, 800, 0), (8, 10, 10, 10, 0), (0, 7, 5, 10, 3)],
)
def test_so_many_more_reach_four_fifths_and_one_less_does_not(x, n, x_ref, n_ref, more):
    told = int(to_four_fifths(*(np.array(float(part)) for part in (x, n, x_ref, n_ref))))
    assert told == more
    assert (x + told) / n >= 0.8 * x_ref / n_ref - 1e-12
    assert told == 0 or (x + told - 1) / n < 0.8 * x_ref / n_ref


def pearson(x, n, share):
    off = abs(x - n * share)
    return 0.0 if off < 1e-9 * n else off**2 / (n * share * (1 - share)) if 0 < share < 1 else np.inf


def likeliest_risks(x, n, x_ref, n_ref, ratio):
    """Where the slope of the likelihood of the reference's share is 0, or its largest possible one."""

    def slope(p):
        return (x + x_ref) / p - (n - x) * ratio / (1 - ratio * p) - (n_ref - x_ref) / (1 - p)

    most = min(1.0, 1 / ratio)
    p_ref = most if slope(most * (1 - 1e-14)) > 0 else brentq(slope, most * 1e-14, most * (1 - 1e-14), xtol=1e-300)
    return ratio * p_ref, p_ref


def likeliest_odds(x, n, x_ref, n_ref, ratio):
    """Those with which as many people have the property as were seen."""

    def group(p):
        return ratio * p / (1 - p + ratio * p)

    p_ref = brentq(lambda p: n * group(p) + n_ref * p - x - x_ref, 1e-300, 1 - 1e-16, xtol=1e-300)
    return group(p_ref), p_ref


@pytest.mark.parametrize(
    ("limits", "likeliest"), [(risk_ratio_limits, likeliest_risks), (odds_ratio_limits, likeliest_odds)]
)
@pytest.mark.parametrize(
    "table",
    [
        (40, 40, 30, 80),  # all have the property in the group, ...
        (30, 80, 40, 40),  # ... in the reference, ...
        (40, 40, 0, 80),
        (0, 40, 80, 80),
        (0, 40, 16, 80),  # ... or nobody has
        (16, 80, 0, 40),
        (7, 12, 2, 90),
        (0.6, 0.9, 0.4, 1.3),  # effective numbers of people
        (299, 300, 1, 300),
    ],
)  # fmt: skip
def test_the_limits_are_where_pearsons_statistic_of_the_likeliest_shares_reaches_z_squared(limits, likeliest, table):
    x, n, x_ref, n_ref = table
    low, high = (float(end[0]) for end in limits(*numbers(*table), 0.025))
    assert low < high
    for limit in (low, high):
        if 0 < limit < np.inf:
            p, p_ref = likeliest(*table, limit)
            assert pearson(x, n, p) + pearson(x_ref, n_ref, p_ref) == pytest.approx(Z_SQ, rel=1e-7)
    assert (low == 0) == (x == 0 or (limits is odds_ratio_limits and x_ref == n_ref))
    assert np.isinf(high) == (x_ref == 0 or (limits is odds_ratio_limits and x == n))


@pytest.mark.parametrize("tail", [0.3, 0.025, 1e-6])
@pytest.mark.parametrize(("n", "n_ref"), [(40, 80), (1, 1), (300, 2)])
def test_two_groups_in_which_all_have_the_property_have_a_ratio_near_1_by_the_size_of_each(n, n_ref, tail):
    z_sq = float(ndtri(tail)) ** 2
    low, high = risk_ratio_limits(*numbers(n, n, n_ref, n_ref), tail)
    assert (low[0], high[0]) == pytest.approx((n / (n + z_sq), 1 + z_sq / n_ref), rel=1e-9)


@pytest.mark.parametrize("limits", [risk_ratio_limits, odds_ratio_limits])
def test_nobody_with_the_property_in_two_groups_says_nothing_of_their_ratio(limits):
    assert [float(end[0]) for end in limits(*numbers(0, 10, 0, 20), 0.025)] == [0, np.inf]


@pytest.mark.parametrize("limits", [risk_ratio_limits, odds_ratio_limits])
@given(tables())
def test_a_hundredth_of_the_people_says_as_much_as_all_do_to_a_tenth_of_the_standard_errors(limits, table):
    fewer = limits(*(part / 100 for part in numbers(*table)), float(ndtr(ndtri(0.025) / 10)))
    np.testing.assert_allclose(fewer, limits(*numbers(*table), 0.025), rtol=1e-6)


@pytest.mark.parametrize("limits", [risk_ratio_limits, odds_ratio_limits])
def test_each_table_of_several_has_its_own_limits_and_its_own_tail(limits):
    tables = np.array([(36, 40, 16, 80), (40, 40, 80, 80), (0, 10, 0, 20), (0, 9, 5, 7)], dtype=float)
    tails = np.array([0.025, 0.05, 0.1, 0.001])
    together = np.transpose(limits(*tables.T, tails))
    alone = [
        [float(end[0]) for end in limits(*numbers(*table), tail)] for table, tail in zip(tables, tails, strict=True)
    ]
    np.testing.assert_array_equal(together, alone)


def test_a_group_with_the_lower_share_lies_below_0_and_without_a_choice_there_is_no_deviation():
    # by hand: shares 0.2 and 0.4, together 0.3; error √(0.21 (1/50 + 1/50))
    assert standard_deviations(*numbers(10, 50, 20, 50))[0] == pytest.approx(-0.2 / np.sqrt(0.21 / 25))
    assert standard_deviations(*numbers(0, 50, 0, 20))[0] == 0
    assert standard_deviations(*numbers(50, 50, 20, 20))[0] == 0


@given(tables())
def test_with_what_it_lacks_a_group_has_the_share_that_the_reference_has_without(table):
    x, n, x_ref, n_ref = table
    lacking = float(shortfall(*numbers(*table))[0])
    assert (x + lacking) / n == pytest.approx((x_ref - lacking) / n_ref, abs=1e-12)


def test_no_p_value_of_fishers_test_is_above_1():
    for n in range(1, 60):
        assert fisher(n // 2, n, n // 2, n) <= 1
        assert fisher(0, n, 0, 2 * n) <= 1
