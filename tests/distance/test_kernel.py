"""The coupled absolute difference: sorted pass, table form, definition and gradient agree."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fairaudit.distance.kernel import (
    cluster_distance,
    mean_absolute_differences,
    mean_under_shuffling,
    table_absolute_differences,
    weighted_absolute_differences,
    within_clusters,
)

EPS = np.finfo(float).eps


@st.composite
def problems(draw, ties=True):
    """Predictions, cells, weights (some 0) and a symmetric coupling."""
    n, cells = draw(st.integers(1, 40)), draw(st.integers(1, 6))
    if ties:
        values = st.integers(-3, 3).map(lambda value: value / 4)
        prediction = draw(st.lists(values, min_size=n, max_size=n))
    else:
        prediction = np.array(draw(st.permutations(range(n)))) / 8
    cell = draw(st.lists(st.integers(0, cells - 1), min_size=n, max_size=n))
    weight = np.array(draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.5]), min_size=n, max_size=n)))
    assume(weight.sum() > 0)
    entries = draw(st.lists(st.integers(-4, 4), min_size=cells**2, max_size=cells**2))
    half = np.array(entries, dtype=float).reshape(cells, cells)
    return np.array(prediction, dtype=float), np.array(cell), weight / weight.sum(), half + half.T


def double_loop(f, cell, weight, coupling):
    value, slope = 0.0, np.zeros(len(f))
    for k in range(len(f)):
        for other in range(len(f)):
            pair = weight[k] * weight[other] * coupling[cell[k], cell[other]]
            value += pair * abs(f[k] - f[other])
            slope[k] += 2 * pair * np.sign(f[k] - f[other])
    return value, slope


def table(f, cell, weight, cells):
    values = np.unique(f)
    mass = np.zeros((len(values), cells))
    np.add.at(mass, (np.searchsorted(values, f), cell), weight)
    return values, mass


def rounding(f, coupling):
    """Weights sum to 1, so a sum has at most this size; a few hundred operations each lose half a unit."""
    return 500 * EPS * max(np.ptp(f), 1.0) * np.abs(coupling).max(initial=1.0)


@given(problems())
def test_the_sorted_pass_equals_the_double_loop_in_value_and_gradient(problem):
    f, cell, weight, coupling = problem
    value, slope = weighted_absolute_differences(f, cell, weight, coupling)
    expected, expected_slope = double_loop(f, cell, weight, coupling)
    assert value == pytest.approx(expected, abs=rounding(f, coupling))
    np.testing.assert_allclose(slope, expected_slope, atol=rounding(f, coupling))


@given(problems())
def test_the_table_form_equals_the_sorted_pass(problem):
    f, cell, weight, coupling = problem
    values, mass = table(f, cell, weight, len(coupling))
    expected, _ = weighted_absolute_differences(f, cell, weight, coupling)
    assert table_absolute_differences(values, mass, coupling) == pytest.approx(expected, abs=rounding(f, coupling))


def test_many_tables_at_once_are_the_tables_one_by_one():
    rng = np.random.default_rng(0)
    mass = rng.dirichlet(np.ones(12), size=(2, 5)).reshape(2, 5, 4, 3)
    values, coupling = np.array([-1.0, 0, 0.5, 7]), rng.normal(size=(3, 3))
    coupling = coupling + coupling.T
    together = table_absolute_differences(values, mass, coupling)
    one_by_one = [[table_absolute_differences(values, each, coupling) for each in row] for row in mass]
    np.testing.assert_allclose(together, one_by_one, rtol=1e-13)


@given(problems(ties=False), st.data())
def test_the_gradient_is_the_slope_of_the_value(problem, data):
    f, cell, weight, coupling = problem
    k = data.draw(st.integers(0, len(f) - 1))
    step = np.zeros(len(f))
    step[k] = 1 / 32  # values are 1/8 apart and the sum is linear in between: the difference quotient is exact
    ahead, behind = (weighted_absolute_differences(f + sign * step, cell, weight, coupling)[0] for sign in (1, -1))
    _, slope = weighted_absolute_differences(f, cell, weight, coupling)
    assert slope[k] == pytest.approx((ahead - behind) * 16, abs=32 * rounding(f, coupling))


@given(problems(), st.data())
def test_at_a_tie_the_gradient_is_the_mean_of_both_one_sided_slopes(problem, data):
    f, cell, weight, coupling = problem
    k = data.draw(st.integers(0, len(f) - 1))
    step = np.zeros(len(f))
    step[k] = 1 / 32
    value, slope = weighted_absolute_differences(f, cell, weight, coupling)
    ahead, behind = (weighted_absolute_differences(f + sign * step, cell, weight, coupling)[0] for sign in (1, -1))
    one_sided = ((ahead - value) * 32, (value - behind) * 32)
    assert slope[k] == pytest.approx(np.mean(one_sided), abs=64 * rounding(f, coupling))


@given(problems(), st.integers(-1000, 1000), st.sampled_from([0.25, 3.0, 64.0]))
def test_a_shift_changes_nothing_and_a_factor_only_the_value(problem, shift, factor):
    f, cell, weight, coupling = problem
    value, slope = weighted_absolute_differences(f, cell, weight, coupling)
    moved, moved_slope = weighted_absolute_differences(factor * f + shift, cell, weight, coupling)
    assert moved == pytest.approx(factor * value, abs=(factor + abs(shift)) * rounding(f, coupling))
    np.testing.assert_allclose(moved_slope, slope, atol=rounding(f, coupling))


def test_a_large_shift_costs_no_digits_of_the_value():
    rng = np.random.default_rng(3)
    f, cell = rng.integers(0, 1024, 500) / 1024, rng.integers(0, 3, 500)
    coupling = np.array([[1.0, -1, 0], [-1, 1, 0], [0, 0, 0]])
    weight = np.full(500, 1 / 500)
    near, far = (weighted_absolute_differences(f + shift, cell, weight, coupling)[0] for shift in (0, 2.0**30))
    # The shifted numbers are exact; only the mean of size 2^30, known to 2^-23, can lose anything, and it cancels.
    assert far == pytest.approx(near, rel=1e-12)


@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(problem, random):
    f, cell, weight, coupling = problem
    order = list(range(len(f)))
    random.shuffle(order)
    value, slope = weighted_absolute_differences(f, cell, weight, coupling)
    turned, turned_slope = weighted_absolute_differences(f[order], cell[order], weight[order], coupling)
    assert turned == pytest.approx(value, abs=rounding(f, coupling))
    np.testing.assert_allclose(turned_slope, slope[order], atol=rounding(f, coupling))


@given(problems(), st.data())
def test_a_row_repeated_is_a_row_of_twice_the_weight(problem, data):
    f, cell, weight, coupling = problem
    k = data.draw(st.integers(0, len(f) - 1))
    double = weight.copy()
    double[k] *= 2
    rows = np.append(np.arange(len(f)), k)
    # Weights need not sum to 1 for the identity; they are left as they are.
    value, slope = weighted_absolute_differences(f, cell, double, coupling)
    repeated, repeated_slope = weighted_absolute_differences(f[rows], cell[rows], weight[rows], coupling)
    assert repeated == pytest.approx(value, abs=4 * rounding(f, coupling))
    assert repeated_slope[k] + repeated_slope[-1] == pytest.approx(slope[k], abs=4 * rounding(f, coupling))


@given(problems(), st.sampled_from([0.0, 0.1, 1e9]))
def test_equal_predictions_give_exactly_zero(problem, constant):
    f, cell, weight, coupling = problem
    value, slope = weighted_absolute_differences(np.full_like(f, constant), cell, weight, coupling)
    assert abs(value) <= EPS * constant * np.abs(coupling).max() * 10
    np.testing.assert_allclose(slope, 0, atol=rounding(f, coupling))


@given(problems())
def test_the_gradient_sums_to_zero_and_gives_the_value_back(problem):
    f, cell, weight, coupling = problem
    value, slope = weighted_absolute_differences(f, cell, weight, coupling)
    assert slope.sum() == pytest.approx(0, abs=40 * rounding(f, coupling))
    assert f @ slope == pytest.approx(value, abs=40 * rounding(f, coupling))


@given(problems())
def test_mean_absolute_differences_equal_the_double_loop(problem):
    f, _, weight, _ = problem
    expected = [sum(weight[j] * abs(f[k] - f[j]) for j in range(len(f))) for k in range(len(f))]
    np.testing.assert_allclose(mean_absolute_differences(f, weight), expected, atol=200 * EPS)


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(0, 3), st.integers(0, 4)), min_size=1, max_size=25))
def test_the_distances_within_clusters_are_those_of_the_double_loop(rows):
    values, weight, cluster = (np.array(column) for column in zip(*rows, strict=True))
    looped = sum(
        weight[k] * weight[m] * abs(values[k] - values[m])
        for k in range(len(rows))
        for m in range(len(rows))
        if cluster[k] == cluster[m]
    )
    assert within_clusters(values, weight, cluster) == pytest.approx(looped, abs=1e-9)


def test_the_floor_of_clusters_in_one_cell_each_is_the_mean_over_all_their_orders():
    values, cluster = np.array([0.0, 1.0, 3.0, 4.0, 4.5, 7.0]), np.array([0, 0, 1, 1, 2, 2])
    weight, cells = np.full(6, 1 / 6), np.array([0, 1, 1])
    apart, masses = 1.0 - np.eye(2), np.array([1 / 3, 2 / 3])
    coupling = apart - (apart @ masses)[:, None] - apart @ masses + masses @ apart @ masses
    gaps = np.abs(values[:, None] - values)
    drawn = []
    for order in permutations(range(3)):
        cell = cells[list(order)][cluster]
        drawn.append((gaps * coupling[cell][:, cell]).sum() / 36)
    squares = weight * np.bincount(cluster, weight)[cluster]
    distance = cluster_distance(values, weight, cluster)
    found = mean_under_shuffling(coupling[cells[cluster], cells[cluster]], squares, distance)
    # Each cluster's own distances stay with the cell that it is given, whose coupling is taken as the mean of all.
    assert found == pytest.approx(np.mean(drawn))
