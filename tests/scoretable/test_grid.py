"""The small grid: exact while values are few, of equal mass where they are many; and sums and shuffles on it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.scoretable import grid as module
from fairaudit.scoretable.grid import BINS, grid, in_chunks, members, shuffled_clusters, total


def test_the_members_of_groups_are_the_places_of_each_in_their_order():
    index = np.array([2, 0, 2, 2, 0])
    assert [places.tolist() for places in members(index, 4)] == [[1, 4], [], [0, 2, 3], []]


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


CLUSTERS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(1, 3)), min_size=1, max_size=20)


@given(CLUSTERS, st.integers(0, 99))
def test_clusters_in_one_cell_each_exchange_their_cells(rows, seed):
    cluster, _, many = (np.array(column) for column in zip(*rows, strict=True))
    cell = np.array([0, 1, 1, 2, 0, 2])[cluster]
    line, draw = shuffled_clusters(cluster, many.astype(float), cell, np.random.default_rng(seed))
    moved = draw()
    assert line.tolist() == list(range(len(rows)))
    cells_of = {code: set(moved[cluster == code].tolist()) for code in set(cluster.tolist())}
    assert all(len(cells) == 1 for cells in cells_of.values())
    assert sorted(*zip(*cells_of.values(), strict=True)) == sorted(
        np.array([0, 1, 1, 2, 0, 2])[list(cells_of)].tolist()
    )


@given(CLUSTERS, st.integers(0, 99))
def test_clusters_in_several_cells_take_over_those_of_another_with_as_many_rows(rows, seed):
    rows = [*rows, (0, 0, 1), (0, 1, 1)]  # one at least lies in two cells
    cluster, cell, many = (np.array(column) for column in zip(*rows, strict=True))
    line, draw = shuffled_clusters(cluster, many.astype(float), cell, np.random.default_rng(seed))
    moved = draw()
    assert np.bincount(line).tolist() == many.tolist()

    def cells_of(values):
        return {code: tuple(sorted(values[cluster[line] == code].tolist())) for code in set(cluster.tolist())}

    before, after = cells_of(cell[line]), cells_of(moved)
    assert sorted(before.values()) == sorted(after.values())
    assert all(len(after[code]) == len(before[code]) for code in before)


def test_clusters_are_exchanged_within_their_class_alone():
    cluster = np.arange(40)
    cell, like = cluster % 4, (cluster % 4 > 1).astype(np.intp)
    _, draw = shuffled_clusters(cluster, np.ones(40), cell, np.random.default_rng(1), like)
    moved = draw()
    assert set(moved[like == 0]) == {0, 1}
    assert set(moved[like == 1]) == {2, 3}
    assert (moved != cell).any()
