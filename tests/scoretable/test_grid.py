"""The small grid: exact while values are few, of equal mass where they are many; and sums and shuffles on it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.scoretable import grid as module
from fairaudit.scoretable.grid import BINS, grid, groupings, in_chunks, total


def test_few_values_are_their_own_points():
    value = np.array([0.5, 0.1, 0.5, 0.9])
    made = grid(value, np.full(4, 0.25))
    assert made.exact
    np.testing.assert_array_equal(made.values, [0.1, 0.5, 0.9])
    np.testing.assert_array_equal(made.values[made.index], value)


def test_many_values_become_neighbourhoods_of_equal_mass_at_their_means():
    value, weight = np.random.default_rng(0).permutation(1000) / 1000, np.full(1000, 1 / 1000)
    made = grid(value, weight, points=20)
    assert not made.exact
    assert len(made.values) == 20
    mass = np.bincount(made.index, weights=weight)
    np.testing.assert_allclose(mass, 1 / len(mass), atol=2 / 1000)
    np.testing.assert_allclose(np.bincount(made.index, weights=weight * value) / mass, made.values, rtol=1e-12)
    assert (np.diff(made.values) > 0).all()


def test_a_monotone_change_of_the_values_moves_no_line():
    value, weight = np.random.default_rng(1).normal(size=500), np.full(500, 1 / 500)
    np.testing.assert_array_equal(grid(value, weight).index, grid(np.exp(3 * value), weight).index)


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (3, [1, 1, 1, 2, 2, 2, 3]), (4, [1] * 4 + [2] * 6 + [4])])
def test_groups_are_of_single_attributes_pairs_and_all(count, sizes):
    assert [len(chosen) for chosen in groupings(count)] == sizes


@given(st.lists(st.integers(0, 80), min_size=1, max_size=60), st.sampled_from([5, 81, 200]))
def test_sums_by_index_are_those_of_a_loop(index, size):
    index = np.array(index) % size
    values = np.random.default_rng(len(index)).normal(size=(2, len(index)))
    expected = np.zeros((2, size))
    for place, point in enumerate(index):
        expected[:, point] += values[:, place]
    np.testing.assert_allclose(total(values, index, size), expected, atol=1e-12)


def test_chunks_are_all_replicates_in_their_order(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 30)
    replicates = {"mass": np.arange(14.0).reshape(7, 2)}
    chunks = [chunk["mass"] for chunk in in_chunks(replicates, 10)]
    assert [len(chunk) for chunk in chunks] == [3, 3, 1]
    np.testing.assert_array_equal(np.concatenate(chunks), replicates["mass"])


@given(st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_bins_are_tenths_of_the_mass_in_the_order_of_values_and_like_values_share_one(distinct, seed):
    rng = np.random.default_rng(seed)
    value, weight = rng.integers(0, distinct, 400) / distinct, rng.uniform(0.5, 2, 400)
    own = grid(value, weight / weight.sum())
    seen = np.unique(value)
    if len(seen) <= BINS:
        np.testing.assert_array_equal(own.bin, np.searchsorted(seen, value))
        return
    bin_of = [np.unique(own.bin[value == each]) for each in seen]
    assert all(len(each) == 1 for each in bin_of)
    bins = np.concatenate(bin_of)
    assert bins[0] == 0
    assert set(np.diff(bins)) <= {0, 1}
    assert bins[-1] < BINS
    heaviest = max(weight[value == each].sum() for each in seen) / weight.sum()
    for bin in range(bins[-1] + 1):
        assert weight[own.bin == bin].sum() / weight.sum() <= 1 / BINS + heaviest + 1e-9
