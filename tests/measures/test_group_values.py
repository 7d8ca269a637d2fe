"""Which measures a table allows, and how the value of a group stands in a result."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import measured, table_of

from fairaudit.measures.group_values import of_groups, with_parts
from fairaudit.options import Options


@pytest.mark.parametrize(
    ("task", "given", "expected"),
    [
        ("binary", ("decision",), {"selection_rate"}),
        ("binary", ("outcome",), {"base_rate"}),
        ("binary", ("prediction",), {"mean_prediction"}),
        ("binary", ("prediction", "outcome"),
         {"base_rate", "auc", "calibration", "calibration_error", "mean_prediction"}),
        ("regression", ("outcome",), {"mean_outcome"}),
        ("regression", ("prediction", "decision"), {"mean_prediction", "selection_rate"}),
        ("count", ("outcome",), {"frequency"}),
        ("count", ("decision", "outcome"), {"frequency", "selection_rate"}),
    ],
)  # fmt: skip
def test_only_measures_that_the_columns_allow_are_measured(encode, names, task, given, expected):
    columns = {name: np.array([0.0, 1, 1, 0]) for name in given}
    allowed = of_groups(table_of(encode, names, task, [0, 0, 1, 1], **columns))
    assert {measure.name for measure in allowed} == expected


def test_a_small_group_has_a_reason_in_place_of_its_value(encode, names):
    group = np.repeat([0, 1], [40, 24])
    table = table_of(encode, names, "binary", group, decision=np.tile([0.0, 1], 32))
    _, values = measured(table, Options(bootstrap=20, permutations=0))
    large, small = values["selection_rate"].results(0.95)
    assert (large.value, large.why) == (0.5, None)
    assert (small.value, small.interval, small.n, small.why) == (None, None, 24, "24 rows; 25 are needed")


def test_a_measure_made_of_others_asks_for_them():
    assert with_parts({"equalized_odds", "auc"}) == {"equalized_odds", "auc", "tpr", "fpr"}
    assert with_parts({"jensen_shannon", "unknown"}) == {"jensen_shannon", "unknown"}


def test_a_mean_of_rows_that_are_nearly_all_0_says_what_it_rests_on(encode, names):
    amount = np.zeros(200)
    amount[:3], amount[100:140] = 50.0, 70.0
    table = table_of(encode, names, "regression", np.repeat([0, 1], 100), prediction=amount)
    _, values = measured(table, Options(bootstrap=20, permutations=0))
    found = values["mean_prediction"].results(0.95)
    assert found[0].few == "rests on 3 of 100 rows: all others are 0"
    assert found[1].few is None


def test_a_calibration_error_is_told_with_what_noise_alone_gives(encode, names):
    rng = np.random.default_rng(4)
    group, p = np.repeat([0, 1], [200, 2000]), rng.uniform(0.05, 0.95, 2200)
    drawn = [
        measured(
            table_of(encode, names, "binary", group, prediction=p, outcome=(rng.random(2200) < p) * 1.0),
            Options(bootstrap=2, permutations=0),
        )[1]["calibration_error"].results(0.95)
        for _ in range(60)
    ]
    for place in (0, 1):
        values, floors = ([getattr(one[place], name) for one in drawn] for name in ("value", "floor"))
        assert np.mean(values) == pytest.approx(np.mean(floors), rel=0.1)
        assert drawn[0][place].excess == values[0] - floors[0]
    assert drawn[0][0].floor > 2 * drawn[0][1].floor
