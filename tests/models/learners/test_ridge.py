"""The ridge that cross-validation chooses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fairaudit.models.families import family
from fairaudit.models.glm import PenalizedGLM
from fairaudit.models.learners.ridge import FEWEST, GRID, UNJUDGED, _folds, curvature

EVEN = np.full(4, 0.25)


def training(model, n, groups=None):
    rng = np.random.default_rng(0)
    features = pd.DataFrame({"a": np.round(rng.normal(size=n), 1), "k": rng.choice(["p", "q"], n)})
    outcome = rng.integers(0, 2, n)
    return model.read(features, outcome, groups=groups), (features, outcome)


def test_the_unit_is_the_curvature_of_the_loss_in_the_constant_model():
    assert curvature(family("gaussian"), np.array([1.0, 2, 3, 10]), EVEN) == 1
    assert curvature(family("binomial"), np.array([0.0, 1, 1, 1]), EVEN) == pytest.approx(3 / 16)
    assert curvature(family("poisson"), np.array([0.0, 1, 1, 6]), EVEN) == pytest.approx(2)
    assert curvature(family("multinomial", classes=2), np.array([0.0, 1, 1, 1]), EVEN) == pytest.approx(3 / 16)


def test_rows_of_one_group_are_in_one_fold():
    groups = np.random.default_rng(3).integers(0, 20, 200)
    data, _ = training(PenalizedGLM(), 200, groups)
    fold = _folds(data, np.arange(200), np.random.default_rng(1))
    assert all(len(set(fold[groups == group])) == 1 for group in range(20))
    assert set(fold) == {0, 1, 2, 3}


def test_the_folds_of_like_rows_do_not_depend_on_their_order():
    data, (features, outcome) = training(PenalizedGLM(), 200)
    order = np.random.default_rng(4).permutation(200)
    other = PenalizedGLM().read(features.iloc[order], outcome[order])
    folds = [_folds(each, np.arange(200), np.random.default_rng(1)) for each in (data, other)]
    tables = [features.assign(y=outcome, fold=folds[0]), features.iloc[order].assign(y=outcome[order], fold=folds[1])]
    first, second = (table.sort_values(list(table.columns)).to_numpy().tolist() for table in tables)
    assert first == second


def test_with_too_few_rows_for_folds_it_is_a_guess():
    _, (features, outcome) = training(PenalizedGLM(), FEWEST - 1)
    share = outcome.mean()
    model = PenalizedGLM(ridge="auto").fit(features, outcome)
    assert model.ridge_ == pytest.approx(UNJUDGED * share * (1 - share), rel=1e-12)


def test_where_nothing_is_to_be_learnt_the_strongest_ridge_is_chosen():
    rng = np.random.default_rng(5)
    features, outcome = pd.DataFrame(rng.normal(size=(400, 8))), rng.normal(size=400)
    model = PenalizedGLM("gaussian", ridge="auto").fit(features.to_numpy(), outcome)
    assert model.ridge_ == pytest.approx(0.75 * GRID[0], rel=1e-12)
