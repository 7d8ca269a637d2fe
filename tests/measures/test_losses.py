"""Losses of single rows, against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fairaudit.measures.losses import (
    class_log_loss,
    gamma_deviance,
    negative_log_likelihood,
    poisson_deviance,
    ranked_probability_score,
)


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


def test_a_gamma_deviance_is_that_of_relative_errors():
    outcome, expected = np.array([1.0, 3, 0.2]), np.array([2.0, 3, 1])
    plain = [2 * (y / f - 1 - math.log(y / f)) for y, f in zip(outcome, expected, strict=True)]
    assert gamma_deviance(outcome, expected) == pytest.approx(plain)
    np.testing.assert_allclose(gamma_deviance(7 * outcome, 7 * expected), gamma_deviance(outcome, expected))
