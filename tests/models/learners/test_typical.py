"""Rows that stand for all: what their definition says, and the same however rows are ordered or repeated."""

from __future__ import annotations

import numpy as np
import pytest

from fairaudit.models.learners.typical import quantiles, typical


def test_quantiles_are_the_same_for_shuffled_rows_and_for_weights_in_place_of_copies():
    rng = np.random.default_rng(1)
    linear, matrix = rng.normal(size=40).round(1), rng.normal(size=(40, 2))
    times = rng.integers(1, 4, 40)
    chosen = matrix[quantiles(linear, matrix, times / times.sum(), 8)]
    copies = np.repeat(np.arange(40), times)[rng.permutation(times.sum())]
    again = matrix[copies][quantiles(linear[copies], matrix[copies], np.full(len(copies), 1 / len(copies)), 8)]
    np.testing.assert_array_equal(chosen, again)


def test_typical_rows_are_taken_as_the_loop_over_all_rows_says():
    rng = np.random.default_rng(9)
    matrix, weight = rng.normal(size=(30, 3)), rng.dirichlet(np.ones(30))
    taken, total = [], np.zeros(3)
    for _ in range(12):
        far = [np.linalg.norm(row - weight @ matrix + total) for row in matrix]
        taken.append(int(np.argmin(far)))
        total += matrix[taken[-1]] - weight @ matrix
    np.testing.assert_array_equal(typical(np.zeros(30), matrix, weight, 12), taken)


@pytest.mark.parametrize("count", [9_000, 2_000])
def test_typical_rows_have_the_means_of_all_and_so_have_the_first_of_them(count):
    """Yes/no columns, some rare: of 64 rows drawn at random the standardised means are off by 1/8 each."""
    rng = np.random.default_rng(9)
    shares = np.array([0.5, 0.13, 0.05, 0.3, 0.02, 0.4])
    matrix = (rng.random((count, 6)) < shares) / np.sqrt(shares * (1 - shares))
    weight = rng.uniform(1, 2, count)
    weight /= weight.sum()
    rows = typical(matrix @ rng.normal(size=6), matrix, weight, 256)
    for many in (64, 256):
        assert np.abs(matrix[rows[:many]].mean(axis=0) - weight @ matrix).max() < 4 / many


@pytest.mark.parametrize("candidates", [8, 1000])
def test_typical_rows_are_the_same_for_shuffled_rows_and_for_weights_in_place_of_copies(candidates, monkeypatch):
    monkeypatch.setattr("fairaudit.models.learners.typical.CANDIDATES", candidates)
    rng = np.random.default_rng(9)
    linear, matrix = rng.normal(size=40).round(1), rng.normal(size=(40, 2))
    times = rng.integers(1, 4, 40)
    chosen = matrix[typical(linear, matrix, times / times.sum(), 8)]
    copies = np.repeat(np.arange(40), times)[rng.permutation(times.sum())]
    again = typical(linear[copies], matrix[copies], np.full(len(copies), 1 / len(copies)), 8)
    np.testing.assert_array_equal(chosen, matrix[copies][again])
