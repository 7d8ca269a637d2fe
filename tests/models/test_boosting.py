"""Penalised boosting: what stays the same, what the penalty and the constraints do, and what is refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

import fairaudit as fa
from fairaudit.errors import FitError, OptionError, RoleError
from fairaudit.models.boosting import PenalizedBoosting
from fairaudit.models.families import FAMILIES, classifiers, family
from fairaudit.models.files import load, save
from fairaudit.models.learners.trees import MOST_BINS
from fairaudit.models.strength.fit_path import fit_path

N = 400


def simulated(seed=0, n=N):
    """Features of which one stands for a protected attribute, the attributes, and outcomes of each family."""
    rng = np.random.default_rng(seed)
    sex = rng.integers(0, 2, n)
    X = pd.DataFrame(
        {
            "proxy": rng.normal(size=n) + sex,
            "number": np.where(rng.random(n) < 0.1, np.nan, rng.uniform(-1, 1, n)),
            "kind": rng.choice(["p", "q", "r"], n),
        }
    )
    eta = (0.8 * X["proxy"] + np.sin(3 * X["number"].fillna(0.5)) + (X["kind"] == "p") - 1).to_numpy()
    levels = np.digitize(eta + rng.logistic(size=n), [-0.5, 1.0])
    outcomes = {
        "binomial": (rng.random(n) < 1 / (1 + np.exp(-eta))) / 1.0,
        "gaussian": eta + rng.normal(size=n),
        "poisson": rng.poisson(np.exp(eta / 2)) / 1.0,
        "gamma": rng.gamma(2, np.exp(eta / 2)),
        "tweedie": rng.poisson(np.exp(eta / 2)) * rng.gamma(2, size=n),
        "ordinal": levels,
        "multinomial": levels,
    }
    outcomes |= {name: outcomes["gaussian"] for name in FAMILIES if name not in outcomes}
    return X, outcomes, pd.DataFrame({"sex": np.where(sex, "m", "f"), "age": rng.integers(0, 3, n).astype(str)})


X, OUTCOMES, PROTECTED = simulated()
SMALL = {"n_estimators": 30, "fair_estimators": 10, "min_child_samples": 5, "n_iter_no_change": None, "n_jobs": 1}


@pytest.fixture(params=FAMILIES)
def name(request):
    return request.param


@pytest.mark.parametrize("strength", [0.0, 2.0])
@pytest.mark.parametrize("family_name", ["binomial", "gamma", "gaussian", "poisson", "tweedie"])
def test_as_much_is_predicted_as_there_was_at_any_strength(family_name, strength, tmp_path):
    y = OUTCOMES[family_name]
    model = PenalizedBoosting(family_name, "ccdcov", strength, **SMALL).fit(X, y, PROTECTED)
    assert model.predict_mean(X).sum() == pytest.approx(y.sum(), rel=1e-6)
    save(model, tmp_path / "model.skops")
    np.testing.assert_array_equal(load(tmp_path / "model.skops").predict_mean(X), model.predict_mean(X))


def small(name, penalty="none", strength=0.0, **options):
    return PenalizedBoosting(name, penalty, strength, **(SMALL | options))


def texts(model):
    return model.trees_["plain"], model.trees_["fair"]


EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": "the rows by which rounds are chosen are drawn row by row; and"
    " LightGBM holds gradients in single precision, and guesses the rows of a bin from their curvature, rounded: with a"
    " row or two in each bin, as there, it overlooks other splits"
}
"""scikit-learn's checks that an estimator does not pass, each with its reason."""


@parametrize_with_checks(
    [PenalizedBoosting(name, n_jobs=1) for name in FAMILIES],
    expected_failed_checks=lambda estimator: EXPECTED_FAILURES,
)
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the checks' tiny data are separated, their frames oddly named, and so on
def test_it_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


def test_an_array_may_hold_missing_numbers_as_a_frame_may():
    numbers, y = X[["proxy", "number"]], OUTCOMES["binomial"]
    assert numbers["number"].isna().any()
    model = small("binomial").fit(numbers.to_numpy(), y)
    np.testing.assert_array_equal(
        model.predict_proba(numbers.to_numpy()), small("binomial").fit(numbers, y).predict_proba(numbers)
    )
    with pytest.raises(ValueError, match="contains infinity"):
        small("binomial").fit(np.where(numbers > 1, np.inf, numbers), y)


