"""The estimators as scikit-learn's: its own checks, its tools, and what they refuse."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from scipy import sparse
from sklearn.base import is_classifier, is_regressor
from sklearn.compose import make_column_transformer
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import log_loss, mean_gamma_deviance, mean_poisson_deviance, mean_squared_error
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import fairaudit as fa
from fairaudit.errors import FairAuditError, FitError, OptionError, RoleError
from fairaudit.fitting.estimators import estimator
from fairaudit.models.families import FAMILIES, classifiers
from fairaudit.models.glm import PenalizedGLM

EXPECTED_FAILURES: dict[str, str] = {}
"""scikit-learn's checks that an estimator does not pass, each with its reason. There is none."""

RNG = np.random.default_rng(11)
N = 300
SEX = RNG.choice(["f", "m"], N)
X = pd.DataFrame({"a": RNG.normal(size=N) + (SEX == "m"), "b": RNG.normal(size=N), "k": RNG.choice(["p", "q"], N)})
ETA = X["a"] - X["b"] + (X["k"] == "p")
LABELS = np.where(ETA + RNG.logistic(size=N) > 0.5, "yes", "no")
SENSITIVE = pd.DataFrame({"sex": SEX})
AMOUNT = RNG.gamma(2, np.exp(ETA / 3))


@parametrize_with_checks(
    [PenalizedGLM(name) for name in FAMILIES], expected_failed_checks=lambda estimator: EXPECTED_FAILURES
)
@pytest.mark.filterwarnings("ignore")  # the checks' tiny data are separated, their frames oddly named, and so on
def test_it_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_family_decides_what_it_is(family):
    model = PenalizedGLM(family)
    assert is_classifier(model) == (family in classifiers())
    assert is_regressor(model) != is_classifier(model)
    assert hasattr(model, "predict_proba") == is_classifier(model)
    assert is_classifier(model.set_params(family="binomial"))


@pytest.mark.parametrize("family", FAMILIES)
def test_before_fitting_it_says_so(family):
    model = PenalizedGLM(family)
    for method in ("predict", "predict_mean", "linear_predictor", "contributions", "predict_proba"):
        if hasattr(model, method):
            with pytest.raises(NotFittedError):
                getattr(model, method)(X)


@pytest.mark.parametrize("family", classifiers())
@pytest.mark.parametrize("labels", [["no", "yes"], [-1, 7], [False, True], [0.0, 1.0]])
def test_any_two_labels_are_classes(family, labels):
    y = np.asarray(labels)[(LABELS == "yes").astype(int)]
    model = PenalizedGLM(family).fit(X, y)
    assert model.classes_.tolist() == labels
    assert model.predict(X).dtype == y.dtype
    np.testing.assert_array_equal(model.predict(X), model.classes_[model.predict_proba(X).argmax(axis=1)])
    assert model.score(X, y) == np.mean(model.predict(X) == y) > 0.7


def test_ordinal_levels_take_the_order_of_an_ordered_category():
    rng = np.random.default_rng(1)
    order = ["low", "middle", "high", "never"]
    codes = np.digitize(ETA + rng.logistic(size=N), [-0.5, 1.5])
    y = pd.Series(pd.Categorical.from_codes(codes, order, ordered=True))
    model = PenalizedGLM("ordinal").fit(X, y)
    assert model.classes_.tolist() == order[:3]
    plain = PenalizedGLM("ordinal").fit(X, codes)
    np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))
    np.testing.assert_allclose(model.predict_mean(X), model.predict_proba(X) @ [0, 1, 2], rtol=1e-12)
    with pytest.warns(
        UserWarning, match="text without an order, taken by the alphabet: high, low, middle; give an ord"
    ):
        unordered = PenalizedGLM("ordinal").fit(X, y.astype(str))
    assert unordered.classes_.tolist() == ["high", "low", "middle"]


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        ({"reduce": 90}, "nothing was taken away of the 90% asked for: the plain model shows no dependence over its"),
        ({"reduce_dcor": 80}, "nothing was taken away of the 80% asked for: the plain model shows no dependence"),
        ({"max_loss": 2}, "no penalty was added: .*, or any costs more than the 2% allowed"),
        ({"max_deviance": 3}, "no penalty was added: .*, or any costs more than the 3% allowed"),
    ],
)
def test_a_search_that_ends_without_a_penalty_says_so(goal, message):
    rng = np.random.default_rng(2)
    frame, group = pd.DataFrame({"x": rng.normal(size=600)}), rng.choice(["a", "b"], 600)
    y = (np.arange(600) % 100 == 0).astype(int)  # 6 of 600, and whatever the group
    with pytest.warns(ConvergenceWarning, match=message):
        model = PenalizedGLM(penalty="ccdcov", **goal).fit(frame, y, sensitive_features=group)
    assert (model.strength_, model.reduction_) == (0, 0)
    assert "no dependence over its noise floor" in model.message_


