"""Logistic regression."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from fairaudit.models.families import family


def test_the_gradient_is_exact_where_it_is_small():
    chosen = family("binomial")
    gradient = chosen.gradient(np.array([0.0, 1.0]), np.array([-40.0, 40.0]))
    np.testing.assert_allclose(gradient, [expit(-40.0), -expit(-40.0)], rtol=1e-15)


def test_even_odds_count_as_the_second_class():
    assert family("binomial").likeliest(np.array([-1e-9, 0.0, 1e-9])).tolist() == [0, 1, 1]


def test_the_loss_of_a_fair_coin_is_the_logarithm_of_two():
    assert family("binomial").loss(np.array([1.0]), np.zeros(1))[0] == pytest.approx(np.log(2), rel=1e-15)