def test_at_strength_zero_it_is_the_model_without_penalty(name):
    plain = small(name).fit(X, OUTCOMES[name])
    at_zero = small(name, "jdcov").fit(X, OUTCOMES[name], PROTECTED)
    assert texts(at_zero) == texts(plain)
    np.testing.assert_array_equal(at_zero.predict_mean(X), plain.predict_mean(X))
    assert plain.rounds_ == {"plain": 30, "fair": 0}


def test_the_penalised_model_keeps_the_plain_trees(name):
    fair = small(name, "ccdcov", 1.0).fit(X, OUTCOMES[name], PROTECTED)
    assert texts(fair)[0] == texts(small(name).fit(X, OUTCOMES[name]))[0]
    assert fair.rounds_ == {"plain": 30, "fair": 10}
    assert (fair.n_iter_, fair.strength_, fair.reduction_) == (40, 1.0, None)


@pytest.mark.parametrize("options", [{}, {"subsample": 0.5, "colsample_bytree": 0.4}], ids=["plain", "random"])
def test_the_same_seed_gives_the_same_trees(options):
    fits = [
        small("poisson", "sum", 0.5, random_state=seed, **options).fit(X, OUTCOMES["poisson"], PROTECTED)
        for seed in (3, 3, 4)
    ]
    assert texts(fits[0]) == texts(fits[1])
    assert texts(fits[0]) != texts(fits[2])


@pytest.mark.parametrize("strength", [0.0, 0.5])
def test_a_row_of_weight_two_is_the_row_twice(name, strength):
    count = np.random.default_rng(1).integers(1, 4, N)
    rows, options = np.repeat(np.arange(N), count), {"min_child_samples": 1, "num_leaves": 8, "max_bins": 20}
    weighted = small(name, "ccdcov", strength, **options).fit(X, OUTCOMES[name], PROTECTED, sample_weight=count)
    repeated = small(name, "ccdcov", strength, **options).fit(X.iloc[rows], OUTCOMES[name][rows], PROTECTED.iloc[rows])
    expected = repeated.predict_mean(X)
    # LightGBM holds gradients in single precision.
    np.testing.assert_allclose(weighted.predict_mean(X), expected, rtol=1e-4, atol=1e-5 * np.ptp(expected))


def test_a_row_of_weight_zero_is_not_there(name):
    weight = (np.arange(N) % 4 > 0) / 1.0
    found = small(name, "ccdcov", 0.5).fit(X, OUTCOMES[name], PROTECTED, sample_weight=weight)
    kept = weight > 0
    expected = small(name, "ccdcov", 0.5).fit(X[kept], OUTCOMES[name][kept], PROTECTED[kept])
    assert texts(found) == texts(expected)


def test_the_scale_of_the_weights_does_not_matter():
    weight = np.random.default_rng(1).integers(1, 4, N) / 1.0
    one, two = (
        small("gaussian", min_child_samples=20).fit(X, OUTCOMES["gaussian"], sample_weight=weight * scale)
        for scale in (1.0, 8.0)
    )
    assert texts(one) == texts(two)


def test_an_exposure_is_a_weight_on_the_rate():
    exposure = np.random.default_rng(2).uniform(0.1, 2, N)
    rated = small("poisson", "ccdcov", 0.5).fit(X, OUTCOMES["poisson"], PROTECTED, exposure=exposure)
    weighted = small("poisson", "ccdcov", 0.5).fit(X, OUTCOMES["poisson"] / exposure, PROTECTED, sample_weight=exposure)
    assert texts(rated) == texts(weighted)
    np.testing.assert_allclose(rated.predict_mean(X, exposure), exposure * rated.predict_mean(X), rtol=1e-15)


