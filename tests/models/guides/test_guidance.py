"""Models guided by knowledge: the gradient, what is recovered, and both terms at once."""

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone

import fairaudit as fa
from fairaudit.errors import OptionError
from fairaudit.models import files as persistence
from fairaudit.models.guides.consistency import distribution, kl
from fairaudit.models.guides.guidance import SOFTNESS, LinearImportance

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="the extra torch is not installed")
RNG = np.random.default_rng(5)
N = 1000
X = pd.DataFrame(RNG.normal(size=(N, 3)), columns=["a", "b", "c"]).assign(k=RNG.choice(["p", "q", "r"], N))
ETA = X["a"] + 0.6 * X["b"] + 0.3 * X["c"] + 0.4 * (X["k"] == "p")
Y = (ETA + RNG.logistic(size=N) > 0).astype(int)
SEX = pd.DataFrame({"sex": np.where(X["a"] + RNG.normal(size=N) > 0, "m", "f")})
WEIGHTS = {"a": 2.0, "b": 4.0, "c": 1.0, "k": 3.0}
KNOWN = fa.Knowledge(weights=WEIGHTS)
Q = distribution(np.array(list(WEIGHTS.values())))


def importance(model):
    return np.abs(model.contributions(X)).mean(axis=0)


def distance(model):
    return kl(Q, distribution(importance(model)))[0]


def log_loss(model):
    return model.losses(X, Y).mean()


@pytest.mark.parametrize("shape", [(5,), (5, 3)])
def test_importances_of_a_linear_model_are_those_of_the_double_loop(shape):
    rng = np.random.default_rng(0)
    matrix, beta, weight = rng.normal(size=(7, 5)), rng.normal(size=shape), rng.dirichlet(np.ones(7))
    share = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0, 0.5]])
    linear = LinearImportance(matrix, weight, share, 2.0)
    expected, soft = np.zeros(3), 2 * SOFTNESS
    for j in range(3):
        for i in range(7):
            part = sum(share[c, j] * matrix[i, c] * beta[c] for c in range(5))
            expected[j] += weight[i] * np.sum(np.sqrt(part**2 + soft**2) - soft)
    found, back = linear(beta)
    assert_allclose(found, expected)
    direction, step = np.array([1.0, -2.0, 0.5]), 1e-6
    slope = np.zeros(shape)
    for place in np.ndindex(*shape):
        move = np.zeros(shape)
        move[place] = step
        slope[place] = direction @ (linear(beta + move)[0] - linear(beta - move)[0]) / (2 * step)
    assert_allclose(back(direction), slope, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("family", ["binomial", "gaussian", "poisson", "ordinal", "multinomial"])
@pytest.mark.parametrize("divergence", ["kl", "balanced", "plackett-luce"])
def test_the_gradient_of_the_guided_objective_is_its_slope(family, divergence):
    outcome = np.digitize(ETA, [-1, 0.5]) if family in ("ordinal", "multinomial") else Y
    model = fa.PenalizedGLM(
        family, penalty="ccdcov", n_knots=4, knowledge=KNOWN, consistency=2.0, divergence=divergence
    )
    problem = model.problem(model.read(X, outcome, SEX))
    rng = np.random.default_rng(1)
    plain = problem.constant()
    beta = plain.coefficients + 0.3 * rng.normal(size=plain.coefficients.shape)
    direction = rng.normal(size=beta.shape)
    step = 1e-6
    ends = [problem.objective(plain.intercept, beta + side * step * direction, 3.0)[0] for side in (1, -1)]
    gradient = problem.objective(plain.intercept, beta, 3.0)[2]
    assert np.sum(gradient * direction) == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-3)


@pytest.mark.parametrize("divergence", ["kl", "balanced"])
def test_a_guided_glm_meets_the_weights_at_the_price_of_loss(divergence):
    plain = fa.PenalizedGLM().fit(X, Y)
    models = [
        fa.PenalizedGLM(knowledge=KNOWN, consistency=alpha, divergence=divergence).fit(X, Y) for alpha in (0.1, 100.0)
    ]
    assert distance(plain) > distance(models[0]) > distance(models[1])
    assert distance(models[1]) < 1e-3
    assert log_loss(plain) < log_loss(models[0]) < log_loss(models[1])
    assert all(model.converged_ for model in models)


def test_without_strength_or_knowledge_it_is_the_plain_model():
    plain = fa.PenalizedGLM().fit(X, Y)
    measured = fa.PenalizedGLM(knowledge=KNOWN).fit(X, Y)
    np.testing.assert_array_equal(measured.coef_, plain.coef_)


