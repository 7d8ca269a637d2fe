"""Power: closed forms, the worst case, and tables drawn with the gap, tested as an audit tests them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from scipy.stats import chi2, ncx2

from fairaudit.chance.equality import equal_means, kinds
from fairaudit.chance.power import (
    TARGET,
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
        test = equal_means(kinds(value, ones, ones, group, 3, 400), np.zeros(3), 99, rng)
        found += test.p_value <= 0.05
    assert found / 400 == pytest.approx(TARGET, abs=0.02 + 2.5 * 0.02)


def test_a_simulation_with_one_seed_is_the_same_twice():
    runs = [simulated_power(0.3, (40, 30, 30), (1, 2), 0.3, 0.05, 60, 8) for _ in range(2)]
    assert runs[0] == runs[1]
