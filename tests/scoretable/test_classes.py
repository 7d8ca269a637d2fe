"""Classes in a score table: each against the rest, the likeliest, and the neighbourhoods of probability vectors."""

import numpy as np
import pytest
from several_classes import CLASSES, people

from fairaudit.auditing.run import table_scores
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.options import Options
from fairaudit.scoretable.classes import VECTORS, against_rest, top_label, vector_grid


def scored(frame, **roles):
    roles = {"target": "y", **roles}
    return table_scores(role_table(frame, Roles(protected=(Protected("sex"),), **roles)), Options())


def test_labels_are_counted_by_group_class_told_and_class_observed():
    frame = people(500)
    table = scored(frame, decision="told")
    assert len(table) == len(frame.groupby(["sex", "told", "y"]))
    assert table.rows.sum() == 500


def test_each_class_against_the_rest_is_the_binary_table_of_its_column():
    frame = people(300)
    table = scored(frame, prediction="p_*")
    for place, name in enumerate(CLASSES):
        binary = against_rest(table, place)
        assert binary.task == "binary"
        assert binary.weight @ binary.value == pytest.approx(frame[f"p_{name}"].mean(), rel=1e-12)
        assert binary.weight @ binary.decision == pytest.approx((frame["told"] == name).mean(), rel=1e-12)
        assert binary.outcome_sum.sum() == pytest.approx((frame["y"] == name).sum(), rel=1e-12)


def test_the_likeliest_class_is_right_as_often_as_told():
    frame = people(300)
    binary = top_label(scored(frame, prediction="p_*"))
    assert binary.outcome_sum.sum() == (frame["y"] == frame["told"]).sum()
    assert binary.weight @ binary.value == pytest.approx(
        frame[[f"p_{name}" for name in CLASSES]].max(axis=1).mean(), rel=1e-12
    )


def test_what_is_measured_of_labels_is_one_for_the_class_told():
    table = scored(people(200), decision="told")
    assert np.array_equal(table.measured, np.eye(3)[table.value.astype(int)])


def test_score_tables_of_classes_add_up():
    frame = people(400)
    table = scored(frame, prediction="p_*")
    first = table.take(np.arange(100))
    assert np.array_equal((first + table.take(np.arange(100, len(table)))).probabilities, table.probabilities)


@pytest.mark.parametrize("rows", [60, 3000])
def test_points_of_the_grid_lie_within_a_class_and_stand_for_their_mean(rows):
    table = scored(people(rows), prediction="p_*")
    grid = vector_grid(table)
    assert grid.exact == (rows == 60)
    assert len(grid.values) == (rows if rows == 60 else VECTORS)
    assert np.array_equal(grid.values[grid.index], table.value)
    assert (np.diff(grid.values) >= 0).all()
    for point in (0, 7, len(grid.values) - 1):
        assert grid.vectors[point] == pytest.approx(table.probabilities[grid.index == point].mean(axis=0), rel=1e-9)
    between = ((grid.vectors[grid.index] - table.probabilities) ** 2).sum()
    whole = ((table.probabilities - table.probabilities.mean(axis=0)) ** 2).sum()
    assert between <= 0.03 * whole


def test_labels_are_points_of_their_own():
    grid = vector_grid(scored(people(500), decision="told"))
    assert grid.exact
    assert np.allclose(grid.vectors, np.eye(3), rtol=0, atol=1e-12)
