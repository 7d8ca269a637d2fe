"""The ways to a coupled sum: line, pairs and agreement against definitions, cells and each other."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from fairaudit.data.roles import Protected
from fairaudit.distance import pairs as pairs_module
from fairaudit.distance.agreement import agreement
from fairaudit.distance.coupled import OnCells, coupled
from fairaudit.distance.coupling import Blocks, blocks, coupling, unbiased_coupling
from fairaudit.distance.kernel import weighted_absolute_differences
from fairaudit.distance.line import continuous_distance_covariance, line_means
from fairaudit.distance.pairs import Encoded, Pairs, sampled_error
from fairaudit.errors import OptionError
from fairaudit.scoretable.cells import cells, sum_by

EPS = np.finfo(float).eps
KINDS = ["ccdcov", "jdcov", "interaction", "interaction:2"]


@st.composite
def problems(draw, ties=True, smallest=1):
    """Predictions, one attribute with ties and a one-hot one, and weights, some 0."""
    n = draw(st.integers(smallest, 30))
    if ties:
        prediction = np.array(draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n))) / 4
    else:
        prediction = np.array(draw(st.permutations(range(n)))) / 8
    place = np.array(draw(st.lists(st.integers(0, 16), min_size=n, max_size=n))) / 16
    level = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    weight = np.array(draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.5]), min_size=n, max_size=n)))
    assume(weight.sum() > 0)
    return prediction, place, np.eye(3)[level], weight / weight.sum()


def double_loop(f, matrix, weight):
    value, slope = 0.0, np.zeros(len(f))
    for k in range(len(f)):
        for other in range(len(f)):
            pair = weight[k] * weight[other] * matrix[k, other]
            value += pair * abs(f[k] - f[other])
            slope[k] += 2 * pair * np.sign(f[k] - f[other])
    return value, slope


def centre(matrix, weight):
    mean = matrix @ weight
    return matrix - mean[:, None] - mean[None, :] + weight @ mean


def distances(places):
    return np.sqrt(np.sum((places[:, None, :] - places[None, :, :]) ** 2, axis=2))


def row_coupling(attributes, weight, kind, c=1.0):
    if kind == "ccdcov":
        return centre(distances(np.column_stack(attributes)), weight)
    u = [-centre(distances(places), weight) for places in attributes]
    product = np.zeros_like(u[0])
    for size in range(len(u) + 1):
        for chosen in combinations(u, size):
            counts = kind == "jdcov" or (size == 2 if kind == "interaction:2" else size >= 2)
            product += counts * c ** (len(u) - size) * np.prod([np.ones_like(u[0]), *chosen], axis=0)
    return -centre(product, weight)


def line(f, place, weight, rows=None):
    """The sum over a sorted line."""
    return continuous_distance_covariance(f, place[:, None], weight, rows)


def encoded(attributes, weight):
    return Encoded(attributes, [distances(places) @ weight for places in attributes])


def all_pairs(f, attributes, weight, kind, c=1.0):
    """The sum over all pairs of rows."""
    return Pairs(encoded(attributes, weight), weight, kind, c)(f)


def either(name, f, place, category, weight):
    """Each of the exact sums, on the same problem."""
    if name == "line":
        return line(f, place, weight)
    return all_pairs(f, [category, place[:, None]], weight, name)


every_sum = pytest.mark.parametrize("name", ["line", *KINDS])


def rounding(f, size=16.0):
    """Weights sum to 1 and no coupling here exceeds 16; a few hundred operations each lose half a unit."""
    return 500 * EPS * max(np.ptp(f), 1.0) * size


@given(problems())
def test_the_tree_pass_equals_the_double_loop_in_value_and_gradient(problem):
    f, place, _, weight = problem
    value, slope = line(f, place, weight)
    expected, expected_slope = double_loop(f, centre(distances(place[:, None]), weight), weight)
    assert value == pytest.approx(expected, abs=rounding(f))
    np.testing.assert_allclose(slope, expected_slope, atol=rounding(f))


@given(problems(), st.sampled_from(KINDS), st.sampled_from([0.5, 1.0, 2.0]))
def test_the_blocked_sum_equals_the_double_loop_in_value_and_gradient(problem, kind, c):
    f, place, category, weight = problem
    attributes = [category, place[:, None], np.round(place)[:, None]]
    value, slope = all_pairs(f, attributes, weight, kind, c)
    expected, expected_slope = double_loop(f, row_coupling(attributes, weight, kind, c), weight)
    assert value == pytest.approx(expected, abs=rounding(f, 100))
    np.testing.assert_allclose(slope, expected_slope, atol=rounding(f, 100))


@pytest.mark.parametrize("kind", KINDS)
def test_rows_beyond_one_strip_and_one_task_are_all_counted(kind):
    rng = np.random.default_rng(1)
    f, place, weight = rng.integers(0, 300, 1300) / 300, rng.random((1300, 1)), rng.dirichlet(np.ones(1300))
    attributes = [np.eye(3)[rng.integers(0, 3, 1300)], place, rng.random((1300, 2))]
    matrix = row_coupling(attributes, weight, kind)
    pairs = weight[:, None] * weight * matrix
    value, slope = all_pairs(f, attributes, weight, kind)
    assert value == pytest.approx(np.sum(pairs * np.abs(f[:, None] - f)), abs=1e-13)
    np.testing.assert_allclose(slope, 2 * np.sum(pairs * np.sign(f[:, None] - f), axis=1), atol=1e-15)


@given(problems())
def test_with_few_levels_the_tree_pass_equals_the_cells(problem):
    f, place, _, weight = problem
    levels, cell = np.unique(place, return_inverse=True)
    matrix = centre(np.abs(levels[:, None] - levels), sum_by(cell, weight, len(levels)))
    expected, expected_slope = weighted_absolute_differences(f, cell, weight, matrix)
    value, slope = line(f, place, weight)
    assert value == pytest.approx(expected, abs=rounding(f))
    np.testing.assert_allclose(slope, expected_slope, atol=rounding(f))


@given(problems(), st.sampled_from(KINDS), st.sampled_from([0.5, 1.0, 2.0]))
def test_on_discrete_attributes_the_blocked_sum_equals_the_cells(problem, kind, c):
    f, place, category, weight = problem
    joint, cell = np.unique(np.column_stack([category, place]), axis=0, return_inverse=True)
    cell = cell.reshape(-1)
    between = distances(joint[:, :3]), distances(joint[:, 3:])
    blocks = Blocks(("category", "place"), between, np.zeros((len(joint), 2), dtype=np.intp), cell)
    made = coupling(kind, blocks, sum_by(cell, weight, len(joint)), c)
    expected, expected_slope = weighted_absolute_differences(f, cell, weight, made.matrix)
    value, slope = all_pairs(f, [category, place[:, None]], weight, kind, c)
    assert value == pytest.approx(expected, abs=rounding(f, 100))
    np.testing.assert_allclose(slope, expected_slope, atol=rounding(f, 100))


@given(problems())
def test_for_one_column_every_sum_is_the_tree_pass(problem):
    f, place, _, weight = problem
    expected, expected_slope = line(f, place, weight)
    for kind in ("ccdcov", "jdcov"):
        value, slope = all_pairs(f, [place[:, None]], weight, kind)
        assert value == pytest.approx(expected, abs=rounding(f))
        np.testing.assert_allclose(slope, expected_slope, atol=rounding(f))


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


@given(problems())
def test_an_attribute_that_is_everywhere_the_same_gives_zero(problem):
    f, _, _, weight = problem
    value, slope = line(f, np.full_like(f, 0.3), weight)
    assert value == pytest.approx(0, abs=rounding(f))
    np.testing.assert_allclose(slope, 0, atol=rounding(f))


def test_a_large_shift_of_predictions_costs_no_digits_of_the_value():
    rng = np.random.default_rng(3)
    f, place = rng.integers(0, 1024, 500) / 1024, rng.random(500)
    near, far = (line(f + shift, place, np.full(500, 1 / 500))[0] for shift in (0, 2.0**30))
    assert far == pytest.approx(near, rel=1e-10)  # the mean, known to 2^-23, cancels against Σ g = 0 at 1e-17


def test_a_prediction_that_is_its_uniform_attribute_has_dcov_2_45():
    # ∫∫ C(|u−v|)² with r(u) = u² − u + 1/2 and t = 1/3: 1/6 − 2·(7/60) + 1/9 = 2/45; the midpoint rule errs by 1/n².
    f = (np.arange(20_000) + 0.5) / 20_000
    value, slope = line(f, f, np.full(20_000, 1 / 20_000))
    assert value == pytest.approx(2 / 45, rel=1e-7)
    assert f @ slope == pytest.approx(value, rel=1e-12)


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


@pytest.mark.parametrize("kind", KINDS)
def test_no_byte_depends_on_the_threads(kind, monkeypatch):
    rng = np.random.default_rng(2)
    f, attributes = rng.normal(size=3000), [np.eye(3)[rng.integers(0, 3, 3000)], rng.random((3000, 1))]
    weight = rng.dirichlet(np.ones(3000))
    value, slope = all_pairs(f, attributes, weight, kind)
    for rows, threads in ((256, 4), (256, 1), (100, 3), (3000, 2)):
        monkeypatch.setattr(pairs_module, "ROWS", rows)
        monkeypatch.setattr(pairs_module.os, "cpu_count", lambda threads=threads: threads)
        again, again_slope = all_pairs(f, attributes, weight, kind)
        assert again == value
        assert again_slope.tobytes() == slope.tobytes()


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(OptionError, match="penalty 'sums' is unknown; choose one of"):
        all_pairs(np.arange(3.0), [np.ones((3, 1))], np.full(3, 1 / 3), "sums")


@pytest.fixture(scope="module", params=["ccdcov", "jdcov"])
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def binned(kind):
    """A dependent prediction, its attributes, the same on quantile cells, weights; and the true difference."""
    rng = np.random.default_rng(8)
    category, place = np.eye(3)[rng.integers(0, 3, 2000)], rng.random((2000, 1))
    f = place[:, 0] * category[:, 0] + rng.normal(size=2000) / 4
    rough = (np.floor(place * 4) + 0.5) / 4
    weight = rng.dirichlet(np.full(2000, 4.0))
    exact, cells = (all_pairs(f, [category, each], weight, kind)[0] for each in (place, rough))
    return f, encoded([category, place], weight), encoded([category, rough], weight), weight, kind, exact - cells


def test_the_sampled_error_is_the_difference_within_its_standard_error(binned):
    *problem, difference = binned
    estimate, error = sampled_error(*problem, pairs=400_000, seed=0)
    assert abs(estimate - difference) < 3 * error
    assert error < abs(difference)


def test_the_sampled_error_is_unbiased_and_its_standard_error_is_that_of_repeats(binned):
    *problem, difference = binned
    repeats = np.array([sampled_error(*problem, pairs=2000, seed=seed) for seed in range(400)])
    spread = repeats[:, 0].std(ddof=1)
    assert abs(repeats[:, 0].mean() - difference) < 3 * spread / 20
    assert repeats[:, 1].mean() == pytest.approx(spread, rel=0.11)  # 3 standard errors of a spread from 400


def test_the_sampled_error_of_an_exact_encoding_is_zero_and_a_seed_repeats(binned):
    f, exact, rough, weight, kind, _ = binned
    assert sampled_error(f, exact, exact, weight, kind, 1000, seed=1) == (0, 0)
    assert sampled_error(f, exact, rough, weight, kind, 1000, 1) == sampled_error(
        f, exact, rough, weight, kind, 1000, 1
    )
    assert sampled_error(f, exact, rough, weight, kind, 1000, 1) != sampled_error(
        f, exact, rough, weight, kind, 1000, 2
    )


def test_one_pair_has_no_standard_error(binned):
    *problem, _ = binned
    with pytest.raises(OptionError, match="draw 2 or more"):
        sampled_error(*problem, pairs=1, seed=0)


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


def many_cells(rng, n, scale="paper"):
    columns = {
        "a": pd.Series([f"a{k}" for k in rng.integers(0, 9, n)]),
        "b": pd.Series([f"b{k}" for k in rng.integers(0, 2, n)]),
        "c": pd.Series([f"c{k}" for k in rng.integers(0, 5, n)]),
        "age": pd.Series(np.where(rng.random(n) < 0.1, np.nan, rng.integers(0, 4, n))),
    }
    specs = [Protected(name, "continuous" if name == "age" else "categorical") for name in columns]
    return cells(columns, specs, scale=scale)


@pytest.mark.parametrize("scale", ["paper", "standardised", "equal"])
@pytest.mark.parametrize("seed", range(3))
def test_agreement_of_categories_gives_the_coupling_of_the_cells(scale, seed):
    rng = np.random.default_rng(seed)
    encoded_rows = many_cells(rng, 400, scale)
    f, weight = rng.integers(0, 50, 400) / 8, rng.dirichlet(np.ones(400))
    made = blocks(encoded_rows)
    plain = OnCells(made, weight, coupling("ccdcov", made, sum_by(made.cell, weight)))
    quick = agreement(encoded_rows, weight)
    (value, slope), (expected, expected_slope) = quick(f), plain(f)
    assert value == pytest.approx(expected, abs=1e-13)
    np.testing.assert_allclose(slope, expected_slope, atol=1e-14)
    np.testing.assert_allclose(quick.mean, plain.mean, rtol=1e-12)
    np.testing.assert_allclose(quick.diagonal, plain.diagonal, atol=1e-13)


def test_the_unbiased_agreement_is_the_unbiased_coupling_of_the_cells():
    rng = np.random.default_rng(5)
    encoded_rows, f, weight = many_cells(rng, 300), rng.random(300), np.full(300, 1 / 300)
    made = blocks(encoded_rows)
    plain = OnCells(made, weight, unbiased_coupling("ccdcov", made, sum_by(made.cell, np.ones(300))))
    assert agreement(encoded_rows, weight, 300)(f)[0] == pytest.approx(plain(f)[0], abs=1e-13)


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
