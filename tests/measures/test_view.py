"""Formulas over groups: everybody is a group like any other, and what each row bears on a value adds up."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import binary_rows, measured, table_of

from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.group_values import of_groups
from fairaudit.measures.overall import overall
from fairaudit.measures.view import Quotient, Root, Share, all_rows, divide, summed


@pytest.fixture
def table(encode, names):
    group, prediction, decision, outcome, weight = binary_rows(weighted=True)
    columns = {"prediction": prediction, "decision": decision, "outcome": outcome, "weight": weight}
    return table_of(encode, names, "binary", np.zeros_like(group), **columns)


def test_a_quotient_of_nothing_is_not_a_number():
    assert divide(np.array([1.0, 0.0, 2.0]), np.array([2.0, 0.0, -1.0])) == pytest.approx(
        [0.5, np.nan, np.nan], nan_ok=True
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
