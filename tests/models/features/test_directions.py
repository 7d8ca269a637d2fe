"""Rises that the coefficients of a design stand for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.errors import OptionError
from fairaudit.models.features.design import Design
from fairaudit.models.features.directions import Directions, check_directions, signs

N = 300


def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "income": np.exp(rng.normal(size=N)),
            "flag": rng.integers(0, 2, N).astype(float),
            "hole": np.where(rng.random(N) < 0.2, np.nan, rng.normal(size=N)),
            "town": rng.choice(list("abc"), N),
        }
    )


FRAME = frame()
DESIGN = Design().fit(FRAME)
SCAN = {"income": np.linspace(-3, 60, 500), "flag": np.linspace(-1, 2, 50), "hole": np.linspace(-9, 9, 500)}
rises = st.lists(st.floats(0, 100), min_size=15, max_size=15)


@given(rises, st.sampled_from([1, -1]))
def test_a_curve_whose_rises_are_not_negative_never_turns(values, sign):
    directions = Directions.of(DESIGN, [sign, sign, sign, 0])
    coefficients = np.zeros(len(DESIGN.mean_))
    coefficients[directions.columns] = directions.basis @ values
    for name, places in SCAN.items():
        rows = FRAME.iloc[[0] * len(places)].assign(**{name: places})
        curve = DESIGN.transform(rows) @ coefficients
        assert (sign * np.diff(curve)).min() >= -1e-11 * max(values)


def test_rises_are_differences_of_the_coefficients_of_the_spline_and_the_slope_of_a_plain_number():
    directions = Directions.of(DESIGN, [1, -1, 0, 0])
    coefficients = np.random.default_rng(1).normal(size=len(DESIGN.mean_))
    income, flag = (place for _, place in DESIGN.blocks()[:2])
    spline = np.append(coefficients[income] / DESIGN.scale_[income], 0.0)
    expected = [*np.diff(spline), *(-coefficients[flag] / DESIGN.scale_[flag])]
    own = np.linalg.solve(directions.coordinates(len(coefficients)), coefficients)
    np.testing.assert_allclose(own[-len(expected) :], expected, atol=1e-12)


def test_all_other_coefficients_are_free_those_of_a_missing_value_among_them():
    directions = Directions.of(DESIGN, [0, 0, 1, 0])
    hole = DESIGN.blocks()[2][1]
    assert directions.columns.tolist() == list(range(hole.start, hole.stop - 1))
    basis = directions.coordinates(len(DESIGN.mean_))
    free = np.setdiff1d(np.arange(len(basis)), directions.columns)
    np.testing.assert_array_equal(basis[free, : len(free)], np.eye(len(free)))


def test_without_a_direction_there_are_no_rises():
    assert Directions.of(DESIGN, [0, 0, 0, 0]) is None


def test_a_number_in_an_interaction_has_no_direction():
    design = Design(interactions=[("flag", "income")]).fit(FRAME)
    with pytest.raises(OptionError, match="'flag' is in the interaction of income and flag, where its slope depends"):
        Directions.of(design, [0, 1, 0, 0])
    assert Directions.of(design, [0, 0, 1, 0]) is not None


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"zz": 1}, "monotone_constraints: 'zz' is no feature; the features are a, b"),
        ({"a": 2}, "monotone_constraints: 'a' is 2; choose one of 1, 0, -1"),
        ({"b": -1}, "monotone_constraints: 'b' is a category; only numbers rise and fall"),
    ],
)
def test_directions_of_what_has_none_are_refused(asked, message):
    with pytest.raises(OptionError, match=message):
        signs(asked, ["a", "b"], [1])


def test_the_classes_of_the_multinomial_family_have_no_direction():
    with pytest.raises(OptionError, match="mean nothing for the multinomial family: its classes share one sum"):
        check_directions({"a": 1}, "multinomial")
    check_directions({"a": 0}, "multinomial")
    check_directions({"a": 1}, "quantile:0.8")
