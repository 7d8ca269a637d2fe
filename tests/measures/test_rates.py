"""Rates of groups, against plain loops over the rows."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import binary_rows, mean, measured, table_of

from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.overall import performance
from fairaudit.options import Options


@pytest.mark.parametrize("weighted", [False, True])
def test_rates_equal_loops_over_the_rows(encode, names, weighted):
    group, f, decision, y, omega = binary_rows(weighted)
    columns = {"prediction": f, "decision": decision, "outcome": y, "weight": omega}
    _, values = measured(table_of(encode, names, "binary", group, **columns))
    yes, no, selected = y == 1, y == 0, decision == 1
    for g in range(3):
        mine = group == g
        expected = {
            "selection_rate": (decision, mine),
            "tpr": (decision, mine & yes),
            "fpr": (decision, mine & no),
            "fnr": (1 - decision, mine & yes),
            "ppv": (y, mine & selected),
            "npv": (1 - y, mine & ~selected),
            "fdr": (1 - y, mine & selected),
            "accuracy": (decision == y, mine),
            "base_rate": (y, mine),
        }
        for name, (counted, among) in expected.items():
            assert values[name].value[g] == pytest.approx(mean(counted, omega, among), abs=1e-12), name
            assert values[name].rows[g] == among.sum(), name


def test_a_rate_of_no_rows_is_not_zero(encode, names):
    group, outcome = np.repeat([0, 1], 30), np.repeat([1.0, 0.0], 30)
    table = table_of(encode, names, "binary", group, decision=np.tile([0.0, 1], 30), outcome=outcome)
    _, values = measured(table, Options(min_group=0, bootstrap=10, permutations=0))
    assert np.isnan(values["tpr"].value[1])
    empty = values["tpr"].results(0.95)[1]
    assert (empty.value, empty.n, empty.why) == (None, 0, "0 rows with a positive outcome; 1 are needed")


def test_an_ordinal_decision_is_the_level_nearest_to_what_is_expected(encode, names):
    columns = {"prediction": np.array([0.4, 1.6, 1.4, 2.9]), "outcome": np.array([0.0, 2, 2, 3])}
    assert performance(table_of(encode, names, "ordinal", [0, 0, 1, 1], **columns))["accuracy"] == 0.75


@pytest.mark.parametrize(
    ("name", "norms"),
    [
        ("selection_rate", {"gap": 0.1, "ratio": 0.8}),
        ("base_rate", {"gap": 0.1, "ratio": 0.8}),
        ("equalized_odds", {"gap": 0.1}),
    ],
)
def test_a_first_configuration_asks_for_ten_points_and_four_fifths(name, norms):
    assert {proposal.statistic: proposal.usual for proposal in MEASURES[name].proposals} == norms


def test_of_classes_accuracy_is_told_before_means_over_them():
    places = {name: each.headline["multiclass"] for name, each in MEASURES.items() if "multiclass" in each.headline}
    assert sorted(places, key=places.__getitem__)[0] == "accuracy"
    assert len(set(places.values())) == len(places) == 3
