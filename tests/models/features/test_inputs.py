"""What an estimator is given, read: labels of rows, levels of outcomes."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from fairaudit.errors import RoleError
from fairaudit.models.features.inputs import read_labels, read_penalty

N = 60
RNG = np.random.default_rng(3)
X = pd.DataFrame({"x": RNG.normal(size=N)}, index=RNG.permutation(1000)[:N])
SEX = pd.Series(RNG.choice(["f", "m"], N), index=X.index, name="sex")
PREDICTION = RNG.normal(size=N)


def dependence(protected, rows=X):
    return read_penalty("ccdcov", protected, np.ones(N), rows=rows)(PREDICTION)[0]


def test_rows_with_one_label_belong_together_in_whatever_order():
    shuffled = SEX.sample(frac=1, random_state=3)
    assert list(shuffled.index) != list(X.index)
    assert dependence(shuffled) == dependence(SEX)
    assert dependence(shuffled.to_frame()) == dependence(SEX)
    assert dependence(shuffled.to_numpy()) != dependence(SEX)


def test_labels_that_pandas_gave_by_itself_say_nothing():
    assert dependence(SEX.reset_index(drop=True)) == dependence(SEX)
    assert dependence(SEX, X.reset_index(drop=True)) == dependence(SEX)
    assert dependence(SEX, X.to_numpy()) == dependence(SEX)


@pytest.mark.parametrize("labels", [X.index + 5000, np.zeros(N), np.r_[X.index[1:], 5000]])
def test_rows_of_which_it_is_not_known_who_belongs_to_whom_are_refused(labels):
    with pytest.raises(RoleError, match=r"other labels than those of X.* or take the rows by position with"):
        dependence(SEX.set_axis(labels))


@pytest.mark.parametrize("levels", [["low", "middle", "high"], ["no", "yes"], [3, 1, 2]])
def test_only_text_of_three_levels_or_more_has_an_order_that_must_be_told(levels):
    y = np.array(levels)[np.arange(N) % len(levels)]
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        classes, codes = read_labels(y, N, np.ones(N), ordered=True)
    np.testing.assert_array_equal(classes[codes.astype(int)], y)
    assert [str(each.message) for each in seen] == (
        [
            "the levels of the outcome are text without an order, taken by the alphabet: high, low, middle; give an"
            " ordered pandas Categorical for another order"
        ]
        if "low" in levels
        else []
    )


def test_an_ordered_category_and_a_family_without_order_warn_of_nothing():
    levels = ["low", "middle", "high"]
    y = pd.Series(pd.Categorical(np.array(levels)[np.arange(N) % 3], levels, ordered=True))
    assert read_labels(y, N, np.ones(N), ordered=True)[0].tolist() == levels
    assert read_labels(y.astype(str), N, np.ones(N), ordered=False)[0].tolist() == sorted(levels)
