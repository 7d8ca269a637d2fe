"""Lines: rows that are alike in all that a fit sees."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairaudit.models.features.lines import line_weights, lines
from fairaudit.models.glm import PenalizedGLM

X = pd.DataFrame({"x": [1.0, 2.0, 1.0, 1.0, np.nan, np.nan], "k": ["a", "a", "a", "b", "a", "a"]})
Y = np.array([3.0, 3.0, 3.0, 3.0, 3.0, 4.0])
SEX = pd.DataFrame({"sex": ["f", "f", "f", "f", "m", "m"]})


def training(rows=slice(None), **more):
    model = PenalizedGLM("gaussian", "ccdcov", 1.0)
    return model.read(X.iloc[rows], Y[rows], SEX.iloc[rows], **more)


def test_rows_of_the_same_features_and_outcome_are_one_line():
    line = lines(training())
    assert line[0] == line[2]
    assert len(set(line)) == 5


def test_a_difference_in_anything_that_a_fit_sees_parts_them():
    assert len(set(lines(training(offset=[0.0, 0, 1, 0, 0, 0])))) == 6
    assert len(set(lines(training(groups=[0, 0, 1, 0, 0, 0])))) == 6
    other = SEX.assign(sex=["f", "f", "m", "f", "m", "m"])
    assert len(set(lines(PenalizedGLM("gaussian", "ccdcov", 1.0).read(X, Y, other)))) == 6


def test_lines_are_numbered_by_their_values_whatever_the_order_of_the_rows():
    order = np.array([5, 3, 0, 1, 4, 2])
    np.testing.assert_array_equal(lines(training(order)), lines(training())[order])


def test_the_weight_of_a_line_is_the_sum_of_its_rows_in_units_of_the_smallest():
    np.testing.assert_array_equal(line_weights(np.array([0, 1, 0, 2]), np.array([1.0, 2.0, 3.0, 1.0])), [4.0, 2.0, 1.0])
