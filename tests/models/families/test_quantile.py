"""Quantiles: the pinball loss, how far its smoothing is from it, and models that are exceeded as often as they say."""

from __future__ import annotations

import lightgbm
import numpy as np
import pandas as pd
import pytest
from family_cases import SHARED
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import QuantileRegressor
from sklearn.metrics import d2_pinball_score, mean_pinball_loss

import fairaudit as fa
from fairaudit.errors import OptionError
from fairaudit.models.families import family
from fairaudit.models.families.quantile import SMOOTHING, Quantile

LEVELS = [0.1, 0.5, 0.9]
N = 1200
Y = np.array([-2.0, 0.1, 1.5, 40, 3])
numbers = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8)


def spread_out(seed=0, n=N):
    """Two features, one of which tells the spread and the group; the outcome is skewed."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n)
    X = pd.DataFrame({"place": rng.normal(size=n), "spread": rng.uniform(size=n) + group})
    y = X["place"] + (0.5 + X["spread"]) * rng.gumbel(size=n)
    return X, y.to_numpy(), pd.DataFrame({"group": np.where(group, "wide", "narrow")})


X, OUTCOME, PROTECTED = spread_out()


def pinball(level, y, eta):
    """The definition, as a loop."""
    return [level * (a - b) if a >= b else (1 - level) * (b - a) for a, b in zip(y, eta, strict=True)]


@pytest.mark.parametrize("level", LEVELS)
@given(y=numbers, data=st.data())
def test_without_smoothing_the_loss_is_its_definition(level, y, data):
    eta = np.array(data.draw(st.lists(st.floats(-1e3, 1e3), min_size=len(y), max_size=len(y))))
    loss = Quantile(level).loss(np.array(y), eta)
    np.testing.assert_allclose(loss, pinball(level, y, eta), rtol=1e-12, atol=1e-12)
    assert loss.mean() == pytest.approx(mean_pinball_loss(y, eta, alpha=level), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("level", LEVELS)
@given(y=numbers, width=st.floats(1e-3, 10))
def test_the_smoothed_loss_is_above_by_at_most_the_width_times_log_two(level, y, width):
    y, eta = np.array(y), np.zeros(len(y))
    above = Quantile(level, width).loss(y, eta) - Quantile(level).loss(y, eta)
    rounding = 1e-12 * (1 + np.abs(y))
    assert (above >= -rounding).all()
    assert (above <= width * np.log(2) + rounding).all()


def test_at_a_perfect_prediction_the_smoothing_is_largest():
    assert Quantile(0.3, 2.0).loss(np.ones(1), np.ones(1))[0] == pytest.approx(2 * np.log(2), rel=1e-15)
    assert Quantile(0.3).loss(np.ones(1), np.ones(1))[0] == 0


@pytest.mark.parametrize("level", LEVELS)
def test_without_smoothing_losses_shift_scale_and_mirror(level):
    chosen, mirrored = Quantile(level), Quantile(1 - level)
    np.testing.assert_allclose(chosen.loss(Y + 7, SHARED + 7), chosen.loss(Y, SHARED), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(chosen.loss(3 * Y, 3 * SHARED), 3 * chosen.loss(Y, SHARED), rtol=1e-12)
    np.testing.assert_allclose(mirrored.loss(-Y, -SHARED), chosen.loss(Y, SHARED), rtol=1e-12)


def test_the_gradient_is_one_slope_below_the_other_above_and_the_middle_at_the_kink():
    np.testing.assert_allclose(Quantile(0.9).gradient(np.array([1.0, 0.0, -1.0]), np.zeros(3)), [-0.9, -0.4, 0.1])
    np.testing.assert_array_equal(Quantile(0.9).curvature(Y, SHARED), 0)


@pytest.mark.parametrize("level", LEVELS)
def test_the_parabola_of_the_trees_touches_the_loss_and_is_nowhere_below(level):
    chosen, places = Quantile(level, 0.5), np.linspace(-6, 6, 401)
    for eta in (-3.0, -0.2, 0.0, 1e-9, 0.7, 4.0):
        at, y = np.full(1, eta), np.zeros(1)
        slope, curvature = chosen.gradient(y, at)[0], chosen.tree_curvature(y, at)[0]
        move = places - eta
        parabola = chosen.loss(y, at)[0] + slope * move + curvature * move**2 / 2
        assert (parabola >= chosen.loss(np.zeros(401), places) - 1e-12).all()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e6])
def test_the_width_is_a_share_of_what_the_constant_model_loses(level, unit):
    weight = np.full(N, 1 / N)
    chosen = family(f"quantile:{level}").fitted_to(unit * OUTCOME, weight)
    constant = np.full(N, np.quantile(unit * OUTCOME, level, method="inverted_cdf"))
    assert chosen.width == pytest.approx(SMOOTHING * mean_pinball_loss(unit * OUTCOME, constant, alpha=level), rel=1e-9)
    assert np.mean(unit * OUTCOME <= chosen.start(unit * OUTCOME, weight)) == pytest.approx(level, abs=0.005)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_linear_quantile_is_that_of_scikit_learn_up_to_the_smoothing(level, weighted):
    weight = np.random.default_rng(2).integers(1, 4, N) if weighted else np.ones(N)
    exact = QuantileRegressor(quantile=level, alpha=0).fit(X, OUTCOME, weight)
    model = fa.PenalizedGLM(f"quantile:{level}", n_knots=0, ridge=1e-9).fit(X, OUTCOME, sample_weight=weight)
    least, reached = (
        mean_pinball_loss(OUTCOME, each.predict(X), alpha=level, sample_weight=weight) for each in (exact, model)
    )
    width = family(f"quantile:{level}").fitted_to(OUTCOME, weight / weight.sum()).width
    assert least <= reached <= least + width * np.log(2)
    assert reached <= 1.0005 * least  # most rows lie further from the line than the width
    np.testing.assert_allclose(model.predict(X), exact.predict(X), atol=0.05 * np.std(OUTCOME))


@pytest.mark.parametrize(
    "model",
    [fa.PenalizedGLM, fa.PenalizedBoosting, fa.PenalizedNetwork],
)
@pytest.mark.parametrize("level", [0.25, 0.9])
def test_new_outcomes_are_below_the_quantile_as_often_as_it_says(model, level):
    new, outcome, _ = spread_out(seed=1, n=4000)
    fitted = model(f"quantile:{level}").fit(*spread_out(n=3000)[:2])
    predicted = fitted.predict(new)
    assert np.mean(outcome <= predicted) == pytest.approx(level, abs=0.04)  # 3,000 rows tell it to about ±.01
    score = fitted.score(new, outcome)
    assert score == pytest.approx(d2_pinball_score(outcome, predicted, alpha=level))
    assert score > 0.1
    np.testing.assert_allclose(fitted.losses(new, outcome), pinball(level, outcome, predicted), atol=1e-12)


def test_boosting_loses_no_more_than_lightgbm_with_its_own_quantiles():
    (train, y, _), (new, outcome, _) = spread_out(n=4000), spread_out(seed=1, n=4000)
    own = lightgbm.LGBMRegressor(
        objective="quantile", alpha=0.9, n_estimators=200, learning_rate=0.05, num_leaves=4, n_jobs=1, verbose=-1
    ).fit(train, y)
    ours = fa.PenalizedBoosting("quantile:0.9", n_jobs=1).fit(train, y)
    lost = [mean_pinball_loss(outcome, each.predict(new), alpha=0.9) for each in (ours, own)]
    assert lost[0] < 1.01 * lost[1]


@pytest.mark.parametrize(("model", "rounds"), [(fa.PenalizedGLM, {}), (fa.PenalizedBoosting, {"fair_estimators": 400})])
def test_a_penalty_lets_groups_have_the_same_quantiles(model, rounds):
    measure = fa.penalty(PROTECTED, "ccdcov")
    plain = model("quantile:0.9").fit(X, OUTCOME)
    fair = model("quantile:0.9", "ccdcov", 100.0, **rounds).fit(X, OUTCOME, PROTECTED)
    assert measure(fair.predict(X))[0] < 0.1 * measure(plain.predict(X))[0]


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_the_unit_of_the_outcome_does_not_matter(size):
    measure = fa.penalty(PROTECTED, "ccdcov")
    one, other = (fa.PenalizedGLM("quantile:0.9").fit(X, unit * OUTCOME).predict(X) for unit in (1.0, size))
    np.testing.assert_allclose(other / size, one, atol=1e-6 * np.std(OUTCOME))
    # Loss and dependence are both in the unit of the outcome, so a strength means the same in any.
    objectives = []
    for unit in (1.0, size):
        predicted = fa.PenalizedGLM("quantile:0.9", "ccdcov", 3.0).fit(X, unit * OUTCOME, PROTECTED).predict(X) / unit
        objectives.append(mean_pinball_loss(OUTCOME, predicted, alpha=0.9) + 3 * measure(predicted)[0])
    assert objectives[1] == pytest.approx(objectives[0], rel=1e-3)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, float("nan")])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(OptionError, match=f"family 'quantile:{level:g}': a level lies between 0 and 1"):
        family(f"quantile:{level}")


def test_a_fit_tells_that_its_predictions_are_quantiles():
    frame = X.assign(cost=OUTCOME, group=PROTECTED["group"])
    fitting = fa.FitOptions(penalty="none", family="quantile:0.9")
    options = fa.Options(permutations=0, bootstrap=0)
    fit = fa.fit(frame, target="cost", protected="group", task="regression", fitting=fitting, options=options)
    assert fit.audit.model.family == "quantile:0.9"
    assert any("A prediction is the quantile of level 0.9 of the outcome" in note for note in fit.audit.notes)
