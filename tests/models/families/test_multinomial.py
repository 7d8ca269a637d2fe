"""Softmax regression."""

from __future__ import annotations

import numpy as np
from family_cases import SHARED

from fairaudit.models.families import family


def test_a_shift_of_all_predictors_changes_nothing():
    chosen, y = family("multinomial", classes=3), np.array([0.0, 1, 2, 0, 2])
    eta = np.column_stack([SHARED, SHARED[::-1] / 2, np.linspace(1, -1, 5)])
    np.testing.assert_allclose(chosen.loss(y, eta + 7), chosen.loss(y, eta), rtol=1e-12)
    np.testing.assert_allclose(chosen.gradient(y, eta).sum(axis=1), 0, atol=1e-15)


def test_two_classes_are_logistic_regression_in_the_difference_of_their_predictors():
    y, two, one = np.array([0.0, 1, 0, 1, 1]), family("multinomial", classes=2), family("binomial")
    eta = np.column_stack([SHARED, SHARED[::-1] / 2])
    np.testing.assert_allclose(two.loss(y, eta), one.loss(y, eta[:, 1] - eta[:, 0]), rtol=1e-12)


def test_there_is_a_tree_for_each_class():
    assert family("multinomial", classes=3).columns == 3
