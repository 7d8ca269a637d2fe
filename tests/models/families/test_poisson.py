"""The Poisson family is the Tweedie family of power 1."""

from __future__ import annotations

import numpy as np
import pytest
from family_cases import SHARED
from sklearn.metrics import mean_poisson_deviance

from fairaudit.models.families import family

Y = np.array([0.0, 1, 2, 0, 9])


def test_it_is_the_tweedie_family_of_power_one():
    own, same = family("poisson"), family("tweedie:1")
    np.testing.assert_array_equal(own.loss(Y, SHARED), same.loss(Y, SHARED))
    np.testing.assert_array_equal(own.gradient(Y, SHARED), same.gradient(Y, SHARED))
    assert own.power == 1


def test_its_loss_is_half_the_deviance_of_scikit_learn():
    chosen = family("poisson")
    half = mean_poisson_deviance(Y, chosen.mean(SHARED)) / 2
    assert (chosen.loss(Y, SHARED) - chosen.least(Y)).mean() == pytest.approx(half, rel=1e-12)
