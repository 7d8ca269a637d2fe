"""Trees that predict what LightGBM predicts, and attributions that sum to it."""

from __future__ import annotations

import numpy as np
import pytest
from boosting_cases import problem_of

from fairaudit.models.learners.forest import Forest


@pytest.mark.parametrize("columns", [1, 3])
def test_no_trees_predict_and_attribute_nothing(columns):
    shape = (5,) if columns == 1 else (5, columns)
    codes = np.ones((5, 2))
    np.testing.assert_array_equal(Forest().predict(codes, columns), np.zeros(shape))
    np.testing.assert_array_equal(Forest().contributions(codes, columns), np.zeros((5, 2, *shape[1:])))


@pytest.mark.parametrize("name", ["gaussian", "multinomial"])
def test_attributions_differ_by_as_much_as_predictions_do(name):
    problem = problem_of(name)
    forest = problem.solve(0.0).plain
    predicted = forest.predict(problem.codes, problem.columns)
    parts = forest.contributions(problem.codes, problem.columns).sum(axis=1)
    np.testing.assert_allclose(predicted - predicted[0], parts - parts[0], atol=1e-10)
    assert np.ptp(predicted) > 0.5
