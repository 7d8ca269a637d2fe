"""Estimators for the task of a split: their options are those of the fit, their data those of the training rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.data.threshold import Threshold
from fairaudit.fitting.estimators import estimator, fitted, training_data, unfitted
from fairaudit.fitting.split import split_table
from fairaudit.results import Source


def split_of(fitting, parity="demographic", **roles):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"g": rng.choice(["a", "b"], 200), "x": rng.normal(size=200), "y": rng.integers(0, 2, 200)})
    asked = Roles(target="y", protected=(Protected("g"),), features=("x",), **roles)
    table = role_table(frame, asked, features=True)
    return split_table(table, Source(name="t"), asked, fitting, fa.Options(parity=parity, seed=4))


@pytest.mark.parametrize(
    ("kind", "name"), [("glm", "PenalizedGLM"), ("boosting", "PenalizedBoosting"), ("network", "PenalizedNetwork")]
)
def test_each_kind_of_model_is_its_estimator(kind, name):
    assert type(estimator(kind, family="binomial")).__name__ == name


def test_an_estimator_has_the_options_of_the_fit():
    split = split_of(fa.FitOptions(penalty="ccdcov", group_weight="equal", penalize="decision"))
    split = replace(split, cut=Threshold.parse(0.4))
    model = unfitted(split, "ccdcov", reduce=50.0)
    told = model.family, model.penalty, model.reduce, model.group_weight, model.decision_threshold, model.random_state
    assert told == ("binomial", "ccdcov", 50.0, "equal", 0.4, 4)


def test_a_penalty_of_predictions_knows_no_threshold():
    assert unfitted(split_of(fa.FitOptions()), "ccdcov").decision_threshold is None


def test_strata_are_for_the_penalty_alone():
    part = split_of(fa.FitOptions(), parity="equalized-odds").train
    assert training_data(part, penalised=False)["strata"] is None
    np.testing.assert_array_equal(training_data(part, penalised=True)["strata"], part.outcome)


def test_a_model_is_fitted_to_the_training_rows_only():
    split = split_of(fa.FitOptions())
    model = fitted(split, "none", lambda _: None, strength=3.0)
    own = fa.PenalizedGLM("binomial", random_state=4).fit(split.train.features, split.train.outcome)
    np.testing.assert_allclose(
        model.predict_mean(split.test.features), own.predict_mean(split.test.features), rtol=1e-9
    )
    assert model.strength_ == 0  # a strength is of a penalty, and there is none
