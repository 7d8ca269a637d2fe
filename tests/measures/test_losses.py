"""Losses of single rows, against their definitions."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from grouped import table_of
from sklearn.metrics import mean_tweedie_deviance

from fairaudit.measures.losses import (
    absolute_error,
    class_log_loss,
    class_squared_error,
    gamma_deviance,
    negative_log_likelihood,
    poisson_deviance,
    ranked_probability_score,
    squared_error,
)
from fairaudit.measures.overall import overall, performance


def plain_rps(y, expected, last):
    """Σ_k (P(Y ≤ k) − 1[y ≤ k])² over k = 0..last for Y ~ Poisson(expected), its chances summed one by one."""
    total, below, chance = 0.0, 0.0, math.exp(-expected)
    for k in range(last + 1):
        below += chance
        total += (below - (y <= k)) ** 2
        chance *= expected / (k + 1)
    return total


def test_the_ranked_probability_score_is_that_of_summed_probabilities():
    rng = np.random.default_rng(1)
    expected = np.concatenate([rng.lognormal(sigma=0.5, size=100), rng.uniform(5, 60, 50)])
    count = rng.poisson(expected).astype(float)
    scores = [plain_rps(y, mean, 300) for y, mean in zip(count, expected, strict=True)]
    assert ranked_probability_score(count, expected) == pytest.approx(scores, rel=1e-10)


def test_small_counts_have_the_published_score_that_ends_at_ten():
    expected = np.array([0.01, 0.1, 0.5, 1.0])
    for y in (0.0, 1.0, 3.0):
        published = [plain_rps(y, mean, 10) for mean in expected]
        assert ranked_probability_score(np.full(4, y), expected) == pytest.approx(published, abs=1e-12)


def test_counts_above_ten_are_scored_too():
    assert plain_rps(100.0, 50.0, 10) < 1e-10
    assert ranked_probability_score(np.array([100.0]), np.array([50.0]))[0] == pytest.approx(46.01, abs=0.05)


def test_a_deviance_is_twice_the_log_likelihood_that_the_count_itself_would_gain():
    count, expected = np.array([0.0, 1, 5]), np.array([0.5, 1, 2])
    gained = [2 * (y * math.log(y / f) if y else 0) - 2 * (y - f) for y, f in zip(count, expected, strict=True)]
    assert poisson_deviance(count, expected) == pytest.approx(gained)


def test_where_what_happened_was_said_to_be_impossible_the_loss_is_infinite_in_that_row_alone():
    one, certain = np.array([1.0, 0.0, 1.0]), np.array([0.0, 0.5, 0.5])
    assert negative_log_likelihood(one, certain) == pytest.approx([np.inf, math.log(2), math.log(2)])
    assert poisson_deviance(one, certain) == pytest.approx([np.inf, 1.0, 2 * math.log(2) - 1])
    assert poisson_deviance(np.zeros(1), np.zeros(1)) == 0
    assert class_log_loss(np.array([0, 1]), np.array([[0.0, 1], [0.5, 0.5]])) == pytest.approx([np.inf, math.log(2)])


def test_one_prediction_for_which_a_loss_is_not_defined_leaves_it_undefined():
    one, none = np.array([1.0, 0.0]), np.array([0.0, 0.5])
    assert np.isnan(ranked_probability_score(one, none)).all()
    assert np.isnan(poisson_deviance(one, none - 0.1)).all()
    assert np.isnan(gamma_deviance(one, none)).all()


@pytest.mark.parametrize(("outcome", "expected"), [([0.0, 2.0], [1.0, 2.0]), ([1.0, 2.0], [0.0, 2.0])])
def test_one_amount_of_nought_leaves_a_gamma_deviance_undefined(outcome, expected):
    assert np.isnan(gamma_deviance(np.array(outcome), np.array(expected))).all()


def test_losses_of_single_rows_are_their_definitions():
    outcome, prediction = np.array([3.0, 1.0, 0.0]), np.array([1.0, 4.0, 0.5])
    assert list(squared_error(outcome, prediction)) == [4.0, 9.0, 0.25]
    assert list(absolute_error(outcome, prediction)) == [2.0, 3.0, 0.5]
    happened, chance = np.array([1.0, 0.0, 1.0]), np.array([0.8, 0.8, 0.1])
    assert negative_log_likelihood(happened, chance) == pytest.approx(-np.log([0.8, 0.2, 0.1]))
    code, chances = np.array([0, 2]), np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]])
    assert class_squared_error(code, chances) == pytest.approx([0.25 + 0.09 + 0.04, 0.01 + 0.36 + 0.49])
    assert class_log_loss(code, chances) == pytest.approx(-np.log([0.5, 0.3]))


def amounts(encode, names, power, outcome, prediction, weight=None):
    """The score table of amounts that a model of a Tweedie family predicts."""
    columns = {"prediction": np.array(prediction), "outcome": np.array(outcome), "weight": weight}
    return replace(table_of(encode, names, "regression", [0] * len(outcome), **columns), power=power)


@pytest.mark.parametrize("power", [1.0, 1.4, 1.9, 3.0])
def test_a_tweedie_deviance_is_that_of_scikit_learn(encode, names, power):
    rng = np.random.default_rng(3)
    prediction, weight = rng.uniform(0.2, 4, 60), rng.uniform(0.5, 2, 60)
    outcome = rng.gamma(2.0, prediction) * (rng.random(60) < (1.0 if power > 2 else 0.6))
    values = performance(amounts(encode, names, power, outcome, prediction, weight))
    expected = mean_tweedie_deviance(outcome, prediction, sample_weight=weight, power=power)
    assert values["tweedie_deviance"] == pytest.approx(expected, rel=1e-12)
    assert "gamma_deviance" not in values


def test_a_gamma_deviance_over_all_rows_is_that_of_scikit_learn(encode, names):
    outcome, prediction = [1.0, 3.0, 0.2], [2.0, 3.0, 1.0]
    values = performance(amounts(encode, names, 2.0, outcome, prediction))
    assert values["gamma_deviance"] == pytest.approx(mean_tweedie_deviance(outcome, prediction, power=2))
    assert "tweedie_deviance" not in values


@pytest.mark.parametrize(("power", "defined"), [(1.0, True), (1.5, False)])
def test_nought_expected_where_nothing_happens_has_a_tweedie_deviance_of_counts_alone(encode, names, power, defined):
    """Power 1 is Poisson's, whose deviance at y = f = 0 is 0; of others f must lie above 0."""
    value = performance(amounts(encode, names, power, [0.0, 1.0], [0.0, 1.0]))["tweedie_deviance"]
    assert value == (0.0 if defined else None)