@pytest.mark.parametrize("kind", ["glm", "boosting", "network"])
def test_a_scale_free_penalty_takes_away_correlation_and_leaves_the_spread(kind):
    if kind == "network":
        pytest.importorskip("torch", reason="the extra torch is not installed")
    rng = np.random.default_rng(5)
    group = rng.integers(0, 2, 600)
    frame = pd.DataFrame({"told": rng.normal(size=600) + group, "free": rng.normal(size=600)})
    y = frame["told"] + frame["free"] + 0.3 * rng.normal(size=600)
    options = {"glm": {"n_knots": 0}, "boosting": {"random_state": 1}, "network": {"hidden": (8,)}}[kind]

    def predicted(penalty, strength):
        model = estimator(kind, family="gaussian", penalty=penalty, strength=strength, **options)
        return model.fit(frame, y, sensitive_features=None if penalty == "none" else group).predict(frame)

    plain, fair = predicted("none", 0.0), predicted("dcor", 30.0)
    measure = fa.penalty(pd.DataFrame({"g": group}), "dcor")
    assert measure(fair)[0] < 0.25 * measure(plain)[0]
    assert fair.std() > 0.5 * plain.std()  # the other feature is left as it was


def test_a_regressor_is_scored_by_the_deviance_that_it_explains():
    y = AMOUNT
    for family, power in (("gaussian", 0), ("poisson", 1), ("gamma", 2), ("tweedie", 1.5)):
        model = PenalizedGLM(family).fit(X, y)
        deviance = [sklearn.metrics.mean_tweedie_deviance(y, mean, power=power) for mean in
                    (model.predict(X), np.full(N, y.mean()))]  # fmt: skip
        assert model.score(X, y) == pytest.approx(1 - deviance[0] / deviance[1], rel=1e-9)
        assert 0 < model.score(X, y) < 1


def test_in_a_pipeline_the_protected_attributes_go_to_the_last_step():
    encoder = make_column_transformer((StandardScaler(), ["a", "b"]), (OneHotEncoder(), ["k"]))
    pipeline = make_pipeline(encoder, PenalizedGLM(penalty="ccdcov", strength=2.0))
    pipeline.fit(X, LABELS, penalizedglm__sensitive_features=SENSITIVE)
    direct = PenalizedGLM(penalty="ccdcov", strength=2.0).fit(encoder.fit_transform(X), LABELS, SENSITIVE)
    np.testing.assert_array_equal(pipeline.predict_proba(X), direct.predict_proba(encoder.transform(X)))


@pytest.mark.parametrize("sensitive", [SENSITIVE, SENSITIVE["sex"], SEX], ids=["frame", "series", "array"])
def test_a_grid_search_cuts_the_protected_attributes_with_the_rows(sensitive):
    search = GridSearchCV(PenalizedGLM(penalty="ccdcov"), {"strength": [0.0, 5.0]}, cv=3, error_score="raise")
    search.fit(X, LABELS, sensitive_features=sensitive, sample_weight=np.ones(N))
    best = search.best_params_["strength"]
    direct = PenalizedGLM(penalty="ccdcov", strength=best).fit(X, LABELS, SENSITIVE)
    np.testing.assert_allclose(search.predict_proba(X), direct.predict_proba(X), rtol=1e-12)


def test_with_metadata_routing_they_are_asked_for():
    with sklearn.config_context(enable_metadata_routing=True):
        model = PenalizedGLM("gamma", "ccdcov", 0.1).set_fit_request(sensitive_features=True, exposure=True)
        search = GridSearchCV(model, {"n_knots": [0, 6]}, cv=3, error_score="raise")
        search.fit(X, AMOUNT, sensitive_features=SENSITIVE, exposure=np.ones(N))
        scores = cross_val_score(
            model, X, AMOUNT, cv=3, params={"sensitive_features": SENSITIVE, "exposure": np.ones(N)}
        )
    assert len(scores) == 3
    assert search.best_estimator_.strength_ == 0.1


def test_predictions_are_plain_arrays_that_group_as_any():
    for family, y in (("binomial", LABELS), ("gaussian", AMOUNT)):
        predicted = PenalizedGLM(family).fit(X, y).predict(X)
        assert type(predicted) is np.ndarray
        assert predicted.shape == (N,)
        assert set(pd.Series(predicted).groupby(SEX).size().index) == {"f", "m"}


