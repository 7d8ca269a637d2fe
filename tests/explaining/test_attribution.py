"""Gaps between groups, taken apart into factors."""

from __future__ import annotations

import numpy as np
import pytest

from fairaudit.explaining.attribution import Attributed, attribution, carrying_rows
from fairaudit.scoretable.grid import groups

RNG = np.random.default_rng(2)
N = 300
PHI = RNG.normal(size=(N, 4)) * [1, 0.1, 3, 0]
FACTORS = ["a", "b", "c", "nothing"]
LINEAR = PHI.sum(axis=1) - 0.7
GROUP = RNG.choice(3, N, p=[0.6, 0.38, 0.02])
WEIGHT = RNG.dirichlet(np.ones(N))


@pytest.fixture
def found(encode, names):
    cells = encode(g=names(GROUP), h=names(np.arange(N) % 2))
    chosen = [groups(cells.attributes, cells.levels, each) for each in ((0,), (0, 1))]
    return attribution(Attributed(PHI, "closed form"), LINEAR, FACTORS, chosen, WEIGHT, "log-odds", least=20)


def test_each_gap_is_the_sum_of_its_contributions(found):
    assert len(found.gaps) == 3 + 6
    for gap in found.gaps:
        if gap.gap is not None:
            assert sum(gap.contributions.values()) == pytest.approx(gap.gap, abs=1e-9)


def test_gaps_and_contributions_are_differences_of_weighted_means(found):
    for index in (0, 1):
        gap, mine = found.gaps[index], index == GROUP
        assert (gap.by, gap.cell, gap.n) == (["g"], {"g": f"level {index}"}, mine.sum())
        expected = np.average(LINEAR[mine], weights=WEIGHT[mine]) - np.average(LINEAR, weights=WEIGHT)
        assert gap.gap == pytest.approx(expected, abs=1e-12)
        shares = np.average(PHI[mine], axis=0, weights=WEIGHT[mine]) - np.average(PHI, axis=0, weights=WEIGHT)
        assert gap.contributions == pytest.approx(dict(zip(FACTORS, shares, strict=True)), abs=1e-12)


def test_importances_are_shares_of_the_mean_absolute_attribution(found):
    size = np.average(np.abs(PHI), axis=0, weights=WEIGHT)
    assert found.importance == pytest.approx(dict(zip(FACTORS, size / size.sum(), strict=True)), abs=1e-12)
    for importance in [found.importance, *(gap.importance for gap in found.gaps if gap.gap is not None)]:
        assert sum(importance.values()) == pytest.approx(1, abs=1e-12)
        assert importance["nothing"] == 0


def test_weighted_gaps_of_all_groups_cancel(encode, names):
    cells = encode(g=names(GROUP))
    made = attribution(
        Attributed(PHI, "closed form"),
        LINEAR,
        FACTORS,
        [groups(cells.attributes, cells.levels, (0,))],
        WEIGHT,
        "",
        least=1,
    )
    shares = np.bincount(GROUP, WEIGHT)
    assert shares @ [gap.gap for gap in made.gaps] == pytest.approx(0, abs=1e-12)


def test_a_small_group_is_not_taken_apart_and_says_why(found):
    small = found.gaps[2]
    assert small.n < 20
    assert (small.gap, small.contributions, small.importance) == (None, {}, {})
    assert small.why == f"{small.n} rows; 20 are needed"


def test_a_group_without_weight_says_so(encode, names):
    cells = encode(g=names(GROUP))
    weight = np.where(GROUP == 1, 0, 1 / (GROUP != 1).sum())
    made = attribution(
        Attributed(PHI, "closed form"),
        LINEAR,
        FACTORS,
        [groups(cells.attributes, cells.levels, (0,))],
        weight,
        "",
        least=1,
    )
    assert made.gaps[1].gap is None
    assert "weight" in made.gaps[1].why


