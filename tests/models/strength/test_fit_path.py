"""Paths of strengths: each copy is what a fit of its own would give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from fairaudit.errors import OptionError
from fairaudit.measures.frames import penalty
from fairaudit.models.boosting import PenalizedBoosting
from fairaudit.models.glm import PenalizedGLM
from fairaudit.models.strength.fit_path import fit_path

RNG = np.random.default_rng(23)
N = 400
SEX = RNG.choice(["f", "m"], N)
X = pd.DataFrame({"a": RNG.normal(size=N) + (SEX == "m"), "b": RNG.normal(size=N), "k": RNG.choice(["p", "q"], N)})
EXPOSURE = RNG.uniform(0.2, 1, N)
COUNTS = RNG.poisson(EXPOSURE * np.exp(X["a"] / 2))
GLM = PenalizedGLM("poisson", "dcov", n_knots=4, tol=1e-13)
BOOSTING = PenalizedBoosting("poisson", "dcov", n_estimators=20, fair_estimators=5, n_iter_no_change=None, n_jobs=1)
STRENGTHS = [0.0, 1.0, 0.2, 5.0]


def path(estimator, strengths=STRENGTHS, **more):
    return fit_path(estimator, strengths, X, COUNTS, SEX, offset=np.log(EXPOSURE), **more)


@pytest.mark.parametrize("estimator", [GLM, BOOSTING], ids=["glm", "boosting"])
def test_each_copy_is_what_its_own_fit_gives(estimator):
    offset, dependence = np.log(EXPOSURE), penalty(pd.DataFrame({"sex": SEX}), "dcov")

    def objective(model):
        mean = model.predict_mean(X, offset=offset)
        return np.mean(mean - COUNTS * np.log(mean)) + model.strength_ * dependence(mean)[0]

    for strength, model in zip(STRENGTHS, path(estimator), strict=True):
        alone = clone(estimator).set_params(strength=strength).fit(X, COUNTS, SEX, offset=offset)
        assert objective(model) == pytest.approx(objective(alone), rel=1e-5 if estimator is GLM else 0)
        assert model.get_params() == alone.get_params()
        assert model.strength_ == strength
        assert set(vars(model)) == set(vars(alone))


def test_boosted_copies_are_the_very_same_trees():
    model = path(BOOSTING, [1.0, 5.0])[1]
    alone = clone(BOOSTING).set_params(strength=5.0).fit(X, COUNTS, SEX, offset=np.log(EXPOSURE))
    assert model.trees_ == alone.trees_


def test_rows_of_weight_0_are_not_there():
    half = np.arange(N) < N // 2
    weighted = path(GLM, [1.0], sample_weight=half.astype(float))[0]
    cut = fit_path(GLM, [1.0], X[half], COUNTS[half], SEX[half], offset=np.log(EXPOSURE[half]))[0]
    np.testing.assert_allclose(weighted.predict(X), cut.predict(X), rtol=1e-6)


def test_the_estimator_stays_as_it_is():
    estimator = clone(GLM).set_params(strength=3.0)
    path(estimator, [0.0, 1.0])
    assert estimator.strength == 3.0
    assert not hasattr(estimator, "coef_")


def test_it_tells_of_each_step():
    told = []
    path(GLM, [0.0, 2.5], step=told.append)
    assert told == ["plain model fitted", "strength 0 fitted", "strength 2.5 fitted"]


def test_without_strengths_there_are_no_models():
    assert path(GLM, []) == []


@pytest.mark.parametrize("options", [{"reduce": 90}, {"penalty": "none"}, {"family": "cox"}])
def test_options_that_make_no_path_are_refused(options):
    with pytest.raises(OptionError):
        path(clone(GLM).set_params(**options))


def test_a_negative_strength_is_refused():
    with pytest.raises(OptionError, match="must not be negative"):
        path(GLM, [0.0, -1.0])


def test_it_warns_of_each_copy_that_did_not_converge():
    with pytest.warns(ConvergenceWarning, match="did not reach its optimum") as warned:
        models = path(clone(GLM).set_params(max_iter=1), [1.0, 2.0])
    assert len(warned) == 2
    assert all(model.message_ for model in models)