def test_an_offset_of_log_exposure_is_exposure_for_counts():
    """Their losses, slopes and curvatures are proportional; a penalty sees rates here and counts there."""
    exposure, options = np.random.default_rng(2).uniform(0.1, 2, N), {"min_child_samples": 1}
    coarse = X.round({"proxy": 1, "number": 1})  # each value a bin: those of equal weight heed exposures
    rated = small("poisson", **options).fit(coarse, OUTCOMES["poisson"], exposure=exposure)
    shifted = small("poisson", **options).fit(coarse, OUTCOMES["poisson"], offset=np.log(exposure))
    expected = shifted.predict_mean(coarse, offset=np.log(exposure))
    np.testing.assert_allclose(rated.predict_mean(coarse, exposure), expected, rtol=1e-5)
    options |= {"fair_learning_rate": 0.3, "fair_num_leaves": 4}
    fair = small("poisson", "ccdcov", 10.0, **options)
    fair.fit(coarse, OUTCOMES["poisson"], PROTECTED, offset=np.log(exposure))
    measure = fa.penalty(PROTECTED, "ccdcov")
    assert measure(fair.predict_mean(coarse, offset=np.log(exposure)))[0] < 0.8 * measure(expected)[0]


@pytest.mark.parametrize("strength", [0.0, 1.0, 1e4])
def test_contributions_add_up_to_the_linear_predictor_but_for_a_constant(name, strength):
    model = small(name, "ccdcov", strength).fit(X, OUTCOMES[name], PROTECTED)
    fresh, _, _ = simulated(seed=9)
    parts = model.contributions(fresh)
    assert parts.shape == ((N, 3, 3) if name == "multinomial" else (N, 3))
    rest = model.linear_predictor(fresh) - parts.sum(axis=1)
    np.testing.assert_allclose(rest - rest[0], 0, atol=1e-9)
    assert np.ptp(parts[:, 0]) > 0.1 or strength == 1e4


@pytest.mark.parametrize("kind", ["dcov:sex", "sum", "ccdcov", "jdcov"])
def test_each_penalty_lowers_its_dependence(name, kind):
    measure = fa.penalty(PROTECTED, kind)
    plain = small(name).fit(X, OUTCOMES[name])
    strength = 1 / measure(plain.predict_mean(X))[0]
    options = {"fair_estimators": 30, "fair_learning_rate": 0.3}
    fair = small(name, kind, strength, **options).fit(X, OUTCOMES[name], PROTECTED)
    assert measure(fair.predict_mean(X))[0] < 0.4 * measure(plain.predict_mean(X))[0]


def test_within_strata_it_lowers_the_dependence_there():
    y = OUTCOMES["binomial"]
    measure = fa.penalty(PROTECTED[["sex"]], "ccdcov", strata=y)
    plain = small("binomial").fit(X, y)
    fair = small("binomial", "ccdcov", 5.0, fair_learning_rate=0.3).fit(X, y, PROTECTED[["sex"]], strata=y)
    assert measure(fair.predict_mean(X))[0] < 0.2 * measure(plain.predict_mean(X))[0]


@pytest.mark.parametrize("percent", [60, 90])
def test_an_asked_reduction_is_about_reached_on_fresh_rows(percent):
    features, outcomes, protected = simulated(seed=5, n=6000)
    fresh, _, fresh_protected = simulated(seed=6, n=20_000)
    options = {"fair_num_leaves": 4, "min_child_samples": 40, "n_estimators": 300, "n_iter_no_change": 10}
    options |= {"learning_rate": 0.2}
    plain = small("gaussian", **options).fit(features, outcomes["gaussian"])
    fair = small("gaussian", "ccdcov", reduce=percent, **options).fit(features, outcomes["gaussian"], protected)
    measure = fa.penalty(fresh_protected, "ccdcov")
    reached = 100 * (1 - measure.excess(fair.predict_mean(fresh)) / measure.excess(plain.predict_mean(fresh)))
    assert reached == pytest.approx(percent, abs=15)
    assert fair.reduction_ == pytest.approx(percent, abs=3)


