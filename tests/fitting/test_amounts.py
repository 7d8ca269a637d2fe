"""Amounts are fitted and judged as such: per unit of exposure, and by the deviance of their family."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_gamma_deviance, mean_tweedie_deviance

import fairaudit as fa

QUICK = fa.Options(bootstrap=0, permutations=0)


@pytest.fixture(scope="module")
def amounts():
    rng = np.random.default_rng(0)
    n = 600
    frame = pd.DataFrame({"x": rng.normal(size=n), "sex": rng.choice(["f", "m"], n), "time": rng.uniform(0.1, 1, n)})
    mean = np.exp(5 + 0.3 * frame["x"])
    claims = rng.poisson(0.5 * frame["time"])
    return frame.assign(
        size=rng.gamma(2, mean / 2), paid=np.where(claims > 0, rng.gamma(np.maximum(claims, 1), mean), 0.0)
    )


def fitted(frame, target, family, **roles):
    fitting = fa.FitOptions(penalty="none", family=family)
    drop = sorted({"size", "paid", "time"} - {target, *roles.values()})
    return fa.fit(frame, target=target, protected="sex", drop=drop, fitting=fitting, options=QUICK, **roles)


def test_a_gamma_model_is_judged_by_its_deviance_beside_that_of_the_constant(amounts):
    fit = fitted(amounts, "size", "gamma")
    held, performance = fit.predictions, fit.audit.performance
    training = amounts.drop(index=held["row"])["size"]
    expected = mean_gamma_deviance(held["outcome"], held["prediction"])
    constant = mean_gamma_deviance(held["outcome"], np.full(len(held), training.mean()))
    assert performance.test["gamma_deviance"] == pytest.approx(expected, rel=1e-10)
    assert performance.constant["gamma_deviance"] == pytest.approx(constant, rel=1e-10)
    assert performance.train["gamma_deviance"] < constant
    assert "gamma deviance" in fit.audit.to_markdown()


def test_amounts_with_exposure_are_fitted_per_unit_of_it_and_weighted_by_it(amounts):
    fit = fitted(amounts, "paid", "tweedie", exposure="time")
    held = fit.predictions
    time = amounts["time"].iloc[held["row"]].to_numpy()
    np.testing.assert_allclose(held["outcome"], amounts["paid"].iloc[held["row"]] / time)
    deviance = mean_tweedie_deviance(held["outcome"], held["prediction"], sample_weight=time, power=1.5)
    assert fit.audit.performance.test["tweedie_deviance"] == pytest.approx(deviance, rel=1e-10)
    train = amounts.drop(index=held["row"])
    model = fa.PenalizedGLM("tweedie", unseen="mean").fit(
        train[["x"]], train["paid"] / train["time"], None, train["time"]
    )
    np.testing.assert_allclose(held["prediction"], model.predict(amounts[["x"]].iloc[held["row"]]), rtol=1e-6)


def test_an_audit_of_amounts_with_exposure_has_sums_over_sums(amounts):
    audit = fa.audit(amounts, target="paid", exposure="time", protected="sex", options=QUICK)
    of = {group.cell["sex"]: group.measures for group in audit.groups}
    for sex, rows in amounts.groupby("sex"):
        value = of[sex]["mean_outcome"].value
        assert value == pytest.approx(rows["paid"].sum() / rows["time"].sum())
    assert audit.task == "regression"
    assert any("taken per unit of 'time'" in note for note in audit.notes)


def test_the_deviance_of_a_family_is_no_measure_of_predictions_from_elsewhere(amounts):
    audit = fa.audit(amounts, prediction="size", target="paid", task="regression", protected="sex", options=QUICK)
    assert not {"gamma_deviance", "tweedie_deviance"} & audit.performance.test.keys()
