"""The sum over a sorted line: against its definition, the cells, and dcor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sums import (
    all_pairs,
    centre,
    distances,
    double_loop,
    line,
    problems,
    rounding,
)

from fairaudit.distance.kernel import weighted_absolute_differences
from fairaudit.scoretable.cells import sum_by


@given(problems())
def test_the_tree_pass_equals_the_double_loop_in_value_and_gradient(problem):
    f, place, _, weight = problem
    value, slope = line(f, place, weight)
    expected, expected_slope = double_loop(f, centre(distances(place[:, None]), weight), weight)
    assert value == pytest.approx(expected, abs=rounding(f))
    np.testing.assert_allclose(slope, expected_slope, atol=rounding(f))


@given(problems())
def test_with_few_levels_the_tree_pass_equals_the_cells(problem):
    f, place, _, weight = problem
    levels, cell = np.unique(place, return_inverse=True)
    matrix = centre(np.abs(levels[:, None] - levels), sum_by(cell, weight, len(levels)))
    expected, expected_slope = weighted_absolute_differences(f, cell, weight, matrix)
    value, slope = line(f, place, weight)
    assert value == pytest.approx(expected, abs=rounding(f))
    np.testing.assert_allclose(slope, expected_slope, atol=rounding(f))


@given(problems())
def test_for_one_column_every_sum_is_the_tree_pass(problem):
    f, place, _, weight = problem
    expected, expected_slope = line(f, place, weight)
    for kind in ("ccdcov", "jdcov"):
        value, slope = all_pairs(f, [place[:, None]], weight, kind)
        assert value == pytest.approx(expected, abs=rounding(f))
        np.testing.assert_allclose(slope, expected_slope, atol=rounding(f))


@given(problems(), st.integers(-1000, 1000), st.sampled_from([-3.0, 0.25, 64.0]))
def test_a_shift_of_the_attribute_changes_nothing_and_a_factor_all(problem, shift, factor):
    f, place, _, weight = problem
    value, slope = line(f, place, weight)
    moved, moved_slope = line(f, factor * place + shift, weight)
    tolerance = (abs(factor) + abs(shift)) * rounding(f)
    assert moved == pytest.approx(abs(factor) * value, abs=tolerance)
    np.testing.assert_allclose(moved_slope, abs(factor) * slope, atol=tolerance)


@given(problems())
def test_predictions_and_attribute_may_change_places(problem):
    f, place, _, weight = problem
    value, _ = line(f, place, weight)
    assert line(place, f, weight)[0] == pytest.approx(value, abs=rounding(f))


@given(problems())
def test_an_attribute_that_is_everywhere_the_same_gives_zero(problem):
    f, _, _, weight = problem
    value, slope = line(f, np.full_like(f, 0.3), weight)
    assert value == pytest.approx(0, abs=rounding(f))
    np.testing.assert_allclose(slope, 0, atol=rounding(f))


def test_a_prediction_that_is_its_uniform_attribute_has_dcov_2_45():
    # ∫∫ C(|u−v|)² with r(u) = u² − u + 1/2 and t = 1/3: 1/6 − 2·(7/60) + 1/9 = 2/45; the midpoint rule errs by 1/n².
    f = (np.arange(20_000) + 0.5) / 20_000
    value, slope = line(f, f, np.full(20_000, 1 / 20_000))
    assert value == pytest.approx(2 / 45, rel=1e-7)
    assert f @ slope == pytest.approx(value, rel=1e-12)


@pytest.fixture(scope="module", params=["ccdcov", "jdcov"])
def kind(request):
    return request.param