def test_a_frame_is_read_alike_whatever_library_it_is_from():
    expected = PenalizedGLM(penalty="ccdcov", strength=1.0).fit(X, LABELS, SENSITIVE)
    frames = pl.from_pandas(X), pl.DataFrame({"sex": SEX.tolist()})
    found = PenalizedGLM(penalty="ccdcov", strength=1.0).fit(frames[0], LABELS, frames[1])
    np.testing.assert_array_equal(found.predict_proba(frames[0]), expected.predict_proba(X))
    assert found.feature_names_in_.tolist() == ["a", "b", "k"]


def test_an_array_is_read_as_the_frame_of_its_columns():
    values = X[["a", "b"]].to_numpy()
    model = PenalizedGLM().fit(values, LABELS)
    np.testing.assert_array_equal(
        model.predict_proba(values), PenalizedGLM().fit(X[["a", "b"]], LABELS).predict_proba(X[["a", "b"]])
    )
    assert not hasattr(model, "feature_names_in_")


def test_columns_without_names_are_taken_by_their_position():
    frame, values = X[["a", "b"]], X[["a", "b"]].to_numpy()
    named, unnamed = PenalizedGLM().fit(frame, LABELS), PenalizedGLM().fit(values, LABELS)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        np.testing.assert_array_equal(named.predict_proba(values), named.predict_proba(frame))
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        np.testing.assert_array_equal(named.contributions(pd.DataFrame(values)), named.contributions(frame))
    with pytest.warns(UserWarning, match="fitted without feature names"):
        np.testing.assert_array_equal(unnamed.predict_proba(frame), unnamed.predict_proba(values))
    numbered = frame.set_axis([3, 1], axis=1)
    model = PenalizedGLM().fit(numbered, LABELS)
    np.testing.assert_array_equal(model.predict_proba(numbered[[1, 3]]), named.predict_proba(frame))


@pytest.mark.parametrize("seed", [None, -1, 0.5, np.random.RandomState(0)])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(OptionError, match=r"random_state is .*(it is a whole number from 0|a whole number is needed)"):
        PenalizedGLM(random_state=seed).fit(X, LABELS)


