"""Features as bins: order kept, weights heeded, missing values left missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.errors import OptionError, RoleError
from fairaudit.models.features.bins import Bins
from fairaudit.models.features.encoder import codes_of

RNG = np.random.default_rng(2)
numbers = st.lists(st.floats(-1e6, 1e6) | st.integers(-5, 5).map(float), min_size=2, max_size=60)


def coded(values, max_bins=4, weight=None):
    frame = pd.DataFrame({"x": np.asarray(values, dtype=float)})
    return Bins(max_bins).fit(frame, sample_weight=weight).transform(frame)[:, 0]


@given(numbers, st.integers(2, 9))
def test_codes_rise_with_the_number_and_are_at_most_max_bins(values, max_bins):
    order = np.argsort(values)
    codes = coded(values, max_bins)[order]
    assert (np.diff(codes) >= 0).all()
    assert (np.diff(codes)[np.diff(np.sort(values)) == 0] == 0).all()
    np.testing.assert_array_equal(np.unique(codes), np.arange(codes[-1] + 1))
    assert codes[-1] < max_bins


@given(numbers)
def test_few_distinct_numbers_are_a_bin_each(values):
    expected = np.unique(values, return_inverse=True)[1]
    np.testing.assert_array_equal(coded(values, max_bins=60), expected)


@given(numbers, st.data(), st.integers(2, 9))
def test_a_row_of_weight_two_is_the_row_twice(values, data, max_bins):
    count = np.array(data.draw(st.lists(st.integers(1, 3), min_size=len(values), max_size=len(values))))
    weighted = coded(values, max_bins, count / count.sum())
    repeated = coded(np.repeat(values, count), max_bins)
    np.testing.assert_array_equal(np.repeat(weighted, count), repeated)


def test_bins_are_of_equal_weight():
    rng = np.random.default_rng(1)
    weight = rng.uniform(0.5, 2, 10_000)
    codes = coded(rng.normal(size=10_000), 8, weight)
    shares = np.bincount(codes.astype(int), weight) / weight.sum()
    np.testing.assert_allclose(shares, 1 / 8, atol=2 / 5000)


def test_a_number_between_two_bins_goes_to_the_nearer():
    bins = Bins().fit(pd.DataFrame({"x": [0.0, 1.0, 10.0]}))
    fresh = pd.DataFrame({"x": [-5.0, 0.4, 0.6, 5.0, 6.0, 99.0]})
    assert bins.transform(fresh)[:, 0].tolist() == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize("low", [1.0, 1e308, -1e308, 5e-324])
def test_neighbouring_numbers_are_told_apart(low):
    assert coded([low, np.nextafter(low, np.inf)]).tolist() == [0, 1]


def test_a_missing_number_stays_missing_and_takes_no_bin():
    values = np.array([np.nan, 3.0, 1.0, np.nan, 2.0])
    np.testing.assert_array_equal(coded(values), [np.nan, 2, 0, np.nan, 1])


def test_a_number_that_is_always_missing_is_missing_only():
    bins = Bins().fit(pd.DataFrame({"x": [np.nan, np.nan], "y": [1.0, 2.0]}))
    np.testing.assert_array_equal(
        bins.transform(pd.DataFrame({"y": [1.0, 2.0], "x": [np.nan, 7.0]})), [[np.nan, 0], [0, 1]]
    )


def test_categories_are_codes_of_their_sorted_levels_and_missing_ones_a_level():
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "k": ["q", None, "p", "q"]})
    bins = Bins().fit(frame)
    assert bins.categorical_ == [1]
    assert bins.transform(frame)[:, 1].tolist() == [2, 0, 1, 2]


def test_what_training_did_not_have_is_refused_or_taken_as_missing():
    frame = pd.DataFrame({"x": [1.0, 2.0], "k": ["p", "q"]})
    strange = pd.DataFrame({"x": [np.nan, 2.0], "k": ["p", "z"]})
    with pytest.raises(RoleError, match="'x' is missing in 1 row, and was never missing"):
        Bins().fit(frame).transform(strange)
    with pytest.raises(RoleError, match="'k' has the level 'z' in 1 row"):
        Bins().fit(frame).transform(strange.assign(x=1.0))
    np.testing.assert_array_equal(Bins(unseen="mean").fit(frame).transform(strange), [[np.nan, 0], [1, np.nan]])
    with pytest.raises(OptionError, match="unseen 'zero' is unknown"):
        Bins(unseen="zero").fit(frame)


@pytest.mark.parametrize("dtype", [object, "str", "category"])
def test_places_of_levels_do_not_depend_on_how_text_is_kept(dtype):
    column = pd.Series(["b", None, "a", "new", "b"], dtype=dtype)
    assert codes_of(column, ["(missing)", "a", "b"]).tolist() == [2, 0, 1, -1, 2]
    assert codes_of(column, ["a", "b"]).tolist() == [1, -1, 0, -1, 1]
    mixed = pd.Series([True, 1, "1", None], dtype=object)  # equal to Python, or equal as text, but not both
    assert codes_of(mixed, ["1", "True"]).tolist() == [1, 0, 0, -1]