def test_a_loss_budget_is_about_kept_on_fresh_rows():
    features, outcomes, protected = simulated(seed=5, n=3000)
    fresh, fresh_outcomes, _ = simulated(seed=6, n=20_000)
    options = {"fair_estimators": 40, "min_child_samples": 40, "n_estimators": 60, "learning_rate": 0.2}
    plain = small("gaussian", **options).fit(features, outcomes["gaussian"])
    fair = small("gaussian", "ccdcov", max_deviance=5.0, **options).fit(features, outcomes["gaussian"], protected)
    errors = [np.mean((model.predict(fresh) - fresh_outcomes["gaussian"]) ** 2) for model in (plain, fair)]
    assert 2 < 100 * (errors[1] / errors[0] - 1) < 8


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("family", ["gaussian", "poisson", "ordinal"])
def test_both_phases_keep_monotone_constraints(family, sign):
    wavy = X.assign(number=X["number"].fillna(0.0))
    signs, scan = {"number": sign, "proxy": -sign}, np.linspace(-1.2, 1.2, 60)
    model = small(family, "ccdcov", 50.0, monotone_constraints=signs).fit(wavy, OUTCOMES[family], PROTECTED)
    free = small(family, "ccdcov", 50.0).fit(wavy, OUTCOMES[family], PROTECTED)

    def worst(model, feature, sign):
        rows = pd.concat([wavy.iloc[:40].assign(**{feature: value}) for value in scan], ignore_index=True)
        curves = model.linear_predictor(rows).reshape(len(scan), 40, *model.linear_predictor(rows[:1]).shape[1:])
        return (sign * np.diff(curves, axis=0)).min()

    for feature, direction in signs.items():
        assert worst(model, feature, direction) >= -1e-12
    assert min(worst(free, feature, direction) for feature, direction in signs.items()) < -1e-3


def test_a_missing_number_has_a_side_of_its_own():
    y = np.where(X["number"].isna(), 3.0, X["number"].fillna(0.0))
    model = small("gaussian", learning_rate=0.3).fit(X[["number"]], y)
    np.testing.assert_allclose(model.predict(X[["number"]])[X["number"].isna()], 3.0, atol=0.1)
    whole = small("gaussian").fit(X[["proxy"]], y)
    with pytest.raises(RoleError, match="'proxy' is missing in 1 row, and was never missing"):
        whole.predict(pd.DataFrame({"proxy": [np.nan]}))


def test_a_level_that_training_did_not_have_is_refused_or_taken_as_missing():
    strange = X.assign(kind="z")
    with pytest.raises(RoleError, match="'kind' has the level 'z' in 400 rows"):
        small("gaussian").fit(X, OUTCOMES["gaussian"]).predict(strange)
    assert np.isfinite(small("gaussian", unseen="mean").fit(X, OUTCOMES["gaussian"]).predict(strange)).all()


def test_a_saved_model_comes_back_the_same(name, tmp_path):
    options = {"monotone_constraints": None if name == "multinomial" else {"proxy": 1}}
    model = small(name, "ccdcov", 30.0, **options).fit(X, OUTCOMES[name], PROTECTED)
    save(model, tmp_path / "model.skops")
    found = load(tmp_path / "model.skops")
    assert type(found) is PenalizedBoosting
    assert found.get_params() == model.get_params()
    for method in ("predict", "predict_mean", "contributions", "linear_predictor"):
        np.testing.assert_array_equal(getattr(found, method)(X), getattr(model, method)(X))
    assert found.parameters == model.parameters


def test_its_parameters_are_leaves_and_intercepts():
    model = small("gaussian", "ccdcov", 1.0, num_leaves=2, fair_num_leaves=2).fit(X, OUTCOMES["gaussian"], PROTECTED)
    assert model.parameters == 2 * 40 + 1
    assert small("multinomial", num_leaves=2).fit(X, OUTCOMES["multinomial"]).parameters == 3 * 2 * 30 + 3


def test_it_clones_without_what_it_has_learnt():
    model = small("poisson", "sum", 0.5).fit(X, OUTCOMES["poisson"], PROTECTED)
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "trees_")
    assert texts(copy.fit(X, OUTCOMES["poisson"], PROTECTED)) == texts(model)