@pytest.mark.parametrize("off", [1e-7, 1.0])
def test_contributions_that_do_not_add_up_are_a_fault_and_never_shown(encode, names, off):
    cells = encode(g=names(GROUP))
    wrong = PHI.copy()
    wrong[5, 0] += off * np.ptp(LINEAR)
    with pytest.raises(ArithmeticError, match="contributions miss the linear predictor"):
        attribution(
            Attributed(wrong, ""), LINEAR, FACTORS, [groups(cells.attributes, cells.levels, (0,))], WEIGHT, "", least=1
        )


def test_no_attribution_at_all_is_shared_evenly(encode, names):
    cells = encode(g=names(GROUP))
    flat = np.zeros((N, 4))
    made = attribution(
        Attributed(flat, ""), np.ones(N), FACTORS, [groups(cells.attributes, cells.levels, (0,))], WEIGHT, "", least=1
    )
    assert made.importance == dict.fromkeys(FACTORS, 0.25)


def level_of_some(rows: int, n: int = 2000) -> np.ndarray:
    """|φ| of a factor with a rare level in so many of n rows, its effect 2,637, and of one that varies in all."""
    rare = np.where(np.arange(n) < rows, 2637.0, 0.0)
    return np.abs(np.column_stack([rare - rare.mean(), np.random.default_rng(1).normal(size=n)]))


def test_the_only_row_of_a_level_carries_half_of_its_factors_importance_and_is_told():
    weight = np.full(2000, 1 / 2000)
    (told,) = carrying_rows(weight[:, None] * level_of_some(1), weight, ["rare", "x"])
    assert (told.factor, told.rows, told.of) == ("rare", 1, 2000)
    assert told.share == pytest.approx(0.5, abs=1e-12)


def test_rows_that_each_carry_much_are_told_together():
    weight = np.full(2000, 1 / 2000)
    (told,) = carrying_rows(weight[:, None] * level_of_some(3), weight, ["rare", "x"])
    assert (told.rows, told.share) == (3, pytest.approx(0.5, abs=1e-12))


@pytest.mark.parametrize("unit", [1.0, 17.0])
def test_a_row_that_weighs_much_carries_no_more_than_its_weight_and_is_not_told(unit):
    weight = np.where(np.arange(2000) == 5, 500.0, 1.0) * unit
    assert carrying_rows(weight[:, None] * np.ones((2000, 1)), weight, ["x"]) == []


def test_rows_of_a_small_table_carry_much_without_being_told():
    weight = np.full(12, 1 / 12)
    assert carrying_rows(weight[:, None] * np.random.default_rng(4).normal(size=(12, 2)) ** 2, weight, ["a", "b"]) == []


def test_of_a_factor_without_importance_nothing_is_told():
    weight = np.full(2000, 1 / 2000)
    sizes = level_of_some(1) * [1e-4, 1.0]
    assert carrying_rows(weight[:, None] * sizes, weight, ["rare", "x"]) == []


def test_an_attribution_names_the_factors_that_few_rows_carry(encode, names):
    n, effect = 600, np.where(np.arange(600) == 7, 30.0, 0.0)
    values = np.column_stack([effect - effect.mean(), np.random.default_rng(4).normal(size=n)])
    cells = encode(g=names(np.arange(n) % 2))
    chosen = [groups(cells.attributes, cells.levels, (0,))]
    weight = np.full(n, 1 / n)
    whole = attribution(Attributed(values, ""), values.sum(axis=1), ["rare", "x"], chosen, weight, "", least=20)
    (told,) = whole.carried
    assert (told.factor, told.rows, told.of) == ("rare", 1, 600)
    of_classes = np.stack([values, -values], axis=2)
    split = attribution(
        Attributed(of_classes, ""), of_classes.sum(axis=1), ["rare", "x"], chosen, weight, "", 20, classes=["yes", "no"]
    )
    assert split.carried == whole.carried == split.classes["yes"].carried
