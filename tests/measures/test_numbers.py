"""Means of numbers in groups, against plain loops over the rows."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import mean, measured, table_of

from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.gaps import disparity
from fairaudit.measures.group_values import of_groups
from fairaudit.measures.view import all_rows
from fairaudit.options import Options


@pytest.mark.parametrize("weighted", [False, True])
def test_numeric_measures_equal_loops_over_the_rows(encode, names, weighted):
    rng = np.random.default_rng(2)
    group, f = rng.integers(0, 3, 300), rng.integers(0, 20, 300) / 4
    y = f + rng.normal(size=300) + group
    weight = rng.integers(1, 4, 300) / 1.0 if weighted else None
    omega = np.ones(300) if weight is None else weight
    _, values = measured(table_of(encode, names, "regression", group, prediction=f, outcome=y, weight=weight))
    for g in range(3):
        mine = group == g
        expected = {
            "mean_prediction": mean(f, omega, mine),
            "mean_outcome": mean(y, omega, mine),
            "mean_error": mean(y - f, omega, mine),
            "rmse": np.sqrt(mean((y - f) ** 2, omega, mine)),
        }
        assert {name: each.value[g] for name, each in values.items()} == pytest.approx(expected, rel=1e-10)


def test_groups_with_one_and_the_same_prediction_do_not_differ_by_its_rounding(encode, names):
    rng = np.random.default_rng(3)
    group, weight = rng.integers(0, 4, 600), rng.uniform(0.1, 3, 600)
    columns = {"prediction": np.full(600, 0.169), "weight": weight, "merge": False}
    options = Options(bootstrap=50, permutations=0)
    chosen, values = measured(table_of(encode, names, "regression", group, **columns), options, aligned=True)
    assert np.ptp(values["mean_prediction"].replicates) > 0  # the last digits do differ
    gap = disparity(chosen, values["mean_prediction"], options)
    assert (gap.value, gap.interval, gap.floor, gap.p_value) == (0, (0, 0), 0, 1)
    assert gap.highest != gap.lowest


@pytest.mark.parametrize(
    ("task", "least", "most", "domain"),
    [
        ("binary", 0.0, 1.0, (0.0, 1.0)),
        ("binary", 0.2, 0.7, (0.0, 1.0)),
        ("binary", -0.1, 0.7, (-np.inf, np.inf)),
        ("binary", 0.2, 1.1, (-np.inf, np.inf)),
        ("count", 0.0, 4.0, (0.0, np.inf)),
        ("count", -0.1, 4.0, (-np.inf, np.inf)),
        ("regression", 0.2, 0.7, (-np.inf, np.inf)),
    ],
)
def test_a_mean_prediction_lies_where_predictions_can(encode, names, task, least, most, domain):
    view = all_rows(table_of(encode, names, task, [0, 1, 0], prediction=np.array([least, most, least])))
    assert MEASURES["mean_prediction"].known.law(view).domain == domain


@pytest.mark.parametrize("task", ["binary", "count", "regression", "ordinal"])
def test_groups_whose_predictions_are_right_have_the_value_that_is_called_right(encode, names, task):
    """Two in three of the people with a prediction of ⅔ have the outcome; of numbers each is as predicted."""
    outcome = np.array([1.0, 1, 0] * 2)
    columns = {"outcome": outcome, "prediction": np.full(6, 2 / 3) if task == "binary" else outcome}
    table = table_of(encode, names, task, [0] * 6, **columns)
    right = {measure.name: measure.right for measure in of_groups(table) if measure.right is not None}
    assert (
        right.keys()
        == {
            "binary": {"calibration"},
            "count": {"actual_expected"},
            "regression": {"mean_error"},
            "ordinal": {"mean_error"},
        }[task]
    )
    for name, value in right.items():
        assert MEASURES[name].of_groups(all_rows(table)) == pytest.approx([value])


@pytest.mark.parametrize("task", ["binary", "count", "regression", "ordinal"])
def test_the_law_of_a_measure_is_about_its_value(encode, names, task):
    rng = np.random.default_rng(4)
    outcome = rng.integers(0, 2 if task == "binary" else 4, 200).astype(float)
    columns = {"outcome": outcome, "prediction": rng.uniform(0.1, 0.9, 200), "weight": rng.uniform(0.5, 2, 200)}
    if task == "binary":
        columns["decision"] = rng.integers(0, 2, 200).astype(float)
    table = table_of(encode, names, task, [0] * 200, **columns)
    view = all_rows(table)
    known = {measure.name: measure for measure in of_groups(table) if measure.known is not None and not measure.biased}
    assert len(known) >= 3
    for name, measure in known.items():
        value, law = measure.of_groups(view), measure.known.law(view)
        np.testing.assert_allclose(law.value, value, rtol=1e-9, err_msg=name)
        low, high = law.limits(0.05)
        assert low < value < high, name