def test_a_pipeline_and_a_grid_search_hand_the_protected_attributes_on():
    pipeline = make_pipeline(FunctionTransformer(), small("binomial", "ccdcov", 2.0))
    pipeline.fit(X, OUTCOMES["binomial"], penalizedboosting__sensitive_features=PROTECTED)
    direct = small("binomial", "ccdcov", 2.0).fit(X, OUTCOMES["binomial"], PROTECTED)
    np.testing.assert_array_equal(pipeline.predict_proba(X), direct.predict_proba(X))
    search = GridSearchCV(small("binomial", "ccdcov"), {"strength": [2.0]}, cv=2, error_score="raise")
    search.fit(X, OUTCOMES["binomial"], sensitive_features=PROTECTED)
    np.testing.assert_array_equal(search.predict_proba(X), direct.predict_proba(X))


def test_predictions_do_not_depend_on_the_number_of_threads():
    model = small("gaussian", "ccdcov", 1.0).fit(X, OUTCOMES["gaussian"], PROTECTED)
    one = model.predict(X)
    np.testing.assert_array_equal(model.set_params(n_jobs=2).predict(X), one)


def test_nothing_is_printed(capfd):
    model = small("binomial", "ccdcov", 1.0).fit(X[:20], OUTCOMES["binomial"][:20], PROTECTED[:20])
    model.contributions(X[:20])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("rows", [4, 60])
def test_where_no_split_is_possible_the_model_is_constant_and_says_so(name, rows):
    y = np.r_[OUTCOMES[name][:rows]] if rows > 4 else np.arange(4) % 2 + 1.0 * (name not in classifiers())
    with pytest.warns(ConvergenceWarning, match="the model is constant: no split leaves 50 rows on both sides"):
        model = small(name, "ccdcov", 1.0, min_child_samples=50).fit(X[:rows], y, PROTECTED[:rows])
    assert model.n_iter_ == 0
    mean = model.predict_mean(X[:rows])
    np.testing.assert_allclose(mean, np.broadcast_to(mean[0], mean.shape), rtol=1e-15)
    if mean.ndim == 1:
        weight = np.full(rows, 1 / rows)
        best = family(name, classes=len(np.unique(y))).fitted_to(y, weight)
        assert mean[0] == pytest.approx(best.mean(best.start(y, weight)[None])[0], rel=1e-6)
    np.testing.assert_array_equal(model.contributions(X[:rows]), 0)


def test_a_feature_without_variation_leaves_the_constant_model():
    with pytest.warns(ConvergenceWarning, match="the model is constant"):
        model = small("gaussian").fit(pd.DataFrame({"x": np.ones(N)}), OUTCOMES["gaussian"])
    np.testing.assert_allclose(model.predict(pd.DataFrame({"x": [1.0, 9.0]})), OUTCOMES["gaussian"].mean())


def test_a_constant_model_of_counts_with_an_offset_is_calibrated():
    offset = np.random.default_rng(3).normal(size=N)
    with pytest.warns(ConvergenceWarning, match="the model is constant"):
        model = small("poisson").fit(pd.DataFrame({"x": np.ones(N)}), OUTCOMES["poisson"], offset=offset)
    means = model.predict_mean(pd.DataFrame({"x": np.ones(N)}), offset=offset)
    assert means.sum() == pytest.approx(OUTCOMES["poisson"].sum(), rel=1e-9)


def test_rounds_that_ran_out_are_stated():
    options = {"n_estimators": 10, "n_iter_no_change": 5, "learning_rate": 0.02}
    with pytest.warns(ConvergenceWarning, match=r"least in round \d+ of 10, too near the last; raise n_estimators"):
        model = small("gaussian", **options).fit(X, OUTCOMES["gaussian"])
    assert not model.converged_
    done = small("gaussian", n_iter_no_change=5, n_estimators=300, learning_rate=0.2).fit(X, OUTCOMES["gaussian"])
    assert (done.converged_, done.message_) == (True, "")
    counted = small("gaussian").fit(X, OUTCOMES["gaussian"])
    assert (counted.converged_, counted.message_) == (True, "")


