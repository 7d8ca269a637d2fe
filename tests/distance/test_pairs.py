"""The sum over all pairs of rows, and its error estimated from some of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sums import (
    KINDS,
    all_pairs,
    distances,
    double_loop,
    encoded,
    problems,
    rounding,
    row_coupling,
)

from fairaudit.distance import pairs as pairs_module
from fairaudit.distance.coupling import Blocks, coupling
from fairaudit.distance.kernel import weighted_absolute_differences
from fairaudit.distance.pairs import sampled_error
from fairaudit.errors import OptionError
from fairaudit.scoretable.cells import sum_by


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


@given(problems(), st.sampled_from(KINDS), st.sampled_from([0.5, 1.0, 2.0]))
def test_on_discrete_attributes_the_blocked_sum_equals_the_cells(problem, kind, c):
    f, place, category, weight = problem
    joint, cell = np.unique(np.column_stack([category, place]), axis=0, return_inverse=True)
    cell = cell.reshape(-1)
    between = distances(joint[:, :3]), distances(joint[:, 3:])
    own = np.repeat(np.arange(len(joint), dtype=np.intp)[:, None], 2, axis=1)  # each cell is a level of its own
    blocks = Blocks(("category", "place"), between, own, cell)
    made = coupling(kind, blocks, sum_by(cell, weight, len(joint)), c)
    expected, expected_slope = weighted_absolute_differences(f, cell, weight, made.matrix)
    value, slope = all_pairs(f, [category, place[:, None]], weight, kind, c)
    assert value == pytest.approx(expected, abs=rounding(f, 100))
    np.testing.assert_allclose(slope, expected_slope, atol=rounding(f, 100))


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
