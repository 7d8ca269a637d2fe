"""Curves of ranking and calibration: against scikit-learn, plain loops, and the measures that they stand behind."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import PLAIN, binary_rows, measured, table_of
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from fairaudit.auditing.resampled import Resampled
from fairaudit.measures.curves import reliability, roc, spaced
from fairaudit.measures.view import View

rises = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=60)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_curve_is_that_of_scikit_learn(weighted):
    _, f, _, y, omega = binary_rows(weighted)
    x, height = roc(f, omega * y, omega * (1 - y))
    expected = roc_curve(y, f, sample_weight=omega, drop_intermediate=False)
    np.testing.assert_allclose(x, expected[0], atol=1e-12)
    np.testing.assert_allclose(height, expected[1], atol=1e-12)
    assert np.trapezoid(height, x) == pytest.approx(roc_auc_score(y, f, sample_weight=omega), abs=1e-12)


def test_each_point_is_a_threshold_counted_by_a_loop():
    _, f, _, y, _ = binary_rows(False, n=80)
    x, height = roc(f, y, 1 - y)
    for place, threshold in enumerate(sorted(set(f), reverse=True), 1):
        false = sum(1 for value, outcome in zip(f, y, strict=True) if value >= threshold and outcome == 0)
        true = sum(1 for value, outcome in zip(f, y, strict=True) if value >= threshold and outcome == 1)
        assert x[place] == pytest.approx(false / (y == 0).sum())
        assert height[place] == pytest.approx(true / (y == 1).sum())


def test_a_rising_change_of_the_values_changes_no_curve():
    _, f, _, y, _ = binary_rows(False)
    for ours, theirs in zip(roc(f, y, 1 - y), roc(np.exp(3 * f), y, 1 - y), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@given(rises, st.integers(2, 50))
def test_chosen_points_are_few_and_leave_out_no_more_than_a_step(steps, most):
    x, y = (np.concatenate([[0.0], np.cumsum(side)]) for side in zip(*steps, strict=True))
    kept = spaced(x, y, most)
    assert len(kept) <= most
    assert kept[0] == 0
    assert x[kept[-1]] + y[kept[-1]] == x[-1] + y[-1]
    length, longest = x + y, max(a + b for a, b in steps)
    assert np.diff(length[kept]).max(initial=0.0) <= length[-1] / (most - 1) + longest + 1e-9


@given(rises, st.integers(2, 50), st.integers(-3, 3))
def test_chosen_points_are_the_first_at_each_of_as_many_equal_steps_wherever_the_line_begins(steps, most, moved):
    x, y = (np.concatenate([[0.0], np.cumsum(np.round(side, 3))]) for side in zip(*steps, strict=True))
    length = x + y
    wanted = np.arange(most) * length[-1] / (most - 1)
    inner = np.abs(length[1:-1, None] - wanted[1:-1])
    assume(inner.min(initial=1) > 1e-6)  # whether a point at a step has reached it is a question of the last digit
    first = [next(k for k in range(len(x)) if length[k] >= step - 1e-9) for step in wanted]
    spare = 1e-9 * np.arange(len(x))  # no two points are one
    assert spaced(x + spare, y, most)[0] == 0
    kept = spaced(x + moved, y - 2 * moved, most)
    np.testing.assert_allclose(length[kept], np.unique(length[first]), atol=1e-8)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("probability", [False, True])
def test_distances_of_the_curve_add_up_to_the_calibration_error(encode, names, weighted, probability):
    group, f, _, y, omega = binary_rows(weighted)
    f = f if probability else 10 * f
    table = table_of(encode, names, "binary", group, prediction=f, outcome=y, weight=omega)
    chosen, values = measured(table, probability=probability)
    resampled = Resampled(table, PLAIN)
    segments, grid = resampled.segments, resampled.grid
    calibrated = None
    if not probability:
        rate = [(omega * y)[f == value].sum() / omega[f == value].sum() for value in grid.values]
        calibrated = np.array(rate)
    view = View(table, grid, segments, segments.observed, chosen.index[segments.first], 3, calibrated)
    x, height = reliability(view)
    mass = np.zeros_like(x)
    np.add.at(mass, (chosen.index, grid.bin), table.mass)
    expected = (mass * np.abs(height - x)).sum(axis=1) / mass.sum(axis=1)
    np.testing.assert_allclose(values["calibration_error"].value, expected, rtol=1e-12)
