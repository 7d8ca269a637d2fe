"""Recalibrated predictions keep their order, their sum, and are right on average where they are alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.isotonic import IsotonicRegression

import fairaudit as fa
from fairaudit.errors import OptionError, SourceError
from fairaudit.models.files import load, save
from fairaudit.models.recalibration import Isotonic, isotonic

N = 3000


def claims(seed=0):
    """Counts whose rate rises with x faster than any line on the log scale, the group telling of x."""
    rng = np.random.default_rng(seed)
    group = rng.choice(["a", "b"], N)
    x = rng.uniform(-1, 1, N) + 0.3 * (group == "b")
    time = rng.uniform(0.5, 1.0, N)
    rate = 0.2 + 2.0 * (x > 0.7)
    return pd.DataFrame({"x": x}), rng.poisson(time * rate), time, group, rate


def fit(recalibrate, **options):
    features, y, time, group, _ = claims()
    model = fa.PenalizedGLM(
        "poisson", penalty="ccdcov", strength=0.05, n_knots=0, recalibrate=recalibrate, ridge=0.0, **options
    )
    return model.fit(features, y, exposure=time, sensitive_features=group)


def test_it_is_the_isotonic_regression():
    rng = np.random.default_rng(1)
    mean, weight = rng.normal(size=50), rng.uniform(0.5, 2, 50)
    y = mean**3 + rng.normal(size=50)
    learnt = isotonic(mean, y, weight, "identity")
    expected = IsotonicRegression(out_of_bounds="clip").fit(mean, y, weight)
    new = np.linspace(-4, 4, 200)
    np.testing.assert_allclose(learnt(new), expected.predict(new), rtol=1e-12)
    assert (np.diff(learnt(new)) >= 0).all()


def test_of_amounts_no_prediction_is_nothing():
    learnt = isotonic(np.arange(6.0), np.array([0, 0, 0, 1.0, 2, 3]), np.ones(6), "log")
    assert learnt(np.array([-1.0]))[0] == pytest.approx(1 / 6)  # the mean over the number of rows


@pytest.mark.parametrize("link", ["identity", "log"])
def test_balance_is_kept(link):
    learnt = Isotonic(np.array([0.0, 1.0]), np.array([1.0, 3.0])).balanced(
        np.array([0.0, 1.0]), np.array([2.0, 6.0]), np.array([0.5, 0.5]), link
    )
    assert learnt(np.array([0.0, 1.0])).mean() == pytest.approx(4.0, rel=1e-12)
    assert learnt.value.tolist() == pytest.approx([2.0, 6.0] if link == "log" else [3.0, 5.0])


def test_a_recalibrated_model_is_nearer_to_the_truth_where_it_was_bent():
    features, y, time, _, rate = claims(5)
    plain, right = fit("none"), fit("isotonic")
    off = [np.average((model.predict(features) - rate) ** 2, weights=time) for model in (plain, right)]
    assert off[1] < 0.3 * off[0]
    high = right.predict(features) > 1.5
    observed, predicted = y[high].sum(), (right.predict(features) * time)[high].sum()
    assert observed / predicted == pytest.approx(1, abs=0.15)
    losses = [np.average(model.losses(features, y, time), weights=time) for model in (plain, right)]
    assert losses[1] < losses[0]


def test_its_order_is_that_of_the_model_and_its_sum_that_of_the_outcomes():
    features, y, time, _, _ = claims()
    plain, right = fit("none"), fit("isotonic")
    order = np.argsort(plain.predict(features))
    assert (np.diff(right.predict(features)[order]) >= -1e-12).all()
    assert (right.predict_mean(features, time)).sum() == pytest.approx(y.sum(), rel=1e-9)
    np.testing.assert_array_equal(right.linear_predictor(features), plain.linear_predictor(features))


def test_a_file_keeps_it_and_a_damaged_one_is_refused(tmp_path):
    features, *_ = claims()
    model = fit("isotonic")
    save(model, tmp_path / "m.skops")
    np.testing.assert_array_equal(load(tmp_path / "m.skops").predict(features), model.predict(features))
    model.recalibration_ = model.recalibration_[:, ::-1].copy()
    save(model, tmp_path / "m.skops")
    with pytest.raises(SourceError, match="its recalibration is no non-decreasing function"):
        load(tmp_path / "m.skops")


@pytest.mark.parametrize("family", ["binomial", "ordinal", "multinomial", "quantile:0.9"])
def test_what_is_no_mean_is_not_recalibrated(family):
    features, y, *_ = claims()
    with pytest.raises(OptionError, match="recalibrate is for counts and amounts"):
        fa.PenalizedGLM(family, recalibrate="isotonic").fit(features, y)


def test_a_fit_recalibrates_both_models_and_says_so():
    features, y, _, group, _ = claims()
    frame = features.assign(y=y, g=group)
    asked = fa.FitOptions(strength=0.05, recalibrate="isotonic", settings={"knots": 0})
    options = fa.Options(bootstrap=0, permutations=0)
    result = fa.fit(frame, target="y", protected="g", task="count", fitting=asked, options=options)
    assert any(note.startswith("Predictions are recalibrated") for note in result.audit.notes)
    assert result.model.recalibration_.shape[0] == 2
    for model in (result.audit.plain.model, result.audit.model):
        assert model.train.balance == pytest.approx(1, rel=1e-9)
    with pytest.raises(OptionError, match="recalibrate is for counts and amounts"):
        fa.fit(frame.assign(y=y > 0), target="y", protected="g", fitting=asked, options=options)