def test_a_line_bears_on_a_tweedie_deviance_by_how_far_its_own_lies_from_the_mean(encode, names):
    outcome, prediction, power = np.array([0.0, 2.0, 5.0]), np.array([1.0, 2.0, 3.0]), 1.5
    of = overall(amounts(encode, names, power, outcome, prediction))["tweedie_deviance"]
    single = [mean_tweedie_deviance(outcome[[k]], prediction[[k]], power=power) for k in range(3)]
    assert of.bearing == pytest.approx((np.array(single) - np.mean(single)) / 3, abs=1e-12)
    assert of.measure.of_rows(of.view) == pytest.approx([np.mean(single)])


def test_the_share_of_variance_explained_is_one_less_the_squared_errors_over_those_of_the_mean(encode, names):
    outcome, prediction = np.array([1.0, 2.0, 6.0]), np.array([1.0, 3.0, 5.0])
    of = overall(amounts(encode, names, None, outcome, prediction))["r2"]
    assert of.value == pytest.approx(1 - 2 / 14)
    assert of.measure.of_rows(of.view) == pytest.approx([1 - 2 / 14])
    assert of.bearing == pytest.approx((2 / 14 * (outcome - 3) ** 2 - (outcome - prediction) ** 2) / 14)


def test_a_count_that_is_no_whole_number_is_scored_as_the_next_whole_one():
    """1[y ≤ k] is 1 from the next whole number on."""
    score, whole = (ranked_probability_score(np.array([y]), np.array([1.3]))[0] for y in (1.5, 2.0))
    assert score == whole == pytest.approx(plain_rps(1.5, 1.3, 60))


def test_a_count_that_was_nearly_certain_has_no_score_below_nought():
    expected = np.geomspace(1e-12, 1e-6, 50)
    assert (ranked_probability_score(np.zeros(50), expected) >= 0).all()


def test_a_gamma_deviance_is_that_of_relative_errors():
    outcome, expected = np.array([1.0, 3, 0.2]), np.array([2.0, 3, 1])
    plain = [2 * (y / f - 1 - math.log(y / f)) for y, f in zip(outcome, expected, strict=True)]
    assert gamma_deviance(outcome, expected) == pytest.approx(plain)
    np.testing.assert_allclose(gamma_deviance(7 * outcome, 7 * expected), gamma_deviance(outcome, expected))
