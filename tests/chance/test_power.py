"""Power: closed forms, the worst case, and tables drawn with the gap, tested as an audit tests them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from scipy.stats import chi2, ncx2, norm

from fairaudit.chance.equality import equal_means, kinds
from fairaudit.chance.exact import two_shares
from fairaudit.chance.power import (
    TARGET,
    Simulated,
    detectable_gap,
    detectable_share_gap,
    people_needed,
    power,
    share_power,
    shares_apart,
    simulated_power,
)

SHARES = st.floats(0.02, 0.98)
SIZES = st.integers(5, 5000).map(float)


@pytest.mark.parametrize("groups", [2, 3, 12])
@pytest.mark.parametrize("level", [0.05, 0.001])
def test_without_a_gap_the_power_is_the_level(groups, level):
    assert power(0.0, 1.0, 1.0, groups, level) == pytest.approx(level, rel=2e-3)


@pytest.mark.parametrize("gap", [0.5, 2.0, 4.0])
def test_two_groups_have_the_power_of_a_two_sided_z_test(gap):
    reach = -ndtri(0.025)
    assert power(gap, 1.0, 1.0, 2, 0.05) == pytest.approx(ndtr(gap - reach) + ndtr(-gap - reach), rel=1e-12)


@pytest.mark.parametrize("groups", [3, 5, 20])
@pytest.mark.parametrize("gap", [1.0, 3.0, 5.0])
def test_many_groups_have_the_power_of_noncentral_chi_square(groups, gap):
    expected = ncx2.sf(chi2.isf(0.05, groups - 1), groups - 1, gap**2)
    assert power(gap, 1.0, 1.0, groups, 0.05) == pytest.approx(expected, abs=1e-4)


def test_two_groups_of_one_size_need_the_textbook_number_of_people():
    # Fleiss, Levin and Paik 2003, table A.4, without correction for continuity: .2 against .3 about .25, 80%, 5%: 293.2
    high, low, z, z_beta = 0.3, 0.2, -ndtri(0.025), ndtri(0.8)
    textbook = (z * np.sqrt(2 * 0.25 * 0.75) + z_beta * np.sqrt(high * 0.7 + low * 0.8)) ** 2 / 0.1**2
    assert people_needed(0.25, 0.1, 2, 0.05) == int(np.ceil(textbook))


@given(SHARES, SIZES, SIZES, st.floats(0, 1))
def test_shares_apart_keep_their_gap_and_stay_between_0_and_1(share, above, below, gap):
    high, low = shares_apart(share, above, below, gap)
    assert 0 <= low <= high <= 1
    assert high - low == pytest.approx(gap, abs=1e-12)


@given(SHARES, SIZES, SIZES, st.integers(2, 12))
def test_the_detectable_gap_has_the_target_power_or_there_is_none(share, first, second, groups):
    gap = detectable_share_gap(share, first, second, groups, 0.05)
    if gap is None:
        assert share_power(share, first, second, 1.0, groups, 0.05) < TARGET
    else:
        assert share_power(share, first, second, gap, groups, 0.05) == pytest.approx(TARGET, abs=1e-6) or (
            share_power(share, first, second, gap * 0.999, groups, 0.05) < TARGET
        )


def test_more_people_fewer_groups_and_a_larger_level_show_smaller_gaps():
    def gap(size=100.0, groups=3, level=0.05):
        return detectable_share_gap(0.3, size, size, groups, level)

    assert gap(size=400.0) < gap(size=200.0) < gap()
    assert gap(groups=2) < gap() < gap(groups=9)
    assert gap(level=0.1) < gap() < gap(level=0.005)


def test_groups_of_three_show_no_gap_of_shares():
    assert detectable_share_gap(0.5, 3.0, 3.0, 4, 0.001) is None
    assert detectable_share_gap(0.0, 300.0, 300.0, 2, 0.05) is None


@pytest.mark.parametrize(
    ("share", "sizes", "pair", "level"),
    [
        (0.2, (500, 120, 80), (2, 1), 0.05),
        (0.3, (60, 40), (1, 0), 0.05),
        (0.1, (1000, 1000, 1000, 1000), (0, 1), 0.01),
        (0.04, (2000, 100, 60), (2, 1), 0.05),
    ],
)
def test_the_audits_own_test_finds_the_detectable_gap_in_80_per_cent_of_tables(share, sizes, pair, level):
    gap = detectable_share_gap(share, sizes[pair[0]], sizes[pair[1]], len(sizes), level)
    found = simulated_power(share, sizes, pair, gap, level, 800, 3)
    assert found.power == pytest.approx(TARGET, abs=0.02 + 2.5 * found.error)


def test_the_audits_own_test_finds_the_detectable_gap_of_means_in_80_per_cent_of_tables():
    sizes, spread = (60, 90, 300), 2.0
    errors = [spread / np.sqrt(size) for size in sizes]
    gap = detectable_gap(errors[0], errors[1], 3, 0.05)
    means = (gap * 90 / 150, -gap * 60 / 150, 0.0)
    group = np.repeat(np.arange(3), sizes)
    found = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        value = np.concatenate([rng.normal(mean, spread, size) for mean, size in zip(means, sizes, strict=True)])
        ones = np.ones(len(value))
        test = equal_means(kinds(value, ones, ones, group, 3), np.zeros(3), 99, rng)
        found += test.p_value <= 0.05
    assert found / 400 == pytest.approx(TARGET, abs=0.02 + 2.5 * 0.02)


def test_a_simulation_with_one_seed_is_the_same_twice():
    runs = [simulated_power(0.3, (40, 30, 30), (1, 2), 0.3, 0.05, 60, 8) for _ in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("groups", [2, 3, 4, 9])
@pytest.mark.parametrize(("gap", "null_error", "error"), [(0.0, 1.0, 0.6), (2.0, 1.3, 0.7), (1.0, 0.4, 0.9)])
def test_the_power_is_that_of_the_sum_of_two_squares(groups, gap, null_error, error):
    """Given the place of the one, that of the other reaches what is left of the critical value with a known chance."""
    critical = chi2.isf(0.05, groups - 1)
    places = np.linspace(-12, 12, 200_001)
    left = critical - ((gap + error * places) / null_error) ** 2
    reached = np.where(left > 0, chi2.sf(np.maximum(left, 0), groups - 2) if groups > 2 else 0.0, 1.0)
    expected = np.trapezoid(reached * norm.pdf(places), places)
    assert power(gap, null_error, error, groups, 0.05) == pytest.approx(expected, abs=2e-4)


def test_two_groups_show_a_gap_of_the_two_quantiles_in_standard_errors_of_their_difference():
    reach = ndtri(0.975) + ndtri(0.8)
    assert detectable_gap(3.0, 4.0, 2, 0.05) == pytest.approx(5 * reach, rel=1e-5)
    assert detectable_gap(3.0, 4.0, 2, 0.05, target=0.5) == pytest.approx(5 * ndtri(0.975), rel=1e-4)
    for unit in (1e-5, 1e5):
        assert detectable_gap(3 * unit, 4 * unit, 7, 0.01) == pytest.approx(unit * detectable_gap(3, 4, 7, 0.01))


@pytest.mark.parametrize(("share", "first", "second", "gap"), [(0.2, 500.0, 40.0, 0.15), (0.7, 30.0, 200.0, 0.2)])
def test_the_power_for_shares_is_that_of_the_direction_in_which_a_gap_is_harder_to_see(share, first, second, gap):
    ways = []
    for n, m in ((first, second), (second, first)):  # the first of them has the higher share
        high = share + gap * m / (n + m)
        low = high - gap
        null, true = share * (1 - share) * (1 / n + 1 / m), high * (1 - high) / n + low * (1 - low) / m
        reach = -ndtri(0.025) * np.sqrt(null)
        ways.append(ndtr((gap - reach) / np.sqrt(true)) + ndtr((-gap - reach) / np.sqrt(true)))
    assert share_power(share, first, second, gap, 2, 0.05) == pytest.approx(min(ways), rel=1e-9)
    assert max(ways) > min(ways) + 0.02


def test_a_gap_of_all_against_nobody_is_found_or_not_for_certain_and_where_nobody_can_have_anything_none_is():
    assert share_power(0.5, 50.0, 50.0, 1.0, 2, 0.05) == 1
    assert share_power(0.5, 2.0, 2.0, 1.0, 2, 0.04) == 0  # two standard errors
    assert share_power(0.36, 2.0, 29.0, 1.0, 43, 2e-10) == 0  # not less, by rounding
    assert share_power(0.0, 50.0, 50.0, 0.0, 2, 0.05) == 0
    assert share_power(1.0, 50.0, 50.0, 0.0, 2, 0.05) == 0


@given(SHARES, SIZES, SIZES, st.floats(0, 1))
def test_shares_apart_keep_the_share_of_both_together_unless_one_of_them_would_leave_its_range(
    share, above, below, gap
):
    high, low = shares_apart(share, above, below, gap)
    wanted = share + gap * below / (above + below)
    if gap <= wanted <= 1:
        assert (above * high + below * low) / (above + below) == pytest.approx(share, rel=1e-9)
    elif wanted < gap:
        assert (high, low) == (gap, 0)
    else:
        assert (high, low) == (1, pytest.approx(1 - gap, abs=1e-12))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_nobody_or_everybody_has_it_no_gap_of_shares_is_detectable(share):
    assert detectable_share_gap(share, 300.0, 300.0, 2, 0.05) is None


def test_the_number_of_people_is_the_smallest_that_has_the_power():
    for share, gap, groups, level in ((0.3, 0.05, 4, 0.05), (0.02, 0.01, 2, 0.01), (0.5, 0.6, 3, 0.05)):
        people = people_needed(share, gap, groups, level)
        assert share_power(share, people, people, gap, groups, level) >= TARGET
        assert share_power(share, people - 1, people - 1, gap, groups, level) < TARGET
    assert people_needed(0.5, 1.0, 2, 0.05) == 2
    assert people_needed(0.5, 1e-4, 2, 0.05) == pytest.approx(2 * (ndtri(0.975) + ndtri(0.8)) ** 2 / 4 / 1e-8, rel=1e-4)
    assert people_needed(0.5, 7e-5, 2, 0.05) == pytest.approx(801_100_000, rel=1e-3)
    assert people_needed(0.5, 6e-5, 2, 0.05) is None  # 1.09 thousand million


def test_without_a_gap_the_audits_own_test_finds_one_about_as_often_as_its_level():
    found = simulated_power(0.3, (200, 50, 90), (0, 1), 0.0, 0.05, 600, 4)
    assert 0.02 <= found.power <= 0.05 + 3 * found.error


def test_a_simulation_takes_the_direction_in_which_power_is_lower_whichever_group_is_named_first():
    sizes, gap = (100, 12), 0.3
    found, turned = (simulated_power(0.2, sizes, pair, gap, 0.05, 200, 5) for pair in ((0, 1), (1, 0)))
    assert found == turned
    assert found.power == pytest.approx(
        share_power(0.2, *sizes, gap, 2, 0.05), abs=0.08
    )  # the other way 12 points more


def test_a_table_whose_p_value_is_the_level_rejects_and_a_share_of_all_tables_has_an_error():
    """All of three against none of three is the only table that can be drawn."""
    level = two_shares(3, 3, 0, 3)
    assert simulated_power(0.5, (3, 3), (0, 1), 1.0, level, 100, 1) == Simulated(1.0, 0.01)
    assert simulated_power(0.5, (3, 3), (0, 1), 1.0, level * 0.999, 100, 1) == Simulated(0.0, 0.01)
    some = simulated_power(0.3, (20, 20), (0, 1), 0.3, 0.05, 50, 1)
    with pytest.raises(FrozenInstanceError):
        some.power = 1.0
    assert some.error == pytest.approx(np.sqrt(some.power * (1 - some.power) / 50))
