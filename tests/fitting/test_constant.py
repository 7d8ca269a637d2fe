"""The constant model: what a model explains over it, and what a fairer one gives up of that."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    d2_log_loss_score,
    d2_tweedie_score,
    log_loss,
    mean_gamma_deviance,
    mean_poisson_deviance,
    mean_squared_error,
)

import fairaudit as fa
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.fitting.constant import Deviances, balance, deviances, null_loss, price
from fairaudit.fitting.prediction import predicted
from fairaudit.fitting.split import part_of, split_table
from fairaudit.fitting.split import split as split_rows
from fairaudit.results import Source

N = 240
RNG = np.random.default_rng(8)
FRAME = pd.DataFrame(
    {
        "g": RNG.choice(["a", "b"], N),
        "x": RNG.normal(size=N),
        "yes": RNG.integers(0, 2, N),
        "number": RNG.normal(size=N) + 3,
        "count": RNG.poisson(1.3, N),
        "time": RNG.uniform(0.2, 1.0, N),
        "w": RNG.integers(0, 3, N).astype(float),
    }
)
FOLD = RNG.integers(0, 3, N)


def measured(target, task, exposure=None):
    roles = Roles(target=target, protected=(Protected("g"),), features=("x",), weight="w", exposure=exposure, task=task)
    table = role_table(FRAME, roles, features=True)
    split = split_table(table, Source(name="t"), roles, fa.FitOptions(penalty="none"), fa.Options())
    return null_loss(split, part_of(table, split.cells, np.arange(N)), FOLD)


def means(y, weight):
    """The mean of the other folds, for each row."""
    return np.array([np.average(y[fold != FOLD], weights=weight[fold != FOLD]) for fold in FOLD])


def test_a_constant_probability_has_the_log_loss_of_the_other_folds_share():
    w, y = FRAME["w"].to_numpy(), FRAME["yes"].to_numpy()
    assert measured("yes", "binary") == pytest.approx(log_loss(y, means(y, w), sample_weight=w), rel=1e-9)


def test_a_constant_number_has_half_the_squared_error_of_the_other_folds_mean():
    w, y = FRAME["w"].to_numpy(), FRAME["number"].to_numpy()
    expected = mean_squared_error(y, means(y, w), sample_weight=w) / 2
    assert measured("number", "regression") == pytest.approx(expected, rel=1e-9)


def test_a_constant_rate_has_half_the_poisson_deviance_of_the_other_folds_rate():
    w, time, y = (FRAME[name].to_numpy() for name in ("w", "time", "count"))
    rate = means(y / time, w * time)
    expected = mean_poisson_deviance(y / time, rate, sample_weight=w * time) / 2
    assert measured("count", "count", "time") == pytest.approx(expected, rel=1e-9)


QUICK = fa.Options(bootstrap=200, permutations=0)


def fitted(target, task, family=None, told=0.4, **fitting):
    frame = FRAME.assign(count=FRAME["count"] + 1 if family == "gamma" else FRAME["count"])
    frame["x"] = FRAME["x"] + told * frame[target]
    options = fa.FitOptions(family=family, **{"penalty": "none", **fitting})
    fit = fa.fit(frame, target=target, protected="g", features="x", task=task, fitting=options, options=QUICK)
    return frame, fit


@pytest.mark.parametrize(
    ("target", "task", "family", "power"),
    [("number", "regression", None, 0), ("count", "count", None, 1), ("count", "regression", "gamma", 2)],
)
def test_what_is_explained_of_numbers_is_the_deviance_of_their_family(target, task, family, power):
    frame, fit = fitted(target, task, family)
    rows = fit.predictions
    mean = frame[target].drop(index=rows["row"]).mean()
    new, held = rows["outcome"], fit.audit.model.test
    loss, null = (
        {0: mean_squared_error, 1: mean_poisson_deviance, 2: mean_gamma_deviance}[power](new, value) / 2
        for value in (rows["prediction"], np.full(len(new), mean))
    )
    assert (held.deviance, held.constant) == pytest.approx((loss, null), rel=1e-9)
    assert held.share == pytest.approx(1 - loss / null, rel=1e-9)
    assert held.interval[0] < held.share < held.interval[1]
    assert held.constant_balance == pytest.approx(new.mean() / mean, rel=1e-9)
    assert held.balance == pytest.approx(new.sum() / rows["prediction"].sum(), rel=1e-9)
    own = frame.drop(index=rows["row"])
    expected = d2_tweedie_score(own[target], fit.model.predict_mean(own[["x"]]), power=power)
    assert fit.audit.model.train.share == pytest.approx(expected, rel=1e-9)
    assert fit.audit.model.train.constant_balance == pytest.approx(1, rel=1e-12)


def test_what_is_explained_of_classes_is_their_log_loss():
    frame, fit = fitted("yes", "binary")
    own = frame.drop(index=fit.predictions["row"])
    expected = d2_log_loss_score(own["yes"], fit.model.predict_proba(own[["x"]]))
    assert fit.audit.model.train.share == pytest.approx(expected, rel=1e-9)
    constant = fit.audit.performance.constant
    assert (constant["auc"], constant["log_loss"]) == pytest.approx((0.5, fit.audit.model.test.constant), rel=1e-9)


def test_the_price_is_the_share_of_what_the_plain_model_explains():
    _, fit = fitted("number", "regression", told=2.0, penalty="ccdcov", strength=3.0)
    plain, fair, cost = fit.audit.plain.model.test, fit.audit.model.test, fit.audit.price
    assert cost.share == pytest.approx(100 * (fair.deviance - plain.deviance) / (plain.constant - plain.deviance))
    assert cost.points == pytest.approx(100 * (plain.share - fair.share))
    assert cost.interval[0] < cost.share < cost.interval[1]
    assert cost.points_interval[0] < cost.points < cost.points_interval[1]
    assert fa.from_json(fit.audit.to_json()) == fit.audit


def test_a_model_without_a_penalty_has_no_price():
    assert fitted("number", "regression")[1].audit.price is None


def test_where_the_plain_model_explains_nothing_there_is_no_share_to_give_up():
    mass = np.full(50, 1 / 50)
    plain, fair = (Deviances(np.linspace(1, 2, 50) + extra, np.linspace(1, 2, 50), mass) for extra in (0.1, 0.3))
    cost = price(plain, fair, QUICK)
    assert (cost.share, cost.interval) == (None, None)
    assert cost.points == pytest.approx(100 * 0.2 / 1.5)
    assert cost.why == "the plain model predicts no better than the constant one"


def test_a_share_of_what_may_be_nothing_has_no_interval():
    rng = np.random.default_rng(0)
    constant = rng.gamma(1, size=200)
    plain = Deviances(constant + rng.normal(scale=0.5, size=200), constant, np.full(200, 1 / 200))
    better = Deviances(plain.model - plain.model.mean() + constant.mean() - 1e-4, constant, plain.mass)
    cost = price(better, Deviances(better.model + 0.1, constant, plain.mass), QUICK)
    assert cost.share > 1000
    assert cost.interval is None
    assert cost.points_interval is not None


def test_an_outcome_that_no_training_row_had_has_no_deviance():
    levels = np.append(np.tile([0, 1, 2], 60), 3)
    groups = np.append(np.tile(["a", "b"], 90), "a")
    frame = pd.DataFrame({"x": levels + np.random.default_rng(4).normal(size=181), "g": groups, "y": levels})
    seed = next(seed for seed in range(20) if 180 in split_rows(181, 0.3, seed, None)[1])
    options = fa.Options(bootstrap=0, permutations=0, seed=seed)
    asked = fa.FitOptions(strength=0.1)
    fit = fa.fit(frame, target="y", protected="g", features="x", task="ordinal", fitting=asked, options=options)
    assert 180 in set(fit.predictions["row"])
    held, cost = fit.audit.model.test, fit.audit.price
    assert (held.share, held.why) == (None, "an outcome occurs that no training row had")
    assert (cost.share, cost.why) == (None, "an outcome occurs that no training row had")
    assert fit.audit.model.train.share > 0.1


def test_rows_without_weight_have_no_part_in_what_is_explained():
    roles = Roles(target="number", protected=(Protected("g"),), features=("x",), weight="w", task="regression")
    table = role_table(FRAME, roles, features=True)
    split = split_table(table, Source(name="t"), roles, fa.FitOptions(penalty="none"), fa.Options())
    model = fa.PenalizedGLM("gaussian").fit(split.train.features, split.train.outcome, sample_weight=split.train.weight)
    whole, counted = (
        deviances(model, split.train, part, model.predictors(part.features))
        for part in (split.test, split.test.take(split.test.weight > 0))
    )
    assert whole.means(None)[0] == pytest.approx(counted.means(None)[0], rel=1e-12)
    assert len(whole.model) == (split.test.weight > 0).sum()
    prediction = predicted("regression", model.predict_mean(split.test.features), None, None)
    expected = np.average(split.test.outcome, weights=split.test.weight)
    assert balance(prediction, split.test) == pytest.approx(
        expected / np.average(prediction.value, weights=split.test.weight), rel=1e-12
    )
