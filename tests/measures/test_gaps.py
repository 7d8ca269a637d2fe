"""Gaps between groups: the largest, what chance gives, tests and their correction."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import PLAIN

from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.gaps import disparity, holm, homogeneity, largest_of
from fairaudit.measures.group_values import GroupValues
from fairaudit.results import Disparity
from fairaudit.scoretable.grid import groups


def made_up(values, rows=None, replicates=None):
    """A selection rate with these values in the groups."""
    rows = np.full(len(values), 100.0) if rows is None else np.array(rows, dtype=float)
    why = tuple(None if n >= PLAIN.min_group else f"{n:.0f} rows; {PLAIN.min_group} are needed" for n in rows)
    drawn = np.empty((0, len(values))) if replicates is None else replicates
    return GroupValues(MEASURES["selection_rate"], np.array(values), rows, drawn, why)


@pytest.fixture(scope="module")
def four(encode, names):
    """Four groups."""
    cells = encode(g=names(range(4)))
    return groups(cells.attributes, cells.levels, (0,))


def test_the_gap_is_between_the_highest_and_the_lowest_group(four):
    gap = disparity(four, made_up([0.3, 0.6, 0.15, 0.5]), PLAIN)
    assert (gap.value, gap.ratio) == pytest.approx((0.45, 0.25))
    assert (gap.highest, gap.lowest) == ({"g": "level 1"}, {"g": "level 2"})
    assert (gap.interval, gap.p_value, gap.floor) == (None, None, None)


def test_small_groups_have_no_part_in_a_gap(four):
    gap = disparity(four, made_up([0.3, 1.0, 0.0, 0.5], rows=[25, 24, 1, 25]), PLAIN)
    assert gap.value == pytest.approx(0.2)
    assert (gap.highest, gap.lowest) == ({"g": "level 3"}, {"g": "level 0"})


def test_fewer_than_two_sufficient_groups_give_a_reason_and_never_zero(four):
    gap = disparity(four, made_up([0.3, 0.3, 0.3, 0.3], rows=[25, 24, 24, 24]), PLAIN)
    assert gap.value is None
    assert gap.why == "fewer than two groups have 25 rows"


def test_the_interval_and_floor_of_a_gap_are_those_of_its_replicates(four):
    rng = np.random.default_rng(0)
    replicates = np.array([0.3, 0.6, 0.15, 0.5]) + rng.normal(scale=0.05, size=(4000, 4))
    gap = disparity(four, made_up([0.3, 0.6, 0.15, 0.5], replicates=replicates), PLAIN)
    low, high = np.quantile(replicates[:, 1] - replicates[:, 2], [0.025, 0.975])
    assert gap.interval == pytest.approx((low, high))
    deviation = replicates - replicates.mean(axis=0)
    assert gap.floor == pytest.approx(np.mean(deviation.max(axis=1) - deviation.min(axis=1)))
    assert gap.floor == pytest.approx(2.0588 * 0.05, rel=0.03)  # mean range of four normal values (Tippett 1925)
    assert gap.excess == pytest.approx(gap.value - gap.floor)


def test_equalized_odds_is_the_larger_gap_and_bonferroni_over_both():
    tpr = Disparity(measure="tpr", by=["g"], value=0.2, ratio=0.5, p_value=0.03, highest={"g": "a"}, lowest={"g": "b"})
    fpr = Disparity(measure="fpr", by=["g"], value=0.1, ratio=0.1, p_value=0.01, highest={"g": "c"}, lowest={"g": "a"})
    for pair in ((tpr, fpr), (fpr, tpr)):
        found = largest_of("equalized_odds", pair)
        assert (found.measure, found.value, found.ratio, found.highest) == ("equalized_odds", 0.2, None, {"g": "a"})
        assert found.p_value == pytest.approx(0.02)
    missing = Disparity(measure="fpr", by=["g"], value=None, why="too few")
    assert largest_of("equalized_odds", [tpr, missing]).value is None
    assert largest_of("equalized_odds", [tpr, missing]).why == "too few"


def test_holm_adjusts_as_worked_by_hand():
    given = [0.01, 0.04, None, 0.03, 0.005]
    gaps = [Disparity(measure="tpr", by=["g"], value=0.1, p_value=p_value) for p_value in given]
    adjusted = [gap.p_adjusted for gap in holm(gaps)]
    # 4 × 0.005, 3 × 0.01, 2 × 0.03, and 1 × 0.04, which may not be below the one before it
    assert adjusted == pytest.approx([0.03, 0.06, None, 0.06, 0.02])
    assert [gap.p_value for gap in holm(gaps)] == given


def test_holm_never_exceeds_one():
    gaps = [Disparity(measure="tpr", by=["g"], value=0.1, p_value=p_value) for p_value in (0.6, 0.7)]
    assert [gap.p_adjusted for gap in holm(gaps)] == [1, 1]


def test_the_homogeneity_test_rejects_five_per_cent_of_equal_groups():
    rng = np.random.default_rng(4)
    rows = np.array([150.0, 200, 400, 250])
    p_values = []
    for _ in range(800):
        rate = rng.binomial(rows.astype(int), 0.3) / rows
        p_values.append(homogeneity(rate, rate * (1 - rate) / rows, rows, rate=True))
    error = np.sqrt(0.05 * 0.95 / 800)
    assert np.mean(np.array(p_values) <= 0.05) == pytest.approx(0.05, abs=3 * error + 0.005)
    assert np.mean(p_values) == pytest.approx(0.5, abs=3 * np.sqrt(1 / 12 / 800) + 0.01)


def test_the_homogeneity_test_of_two_groups_is_the_z_test():
    from scipy.stats import norm

    p_value = homogeneity(np.array([0.2, 0.3]), np.array([0.01, 0.02]) ** 2, np.array([400.0, 200]), rate=False)
    assert p_value == pytest.approx(2 * norm.sf(0.1 / np.hypot(0.01, 0.02)), rel=1e-12)


def test_rates_of_exactly_zero_and_one_are_tested_with_the_pooled_variance():
    differ = homogeneity(np.array([0.0, 1.0]), np.zeros(2), np.array([50.0, 50]), rate=True)
    assert differ < 1e-20
    assert homogeneity(np.zeros(3), np.zeros(3), np.full(3, 50.0), rate=True) == 1
