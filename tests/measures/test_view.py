"""Formulas over groups: everybody is a group like any other, and what each row bears on a value adds up."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import PLAIN, binary_rows, measured, table_of

from fairaudit.auditing.resampled import Resampled
from fairaudit.chance.bootstrap import Segments
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.group_values import of_groups
from fairaudit.measures.overall import overall
from fairaudit.measures.view import (
    Quotient,
    Root,
    Share,
    Units,
    View,
    all_rows,
    calibrated_points,
    divide,
    over_all,
    summed,
)
from fairaudit.scoretable.grid import grid, groups


@pytest.fixture
def table(encode, names):
    group, prediction, decision, outcome, weight = binary_rows(weighted=True)
    columns = {"prediction": prediction, "decision": decision, "outcome": outcome, "weight": weight}
    return table_of(encode, names, "binary", np.zeros_like(group), **columns)


def test_a_quotient_of_nothing_is_not_a_number():
    assert divide(np.array([1.0, 0.0, 2.0]), np.array([0.5, 0.0, -1.0])) == pytest.approx(
        [2.0, np.nan, np.nan], nan_ok=True
    )


def test_everybody_is_a_group_with_the_value_over_all_rows(table):
    _, values = measured(table)
    everybody = overall(table)
    both = everybody.keys() & values.keys()
    assert both == {"accuracy", "auc"}
    for name in both:
        assert everybody[name].value == pytest.approx(values[name].value[0], rel=1e-14)


def test_every_formula_of_groups_has_a_value_for_everybody(table):
    view = all_rows(table)
    for measure in of_groups(table):
        assert measure.of_groups(view).shape == (1,), measure.name
        assert np.isfinite(measure.of_groups(view)).all(), measure.name
        if measure.of_rows is not None:
            assert measure.of_rows.over_all(view)[0] == pytest.approx(measure.of_groups(view)[0], rel=1e-14)


def test_a_share_is_a_quotient_of_masses(table):
    view = all_rows(table)
    share = Share(lambda view: view.decided, lambda view: view.positive)
    quotient = Quotient(
        lambda view: view.sums["mass"] * (view.decided & view.positive), lambda view: view.sums["mass"] * view.positive
    )
    assert share(view) == quotient(view)
    assert 0 < share(view)[0] < 1
    np.testing.assert_allclose(share.over_all(view)[1](), quotient.over_all(view)[1](), atol=1e-18)


def test_what_all_segments_bear_on_a_value_is_nothing(table):
    view = all_rows(table)
    ratio = Quotient(summed("outcome"), summed("value"))
    for formula in (ratio, Root(ratio), Share(lambda view: view.decided)):
        assert formula.over_all(view)[1]().sum() == pytest.approx(0, abs=1e-14)


def test_a_root_of_nothing_is_borne_on_by_nothing(table):
    view = all_rows(table)
    nothing = Root(Quotient(lambda view: 0 * view.sums["mass"], summed("mass")))
    assert nothing(view) == [0]
    assert not nothing.over_all(view)[1]().any()


def test_proportions_are_those_whose_value_is_a_share():
    proportions = {name for name, measure in MEASURES.items() if measure.proportion}
    assert {"selection_rate", "tpr", "npv", "fdr", "accuracy", "base_rate"} <= proportions
    assert proportions.isdisjoint({"auc", "rmse", "calibration", "mean_prediction", "equalized_odds"})


def test_a_value_bears_on_each_segment_by_what_it_adds_beyond_its_part():
    value, bearing = over_all(np.array([1.0, 0.0, 3.0]), np.array([2.0, 2.0, 4.0]))
    assert value == 0.5
    assert list(bearing()) == [0, -1 / 8, 1 / 8]
    assert np.isnan(over_all(np.zeros(2), np.zeros(2))[0])
    assert over_all(np.array([1.0]), np.array([0.5]))[0] == 2


def test_a_root_is_borne_on_as_its_square_over_twice_the_root(table):
    view = all_rows(table)
    square = Quotient(lambda view: 0.04 * view.sums["outcome"], summed("mass"))
    value, bearing = Root(square).over_all(view)
    assert value == pytest.approx(np.sqrt(square(view)[0]))
    np.testing.assert_allclose(bearing(), square.over_all(view)[1]() / (2 * value))
    assert len(bearing()) == len(table)


def test_without_a_whole_a_share_is_of_all_rows(table):
    view = all_rows(table)
    of_all, of_positive = Share(lambda view: view.decided), Share(lambda view: view.decided, lambda view: view.positive)
    mass, decided, positive = table.mass, table.decision > 0, table.outcome > 0
    assert of_all(view)[0] == pytest.approx(mass[decided].sum() / mass.sum())
    assert of_positive(view)[0] == pytest.approx(mass[decided & positive].sum() / mass[positive].sum())
    assert (of_all.counted(view) == decided).all()
    assert (of_positive.counted(view) == (decided & positive)).all()
    part, whole = of_positive.parts(view)
    assert (part == mass * (decided & positive)).all()
    assert (whole == mass * positive).all()


@pytest.fixture
def clustered(encode, names):
    """A view of seven lines in two groups, of three people, of whom the second is in both."""
    group, person = np.array([0, 0, 0, 1, 1, 1, 1]), np.array([4, 4, 6, 6, 9, 9, 9])
    value, weight = np.array([1.0, 2, 3, 4, 5, 6, 7]), np.array([1.0, 2, 1, 1, 3, 1, 0])
    cells = {"prediction": value, "outcome": value % 2, "weight": weight, "cluster": person, "merge": False}
    table = table_of(encode, names, "regression", group, **cells)
    return View(table, grid(table.value, table.weight), all_rows(table).segments, all_rows(table).sums, group, 2)


def test_what_people_have_in_a_group_adds_up_over_their_lines(clustered):
    units = clustered.units
    values = np.array([1.0, 10, 100, 1000, 1e4, 1e5, 1e6])
    of_person = {
        (int(g), int(c)): total for g, c, total in zip(units.group, units.cluster, units.add(values), strict=True)
    }
    assert of_person == {(0, 0): 11, (0, 1): 100, (1, 1): 1000, (1, 2): 1_110_000}
    assert units.spanning
    assert units.by_group(units.add(values), 2).tolist() == [[11, 0], [100, 1000], [0, 1_110_000]]
    assert clustered.squares(values).tolist() == [11**2 + 100**2, 1000**2 + 1_110_000**2]


def test_people_in_one_group_each_span_none():
    alone = Units(np.arange(3), np.array([0, 0, 1]), np.array([0, 1, 2]))
    assert not alone.spanning
    assert Units(np.arange(2), np.array([0, 1]), np.array([0, 0])).spanning
    none = Units(*(np.empty(0, dtype=np.intp) for _ in range(3)))
    assert not none.spanning
    assert none.by_group(np.empty(0), 2).shape == (0, 2)


def test_rows_of_a_line_that_are_independent_share_its_value_among_them(table):
    """A line of n rows has n parts, each a part of its value: the sum of their squares is v² / n."""
    view = all_rows(table)
    values = np.arange(len(table)) - 3.0
    assert view.units is None
    assert view.squares(values) == pytest.approx([(values**2 / table.rows).sum()])
    assert (table.rows > 1).any()


def test_rows_without_any_weight_are_observed_and_not_weighed(clustered):
    everybody = np.ones(7, dtype=bool)
    assert clustered.weighed_rows(everybody).tolist() == [3, 3]
    assert clustered.weighed_rows(clustered.positive).tolist() == [2, 1]


def test_sums_by_group_point_and_bin_are_those_of_a_loop(encode, names):
    group, f, decision, y, omega = binary_rows(True)
    f = f + np.random.default_rng(4).uniform(0, 0.05, len(f))  # more distinct values than points
    table = table_of(encode, names, "binary", group, prediction=f, decision=decision, outcome=y, weight=omega)
    resampled = Resampled(table, PLAIN)
    chosen = groups(table.attributes, table.level, (0,))
    segments, own = resampled.segments, resampled.grid
    view = View(table, own, segments, segments.observed, chosen.index[segments.first], 3)
    assert len(own.values) < len(table)
    mass, positive, bins = table.mass, table.outcome > 0, own.bin
    by_bin = view.by_bin(view.sums["mass"])
    assert by_bin.shape == (3, bins.max() + 1)
    points = view.by_point("mass")
    assert points.shape == (3, len(own.values))
    for g in range(3):
        mine = table.level[:, 0] == g
        assert view.total("mass")[g] == pytest.approx(mass[mine].sum())
        assert view.total("mass", view.positive)[g] == pytest.approx(mass[mine & positive].sum())
        assert view.rows()[g] == (group == g).sum()
        assert view.rows(view.decided)[g] == ((group == g) & (decision > 0)).sum()
        for point in (0, 5, len(own.values) - 1):
            here = mine & (own.index == point)
            assert points[g, point] == pytest.approx(mass[here].sum())
            assert view.by_point("mass", view.positive)[g, point] == pytest.approx(mass[here & positive].sum())
        for place in range(bins.max() + 1):
            assert by_bin[g, place] == pytest.approx(mass[mine & (bins == place)].sum())
    stacked = view.by_bin(np.stack([view.sums["mass"], 2 * view.sums["mass"]]))
    np.testing.assert_allclose(stacked, [by_bin, 2 * by_bin])


def test_one_value_has_one_bin(encode, names):
    columns = {"prediction": np.full(6, 0.3), "outcome": np.arange(6.0) % 2}
    view = all_rows(table_of(encode, names, "binary", [0] * 6, **columns))
    assert view.by_bin(view.sums["mass"]).tolist() == [[6.0]]


def test_a_score_stands_for_the_outcome_rate_of_all_rows_at_its_point(encode, names):
    """A point of rows without weight stands for the rate of all."""
    score, outcome = np.array([1.0, 1, 2, 2, 3]), np.array([1.0, 0, 1, 1, 0])
    columns = {"prediction": score, "outcome": outcome, "weight": np.array([0.1, 0.3, 0.1, 0.1, 0])}
    table = table_of(encode, names, "binary", [0, 1, 0, 1, 1], **columns)
    assert calibrated_points(table, grid(table.value, table.weight)) == pytest.approx([0.25, 1, 0.5])


def test_every_line_is_a_segment_of_all_rows_and_every_value_a_point(encode, names):
    value = np.arange(300) / 7
    exposure = np.tile([0.5, 1.0], 150)
    columns = {"prediction": value, "outcome": np.ones(300), "exposure": exposure, "weight": np.full(300, 2.0)}
    table = table_of(encode, names, "count", np.arange(300) % 2, **columns)
    view = all_rows(table)
    assert view.grid.exact
    assert len(view.grid.values) == len(np.unique(table.value))
    assert isinstance(view.segments, Segments)
    assert (view.segments.first == view.segments.line).all()
    assert view.size == 1
    assert not view.group.any()
    assert (view.sums["weight"] == 2 * table.rows).all()
    assert view.sums["mass"] == pytest.approx(2 * table.exposure)
    assert view.total("outcome") == [600]
