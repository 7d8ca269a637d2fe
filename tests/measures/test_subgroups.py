"""A measure in every subgroup: the same numbers as if each were a group of its own."""

from __future__ import annotations

import numpy as np
import pytest

from fairaudit.auditing.searching import searched
from fairaudit.chance.laws import two_sided
from fairaudit.measures.catalogue import BY_NUMBER, MEASURES
from fairaudit.measures.certainty import lines_of
from fairaudit.measures.subgroups import Searched
from fairaudit.measures.totals import lines_about, searchable
from fairaudit.scoretable.cells import joint, sum_by
from fairaudit.scoretable.conjunctions import conjunctions
from fairaudit.scoretable.grid import grid
from fairaudit.scoretable.table import score_table

ROWS = 900


def columns(task, weighted):
    rng = np.random.default_rng(4)
    if task == "binary":
        own = {"decision": rng.integers(0, 2, ROWS), "outcome": rng.integers(0, 2, ROWS)}
    elif task == "count":
        exposure = rng.choice([0.5, 1.0], ROWS)
        own = {
            "exposure": exposure,
            "outcome": rng.poisson(exposure),
            "prediction": exposure * rng.choice([0.8, 1], ROWS),
        }
    else:
        own = {"prediction": rng.lognormal(size=ROWS).round(1) + 100}
    own = {name: values.astype(float) for name, values in own.items()}
    return own | ({"weight": rng.choice([0.5, 1.0, 4.0], ROWS)} if weighted else {})


def search(encode, names, task="binary", weighted=False, measure="selection_rate", fewest=20):
    """The score table of rows with two attributes, and a measure searched in it."""
    rng = np.random.default_rng(5)
    made = encode(a=names(rng.integers(0, 3, ROWS)), b=names(rng.integers(0, 2, ROWS)))
    table = score_table(made, task, **columns(task, weighted))
    cells, cell = joint(table.level)
    subgroups = conjunctions(table.attributes, cells, sum_by(cell, table.rows, len(cells)), 2, fewest)
    chosen = MEASURES[measure]
    return table, Searched(searchable(chosen), lines_about(table, chosen, cell), len(cells), subgroups, fewest)


CASES = [
    (task, measure, weighted)
    for task, measures in {
        "binary": ("selection_rate", "tpr", "fpr"),
        "count": ("frequency", "actual_expected"),
        "regression": ("mean_prediction",),
    }.items()
    for measure in measures
    for weighted in (False, True)
]


@pytest.mark.parametrize(("task", "measure", "weighted"), CASES)
def test_value_and_limits_of_a_subgroup_are_those_of_a_group_of_its_own(encode, names, task, measure, weighted):
    table, of = search(encode, names, task, weighted, measure)
    assert len(of.kept) == 3 + 2 + 6
    for place in (0, 4, 10):
        conditions = of.subgroups.conditions[of.kept[place]]
        inside = np.all([np.isin(table.level[:, each.attribute], each.bands) for each in conditions], axis=0)
        view = lines_of(table, grid(table.value, table.weight), (~inside).astype(np.intp), np.array([0]), None)
        assert of.value[place] == pytest.approx(MEASURES[measure].of_groups(view)[0], rel=1e-12)
        if of.kind != "rate":  # a group's dispersion is drawn to that of all groups, of which there is one here
            law = MEASURES[measure].known.law(view)
            mine = [ends[place] + of.lines.shift for ends in two_sided(of.inside.law(of.kind), 0.9)]
            np.testing.assert_allclose(mine, np.concatenate(two_sided(law, 0.9)), rtol=1e-6)


def test_limits_hold_the_value_against_all_and_a_smaller_tail_is_wider(encode, names):
    for task, measure, weighted in CASES:
        _, of = search(encode, names, task, weighted, measure)
        (low, high), (lower, higher) = of.limits(0.05), of.limits(0.001)
        assert (low <= of.against_all).all()
        assert (of.against_all <= high).all()
        assert (lower <= low).all()
        assert (high <= higher).all()


def test_no_limit_of_a_ratio_lies_above_what_the_subgroups_share_allows(encode, names):
    _, of = search(encode, names)
    share = of.inside.b / of.everyone.b
    assert (of.limits(1e-12)[1] <= 1 / share).all()


def test_people_whose_weights_make_them_few_are_no_subgroup(encode, names):
    made = encode(a=names(np.repeat([0, 1], [100, 100])))
    weight = np.ones(200)
    weight[1:100] = 0.001
    table = score_table(made, "binary", decision=np.arange(200.0) % 2, weight=weight)
    cells, cell = joint(table.level)
    subgroups = conjunctions(table.attributes, cells, sum_by(cell, table.rows, 2), 1, 50)
    chosen = MEASURES["selection_rate"]
    of = Searched("share", lines_about(table, chosen, cell), 2, subgroups, 50)
    assert [of.subgroups.cell(place, table.attributes) for place in of.kept] == [{"a": "level 1"}]


def test_searched_measures_are_quotients_and_no_other_kind_is():
    for measure in BY_NUMBER:
        assert searchable(measure) is not None or not measure.searched
    assert searchable(MEASURES["auc"]) is None
    assert searchable(MEASURES["actual_expected"]) == "rate"


def test_what_is_searched_is_what_is_measured(encode, names):
    for task, expected in {
        "binary": ["selection_rate", "tpr", "fpr"],
        "count": ["mean_prediction", "actual_expected"],
        "regression": ["mean_prediction"],
    }.items():
        table, _ = search(encode, names, task, measure="mean_prediction" if task != "binary" else "tpr")
        assert sorted(measure.name for measure in searched(table)) == sorted(expected)
    outcomes = score_table(encode(a=names([0, 1])), "binary", outcome=np.array([0.0, 1.0]))
    assert [measure.name for measure in searched(outcomes)] == ["base_rate"]
