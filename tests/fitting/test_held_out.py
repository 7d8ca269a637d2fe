"""A model on the rows held out: its predictions, and its audit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.fitting.estimators import fitted
from fairaudit.fitting.held_out import audit, judged
from fairaudit.fitting.split import split_table
from fairaudit.results import Source

RNG = np.random.default_rng(9)
FRAME = pd.DataFrame({"g": RNG.choice(["a", "b"], 400), "x": RNG.normal(size=400), "time": RNG.uniform(0.2, 2, 400)})
FRAME["y"] = RNG.poisson(FRAME["time"] * np.exp(0.4 * FRAME["x"]))
ROLES = Roles(target="y", protected=(Protected("g"),), features=("x",), exposure="time", task="count", split_by=None)


@pytest.fixture(scope="module")
def split():
    table = role_table(FRAME, ROLES, features=True)
    options = fa.Options(bootstrap=0, permutations=0)
    return split_table(table, Source(name="t"), ROLES, fa.FitOptions(penalty="none"), options)


@pytest.fixture(scope="module")
def plain(split):
    return judged(split, fitted(split, "none", lambda _: None))


def test_both_parts_are_predicted_per_exposure_and_in_total(split, plain):
    for part, prediction in ((split.train, plain.train), (split.test, plain.test)):
        rate = plain.model.predict_mean(FRAME[["x"]].iloc[part.rows])
        np.testing.assert_allclose(prediction.rate, rate, rtol=1e-12)
        np.testing.assert_allclose(prediction.value, rate * FRAME["time"].iloc[part.rows], rtol=1e-12)


def test_an_audit_of_a_model_is_of_the_held_out_rows_alone(split, plain):
    result = audit(split, plain, lambda _: None)
    assert (result.rows.read, result.rows.used, result.prediction.column) == (400, len(split.test.rows), "plain model")
    assert sum(group.n for group in result.groups if group.by == ["g"]) == len(split.test.rows)
    observed, expected = split.test.outcome.sum(), plain.test.value.sum()
    assert result.performance.test["actual_expected"] == pytest.approx(observed / expected, rel=1e-9)
    assert result.performance.train != result.performance.test
    assert result.attribution.importance == {"x": 1.0}
    assert (result.plain, result.comparison) == (None, [])