def test_an_order_is_followed():
    known = fa.Knowledge(order=["k", "b", "a"])
    model = fa.PenalizedGLM(knowledge=known, consistency=0.3).fit(X, Y)
    found = dict(zip(X.columns, importance(model), strict=True))
    assert found["k"] > found["b"] > found["a"] > found["c"]


def test_few_rows_recover_the_known_order_that_they_cannot_show():
    """Importances 8 : 4 : 2 : 1; of 80 rows the plain model mostly gets the order wrong, the guided one hardly ever."""
    names, slopes = list("abcd"), np.array([0.8, 0.4, 0.2, 0.1])
    known = fa.Knowledge(weights=dict(zip(names, slopes, strict=True)))
    right, losses = np.zeros(2), np.zeros(2)
    for seed in range(12):
        rng = np.random.default_rng(seed)
        rows = pd.DataFrame(rng.normal(size=(580, 4)), columns=names)
        y = (rows.to_numpy() @ slopes + rng.logistic(size=580) > 0).astype(int)
        for place, alpha in enumerate((0.0, 1.0)):
            model = fa.PenalizedGLM(n_knots=0, knowledge=known, consistency=alpha).fit(rows[:80], y[:80])
            sizes = np.abs(model.contributions(rows[80:])).mean(axis=0)
            right[place] += (np.diff(sizes) < 0).all()
            losses[place] += model.losses(rows[80:], y[80:]).mean()
    assert right[0] < 6
    assert right[1] > 10
    assert losses[1] < losses[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda **more: fa.PenalizedGLM(**more),
        lambda **more: fa.PenalizedBoosting(n_estimators=60, fair_estimators=40, n_jobs=1, **more),
        pytest.param(lambda **more: fa.PenalizedNetwork(hidden=(4,), epochs=20, **more), marks=needs_torch),
    ],
    ids=["glm", "boosting", "network"],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_penalty_and_knowledge_hold_at_once(make):
    plain = make().fit(X, Y)
    both = make(penalty="ccdcov", strength=20.0, knowledge=KNOWN, consistency=1.0).fit(X, Y, SEX)
    penalty = fa.penalty(SEX)
    assert penalty(both.predict_mean(X))[0] < 0.5 * penalty(plain.predict_mean(X))[0]
    assert distance(both) < 0.7 * distance(plain)


def test_reduce_still_finds_its_strength_with_knowledge():
    model = fa.PenalizedGLM(penalty="ccdcov", reduce=80, knowledge=KNOWN, consistency=0.1).fit(X, Y, SEX)
    assert model.reduction_ == pytest.approx(80, abs=3)
    assert model.strength_ > 0


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_boosting_goes_as_far_along_its_path_as_alpha_pays_for():
    fits = [
        fa.PenalizedBoosting(n_estimators=60, n_jobs=1, knowledge=KNOWN, consistency=alpha).fit(X, Y)
        for alpha in (0.0, 1e-6, 10.0)
    ]
    assert distance(fits[2]) < 0.3 * distance(fits[0])
    assert distance(fits[1]) >= distance(fits[2])


def test_several_linear_predictors_are_guided_by_their_sum():
    rng = np.random.default_rng(1)
    classes = np.digitize(ETA + rng.logistic(size=N), [-0.5, 1])
    model = fa.PenalizedGLM("multinomial", knowledge=KNOWN, consistency=10.0).fit(X, classes)
    sizes = np.abs(model.contributions(X)).sum(axis=2).mean(axis=0)
    assert kl(Q, distribution(sizes))[0] < 1e-3


def test_a_guided_model_is_cloned_and_saved_with_its_knowledge(tmp_path):
    model = fa.PenalizedGLM(knowledge=KNOWN, consistency=1.0, divergence="js").fit(X, Y)
    assert clone(model).get_params()["knowledge"] == KNOWN
    persistence.save(model, tmp_path / "m")
    again = persistence.load(tmp_path / "m")
    assert again.knowledge == KNOWN
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"consistency": 1.0}, "consistency needs knowledge"),
        ({"knowledge": KNOWN, "consistency": -1.0}, "consistency is -1; it must not be negative"),
        ({"knowledge": {"a": 1}}, "write knowledge=fairaudit.Knowledge"),
        ({"knowledge": fa.Knowledge(order=["z"])}, "names z; the factors of the model are a, b, c, k"),
        ({"knowledge": KNOWN, "divergence": "tv"}, "divergence 'tv' is unknown"),
        ({"knowledge": fa.Knowledge(order=["a"]), "divergence": "kl"}, "kl needs weights"),
    ],
)
def test_what_cannot_guide_is_refused(options, message):
    with pytest.raises(OptionError, match=message):
        fa.PenalizedGLM(**options).fit(X, Y)