def test_where_no_rows_can_be_held_out_it_says_so():
    y = np.where(np.arange(N) < N // 2, 0.0, 1.0)
    with pytest.warns(ConvergenceWarning, match="too few rows to hold some out, so all 30 rounds were taken"):
        model = small("gaussian", n_iter_no_change=5).fit(X, y, groups=np.zeros(N))
    assert not model.converged_


@pytest.mark.parametrize("seed", range(4))
def test_dependence_falls_evenly_and_the_loss_rises_with_the_strength_on_few_rows(seed):
    """Case 46, and further: 800 rows, no jump between neighbours of a fine path."""
    features, outcomes, protected = simulated(seed=seed, n=800)
    measure, y = fa.penalty(protected, "ccdcov"), outcomes["binomial"]
    estimator = PenalizedBoosting(penalty="ccdcov", random_state=seed, n_jobs=1)
    models = fit_path(estimator, [0, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50], features, y, protected)
    dependence = np.array([measure(model.predict_mean(features))[0] for model in models])
    left = dependence[1:] / dependence[:-1]
    assert left.max() < 0.98
    assert left.min() > 0.4
    loss = np.array([model.losses(features, y).mean() for model in models])
    assert (np.diff(loss) > -2e-4 * loss[0]).all()  # of the expected loss there is no fall at all
    assert {model.rounds_["fair"] for model in models[1:]} == {30}
    weak = fit_path(estimator, [0, 1e-4], features, y, protected)
    np.testing.assert_allclose(*(model.predict_mean(features) for model in weak), rtol=1e-3)


def test_on_few_rows_boosting_heeds_a_strength_as_a_linear_model_does():
    features, outcomes, protected = simulated(seed=2, n=700)
    features, y, measure = features[["proxy", "number"]], outcomes["binomial"], fa.penalty(protected, "ccdcov")
    trees, lines = (
        [
            measure(model.predict_mean(features))[0]
            for model in fit_path(estimator, [0, 5, 10, 20], features, y, protected)
        ]
        for estimator in (PenalizedBoosting(penalty="ccdcov", n_jobs=1), fa.PenalizedGLM(penalty="ccdcov"))
    )
    assert (np.diff(trees) < 0).all()
    assert trees[-1] < 2 * lines[-1]


def test_two_features_are_seen_together():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(3000, 2))
    y = ((x[:, 0] > 0) ^ (x[:, 1] > 0) ^ (rng.random(3000) < 0.1)).astype(int)
    model = PenalizedBoosting(n_jobs=1).fit(x[:2000], y[:2000])
    assert model.score(x[2000:], y[2000:]) >= 0.85
    beside = np.column_stack([x, np.ones(3000)])  # a column that never varies is no second feature
    assert PenalizedBoosting(n_jobs=1).fit(beside[:2000], y[:2000]).score(beside[2000:], y[2000:]) >= 0.85


def test_a_leaf_needs_fewer_rows_where_there_are_few():
    for rows, least in ((60, 3), (400, 20)):
        model = small("gaussian", min_child_samples=None).fit(X[:rows], OUTCOMES["gaussian"][:rows])
        assert model.least_rows_ == least
    assert small("gaussian").fit(X, OUTCOMES["gaussian"]).least_rows_ == SMALL["min_child_samples"]


def test_with_the_outcomes_observed_the_second_phase_learns_further(name):
    """What the first phase has left undone, here after 3 rounds; beside its predictions there is nothing to learn."""
    loss = [
        small(name, "ccdcov", 1e-3, n_estimators=3, fair_outcome=outcome)
        .fit(X, OUTCOMES[name], PROTECTED)
        .losses(X, OUTCOMES[name])
        .mean()
        for outcome in ("predicted", "observed")
    ]
    plain = small(name, n_estimators=3).fit(X, OUTCOMES[name]).losses(X, OUTCOMES[name]).mean()
    assert loss[1] < 0.97 * plain
    if not name.startswith("quantile"):  # which has no mean to stay near
        assert loss[0] == pytest.approx(plain, rel=2e-3)


