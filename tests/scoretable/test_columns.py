"""Levels, quantiles and sums of columns are what plain loops over the lines would give."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fairaudit.scoretable.columns import Columns

HALVES = st.integers(-4, 4).map(lambda number: number / 2)
"""Few different numbers, whose sums are exact."""


def rows(*elements, missing=False):
    """Columns of one length, at least one row."""
    kinds = [st.one_of(each, st.just(np.nan)) if missing else each for each in elements]
    size = st.integers(1, 30)
    return size.flatmap(lambda n: st.tuples(*(arrays.arrays(np.float64, n, elements=kind) for kind in kinds)))


@given(columns=rows(HALVES, missing=True))
def test_levels_of_numbers_are_the_distinct_values_in_order(columns):
    (values,) = columns
    levels = Columns({"x": values}).levels(["x"])["x"]
    present = values[~np.isnan(values)]
    assert levels.values.tolist() == sorted(set(present))
    assert levels.rows.tolist() == [int((present == value).sum()) for value in sorted(set(present))]
    assert levels.missing == np.isnan(values).sum()
    places = levels.index(values)
    assert [levels.values[place] if place >= 0 else None for place in places] == [
        None if np.isnan(value) else value for value in values
    ]


@given(values=st.lists(st.sampled_from(["a", "b", "A ", "é", "", None]), min_size=1))
def test_levels_of_names_are_the_distinct_names(values):
    levels = Columns({"g": np.array(values, dtype=object)}).levels(["g"])["g"]
    counts = dict(zip(levels.values, levels.rows, strict=True))
    assert counts == {name: values.count(name) for name in set(values) - {None}}
    assert levels.missing == values.count(None)


def test_several_columns_are_asked_for_at_once():
    made = Columns({"x": np.array([1.0, 2.0]), "g": np.array(["a", "a"], dtype=object)})
    assert {name: len(levels.values) for name, levels in made.levels(["g", "x"]).items()} == {"g": 1, "x": 2}


@given(columns=rows(HALVES, st.integers(0, 3).map(float)), parts=st.integers(2, 6))
def test_quantiles_cut_where_the_mass_below_is_nearest_to_a_part(columns, parts):
    values, mass = columns
    counted = mass if mass.sum() > 0 else np.ones(len(mass))
    candidates = sorted(set(values))[1:]
    below = [counted[values < cut].sum() / counted.sum() for cut in candidates]
    wanted = set()
    for part in range(1, parts):
        misses = [abs(share - part / parts) for share in below]
        wanted |= {candidates[misses.index(min(misses))]} if misses else set()
    cuts = Columns({"x": values, "m": mass}).quantiles("x", parts, "m")
    assert cuts.tolist() == sorted(wanted)


def test_quantiles_leave_out_rows_without_a_value():
    values = np.array([np.nan, 1.0, 2.0, np.nan, 3.0, 4.0])
    mass = np.array([9.0, 1.0, 1.0, 9.0, 1.0, 1.0])
    assert Columns({"x": values, "m": mass}).quantiles("x", 2, "m").tolist() == [3.0]
    assert Columns({"x": values}).quantiles("x", 2).tolist() == [3.0]
    assert Columns({"x": np.array([5.0, 5.0])}).quantiles("x", 4).tolist() == []


@given(columns=rows(HALVES, HALVES, HALVES))
def test_groups_are_the_combinations_that_occur_in_order_with_their_sums(columns):
    first, second, added = columns
    lines = Columns({"a": first, "b": second, "s": added}).group(["a", "b"], ["s"])
    pairs = sorted(set(zip(first, second, strict=True)))
    assert list(zip(lines["a"], lines["b"], strict=True)) == pairs
    assert lines["s"].tolist() == [added[(first == a) & (second == b)].sum() for a, b in pairs]


def test_groups_keep_the_types_of_their_columns():
    codes = np.array(list(itertools.chain(range(3), range(3))), dtype=np.intp)
    lines = Columns({"g": codes, "n": np.ones(6)}).group(["g"], ["n"])
    assert lines["g"].dtype == np.intp
    assert lines["n"].tolist() == [2.0, 2.0, 2.0]
    assert set(Columns({"g": codes}).group(["g"])) == {"g"}
