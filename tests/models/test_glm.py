"""Penalised GLMs: plain ones equal scikit-learn's, and the penalty does what it says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    GammaRegressor,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    TweedieRegressor,
)

import fairaudit as fa
from fairaudit.errors import FitError, OptionError
from fairaudit.models.families import FAMILIES, classifiers, family
from fairaudit.models.files import load, save
from fairaudit.models.glm import PenalizedGLM
from fairaudit.models.guides.knowledge import Knowledge

N = 800
TINY = 1e-9
"""A ridge that only makes collinear columns determinate."""
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
    outcomes["gamma"] = rng.gamma(2, np.exp(eta / 2)) / 2
    outcomes["tweedie"] = outcomes["gamma"] * rng.poisson(1.0, n)
    outcomes["ordinal"] = np.digitize(eta + rng.logistic(size=n), [-1.0, 0.3, 2]) / 1.0
    utility = np.column_stack([0 * eta, eta, -eta / 2 + X["number"]]) + rng.gumbel(size=(n, 3))
    outcomes["multinomial"] = utility.argmax(axis=1) / 1.0
    outcomes |= {name: outcomes["gaussian"] for name in FAMILIES if name not in outcomes}
    return X, outcomes, pd.DataFrame({"sex": np.where(sex, "m", "f")})


X, OUTCOMES, PROTECTED = simulated()
WEIGHT = np.random.default_rng(1).integers(1, 4, N) / 2.0


@pytest.fixture(params=FAMILIES)
def name(request):
    return request.param


def known(name):
    """The family as it is fitted to the outcomes above."""
    return family(name, classes={"ordinal": 4, "multinomial": 3}.get(name, 2))


def losses(model, y):
    return known(model.family).loss(y, model.predictors(X))


def dependence(prediction, protected=PROTECTED, kind="ccdcov"):
    return fa.penalty(protected, kind)(prediction)[0]


LOGISTIC = LogisticRegression(C=1e12, tol=1e-10, max_iter=5000, solver="newton-cholesky")
EXACTLY = {"alpha": 0.0, "tol": 1e-12, "max_iter": 1000, "solver": "newton-cholesky"}
REFERENCES = {
    "binomial": LOGISTIC,
    "multinomial": LOGISTIC,
    "gaussian": LinearRegression(),
    "poisson": PoissonRegressor(**EXACTLY),
    "gamma": GammaRegressor(**EXACTLY),
    "tweedie": TweedieRegressor(power=1.5, link="log", **EXACTLY),
}
"""The smooth families that scikit-learn has; of proportional odds see the test of the score equations."""


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["equal", "weighted"])
@pytest.mark.parametrize("columns", ["linear", "splines"])
@pytest.mark.parametrize("name", REFERENCES)
def test_without_a_penalty_it_is_the_plain_glm(name, weight, columns):
    y, reference = OUTCOMES[name], clone(REFERENCES[name])
    features, n_knots = (X[["proxy", "number"]], 0) if columns == "linear" else (X, 6)
    model = PenalizedGLM(name, ridge=1e-13, n_knots=n_knots).fit(features, y, sample_weight=weight)
    # Of each group of columns that sum to one, one is left out, so that the reference is determinate.
    matrix = model.design_.transform(features)[:, : None if columns == "linear" else -1]
    reference.fit(matrix, y, sample_weight=weight)
    expected = reference.predict_proba(matrix) if name in classifiers() else reference.predict(matrix)
    if name in ("gamma", "tweedie"):  # the log link is not their canonical one, so that the reference is not balanced
        expected = expected * np.average(y, weights=weight) / np.average(expected, weights=weight)
    assert model.converged_
    found = model.predict_proba(features) if name in classifiers() else model.predict(features)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
    # A tiny ridge moves the sparse ends of a spline a little.
    tiny = PenalizedGLM(name, ridge=TINY, n_knots=n_knots).fit(features, y, sample_weight=weight)
    found = tiny.predict_proba(features) if name in classifiers() else tiny.predict(features)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.ptp(expected))


def test_proportional_odds_meet_their_score_equations():
    """At the optimum expected and observed shares at or above each level agree, summed as the score has them."""
    y = OUTCOMES["ordinal"]
    model = PenalizedGLM("ordinal", n_knots=0, ridge=0.0).fit(X, y)
    p, rows = model.predict_proba(X), np.arange(N)
    above = np.column_stack([np.ones(N), 1 - np.cumsum(p, axis=1)])
    residual = 1 - above[rows, y.astype(int)] - above[rows, y.astype(int) + 1]
    np.testing.assert_allclose(model.design_.transform(X).T @ residual / N, 0, atol=1e-10)
    assert (np.diff(model.intercept_) < 0).all()
    assert losses(model, y).mean() < losses(PenalizedGLM("ordinal", n_knots=0, ridge=1.0).fit(X, y), y).mean()


def test_proportional_odds_of_two_levels_are_logistic_regression():
    y = OUTCOMES["binomial"]
    penalised = (PenalizedGLM(name, "ccdcov", 0.3, ridge=TINY) for name in ("ordinal", "binomial"))
    two, one = (model.fit(X, y, PROTECTED) for model in penalised)
    # Binomial models are balanced, ordinal ones are not: they differ by their intercepts.
    centred = [model.linear_predictor(X) - model.linear_predictor(X).mean() for model in (two, one)]
    np.testing.assert_allclose(*centred, atol=5e-3)
    plain = [
        PenalizedGLM(name, ridge=TINY).fit(X, y).predict_mean(X) for name in ("ordinal", "binomial", "multinomial")
    ]
    np.testing.assert_allclose(plain[0], plain[1], rtol=1e-8)
    np.testing.assert_allclose(plain[2][:, 1], plain[1], rtol=1e-4)


def test_the_dependence_falls_and_the_loss_rises_with_the_strength(name):
    dependences, lost = [], []
    for strength in (0.0, 0.1, 1.0, 10.0, 100.0):
        model = PenalizedGLM(name, "ccdcov", strength).fit(X, OUTCOMES[name], PROTECTED)
        assert model.strength_ == strength
        dependences.append(dependence(model.predict_mean(X)))
        lost.append(losses(model, OUTCOMES[name]).mean())
    assert (np.diff(dependences) <= 1e-9).all()
    assert (np.diff(lost) >= -1e-9).all()
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
    # How far counts are more spread than Poisson's is told by rows, so the ridge is given.
    whole = PenalizedGLM("poisson", "ccdcov", 0.5, ridge=TINY).fit(features, y, PROTECTED, exposure=exposure)
    twice = np.tile(np.arange(N), 2)
    halves = PenalizedGLM("poisson", "ccdcov", 0.5, ridge=TINY).fit(
        features.iloc[twice],
        np.concatenate([y, np.zeros(N)]),
        PROTECTED.iloc[twice],
        exposure=exposure[twice] / 2,
    )
    expected = whole.predict_mean(features, exposure)
    np.testing.assert_allclose(halves.predict_mean(features, exposure), expected, rtol=SOLVED)


@pytest.mark.parametrize("strength", [0.0, 0.5, 20.0])
@pytest.mark.parametrize("family_name", ["binomial", "gamma", "gaussian", "poisson", "tweedie"])
def test_as_much_is_predicted_as_there_was_at_any_strength(family_name, strength):
    y = OUTCOMES[family_name]
    exposure = None if family_name == "binomial" else np.linspace(0.1, 2, N)
    model = PenalizedGLM(family_name, "ccdcov", strength).fit(X, y, PROTECTED, sample_weight=WEIGHT, exposure=exposure)
    assert WEIGHT @ model.predict_mean(X, exposure) == pytest.approx(WEIGHT @ y, rel=1e-6)


def test_each_class_is_predicted_as_often_as_it_occurred_under_a_penalty():
    y = OUTCOMES["multinomial"]
    model = PenalizedGLM("multinomial", "ccdcov", 2.0).fit(X, y, PROTECTED)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=0), np.bincount(y.astype(int)), rtol=1e-6)


def few_rows(seed=3, n=160):
    """Six numbers and twelve levels of which one number counts a little, and a yes/no outcome."""
    rng = np.random.default_rng(seed)
    features = pd.DataFrame(rng.normal(size=(n, 6)), columns=list("abcdef")).assign(
        town=rng.integers(0, 12, n).astype(str)
    )
    return features, (rng.random(n) < 1 / (1 + np.exp(0.7 - 0.4 * features["a"]))).to_numpy() / 1.0


def test_with_few_rows_the_default_predicts_no_worse_than_the_share_of_ones():
    features, y = few_rows()
    fresh, fresh_y = few_rows(seed=4, n=5000)
    loss, unregularised = (
        PenalizedGLM(ridge=ridge).fit(features, y).losses(fresh, fresh_y).mean() for ridge in ("auto", TINY)
    )
    constant = -(fresh_y * np.log(y.mean()) + (1 - fresh_y) * np.log(1 - y.mean())).mean()
    assert loss < 1.02 * constant < unregularised


def test_with_many_rows_the_default_is_nearly_the_fit_of_maximum_likelihood():
    features, outcomes, _ = simulated(seed=5, n=20_000)
    chosen, free = (
        PenalizedGLM(ridge=ridge).fit(features, outcomes["binomial"]).predict_mean(X) for ridge in ("auto", TINY)
    )
    assert np.abs(chosen - free).mean() < 0.01


def test_a_level_of_one_outcome_is_shrunk_and_not_infinite():
    rng = np.random.default_rng(0)
    rare = np.arange(600) < 14
    y = np.where(rare, 1.0, rng.random(600) < 0.5)
    features = pd.DataFrame({"x": rng.normal(size=600), "level": np.where(rare, "rare", "common")})
    model = PenalizedGLM(ridge="auto").fit(features, y)
    at = model.predict_mean(pd.DataFrame({"x": [0.0], "level": ["rare"]}))
    assert 0.78 < at[0] < 1 - 1e-4  # 0.78: where Wilson's interval of 14 of 14 begins


@pytest.mark.parametrize("family_name", ["binomial", "poisson", "multinomial"])
def test_a_level_of_one_outcome_is_told_with_its_rows_where_nothing_shrinks_it(family_name):
    rng = np.random.default_rng(0)
    level = np.where(np.arange(600) < 14, "rare", "common")
    y = np.where(level == "rare", 0.0, rng.integers(0, 3 if family_name == "multinomial" else 2, 600))
    features = pd.DataFrame({"x": rng.normal(size=600), "level": level})
    with pytest.warns(ConvergenceWarning, match="all 14 rows with level 'rare' have the same outcome"):
        model = PenalizedGLM(family_name, ridge=TINY).fit(features, y)
    assert model.separated_levels_ == {"level": {"rare": 14}}
    assert PenalizedGLM(family_name).fit(features, y).separated_levels_ == {}


def test_guidance_does_not_run_through_a_level_of_one_row():
    rng = np.random.default_rng(1)
    n = 2000
    features = pd.DataFrame({"x": rng.normal(size=n), "rare": np.where(np.arange(n) == 7, "yes", "no")})
    y = (rng.logistic(size=n) < features["x"]) * 1
    knowledge = Knowledge(weights={"x": 0.5, "rare": 0.5})
    model = PenalizedGLM(knowledge=knowledge, consistency=0.5).fit(features, y)
    rare = np.ptp(model.linear_predictor(features.assign(x=0.0)))
    assert rare < 10  # 2,637 log-odds without a prior


DIRECTED = tuple(name for name in FAMILIES if name != "multinomial")


def worst_turn(model, signs):
    """Least rise in the direction of each number, over values far beyond those fitted on as well."""
    scan = np.linspace(-9, 9, 300)
    turns = []
    for feature, sign in signs.items():
        curve = model.linear_predictor(X.iloc[[0] * len(scan)].assign(**{feature: scan}))
        turns.append(float((sign * np.diff(curve)).min()))
    return min(turns)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("strength", [0.0, 0.5, 50.0])
@pytest.mark.parametrize("family_name", DIRECTED)
def test_predictions_keep_their_directions_at_any_strength(family_name, strength, sign):
    signs = {"number": sign, "proxy": -sign}
    penalty = {"penalty": "ccdcov", "strength": strength} if strength else {}
    model = PenalizedGLM(family_name, monotone_constraints=signs, **penalty)
    assert worst_turn(model.fit(X, OUTCOMES[family_name], PROTECTED), signs) >= -1e-12
    if not strength:
        assert worst_turn(PenalizedGLM(family_name).fit(X, OUTCOMES[family_name]), signs) < -1e-2


def test_knowledge_keeps_directions_too():
    knowledge = Knowledge(weights={"number": 0.8, "proxy": 0.1, "kind": 0.1})
    signs = {"number": -1, "proxy": 1}
    options = {"knowledge": knowledge, "consistency": 0.5}
    free = PenalizedGLM("gaussian", **options).fit(X, OUTCOMES["gaussian"])
    model = PenalizedGLM("gaussian", monotone_constraints=signs, **options).fit(X, OUTCOMES["gaussian"])
    assert worst_turn(free, signs) < -1e-2
    assert worst_turn(model, signs) >= -1e-12


def test_directions_need_no_splines_and_bear_missing_numbers():
    gaps = X.assign(number=X["number"].where(X.index % 5 > 0))
    signs = {"number": 1, "proxy": -1}
    for knots in (0, 6):
        model = PenalizedGLM("gaussian", monotone_constraints=signs, n_knots=knots).fit(gaps, OUTCOMES["gaussian"])
        assert worst_turn(model, signs) >= -1e-12
        assert np.isfinite(model.predict(gaps)).all()


@pytest.mark.parametrize("family_name", DIRECTED)
def test_directions_that_a_fit_keeps_anyway_change_nothing(family_name):
    features = X.assign(number=X["proxy"].to_numpy()[::-1])  # of no effect, and left free
    free = PenalizedGLM(family_name, n_knots=0).fit(features, OUTCOMES[family_name])
    same = PenalizedGLM(family_name, n_knots=0, monotone_constraints={"proxy": 1}).fit(features, OUTCOMES[family_name])
    np.testing.assert_allclose(same.predictors(features), free.predictors(features), atol=1e-5)


def test_a_row_of_weight_two_is_the_row_twice_under_directions():
    signs, weight = {"number": 1, "proxy": -1}, (2 * WEIGHT).astype(int)
    rows = np.repeat(np.arange(N), weight)
    y = OUTCOMES["poisson"]
    once = PenalizedGLM("poisson", monotone_constraints=signs).fit(X, y, sample_weight=weight)
    often = PenalizedGLM("poisson", monotone_constraints=signs).fit(X.iloc[rows], y[rows])
    np.testing.assert_allclose(often.coef_, once.coef_, atol=1e-9)


def test_a_saved_model_keeps_its_directions(tmp_path):
    model = PenalizedGLM("gaussian", "ccdcov", 5.0, monotone_constraints={"number": -1})
    model.fit(X, OUTCOMES["gaussian"], PROTECTED)
    save(model, tmp_path / "m.skops")
    again = load(tmp_path / "m.skops")
    assert again.get_params() == model.get_params()
    np.testing.assert_array_equal(again.contributions(X), model.contributions(X))
    parts = model.contributions(X).sum(axis=1)
    np.testing.assert_allclose(model.linear_predictor(X) - parts, model.intercept_, atol=1e-12)


def test_a_penalty_does_not_change_how_effects_are_shrunk():
    penalised = PenalizedGLM("poisson", "ccdcov", 5.0).fit(X, OUTCOMES["poisson"], PROTECTED)
    assert penalised.effect_sizes_ == PenalizedGLM("poisson").fit(X, OUTCOMES["poisson"]).effect_sizes_


def test_a_rare_level_is_nearer_to_the_mean_than_its_rows_and_a_common_one_is_not():
    rng = np.random.default_rng(6)
    town = np.r_[np.repeat(np.arange(20), 100), [20, 20]]
    level = np.r_[rng.normal(size=20), 3.0]
    y = level[town] + rng.normal(size=len(town))
    towns = pd.DataFrame({"town": [f"t{place:02d}" for place in town]})
    fitted = PenalizedGLM("gaussian").fit(towns, y).predict_mean(towns)
    seen = pd.Series(y).groupby(town).transform("mean").to_numpy()
    kept = (fitted - y.mean()) / (seen - y.mean())
    assert 0.3 < kept[-1] < 0.9
    assert kept[:2000].min() > 0.9


def test_a_straight_trend_is_not_shrunk():
    rng = np.random.default_rng(7)
    line = pd.DataFrame({"x": rng.normal(size=300)})
    y = 2 * line["x"] + 0.5 * rng.normal(size=300)
    chosen, free = (PenalizedGLM("gaussian", ridge=ridge).fit(line, y) for ridge in ("auto", 0.0))
    slopes = [np.polyfit(line["x"], values, 1)[0] for values in (chosen.predict_mean(line), y)]
    assert slopes[0] == pytest.approx(slopes[1], rel=0.002)
    assert chosen.effect_sizes_["bent x"] < 0.2
    assert free.effect_sizes_ == {}


def test_no_prediction_runs_away_far_beyond_the_rows_fitted_on():
    rng = np.random.default_rng(8)
    power = pd.DataFrame({"power": rng.uniform(50, 150, 500)})
    claims = rng.poisson(0.1 * np.exp(0.02 * (power["power"] - 100)))
    model = PenalizedGLM("poisson").fit(power, claims)
    near, far, further = model.predict_mean(pd.DataFrame({"power": [160.0, 1e3, 1e6]}))
    assert near == pytest.approx(far, rel=0.02)
    assert far == further


def test_an_expected_count_is_the_rate_times_the_exposure():
    exposure = np.linspace(0.1, 2, N)
    model = PenalizedGLM("poisson").fit(X, OUTCOMES["poisson"], exposure=exposure)
    np.testing.assert_allclose(model.predict_mean(X, exposure), exposure * model.predict_mean(X), rtol=1e-15)
    # The score equation of the intercept: as many claims are expected as were seen.
    assert model.predict_mean(X, exposure).sum() == pytest.approx(OUTCOMES["poisson"].sum(), rel=1e-4)


@pytest.mark.parametrize("size", [1e-9, 1e-3, 1e9])
def test_the_unit_of_the_outcome_does_not_matter(size):
    """λ is in that unit, loss in its square: the same model, in other numbers."""
    for strength in (0.0, 0.5):
        one = PenalizedGLM("gaussian", "ccdcov", strength).fit(X, OUTCOMES["gaussian"], PROTECTED)
        other = PenalizedGLM("gaussian", "ccdcov", strength * size).fit(X, size * OUTCOMES["gaussian"], PROTECTED)
        # A plain fit is polished; along the kinks of the penalty L-BFGS stops elsewhere.
        scale = np.abs(one.predict(X)).max()
        np.testing.assert_allclose(other.predict(X) / size, one.predict(X), atol=(1e-3 if strength else 1e-7) * scale)


def test_rates_in_another_unit_of_time_are_the_same_model():
    for strength in (0.0, 0.5):
        days, years = (
            PenalizedGLM("poisson", "ccdcov", strength, ridge=0.0)
            .fit(X, OUTCOMES["poisson"], PROTECTED, exposure=np.full(N, unit))
            .predict(X)
            for unit in (1e6, 1.0)
        )
        np.testing.assert_allclose(1e6 * days, years, rtol=1e-3)  # L-BFGS stops elsewhere along a kink


@pytest.mark.parametrize("penalty", ["none", "jdcov"])
def test_contributions_and_intercept_add_up_to_the_linear_predictor(name, penalty):
    model = PenalizedGLM(name, penalty, 0.0 if penalty == "none" else 1.0).fit(X, OUTCOMES[name], PROTECTED)
    fresh, _, _ = simulated(seed=9)
    parts = model.contributions(fresh)
    assert parts.shape == (N, 3, 3) if name == "multinomial" else (N, 3)
    intercept = 0.0 if name == "ordinal" else model.intercept_
    np.testing.assert_allclose(intercept + parts.sum(axis=1), model.linear_predictor(fresh), atol=1e-9)
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
        ({"family": "weibull"}, "family 'weibull' is unknown"),
        ({"family": "tweedie", "power": 0.5}, "power is 0.5"),
        ({"penalty": "ccdcov", "strength": "5"}, "strength is '5'; a number is needed"),
        ({"penalty": "ccdcov", "strength": -1.0}, "strength is -1; it must not be negative"),
        ({"ridge": -1.0}, "ridge is -1; it must not be negative"),
        ({"ridge": float("nan")}, "ridge is nan"),
        ({"ridge": "some"}, "ridge is 'some'; give a number from 0, or 'auto'"),
        ({"max_iter": 0}, "max_iter must be at least 1"),
        ({"monotone_constraints": {"zz": 1}}, "'zz' is no feature; the features are proxy, number, kind"),
        ({"monotone_constraints": {"kind": 1}}, "'kind' is a category; only numbers rise and fall"),
        ({"monotone_constraints": {"proxy": 1}, "interactions": "pairs"}, "'proxy' is in the interaction of proxy and"),
        ({"family": "multinomial", "monotone_constraints": {"proxy": 1}}, "mean nothing for the multinomial family"),
        ({"unseen": "zero"}, "unseen 'zero' is unknown"),
        ({"penalty": "ccdcov", "reduce": 0.0}, "reduce is 0; it must lie between 0 and 100"),
        ({"penalty": "ccdcov", "reduce": 100.0}, "reduce is 100; it must lie between 0 and 100"),
        ({"penalty": "ccdcov", "reduce": float("nan")}, "reduce is nan"),
        ({"penalty": "dcor", "reduce_dcor": 100.0}, "reduce_dcor is 100; it must lie between 0 and 100"),
        ({"penalty": "dcor", "reduce_dcor": 50.0, "reduce": 50.0}, "give reduce or reduce_dcor, not both"),
        ({"strength": 1.0}, "strength needs a penalty"),
        ({"reduce": 50.0}, "reduce needs a penalty"),
        ({"max_loss": 0.0}, "max_loss needs a penalty"),
        ({"penalty": "ccdcov", "max_loss": -1.0}, "max_loss is -1; it must be 0 per cent or more"),
        ({"penalty": "ccdcov", "max_deviance": -1.0}, "max_deviance is -1; it must be 0 per cent or more"),
        ({"penalty": "ccdcov", "max_loss": 1.0, "max_deviance": 1.0}, "give max_loss or max_deviance, not both"),
        ({"penalty": "ccdcov", "max_loss": 1.0, "reduce": 50.0}, "give reduce or max_loss, not both"),
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


@pytest.mark.parametrize("family", ["poisson", "gamma", "tweedie"])
def test_amounts_in_a_unit_far_from_one_are_refused(family):
    """Means are held within e^±30: those near it would be wrong, and nothing would say so."""
    with pytest.raises(FitError, match=r"e\+15 on average, .* in another unit, such as millions"):
        PenalizedGLM(family).fit(X, 1e15 * OUTCOMES["gamma"])
    with pytest.raises(FitError, match=r"e-15 on average"):
        PenalizedGLM(family).fit(X, OUTCOMES["gamma"], exposure=np.full(N, 1e15))
    model = PenalizedGLM(family, ridge=0.0).fit(X, 1e9 * OUTCOMES["gamma"])
    assert 1e9 * OUTCOMES["gamma"].mean() == pytest.approx(model.predict(X).mean(), rel=0.05)


@pytest.mark.filterwarnings("ignore:the fit did not reach its optimum")
def test_a_level_of_hardly_any_weight_has_a_probability_of_hardly_anything():
    """Its two thresholds differ by less than a digit; they must neither fall on each other nor cross."""
    weight = np.where(OUTCOMES["ordinal"] == 1, 1e-20, 1.0)
    found = PenalizedGLM("ordinal").fit(X, OUTCOMES["ordinal"], sample_weight=weight).predict_proba(X)
    assert (found >= 0).all()
    assert found[:, 1].max() < 1e-9


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
    with pytest.raises(AttributeError, match="no attribute 'predict_proba'"):
        PenalizedGLM("gaussian").fit(X, OUTCOMES["gaussian"]).predict_proba(X)


def test_columns_of_a_data_frame_may_be_weights_and_exposures():
    y = pd.Series(OUTCOMES["poisson"], index=np.arange(N)[::-1])
    series = [pd.Series(values, index=np.arange(N)[::-1]) for values in (WEIGHT, np.linspace(0.1, 2, N))]
    typed = PenalizedGLM("poisson").fit(X, y, sample_weight=series[0], exposure=series[1])
    plain = PenalizedGLM("poisson").fit(X, y.to_numpy(), sample_weight=WEIGHT, exposure=np.linspace(0.1, 2, N))
    np.testing.assert_array_equal(typed.coef_, plain.coef_)


def test_an_offset_of_log_exposure_is_exposure_for_counts():
    exposure = np.random.default_rng(2).uniform(0.1, 2, N)
    rated = PenalizedGLM("poisson", n_knots=0, ridge=TINY).fit(X, OUTCOMES["poisson"], exposure=exposure)
    shifted = PenalizedGLM("poisson", n_knots=0, ridge=TINY).fit(X, OUTCOMES["poisson"], offset=np.log(exposure))
    np.testing.assert_allclose(rated.predict_mean(X), shifted.predict_mean(X), rtol=1e-7)
    np.testing.assert_allclose(
        rated.predict_mean(X, exposure), shifted.predict_mean(X, offset=np.log(exposure)), rtol=1e-7
    )


@pytest.mark.parametrize("name", ["binomial", "ordinal", "gamma", "gaussian"])
def test_the_linear_predictor_of_a_model_as_offset_leaves_nothing_to_learn(name):
    y = OUTCOMES[name]
    first = PenalizedGLM(name, n_knots=0, ridge=0.0).fit(X, y)
    second = PenalizedGLM(name, n_knots=0, ridge=0.0).fit(X, y, offset=first.linear_predictor(X))
    np.testing.assert_allclose(second.linear_predictor(X) - np.mean(second.linear_predictor(X)), 0, atol=1e-6)


def test_offsets_and_exposures_without_meaning_are_refused():
    with pytest.raises(OptionError, match="offset shifts all classes alike"):
        PenalizedGLM("multinomial").fit(X, OUTCOMES["multinomial"], offset=np.ones(N))
    with pytest.raises(OptionError, match="exposure is for rates; the binomial family has none"):
        PenalizedGLM().fit(X, OUTCOMES["binomial"], exposure=np.ones(N))
    with pytest.raises(FitError, match="exposure must be above 0; it is not in 1 rows"):
        PenalizedGLM("poisson").fit(X, OUTCOMES["poisson"], exposure=np.arange(N))
    for wrong in (np.ones(3), np.full(N, np.nan), ["a"] * N):
        with pytest.raises(FitError, match="offset must hold"):
            PenalizedGLM("poisson").fit(X, OUTCOMES["poisson"], offset=wrong)


@pytest.mark.parametrize("y", ["binomial", "multinomial"])
def test_the_penalty_of_classes_is_the_sum_over_their_probabilities(y):
    """For two classes the probabilities mirror each other, so the multinomial penalty is twice the binomial one."""
    strength = 0.2
    two = PenalizedGLM("multinomial", "ccdcov", strength, ridge=TINY).fit(X, OUTCOMES[y], PROTECTED)
    measure = fa.penalty(PROTECTED, "ccdcov")
    total = sum(measure(column)[0] for column in two.predict_mean(X).T)
    assert measure(two.predict_mean(X))[0] == pytest.approx(total, rel=1e-12)
    if y == "binomial":
        one = PenalizedGLM("binomial", "ccdcov", 2 * strength, ridge=TINY).fit(X, OUTCOMES[y], PROTECTED)
        np.testing.assert_allclose(two.predict_mean(X)[:, 1], one.predict_mean(X), atol=2e-3)


def test_an_interaction_finds_what_main_effects_cannot():
    rng = np.random.default_rng(4)
    a, b = rng.integers(0, 2, (2, 500))
    frame = pd.DataFrame({"a": np.where(a, "u", "v"), "b": np.where(b, "s", "t"), "x": rng.normal(size=500)})
    y = (a ^ b) + 0.1 * rng.normal(size=500)
    plain = PenalizedGLM("gaussian").fit(frame, y)
    crossed = PenalizedGLM("gaussian", interactions=[("b", "a")]).fit(frame, y)
    assert plain.score(frame, y) < 0.1 < 0.9 < crossed.score(frame, y)
    parts = crossed.contributions(frame)
    np.testing.assert_allclose(crossed.intercept_ + parts.sum(axis=1), crossed.predict(frame), atol=1e-9)
    # Nothing but the interaction acts, and it is split equally.
    np.testing.assert_allclose(parts[:, 0].std(), parts[:, 1].std(), rtol=0.2)
    assert parts[:, 2].std() < 0.02
    assert PenalizedGLM("gaussian", interactions="pairs").fit(frame, y).design_.share_.shape == (7 + 2 + 2 + 4 + 4, 3)


def test_a_ridge_shrinks():
    size = [
        np.abs(PenalizedGLM("tweedie", ridge=ridge).fit(X, OUTCOMES["tweedie"]).coef_).sum() for ridge in (0.0, 0.1, 1)
    ]
    assert size[0] > size[1] > size[2]


def test_the_protected_attributes_are_not_features():
    model = PenalizedGLM("binomial", "ccdcov", 1.0).fit(X, OUTCOMES["binomial"], PROTECTED)
    assert model.feature_names_in_.tolist() == ["proxy", "number", "kind"]
    assert model.n_features_in_ == 3
