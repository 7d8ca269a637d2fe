"""Parts of rows: units stay together, shares are met, and draws are those of the first version."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.errors import FitError
from fairaudit.models.splits import by_rows, by_units, folds_of, for_rounds, sides, units_of
from fairaudit.streams import Stream

CUTS = [by_rows, by_units, for_rounds]


@pytest.mark.parametrize("cut", CUTS)
@given(
    groups=st.lists(st.integers(0, 9), min_size=2, max_size=60), share=st.floats(0.05, 0.95), seed=st.integers(0, 99)
)
def test_every_row_is_on_one_side_and_a_unit_on_one_side_only(cut, groups, share, seed):
    units = units_of(len(groups), groups)
    fitted, held = cut(units, share, seed)
    assert sorted([*fitted, *held]) == list(range(len(groups)))
    assert set(units[fitted]).isdisjoint(units[held])
    assert (np.diff(fitted) > 0).all()
    assert (np.diff(held) > 0).all()


def test_units_are_numbered_without_gaps():
    assert units_of(3, None).tolist() == [0, 1, 2]
    assert units_of(4, np.array([70, 20, 70, 50])).tolist() == [2, 0, 2, 1]
    assert units_of(3, np.array(["b", "a", "b"])).tolist() == [1, 0, 1]


def test_shares_are_met_from_their_own_side():
    units = np.arange(7)
    assert [len(cut(units, 0.3, 0)[1]) for cut in CUTS] == [2, 2, 3]
    large = np.repeat(np.arange(10), 30)
    assert len(by_rows(large, 0.3, 0)[1]) == 90


def test_draws_are_those_of_the_first_version():
    """As loops over the definition, so that no split of an earlier result changes."""
    groups = np.random.default_rng(0).integers(0, 12, 50)
    units, n = np.unique(groups, return_inverse=True)[1], 50
    count = int(units.max()) + 1
    order, before, held = Stream.HELD_OUT.generator(5).permutation(count), 0, set()
    for unit in order:
        size = int((units == unit).sum())
        if before + size - size / 2 < 0.3 * n:
            held.add(unit)
        before += size
    assert set(units[by_rows(units, 0.3, 5)[1]]) == held
    drawn = Stream.STOPPING.generator(5).permutation(count)[: int(0.3 * count)]
    assert set(units[by_units(units, 0.3, 5)[1]]) == set(drawn)
    place = Stream.ROUNDS.generator(5).permutation(count)
    assert set(units[for_rounds(units, 0.3, 5)[1]]) == {unit for unit in range(count) if place[unit] < 0.3 * count}
    fold = np.random.default_rng(5).permutation(count) % 3
    assert folds_of(n, groups, np.random.default_rng(5), 3, "a test").tolist() == [fold[unit] for unit in units]


def test_each_fold_is_held_out_once():
    fold = folds_of(20, None, np.random.default_rng(1), 3, "a test")
    parts = sides(fold)
    assert len(parts) == 3
    for number, (fitted, held) in enumerate(parts):
        np.testing.assert_array_equal(held, np.flatnonzero(fold == number))
        np.testing.assert_array_equal(fitted, np.flatnonzero(fold != number))


def test_fewer_units_than_folds_are_refused():
    with pytest.raises(FitError, match=r"a test needs at least 3 independent rows; there are 2$"):
        folds_of(2, None, np.random.default_rng(0), 3, "a test")
    with pytest.raises(FitError, match="there are 1, as rows that are split together count as one"):
        folds_of(9, np.zeros(9), np.random.default_rng(0), 3, "a test")
