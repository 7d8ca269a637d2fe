"""Losses of single rows, against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fairaudit.measures.losses import RPS_COUNTS, negative_log_likelihood, poisson_deviance, ranked_probability_score


def plain_rps(y, expected):
    """Σ_k (P(Y ≤ k) − 1[y ≤ k])² over k = 0..10 for Y ~ Poisson(expected), with the probabilities summed one by one."""
    total = below = 0.0
    for k in range(11):
        below += math.exp(-expected) * expected**k / math.factorial(k)
        total += (below - (y <= k)) ** 2
    return total


def test_the_ranked_probability_score_is_that_of_summed_probabilities():
    rng = np.random.default_rng(1)
    expected = rng.lognormal(sigma=0.5, size=100)
    count = rng.poisson(expected).astype(float)
    assert RPS_COUNTS == 11
    scores = [plain_rps(y, mean) for y, mean in zip(count, expected, strict=True)]
    assert ranked_probability_score(count, expected) == pytest.approx(scores, rel=1e-11)


def test_a_deviance_is_twice_the_log_likelihood_that_the_count_itself_would_gain():
    count, expected = np.array([0.0, 1, 5]), np.array([0.5, 1, 2])
    gained = [2 * (y * math.log(y / f) if y else 0) - 2 * (y - f) for y, f in zip(count, expected, strict=True)]
    assert poisson_deviance(count, expected) == pytest.approx(gained)


def test_one_prediction_for_which_a_loss_is_not_defined_leaves_it_undefined():
    one, certain = np.array([1.0, 0.0]), np.array([0.0, 0.5])
    assert np.isnan(negative_log_likelihood(one, certain)).all()
    assert np.isnan(poisson_deviance(one, certain)).all()
    assert np.isnan(ranked_probability_score(one, certain)).all()