def test_a_penalty_that_no_tree_can_lower_is_stated():
    features = pd.DataFrame({"x": np.tile([0.0, 1.0], N // 2)})
    sex = pd.Series(np.tile(["f", "f", "m", "m"], N // 4), name="sex")  # as many in each leaf
    with pytest.warns(ConvergenceWarning, match="at strength 10 no tree lowers loss and penalty together, so that the"):
        model = small("gaussian", "ccdcov", 10.0).fit(features, features["x"] + OUTCOMES["gaussian"], sex)
    assert model.rounds_ == {"plain": 30, "fair": 0}


@pytest.mark.parametrize("family", classifiers())
def test_separated_classes_are_stated(family):
    y = np.digitize(X["proxy"], [0.5] if family == "binomial" else [0.0, 1.0])
    options = {"min_child_samples": 1, "n_estimators": 60, "learning_rate": 1.0, "colsample_bytree": 1.0}
    with pytest.warns(ConvergenceWarning, match="the trees are certain of the class of every training row"):
        model = small(family, **options).fit(X, y)
    assert model.separated_
    np.testing.assert_array_equal(model.predict(X), y)
    assert not small(family).fit(X, OUTCOMES[family]).separated_


@pytest.mark.parametrize("family", classifiers())
def test_a_penalty_acts_on_separated_classes(family):
    y = np.digitize(X["proxy"], [0.5] if family == "binomial" else [0.0, 1.0])
    plain = small(family, learning_rate=0.3).fit(X, y)
    fair = small(family, "ccdcov", 50.0, fair_estimators=40, learning_rate=0.3).fit(X, y, PROTECTED)
    measure = fa.penalty(PROTECTED, "ccdcov")
    assert measure(fair.predict_mean(X))[0] < 0.2 * measure(plain.predict_mean(X))[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"monotone_constraints": {"zz": 1}}, "'zz' is no feature; the features are proxy, number, kind"),
        ({"monotone_constraints": {"proxy": 2}}, "'proxy' is 2; choose one of 1, 0, -1"),
        ({"monotone_constraints": {"kind": 1}}, "'kind' is a category; only numbers rise and fall"),
        ({"family": "multinomial", "monotone_constraints": {"proxy": 1}}, "mean nothing for the multinomial family"),
        ({"max_bins": 1}, "max_bins is 1; it must be at least 2"),
        ({"max_bins": MOST_BINS + 1}, f"max_bins is {MOST_BINS + 1}; it must be at most {MOST_BINS}"),
        ({"num_leaves": 1}, "num_leaves is 1; it must be at least 2"),
        ({"n_estimators": 0}, "n_estimators is 0; it must be at least 1"),
        ({"fair_estimators": 0}, "fair_estimators is 0; it must be at least 1"),
        ({"min_child_samples": 0}, "min_child_samples is 0; it must be at least 1"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0; it must lie above 0"),
        ({"fair_learning_rate": float("nan")}, "fair_learning_rate is nan"),
        ({"subsample": 1.5}, "subsample is 1.5; it must lie above 0, and not above 1"),
        ({"colsample_bytree": 0.0}, "colsample_bytree is 0.0"),
        ({"reg_lambda": -1.0}, "reg_lambda is -1; it must not be negative"),
        ({"reg_lambda": float("nan")}, "reg_lambda is nan"),
        ({"random_state": -1}, "random_state is -1; it is a whole number from 0"),
        ({"random_state": 2**31}, "random_state is 2147483648"),
        ({"n_iter_no_change": 0}, "n_iter_no_change must be at least 1"),
        ({"n_iter_no_change": 5, "validation_fraction": 1.0}, "validation_fraction between 0 and 1"),
        ({"unseen": "zero"}, "unseen 'zero' is unknown"),
        ({"family": "weibull"}, "family 'weibull' is unknown"),
        ({"strength": 1.0}, "strength needs a penalty"),
    ],
)
def test_options_without_meaning_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        PenalizedBoosting(**(SMALL | options)).fit(X, OUTCOMES["binomial"], PROTECTED)


def test_data_that_cannot_be_fitted_are_refused(name):
    with pytest.raises(FitError, match="there is nothing to fit"):
        small(name).fit(X, np.ones(N))
    with pytest.raises(RoleError, match="feature 'proxy' is infinite in 1 of 400 rows"):
        small(name).fit(X.assign(proxy=np.r_[np.inf, X["proxy"][1:]]), OUTCOMES[name])
    with pytest.raises(FitError, match="sample_weight must not be negative, nor zero in all rows"):
        small(name).fit(X, OUTCOMES[name], sample_weight=np.zeros(N))


def test_importing_the_package_does_not_import_lightgbm():
    code = "import sys, fairaudit; fairaudit.PenalizedGLM; print('lightgbm' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert fa.PenalizedBoosting is PenalizedBoosting