def test_groups_may_be_of_any_kind():
    keys = np.array([None, "a", 3.0, np.nan], dtype=object)[np.arange(N) % 4]
    found = PenalizedGLM().read(X, LABELS, groups=keys).groups
    assert len(np.unique(found)) in (3, 4)
    text = np.array(["b", "a", "c"])[np.arange(N) % 3]
    weight = (text != "b") / 1.0  # a group that is not there leaves no gap
    assert PenalizedGLM().read(X, LABELS, sample_weight=weight, groups=text).groups.tolist() == [0, 1] * (N // 3)


def test_a_row_of_weight_zero_is_not_there():
    weight = (np.arange(N) % 3 > 0) / 1.0
    features = X.assign(k=np.where(weight == 0, "only here", X["k"]))
    labels = np.where(weight == 0, "neither", LABELS)
    found = PenalizedGLM("multinomial", "ccdcov", 0.5).fit(features, labels, SENSITIVE, sample_weight=weight)
    kept = weight > 0
    expected = PenalizedGLM("multinomial", "ccdcov", 0.5).fit(X[kept], LABELS[kept], SENSITIVE[kept])
    assert found.classes_.tolist() == ["no", "yes"]
    np.testing.assert_allclose(found.predict_proba(X), expected.predict_proba(X), rtol=1e-9)


def test_the_search_for_a_strength_depends_on_the_seed_alone():
    made = [
        PenalizedGLM(penalty="ccdcov", reduce=60, random_state=seed).fit(X, LABELS, SENSITIVE).strength_
        for seed in (0, 0, 1)
    ]
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize(("family", "y"), [("multinomial", "three"), ("ordinal", "three"), ("gamma", "amount")])
def test_an_asked_reduction_is_reached_in_every_family(family, y):
    outcome = AMOUNT if y == "amount" else np.digitize(ETA + np.random.default_rng(3).logistic(size=N), [-0.5, 1.5])
    plain = PenalizedGLM(family, n_knots=0).fit(X, outcome)
    fair = PenalizedGLM(family, "ccdcov", reduce=80, n_knots=0).fit(X, outcome, SENSITIVE)
    measure = fa.penalty(SENSITIVE, "ccdcov")
    assert measure(fair.predict_mean(X))[0] < 0.5 * measure(plain.predict_mean(X))[0]
    assert 55 < fair.reduction_ < 101  # over five seeds 62 to 81: on 300 rows what is left is mostly chance


@pytest.mark.parametrize(
    ("features", "error", "message"),
    [
        (X.assign(a=np.where(X["a"] > 2, np.inf, X["a"])), RoleError, "feature 'a' is infinite in"),
        (X.iloc[:0], FitError, "the features have 0 rows and 3 columns"),
        (X[[]], FitError, "the features have 300 rows and 0 columns"),
        (pd.concat([X, X[["a"]]], axis=1), RoleError, "several columns named a; rename them"),
        (np.where(X[["a"]] > 2, np.nan, 1.0), ValueError, "contains NaN"),
        (np.where(X[["a"]] > 2, np.inf, 1.0), ValueError, "contains infinity"),
        (X.to_numpy(), ValueError, "could not convert string to float"),
        (sparse.csr_array(X[["a", "b"]]), TypeError, "Sparse data was passed"),
        (X.assign(b=X["b"] * 1j), RoleError, "feature 'b' holds complex numbers"),
        (X.assign(b=pd.date_range("2020", periods=N)), RoleError, "feature 'b' holds times; make numbers or names"),
    ],
)  # fmt: skip
def test_features_that_cannot_be_read_are_refused(features, error, message):
    with pytest.raises(error, match=message):
        PenalizedGLM().fit(features, LABELS[: features.shape[0]])


@pytest.mark.parametrize(
    ("family", "y", "message"),
    [
        ("gaussian", LABELS, "the outcome must hold numbers"),
        ("gaussian", None, "requires y to be passed"),
        ("gaussian", np.where(SEX == "m", np.nan, 1.0), "contains NaN"),
        ("gaussian", np.ones(N), "there is nothing to fit"),
        ("gamma", np.arange(N) / 1.0, "does not fit the gamma family, which needs finite numbers above 0"),
        ("binomial", AMOUNT, "Unknown label type: continuous"),
        ("binomial", np.arange(N) % 3, "Only binary classification is supported.*with 3 classes; use family='multi"),
        ("multinomial", ["one"] * N, "the outcome is one in all 300 training rows, only one class"),
        ("ordinal", np.where(SEX == "m", None, "x"), r"the outcome is missing in \d+ of 300 rows"),
        ("binomial", pd.Series(LABELS, dtype="string").where(SEX == "m"), r"the outcome is missing in \d+ of 300 rows"),
        ("gaussian", pd.date_range("2020", periods=N), "the outcome must hold numbers: it holds times"),
        ("multinomial", LABELS[:5], "the features have 300 rows, the outcome 5"),
    ],
)
def test_outcomes_that_cannot_be_fitted_are_refused(family, y, message):
    with pytest.raises(FitError, match=message):
        PenalizedGLM(family).fit(X, y)


@pytest.mark.parametrize(
    "weight",
    [-np.ones(N), np.zeros(N), np.ones(3), np.full(N, np.inf), np.full(N, 1e308), ["a"] * N, np.ones((N, 2))],
)
def test_weights_without_meaning_are_refused(weight):
    with pytest.raises(FitError, match="sample_weight must"):
        PenalizedGLM().fit(X, LABELS, sample_weight=weight)


def test_protected_attributes_must_fit_the_rows():
    model = PenalizedGLM(penalty="ccdcov", strength=1.0)
    with pytest.raises(OptionError, match="penalty 'ccdcov' needs sensitive_features"):
        model.fit(X, LABELS)
    for short in (SENSITIVE[:5], SEX[:5], SENSITIVE["sex"][:5]):
        with pytest.raises(FitError, match="the features have 300 rows, the sensitive_features 5"):
            model.fit(X, LABELS, short)
    with pytest.raises(FitError, match="groups must hold 300 values"):
        model.fit(X, LABELS, SENSITIVE, groups=[1, 2])


def test_errors_are_value_errors_as_scikit_learn_expects():
    for error in (FitError, OptionError, RoleError):
        assert issubclass(error, ValueError)
        assert issubclass(error, FairAuditError)


def test_missing_protected_attributes_are_refused_with_what_a_caller_of_fit_can_do():
    holes = pd.DataFrame({"sex": np.where(np.arange(N) % 4 == 1, None, "m")})
    message = (
        r"'sex' is missing in 75 of 300 rows; fill them with a level of its own, .* out of X, y and sensitive_features"
    )
    with pytest.raises(RoleError, match=message) as refusal:
        PenalizedGLM(penalty="ccdcov", strength=1.0).fit(X, LABELS, holes)
    assert "--" not in str(refusal.value)


def test_a_missing_number_or_a_new_level_is_refused_unless_training_had_it():
    holes = X.assign(a=np.where(np.arange(N) == 5, np.nan, X["a"]))
    model = PenalizedGLM().fit(X, LABELS)
    with pytest.raises(RoleError, match="'a' is missing in 1 row, and was never missing when the model was fitted"):
        model.predict(holes)
    with pytest.raises(RoleError, match="'k' has the level 'z' in 300 rows"):
        model.predict(X.assign(k="z"))
    assert len(PenalizedGLM().fit(holes, LABELS).predict(holes)) == N
    lenient = PenalizedGLM(unseen="mean").fit(X, LABELS)
    parts = lenient.contributions(X.assign(k="z"))
    np.testing.assert_array_equal(parts[:, 2], 0)
    np.testing.assert_array_equal(parts[:, :2], lenient.contributions(X)[:, :2])


@pytest.mark.parametrize("family", classifiers())
def test_separated_classes_are_stated(family):
    y = np.digitize(X["a"], [0.5] if family == "binomial" else [0.0, 1.0])
    gap = X.assign(a=X["a"] + 2 * y)
    with pytest.warns(ConvergenceWarning, match="the features tell the class of every training row"):
        model = PenalizedGLM(family, n_knots=0).fit(gap, y)
    assert model.separated_
    assert "look for a feature that holds the outcome" in model.message_
    np.testing.assert_array_equal(model.predict(gap), y)
    assert np.isfinite(model.coef_).all()
    calm = PenalizedGLM(family, n_knots=0, ridge=0.1).fit(gap, y)
    assert (calm.separated_, calm.message_) == (False, "")


@pytest.mark.parametrize("family", classifiers())
def test_a_penalty_acts_on_separated_classes(family):
    """From probabilities of 0 and 1 no step would lead away."""
    y = np.digitize(X["a"], [0.5] if family == "binomial" else [0.0, 1.0])
    gap = X.assign(a=X["a"] + 2 * y)
    fair = PenalizedGLM(family, "ccdcov", 100.0, n_knots=0).fit(gap, y, SENSITIVE)
    measure = fa.penalty(SENSITIVE, "ccdcov")
    hard = np.eye(3)[y] if family == "multinomial" else y
    assert measure(fair.predict_mean(gap))[0] < 0.2 * measure(hard)[0]
    assert not fair.separated_


def test_a_fit_that_was_cut_short_says_so():
    with pytest.warns(ConvergenceWarning, match="the fit did not reach its optimum; raise max_iter"):
        model = PenalizedGLM("gamma", "ccdcov", 1.0, max_iter=1).fit(X, AMOUNT, SENSITIVE)
    assert not model.converged_
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = PenalizedGLM("gamma", "ccdcov", 1.0).fit(X, AMOUNT, SENSITIVE)
    assert (whole.converged_, whole.message_) == (True, "")


def test_losses_are_half_the_deviances_that_scikit_learn_measures():
    rng = np.random.default_rng(1)
    at_risk = rng.uniform(0.5, 2, N)
    counts = rng.poisson(at_risk * np.exp(ETA / 3)).astype(float)
    rate = PenalizedGLM("poisson").fit(X, counts, exposure=at_risk)
    found = np.average(rate.losses(X, counts, at_risk), weights=at_risk)
    expected = mean_poisson_deviance(counts / at_risk, rate.predict_mean(X), sample_weight=at_risk)
    assert found == pytest.approx(expected / 2, rel=1e-12)
    for family, outcome, deviance in (("gaussian", ETA, mean_squared_error), ("gamma", AMOUNT, mean_gamma_deviance)):
        model = PenalizedGLM(family).fit(X, outcome)
        assert model.losses(X, outcome).mean() == pytest.approx(deviance(outcome, model.predict_mean(X)) / 2, rel=1e-9)
    for family in ("binomial", "ordinal", "multinomial"):
        model = PenalizedGLM(family).fit(X, LABELS)
        assert model.losses(X, LABELS).mean() == pytest.approx(log_loss(LABELS, model.predict_proba(X)), rel=1e-9)
        with pytest.raises(FitError, match="of a class that the model was not fitted to"):
            model.losses(X, np.where(LABELS == "yes", "yes", "perhaps"))
        with pytest.raises(FitError, match="the features have 300 rows, the outcome 1"):
            model.losses(X, LABELS[:1])
    assert rate.losses(X[:1], counts[:1]).shape == (1,)
    with pytest.raises(FitError, match="does not fit the poisson family"):
        rate.losses(X, -counts)


@pytest.mark.parametrize("family", classifiers())
def test_probabilities_have_no_exposure(family):
    with pytest.raises(OptionError, match=f"exposure is for rates; the {family} family has none"):
        PenalizedGLM(family).fit(X, LABELS).predict_mean(X, exposure=np.ones(N))
