"""The ways to a coupled sum: line, pairs and agreement against definitions, cells and each other."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sums import (
    EPS,
    all_pairs,
    centre,
    distances,
    double_loop,
    either,
    every_sum,
    line,
    problems,
    rounding,
)

from fairaudit.data.roles import Protected
from fairaudit.distance.coupled import coupled, floor
from fairaudit.distance.coupling import Blocks, unbiased_coupling
from fairaudit.distance.kernel import weighted_absolute_differences
from fairaudit.distance.line import continuous_distance_covariance, line_means
from fairaudit.errors import OptionError
from fairaudit.scoretable.cells import cells


@every_sum
@given(problems(ties=False), st.data())
def test_the_gradient_is_the_slope_of_the_value(name, problem, data):
    f, place, category, weight = problem
    k = data.draw(st.integers(0, len(f) - 1))
    step = np.zeros(len(f))
    step[k] = 1 / 32  # values are 1/8 apart and the sum is linear in between: the difference quotient is exact
    ahead, behind = (either(name, f + sign * step, place, category, weight)[0] for sign in (1, -1))
    _, slope = either(name, f, place, category, weight)
    assert slope[k] == pytest.approx((ahead - behind) * 16, abs=32 * rounding(f))


@every_sum
@given(problems(), st.data())
def test_at_a_tie_the_gradient_is_the_mean_of_both_one_sided_slopes(name, problem, data):
    f, place, category, weight = problem
    k = data.draw(st.integers(0, len(f) - 1))
    step = np.zeros(len(f))
    step[k] = 1 / 32
    value, slope = either(name, f, place, category, weight)
    ahead, behind = (either(name, f + sign * step, place, category, weight)[0] for sign in (1, -1))
    assert slope[k] == pytest.approx(np.mean([(ahead - value) * 32, (value - behind) * 32]), abs=64 * rounding(f))


@every_sum
@given(problems(), st.integers(-1000, 1000), st.sampled_from([0.25, 3.0, 64.0]))
def test_a_shift_changes_nothing_and_a_factor_only_the_value(name, problem, shift, factor):
    f, place, category, weight = problem
    value, slope = either(name, f, place, category, weight)
    moved, moved_slope = either(name, factor * f + shift, place, category, weight)
    assert moved == pytest.approx(factor * value, abs=(factor + abs(shift)) * rounding(f))
    np.testing.assert_allclose(moved_slope, slope, atol=rounding(f))


@every_sum
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(name, problem, random):
    f, place, category, weight = problem
    order = list(range(len(f)))
    random.shuffle(order)
    value, slope = either(name, f, place, category, weight)
    turned, turned_slope = either(name, f[order], place[order], category[order], weight[order])
    assert turned == pytest.approx(value, abs=rounding(f))
    np.testing.assert_allclose(turned_slope, slope[order], atol=rounding(f))


@every_sum
@given(problems(), st.data())
def test_a_row_repeated_is_a_row_of_twice_the_weight(name, problem, data):
    f, place, category, weight = problem
    k = data.draw(st.integers(0, len(f) - 1))
    double = weight.copy()
    double[k] *= 2
    mass = double.sum()
    rows = np.append(np.arange(len(f)), k)
    value, slope = either(name, f, place, category, double / mass)
    repeated, repeated_slope = either(name, f[rows], place[rows], category[rows], weight[rows] / mass)
    assert repeated == pytest.approx(value, abs=4 * rounding(f))
    assert repeated_slope[k] + repeated_slope[-1] == pytest.approx(slope[k], abs=4 * rounding(f))


@every_sum
@given(problems())
def test_the_gradient_sums_to_zero_and_gives_the_value_back(name, problem):
    f, place, category, weight = problem
    value, slope = either(name, f, place, category, weight)
    assert slope.sum() == pytest.approx(0, abs=40 * rounding(f))
    assert f @ slope == pytest.approx(value, abs=40 * rounding(f))


@every_sum
@given(problems(), st.sampled_from([0.0, 0.1, 1e9]))
def test_equal_predictions_give_zero(name, problem, constant):
    f, place, category, weight = problem
    value, slope = either(name, np.full_like(f, constant), place, category, weight)
    assert abs(value) <= EPS * constant * 100
    np.testing.assert_allclose(slope, 0, atol=rounding(f))


def test_a_large_shift_of_predictions_costs_no_digits_of_the_value():
    rng = np.random.default_rng(3)
    f, place = rng.integers(0, 1024, 500) / 1024, rng.random(500)
    near, far = (line(f + shift, place, np.full(500, 1 / 500))[0] for shift in (0, 2.0**30))
    assert far == pytest.approx(near, rel=1e-10)  # the mean, known to 2^-23, cancels against Σ g = 0 at 1e-17


@given(problems(smallest=4))
def test_the_unbiased_version_equals_its_double_loop(problem):
    f, place, _, _ = problem
    n = len(f)
    matrix = distances(place[:, None])
    rows = matrix.sum(axis=1)
    centred = matrix - (rows[:, None] + rows) / (n - 2) + rows.sum() / ((n - 1) * (n - 2))
    expected, expected_slope = double_loop(f, centred * n / (n - 3), np.full(n, 1 / n))
    value, slope = line(f, place, np.full(n, 1 / n), n)
    assert value == pytest.approx(expected, abs=rounding(f))
    np.testing.assert_allclose(slope, expected_slope, atol=rounding(f))


@given(problems(smallest=4))
def test_with_few_levels_the_unbiased_version_equals_the_cells(problem):
    f, place, _, _ = problem
    levels, cell = np.unique(place, return_inverse=True)
    blocks = Blocks(("s",), (np.abs(levels[:, None] - levels),), np.arange(len(levels))[:, None], cell)
    weight = np.full(len(f), 1 / len(f))
    made = unbiased_coupling("dcov:s", blocks, np.bincount(cell).astype(float))
    expected, _ = weighted_absolute_differences(f, cell, weight, made.matrix)
    value, _ = line(f, place, weight, len(f))
    assert value == pytest.approx(expected, abs=rounding(f))


def test_both_versions_equal_dcor():
    # dcor 0.7, u_distance_covariance_sqr and distance_covariance_sqr, method="naive"; its import takes ten seconds.
    k = np.arange(60.0)
    place, f, weight = k**2 % 61 / 61, np.floor(k**3 % 53 / 5), np.full(60, 1 / 60)
    unbiased, _ = line(f, place, weight, 60)
    assert unbiased == pytest.approx(-0.0036310751776682526, rel=1e-11)
    assert line(f, place, weight)[0] == pytest.approx(0.018035741752681744, rel=1e-11)


def test_fair_coins_give_the_known_values():
    coins = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    attributes, weight = [coins[:, :1], coins[:, 1:]], np.full(4, 1 / 4)
    xor, first = np.abs(coins[:, 0] - coins[:, 1]), coins[:, 0]
    known = {"ccdcov": ((1 - np.sqrt(2) / 2) / 4, np.sqrt(2) / 8), "jdcov": (1 / 8, 1 / 4)}
    for kind, values in known.items():
        for f, value in zip((xor, first), values, strict=True):
            assert all_pairs(f, attributes, weight, kind)[0] == pytest.approx(value, abs=1e-15)


@pytest.fixture(scope="module", params=["ccdcov", "jdcov"])
def kind(request):
    return request.param


@given(problems(), st.lists(st.booleans(), min_size=30, max_size=30))
@example((np.array([0.0, 1.0]), np.zeros(2), np.zeros((2, 3)), np.array([0.25, 0.75])), [True] * 30)
def test_missing_values_off_the_line_are_counted_exactly(problem, absent):
    f, place, _, weight = problem
    gone = np.array(absent[: len(f)])
    places = np.column_stack([np.where(gone, 0.4, place), 0.7 * gone])
    value, slope = continuous_distance_covariance(f, places, weight)
    expected, expected_slope = double_loop(f, centre(distances(places), weight), weight)
    assert value == pytest.approx(expected, abs=rounding(f))
    np.testing.assert_allclose(slope, expected_slope, atol=rounding(f))
    np.testing.assert_allclose(line_means(places, weight), distances(places) @ weight, atol=rounding(f))


def test_each_measure_takes_the_cheapest_exact_way():
    rng = np.random.default_rng(6)
    n = 4000
    weight = np.full(n, 1 / n)

    def way(kind, pairwise=False, **columns):
        series = {name: pd.Series(values) for name, values in columns.items()}
        numeric = {name: pd.api.types.is_numeric_dtype(values) for name, values in series.items()}
        specs = [Protected(name, "continuous" if is_number else "categorical") for name, is_number in numeric.items()]
        rows = cells(series, specs)
        return type(coupled(rows, kind, weight, pairwise=pairwise)).__name__

    few, many = (np.array([f"x{k}" for k in rng.integers(0, size, n)], dtype=object) for size in (3, 300))
    age, place = rng.integers(18, 80, n) / 1.0, rng.random(n)
    assert way("ccdcov", race=few, age=age) == "OnCells"
    assert way("dcov:age", race=few, age=age) == "OnCells"
    assert way("dcov:place", race=few, place=place) == "OnLine"
    assert way("ccdcov", place=place) == "OnLine"
    assert way("ccdcov", race=few, place=place) == "OnCells"
    assert way("ccdcov", race=few, place=place, pairwise=True) == "Pairs"
    assert way("ccdcov", race=few, age=age, pairwise=True) == "OnCells"
    assert way("dcov:town", town=many, race=few) == "Agreement"
    assert way("ccdcov", town=many, race=few) == "Agreement"
    assert way("jdcov", town=many, race=few) == "OnCells"
    assert way("sum", town=many, race=few) == "Sum"


def test_products_of_too_many_cells_are_refused_with_what_to_do_and_sums_are_not():
    rng = np.random.default_rng(7)
    n = 8000
    series = {name: pd.Series([f"x{k}" for k in rng.integers(0, 80, n)]) for name in "ab"}
    rows = cells(series, [Protected(name, "categorical") for name in "ab"])
    weight, f = np.full(n, 1 / n), rng.random(n)
    with pytest.raises(OptionError, match="at most 3,000 are kept: cut numbers into bands"):
        coupled(rows, "jdcov", weight)
    assert coupled(rows, "ccdcov", weight)(f)[0] > 0
    assert coupled(rows, "sum", weight)(f)[0] > 0


@pytest.mark.parametrize("kind", ["dcov:a", "ccdcov", "jdcov"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_floor_is_the_mean_over_all_orders_of_the_predictions_whatever_the_weights(encode, names, kind, weighted):
    weight = np.array([5.0, 1, 2, 0.5, 3, 1]) if weighted else np.ones(6)
    weight = weight / weight.sum()
    f = np.array([0.1, 2.0, 0.4, 5.0, 0.4, 1.1])
    cells = encode(a=names(np.array([0, 1, 0, 1, 2, 2])), b=names(np.array([0, 0, 1, 1, 1, 0])))
    measure = coupled(cells, kind, weight)
    every = [measure(f[list(order)])[0] + measure.constant for order in permutations(range(6))]
    assert floor(measure, f) == pytest.approx(np.mean(every), rel=1e-11)
