"""Penalised GLMs: plain ones equal scikit-learn's, and the penalty does what it says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor

import fairaudit as fa
from fairaudit.errors import FitError, OptionError
from fairaudit.models.design import Design
from fairaudit.models.families import FAMILIES, family
from fairaudit.models.glm import PenalizedGLM, Problem
from fairaudit.models.penalties import dependence_penalty

N = 800
SOLVED = 2e-4
"""L-BFGS stops at a relative decrease of 1e-9 of the loss, so coefficients are known to about the root of that."""


def simulated(seed=0, n=N):
    """Features of which one stands for the protected attribute, the attribute, and outcomes of each family."""
    rng = np.random.default_rng(seed)
    sex = rng.integers(0, 2, n)
    X = pd.DataFrame(
        {
            "proxy": rng.normal(size=n) + sex,
            "number": rng.uniform(-1, 1, n),
            "kind": rng.choice(["p", "q", "r"], n),
        }
    )
    eta = 0.8 * X["proxy"] + np.sin(3 * X["number"]) + (X["kind"] == "p") - 1
    outcomes = {
        "binomial": (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float),
        "gaussian": (eta + rng.normal(size=n)).to_numpy(),
        "poisson": rng.poisson(np.exp(eta / 2)).astype(float),
    }
    return X, outcomes, pd.DataFrame({"sex": np.where(sex, "m", "f")})


X, OUTCOMES, PROTECTED = simulated()
WEIGHT = np.random.default_rng(1).integers(1, 4, N) / 2.0


@pytest.fixture(params=FAMILIES)
def name(request):
    return request.param


def dependence(prediction, protected=PROTECTED, kind="ccdcov"):
    return fa.penalty(protected, kind)(prediction)[0]


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["equal", "weighted"])
def test_without_a_penalty_it_is_the_plain_glm(name, weight):
    y = OUTCOMES[name]
    reference = {
        "binomial": LogisticRegression(C=1e8, tol=1e-9, max_iter=1000, solver="newton-cholesky"),
        "gaussian": LinearRegression(),
        "poisson": PoissonRegressor(alpha=1e-9, tol=1e-9, max_iter=1000, solver="newton-cholesky"),
    }[name]
    # Of each group of columns that sum to one, one is left out, so that the reference is determinate.
    matrix = PenalizedGLM(name).fit(X, y, sample_weight=weight).design_.transform(X)[:, :-1]
    reference.fit(matrix, y, sample_weight=weight)
    expected = reference.predict_proba(matrix)[:, 1] if name == "binomial" else reference.predict(matrix)
    # The default ridge of 1e-6 moves the sparse ends of a spline a little; else only the solvers' tolerance counts.
    for ridge, allowed in ((1e-12, 5e-5), (PenalizedGLM().ridge, 1e-2)):
        model = PenalizedGLM(name, ridge=ridge).fit(X, y, sample_weight=weight)
        assert model.converged_
        np.testing.assert_allclose(model.predict_mean(X), expected, rtol=0, atol=allowed * np.ptp(expected))


@pytest.mark.parametrize("kind", ["dcov", "ccdcov", "jdcov"])
def test_the_gradient_of_the_objective_is_its_slope(encode, name, kind):
    rows = np.arange(60)
    frame = X.iloc[rows]
    rng = np.random.default_rng(3)
    weight = WEIGHT[rows] / WEIGHT[rows].sum()
    sex, age = PROTECTED["sex"].iloc[rows].to_numpy(object), rng.integers(0, 9, 60) / 1.0
    cells = encode(sex=sex) if kind == "dcov" else encode(sex=sex, age=age)
    problem = Problem(
        family=family(name),
        matrix=Design().fit(frame, sample_weight=weight).transform(frame),
        outcome=OUTCOMES[name][rows],
        weight=weight,
        penalty=dependence_penalty(cells, kind, weight),
        ridge=0.1,
        max_iter=1,
        tol=1e-9,
    )
    beta, intercept, h, strength = rng.normal(size=problem.matrix.shape[1]) / 10, 0.3, 1e-6, 3.0
    _, by_intercept, by_coefficient = problem.objective(intercept, beta, strength)

    def value(step):
        return problem.objective(intercept + step[0], beta + step[1:], strength)[0]

    steps = h * np.eye(len(beta) + 1)
    quotient = [(value(step) - value(-step)) / (2 * h) for step in steps]
    # h² times a third derivative, and the rounding of a value of about 1 over h
    np.testing.assert_allclose([by_intercept, *by_coefficient], quotient, atol=2e-9)


def test_the_dependence_falls_and_the_loss_rises_with_the_strength(name):
    dependences, losses = [], []
    for strength in (0.0, 0.1, 1.0, 10.0, 100.0):
        model = PenalizedGLM(name, "ccdcov", strength).fit(X, OUTCOMES[name], PROTECTED)
        assert model.strength_ == strength
        dependences.append(dependence(model.predict_mean(X)))
        losses.append(family(name).loss(OUTCOMES[name], model.decision_function(X)).mean())
    assert (np.diff(dependences) <= 1e-9).all()
    assert (np.diff(losses) >= -1e-9).all()
    assert dependences[-1] < 0.05 * dependences[0]


def plain_columns():
    """Features whose encoding does not depend on quantiles."""
    return X[["kind"]].assign(flag=(X["proxy"] > 0.5) * 1.0)


@pytest.mark.parametrize("penalty", ["none", "ccdcov"])
def test_a_row_of_weight_two_is_the_row_twice(name, penalty):
    features, strength = plain_columns(), 0.0 if penalty == "none" else 0.5
    rows = np.repeat(np.arange(N), np.where(np.arange(N) % 3 == 0, 2, 1))
    weight = np.bincount(rows) / 1.0
    weighted = PenalizedGLM(name, penalty, strength).fit(features, OUTCOMES[name], PROTECTED, sample_weight=weight)
    repeated = PenalizedGLM(name, penalty, strength).fit(
        features.iloc[rows], OUTCOMES[name][rows], PROTECTED.iloc[rows]
    )
    expected = repeated.predict_mean(features)
    np.testing.assert_allclose(weighted.predict_mean(features), expected, atol=SOLVED * np.ptp(expected))


def test_a_policy_cut_into_two_halves_of_its_time_changes_nothing():
    features, y = plain_columns(), OUTCOMES["poisson"]
    exposure = np.random.default_rng(2).integers(1, 13, N) / 12
    whole = PenalizedGLM("poisson", "ccdcov", 0.5).fit(features, y, PROTECTED, exposure=exposure)
    twice = np.tile(np.arange(N), 2)
    halves = PenalizedGLM("poisson", "ccdcov", 0.5).fit(
        features.iloc[twice],
        np.concatenate([y, np.zeros(N)]),
        PROTECTED.iloc[twice],
        exposure=exposure[twice] / 2,
    )
    expected = whole.predict_mean(features, exposure)
    np.testing.assert_allclose(halves.predict_mean(features, exposure), expected, rtol=SOLVED)


def test_an_expected_count_is_the_rate_times_the_exposure():
    exposure = np.linspace(0.1, 2, N)
    model = PenalizedGLM("poisson").fit(X, OUTCOMES["poisson"], exposure=exposure)
    np.testing.assert_allclose(model.predict_mean(X, exposure), exposure * model.predict_mean(X), rtol=1e-15)
    # The score equation of the intercept: as many claims are expected as were seen.
    assert model.predict_mean(X, exposure).sum() == pytest.approx(OUTCOMES["poisson"].sum(), rel=1e-4)


@pytest.mark.parametrize("penalty", ["none", "jdcov"])
def test_contributions_and_intercept_add_up_to_the_linear_predictor(name, penalty):
    model = PenalizedGLM(name, penalty, 0.0 if penalty == "none" else 1.0).fit(X, OUTCOMES[name], PROTECTED)
    fresh, _, _ = simulated(seed=9)
    parts = model.contributions(fresh)
    assert parts.shape == (N, 3)
    np.testing.assert_allclose(model.intercept_ + parts.sum(axis=1), model.decision_function(fresh), atol=1e-9)
    np.testing.assert_allclose(model.contributions(X).mean(axis=0), 0, atol=1e-12)


def test_a_factor_contributes_what_its_own_columns_do():
    model = PenalizedGLM("gaussian").fit(X, OUTCOMES["gaussian"])
    moved = X.assign(number=0.3)
    change = model.contributions(moved) - model.contributions(X)
    np.testing.assert_allclose(change[:, [0, 2]], 0, atol=1e-12)
    assert np.abs(change[:, 1]).max() > 0.1


@pytest.mark.parametrize("percent", [50, 90])
def test_an_asked_reduction_is_reached_on_fresh_rows(percent):
    features, outcomes, protected = simulated(seed=5, n=5000)
    fresh, _, fresh_protected = simulated(seed=6, n=20_000)
    plain = PenalizedGLM("binomial").fit(features, outcomes["binomial"])
    fair = PenalizedGLM("binomial", "ccdcov", reduce=percent).fit(features, outcomes["binomial"], protected)
    measure = fa.penalty(fresh_protected, "ccdcov")
    reached = 100 * (1 - measure.excess(fair.predict_mean(fresh)) / measure.excess(plain.predict_mean(fresh)))
    assert reached == pytest.approx(percent, abs=4)
    assert fair.reduction_ == pytest.approx(percent, abs=1)
    assert plain.reduction_ is None


def test_the_same_fit_twice_is_the_same():
    models = [PenalizedGLM("poisson", "sum", reduce=60).fit(X, OUTCOMES["poisson"], PROTECTED) for _ in range(2)]
    np.testing.assert_array_equal(models[0].coef_, models[1].coef_)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "tweedie"}, "family 'tweedie' is unknown"),
        ({"penalty": "ccdcov", "strength": -1.0}, "strength and ridge must not be negative"),
        ({"ridge": -1.0}, "strength and ridge must not be negative"),
        ({"penalty": "ccdcov", "reduce": 0.0}, "reduce is 0; it must lie between 0 and 100"),
        ({"penalty": "ccdcov", "reduce": 100.0}, "reduce is 100; it must lie between 0 and 100"),
        ({"penalty": "ccdcov", "reduce": float("nan")}, "reduce is nan"),
        ({"strength": 1.0}, "strength and reduce need a penalty"),
        ({"reduce": 50.0}, "strength and reduce need a penalty"),
        ({"penalty": "ccdcov", "strength": 1.0, "reduce": 50.0}, "give strength or reduce, not both"),
        ({"penalty": "hsic", "strength": 1.0}, "penalty 'hsic' is unknown"),
        ({"penalty": "dcov:race", "strength": 1.0}, "the protected attributes are: sex"),
        ({"penalty": "ccdcov", "strength": float("nan")}, "strength"),
    ],
)
def test_options_without_meaning_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        PenalizedGLM(**options).fit(X, OUTCOMES["binomial"], PROTECTED)


def test_a_penalty_needs_protected_attributes():
    with pytest.raises(OptionError, match="penalty 'ccdcov' needs sensitive_features"):
        PenalizedGLM(penalty="ccdcov", strength=1.0).fit(X, OUTCOMES["binomial"])


def test_outcomes_that_cannot_be_fitted_are_refused(name):
    with pytest.raises(FitError, match="there is nothing to fit"):
        PenalizedGLM(name).fit(X, np.ones(N))
    with pytest.raises(FitError, match="the features have 800 rows, the outcome 3"):
        PenalizedGLM(name).fit(X, OUTCOMES[name][:3])


def test_a_search_needs_as_many_groups_as_folds():
    with pytest.raises(FitError, match="needs at least 3 independent rows; there are 2"):
        PenalizedGLM("gaussian", "ccdcov", reduce=50).fit(X, OUTCOMES["gaussian"], PROTECTED, groups=np.arange(N) % 2)


def test_it_clones_without_what_it_has_learnt():
    model = PenalizedGLM("poisson", "sum", strength=0.5, n_knots=4).fit(X, OUTCOMES["poisson"], PROTECTED)
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "coef_")
    copy.fit(X, OUTCOMES["poisson"], PROTECTED)
    np.testing.assert_array_equal(copy.coef_, model.coef_)


def test_probabilities_and_classes_follow_the_mean():
    model = PenalizedGLM("binomial").fit(X, OUTCOMES["binomial"])
    mean = model.predict_mean(X)
    np.testing.assert_array_equal(model.predict_proba(X)[:, 1], mean)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_array_equal(model.predict(X), mean >= 0.5)
    with pytest.raises(OptionError, match="binomial family only"):
        PenalizedGLM("gaussian").fit(X, OUTCOMES["gaussian"]).predict_proba(X)


def test_columns_of_a_data_frame_may_be_weights_and_exposures():
    y = pd.Series(OUTCOMES["poisson"], index=np.arange(N)[::-1])
    series = [pd.Series(values, index=np.arange(N)[::-1]) for values in (WEIGHT, np.linspace(0.1, 2, N))]
    typed = PenalizedGLM("poisson").fit(X, y, sample_weight=series[0], exposure=series[1])
    plain = PenalizedGLM("poisson").fit(X, y.to_numpy(), sample_weight=WEIGHT, exposure=np.linspace(0.1, 2, N))
    np.testing.assert_array_equal(typed.coef_, plain.coef_)


def test_the_protected_attributes_are_not_features():
    model = PenalizedGLM("binomial", "ccdcov", 1.0).fit(X, OUTCOMES["binomial"], PROTECTED)
    assert model.feature_names_in_.tolist() == ["proxy", "number", "kind"]
    assert model.n_features_in_ == 3
