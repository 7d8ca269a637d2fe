"""Gaps between groups: the largest, what chance gives, its interval and its test."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import PLAIN, measured, table_of
from msgspec import structs

from fairaudit.chance.exact import two_shares
from fairaudit.chance.laws.pairs import largest_gap, smallest_ratio
from fairaudit.chance.laws.shares import Shares
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.gaps import DRAWS, disparity, largest_of
from fairaudit.measures.group_values import GroupValues
from fairaudit.options import Options
from fairaudit.results import Disparity
from fairaudit.scoretable.grid import groups

INTERVALS = Options(bootstrap=20, permutations=99, min_group=5)


def made_up(values, rows=None):
    """A selection rate with these values in the groups."""
    rows = np.full(len(values), 100.0) if rows is None else np.array(rows, dtype=float)
    why = tuple(None if n >= PLAIN.min_group else f"{n:.0f} rows; {PLAIN.min_group} are needed" for n in rows)
    return GroupValues(MEASURES["selection_rate"], np.array(values), rows, why, lambda: np.empty((0, len(values))))


def selected(encode, names, *counts, options=INTERVALS):
    """The gap in selection rates of groups of which so many are selected out of so many."""
    group = np.concatenate([np.full(size, index) for index, (_, size) in enumerate(counts)])
    decision = np.concatenate([np.arange(size) < events for events, size in counts]).astype(float)
    chosen, values = measured(table_of(encode, names, "binary", group, decision=decision), options)
    return disparity(chosen, values["selection_rate"], options)


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


@pytest.mark.parametrize("value", [0.0, 0.5])
def test_a_gap_of_nothing_names_two_groups_all_the_same(four, value):
    gap = disparity(four, made_up([value] * 4), PLAIN)
    assert gap.value == 0
    assert (gap.highest, gap.lowest) == ({"g": "level 0"}, {"g": "level 3"})


def test_the_steps_of_a_drawn_p_value_are_round_where_no_number_of_shuffles_is_asked_for(encode, names):
    assert 1 / (DRAWS + 1) == 0.002  # the table as it is counts as one of them
    counts = (1, 9), (2, 9), (3, 9)
    for asked, draws in ((0, 499), (99, 99)):
        gap = selected(encode, names, *counts, options=Options(bootstrap=2, permutations=asked, min_group=5))
        assert gap.test == "permutation"
        assert gap.p_value * (draws + 1) == pytest.approx(round(gap.p_value * (draws + 1)))
        assert gap.p_error == pytest.approx(np.sqrt(gap.p_value * (1 - gap.p_value) / (draws + 1)))


def test_small_groups_have_no_part_in_a_gap(four):
    gap = disparity(four, made_up([0.3, 1.0, 0.0, 0.5], rows=[25, 24, 1, 25]), PLAIN)
    assert gap.value == pytest.approx(0.2)
    assert (gap.highest, gap.lowest) == ({"g": "level 3"}, {"g": "level 0"})


def test_fewer_than_two_sufficient_groups_give_a_reason_and_never_zero(four):
    gap = disparity(four, made_up([0.3, 0.3, 0.3, 0.3], rows=[25, 24, 24, 24]), PLAIN)
    assert gap.value is None
    assert gap.why == "fewer than two groups have 25 rows"


def test_the_intervals_of_a_gap_hold_for_every_pair_of_groups(encode, names):
    counts = (9, 30), (30, 60), (12, 80), (45, 90)
    gap = selected(encode, names, *counts)
    events, size = np.array(counts, dtype=float).T
    law = Shares(events / size, size)
    assert gap.interval == pytest.approx(largest_gap(law, 0.95))
    assert gap.bounds == pytest.approx(largest_gap(law, 0.95, strict=True))
    assert gap.ratio_interval == pytest.approx(smallest_ratio(law, 0.95))
    assert gap.ratio_bounds == pytest.approx(smallest_ratio(law, 0.95, strict=True))


def test_the_floor_of_a_gap_is_what_groups_that_do_not_differ_show(encode, names):
    gap = selected(encode, names, *[(50 + step, 100) for step in (0, 10, -10, 0)])
    assert gap.floor == pytest.approx(2.0588 * 0.05, rel=1e-3)  # mean range of four normal values (Tippett 1925)
    assert gap.excess == pytest.approx(gap.value - gap.floor)


def test_the_floor_of_a_ratio_is_what_groups_that_do_not_differ_show(encode, names):
    gap = selected(encode, names, *[(30, 100)] * 6)
    rng = np.random.default_rng(2)
    drawn = rng.binomial(100, 0.3, (4000, 6))
    assert gap.ratio == 1
    assert gap.ratio_floor == pytest.approx((drawn.min(axis=1) / drawn.max(axis=1)).mean(), abs=0.02)


def test_the_error_of_a_gap_is_that_of_the_two_groups_named(encode, names):
    gap = selected(encode, names, (300, 1000), (500, 1000), (400, 1000))
    assert gap.standard_error == pytest.approx(np.sqrt(0.3 * 0.7 / 1000 + 0.5 * 0.5 / 1000), rel=0.01)
    assert gap.ratio_error == pytest.approx(0.6 * np.sqrt(0.7 / 300 + 0.5 / 500), rel=0.05)


def test_two_groups_are_tested_exactly(encode, names):
    gap = selected(encode, names, (1, 10), (6, 10))
    assert (gap.p_value, gap.test) == (two_shares(1, 10, 6, 10), "exact")


def test_nobody_selected_leaves_room_for_a_gap(encode, names):
    gap = selected(encode, names, (0, 40), (0, 40))
    assert (gap.value, gap.ratio, gap.p_value) == (0, None, 1)
    assert gap.interval == pytest.approx((0, 0.087622), abs=1e-6)


def test_equalized_odds_is_the_larger_gap_and_bonferroni_over_both():
    of_tpr = {"highest": {"g": "a"}, "lowest": {"g": "b"}, "ratio": 0.5, "ratio_floor": 0.9, "ratio_bounds": (0, 1)}
    of_fpr = {"highest": {"g": "c"}, "lowest": {"g": "a"}, "ratio": 0.1, "ratio_interval": (0, 1)}
    tpr = Disparity(measure="tpr", by=["g"], value=0.2, p_value=0.03, p_error=0.001, floor=0.05, **of_tpr)
    fpr = Disparity(measure="fpr", by=["g"], value=0.1, p_value=0.01, p_error=0.002, floor=0.08, **of_fpr)
    expected = Disparity(
        measure="equalized_odds",
        by=["g"],
        value=0.2,
        highest={"g": "a"},
        lowest={"g": "b"},
        floor=0.08,
        excess=0.2 - 0.08,
        p_value=0.02,
        p_error=0.004,
    )
    for pair in ((tpr, fpr), (fpr, tpr)):
        assert largest_of("equalized_odds", pair, [], 0.95) == expected
    sure = [structs.replace(gap, p_value=0.7, p_error=0.0) for gap in (tpr, fpr)]
    larger = largest_of("equalized_odds", sure, [], 0.95)
    assert (larger.p_value, larger.p_error) == (1.0, 0.0)
    bare = [Disparity(measure=name, by=["g"], value=value) for name, value in (("tpr", 0.2), ("fpr", 0.1))]
    assert largest_of("equalized_odds", bare, [], 0.95) == Disparity(measure="equalized_odds", by=["g"], value=0.2)
    missing = Disparity(measure="fpr", by=["g"], value=None, why="too few")
    assert largest_of("equalized_odds", [tpr, missing], [], 0.95).value is None
    assert largest_of("equalized_odds", [tpr, missing], [], 0.95).why == "too few"


def test_the_lower_limit_of_equalized_odds_takes_half_the_error_from_either_rate(encode, names):
    rng = np.random.default_rng(5)
    group, outcome = rng.integers(0, 3, 900), (rng.random(900) < 0.4).astype(float)
    decision = (rng.random(900) < 0.3 + 0.2 * outcome + 0.1 * group).astype(float)
    chosen, values = measured(table_of(encode, names, "binary", group, decision=decision, outcome=outcome), INTERVALS)
    parts = [values["tpr"], values["fpr"]]
    larger = largest_of("equalized_odds", [disparity(chosen, each, INTERVALS) for each in parts], parts, 0.95)
    for strict, told in ((False, larger.interval), (True, larger.bounds)):
        ends = [[largest_gap(each.law, confidence, strict) for each in parts] for confidence in (0.975, 0.95)]
        assert told == (max(low for low, _ in ends[0]), max(high for _, high in ends[1]))


def test_a_gap_and_its_ends_that_are_rounding_are_none(four):
    gap = disparity(four, made_up([0.3, 0.3 + 2e-13, 0.3, 0.3]), PLAIN)
    assert (gap.value, gap.highest, gap.lowest) == (0.0, {"g": "level 0"}, {"g": "level 3"})
    assert disparity(four, made_up([0.3, 0.3 + 4e-13, 0.3, 0.3]), PLAIN).value > 0


def test_means_that_are_alike_but_for_rounding_have_no_floor_and_limits_of_0(encode, names):
    group = np.repeat([0, 1, 2], [30, 41, 55])
    value = np.full(126, 0.1) * np.repeat([1.0, 1.0 + 1e-15, 1.0], [30, 41, 55])
    chosen, values = measured(table_of(encode, names, "regression", group, prediction=value), INTERVALS)
    gap = disparity(chosen, values["mean_prediction"], INTERVALS)
    assert (gap.value, gap.floor, gap.interval, gap.bounds, gap.p_value) == (0.0, 0.0, (0.0, 0.0), (0.0, 0.0), 1.0)


@pytest.mark.parametrize(
    ("values", "ratio"), [([0.0, 0.2, 0.4, 0.1], 0.0), ([0.0] * 4, None), ([-0.1, 0, 0.2, 0], None)]
)
def test_a_ratio_is_told_where_the_largest_value_is_above_0_and_none_is_below(four, values, ratio):
    assert disparity(four, made_up(values), PLAIN).ratio == ratio


def test_a_spared_gap_has_the_ratio_of_the_opposite_rates(encode, names):
    counts = (9, 30), (30, 60), (12, 80)
    opposite = selected(encode, names, *[(size - events, size) for events, size in counts])
    group = np.concatenate([np.full(size, index) for index, (_, size) in enumerate(counts)])
    decision = np.concatenate([np.arange(size) < events for events, size in counts]).astype(float)
    chosen, values = measured(table_of(encode, names, "binary", group, decision=decision), INTERVALS)
    spared = disparity(chosen, values["selection_rate"], INTERVALS, spared=True)
    assert spared.spared
    for name in ("ratio", "ratio_error", "ratio_interval", "ratio_bounds", "ratio_floor"):
        assert getattr(spared, name) == pytest.approx(getattr(opposite, name)), name
    assert (spared.highest, spared.lowest) == (opposite.lowest, opposite.highest)


def test_a_measure_without_ratios_has_none(encode, names):
    rng = np.random.default_rng(3)
    group, outcome = rng.integers(0, 2, 200), rng.integers(0, 2, 200) / 1.0
    chosen, values = measured(
        table_of(encode, names, "binary", group, prediction=rng.random(200), outcome=outcome), INTERVALS
    )
    gap = disparity(chosen, values["auc"], INTERVALS)
    told = (gap.ratio, gap.ratio_error, gap.ratio_floor, gap.ratio_interval, gap.ratio_bounds)
    assert told == (None,) * 5
    assert gap.interval is not None
