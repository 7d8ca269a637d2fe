"""Levels, encodings and bands of protected attributes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fairaudit.data.roles import Protected
from fairaudit.scoretable.cells import (
    EXACT_LEVELS,
    MISSING_LABEL,
    QUANTILE_LEVELS,
    VALUE_BANDS,
    cells,
    distances_between,
    joint,
    sum_by,
)

RNG = np.random.default_rng(5)


def one(values, kind, edges=()):
    made = cells({"a": pd.Series(values)}, [Protected("a", kind, edges)])
    return made.attributes[0], made.levels[:, 0], made.displacement


def band_names(values, kind, edges=()):
    """Name of each row's band."""
    attribute, level, _ = one(values, kind, edges)
    return [attribute.bands[attribute.band[each]] for each in level]


def distance(attribute, level):
    places = attribute.coordinates[level]
    return np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))


def test_two_categories_are_one_apart_and_more_the_root_of_two():
    attribute, level, displacement = one(["m", "f", "m"], "categorical")
    assert attribute.bands == ("f", "m")
    assert level.tolist() == [1, 0, 1]
    assert not displacement.any()
    np.testing.assert_array_equal(distance(attribute, level), [[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    attribute, level, _ = one(["a", "b", "c"], "categorical")
    np.testing.assert_allclose(distance(attribute, level), np.sqrt(2) * (1 - np.eye(3)), rtol=1e-15)


def test_a_missing_category_is_one_more_level_at_the_end():
    attribute, level, _ = one(np.array(["z", None, "y", np.nan], dtype=object), "categorical")
    assert attribute.bands == ("y", "z", MISSING_LABEL)
    assert level.tolist() == [1, 2, 0, 2]
    assert attribute.missing == 2
    attribute, _, _ = one(np.array(["z", None], dtype=object), "categorical")
    assert attribute.coordinates.tolist() == [[0], [1]]


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=40).filter(lambda values: len(set(values)) > 1))
def test_numbers_lie_min_max_scaled_on_a_line(values):
    values = np.array(values, dtype=float)
    attribute, level, displacement = one(values, "continuous")
    span = values.max() - values.min()
    np.testing.assert_allclose(distance(attribute, level), np.abs(values[:, None] - values[None]) / span, atol=1e-15)
    assert not displacement.any()
    assert attribute.range == (values.min(), values.max())


def test_many_values_become_equal_cells_at_their_means_and_the_displacement_is_what_that_moves():
    rng = np.random.default_rng(1)
    values = rng.lognormal(size=5000)
    attribute, level, displacement = one(values, "continuous")
    assert len(attribute.coordinates) == QUANTILE_LEVELS
    sizes = np.bincount(level)
    assert sizes.min() >= 5000 // QUANTILE_LEVELS - 1
    assert sizes.max() <= 5000 // QUANTILE_LEVELS + 2
    scaled = (values - values.min()) / np.ptp(values)
    means = sum_by(level, scaled) / sizes
    np.testing.assert_allclose(attribute.coordinates[:, 0], means, atol=1e-14)
    np.testing.assert_allclose(displacement, np.abs(scaled - means[level]), atol=1e-14)


def test_numbers_are_exact_up_to_the_limit_of_levels():
    exact, _, displacement = one(np.arange(EXACT_LEVELS) / 7, "continuous")
    assert (len(exact.coordinates), displacement.max()) == (EXACT_LEVELS, 0)
    _, _, displacement = one(np.arange(EXACT_LEVELS + 1) / 7, "continuous")
    assert displacement.max() > 0


def test_a_missing_number_stands_at_the_mean_one_unit_aside():
    attribute, level, _ = one([0.0, 10.0, np.nan, 5.0, 1.0], "continuous")
    assert attribute.coordinates[level[2]].tolist() == pytest.approx([0.4, 1.0])
    assert attribute.bands[attribute.band[level[2]]] == MISSING_LABEL
    expected = [np.hypot(1, 0.4), np.hypot(1, 0.6), 0, np.hypot(1, 0.1), np.hypot(1, 0.3)]
    np.testing.assert_allclose(distance(attribute, level)[2], expected, rtol=1e-15)


def test_displacements_of_several_attributes_add_as_lengths_do():
    rng = np.random.default_rng(1)
    values = {"a": pd.Series(rng.random(400)), "b": pd.Series(rng.random(400)), "c": pd.Series(["x", "y"] * 200)}
    specs = [Protected("a", "continuous"), Protected("b", "continuous"), Protected("c", "categorical")]
    parts = [cells(values, [spec]).displacement for spec in specs[:2]]
    np.testing.assert_allclose(cells(values, specs).displacement, np.hypot(*parts), rtol=1e-14)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 2.0, 3.0, 2.0], ["1", "2", "3", "2"]),
        (np.arange(VALUE_BANDS) * 10.0, [str(10 * value) for value in range(VALUE_BANDS)]),
        (np.arange(20.0, 32.0), ["20–22"] * 3 + ["23–25"] * 3 + ["26–28"] * 3 + ["29–31"] * 3),
    ],
)
def test_few_whole_numbers_are_read_one_by_one_and_more_in_four_intervals(values, expected):
    assert band_names(values, "continuous") == expected


@pytest.mark.parametrize(
    ("values", "edges", "expected"),
    [
        ([18.0, 24, 25, 44, 45, 80], (25.0, 45.0), ["18–24"] * 2 + ["25–44"] * 2 + ["45–80"] * 2),
        ([18.0, 25, 80], (25.0, 45.0, 200.0), ["18–24", "25–44", "45–80"]),
        ([18.0, 80], (10.0, 45.0), ["18–44", "45–80"]),
        ([0.5, 2.5, 3.0], (2.5,), ["0.50–2.50", "2.50–3.00", "2.50–3.00"]),
    ],
)
def test_a_cut_belongs_to_the_upper_band_and_labels_name_the_values_within(values, edges, expected):
    assert band_names(values, "bins", edges) == expected


@given(st.lists(st.integers(0, 99), min_size=2, max_size=60).filter(lambda values: len(set(values)) > 1), st.data())
def test_the_label_of_a_whole_numbers_band_contains_it(values, data):
    edges = tuple(map(float, sorted(data.draw(st.sets(st.integers(-10, 120), min_size=1, max_size=4)))))
    for kind, cuts in (("continuous", ()), ("bins", edges)):
        for value, name in zip(values, band_names(np.array(values, dtype=float), kind, cuts), strict=True):
            low, _, high = name.partition("–")
            assert int(low) <= value <= int(high or low), (kind, cuts, value, name)


def test_binned_numbers_keep_their_distance_through_the_means_of_the_bands():
    attribute, level, displacement = one([20.0, 22, 40, 60], "bins", (30.0, 50.0))
    np.testing.assert_allclose(attribute.coordinates[level, 0], [1 / 40, 1 / 40, 0.5, 1], rtol=1e-15)
    assert not displacement.any()


@given(st.lists(st.sampled_from("pqrs"), min_size=2, max_size=30).filter(lambda values: len(set(values)) > 1))
def test_neither_names_nor_order_of_categories_change_distances(values):
    renamed = [{"p": "z", "q": "a", "r": "M", "s": "é"}[value] for value in values]
    before, after = (distance(*one(each, "categorical")[:2]) for each in (values, renamed))
    np.testing.assert_array_equal(before, after)
    turned = distance(*one(values[::-1], "categorical")[:2])
    np.testing.assert_array_equal(before, turned[::-1, ::-1])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 4)), min_size=1, max_size=40))
def test_joint_levels_are_the_distinct_rows_in_order(rows):
    present, cell = joint(np.array(rows, dtype=np.intp))
    assert [tuple(row) for row in present] == sorted(set(rows))
    assert [tuple(present[each]) for each in cell] == rows


def test_taking_rows_takes_their_levels_and_displacements(encode):
    rng = np.random.default_rng(1)
    made = encode(a=rng.random(300), b=np.array(["x", "y", "z"] * 100, dtype=object))
    rows = np.array([7, 3, 299])
    taken = made.take(rows)
    assert taken.attributes is made.attributes
    np.testing.assert_array_equal(taken.levels, made.levels[rows])
    np.testing.assert_array_equal(taken.displacement, made.displacement[rows])


def test_sums_by_index_are_zero_where_an_index_does_not_occur():
    assert sum_by(np.array([0, 2, 0]), np.array([1.0, 2, 3]), 4).tolist() == [4, 0, 2, 0]


def test_the_summary_says_what_was_read(encode):
    made = encode(sex=np.array(["f", "m", "m"], dtype=object), age=[20.0, 30.0, 60.0])
    sex, age = (attribute.summary() for attribute in made.attributes)
    assert (sex.kind, sex.levels, sex.range, sex.cells) == ("categorical", ["f", "m"], None, 2)
    assert (age.kind, age.levels, age.range, age.cells) == ("continuous", None, (20.0, 60.0), 3)


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=30), st.sampled_from([1, 10**9]))
def test_joint_cells_are_the_distinct_rows_in_order(rows, factor):
    levels = np.array(rows, dtype=np.intp) * factor  # with the large factor codes are sparse, and sorted, not counted
    present, cell = joint(levels)
    expected, index = np.unique(levels, axis=0, return_inverse=True)
    np.testing.assert_array_equal(present, expected)
    np.testing.assert_array_equal(cell, index.reshape(-1))


def test_rows_keep_their_own_places_where_levels_are_cells():
    rng = np.random.default_rng(1)
    values = rng.lognormal(size=1000)
    values[:3] = np.nan
    made = cells({"a": pd.Series(values)}, [Protected("a", "continuous")])
    scaled = (values[3:] - values[3:].min()) / np.ptp(values[3:])
    np.testing.assert_allclose(made.coordinates(0)[3:, 0], scaled, atol=1e-15)
    np.testing.assert_array_equal(made.coordinates(0)[:, 1], np.arange(1000) < 3)
    assert not made.exact
    assert made.at_levels().exact
    np.testing.assert_array_equal(made.at_levels().coordinates(0), made.attributes[0].coordinates[made.levels[:, 0]])


@given(
    places=arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 4)), elements=st.sampled_from([0, 1, -2.5]))
)
def test_distances_are_those_of_each_pair(places):
    plain = [
        [np.sqrt(sum((a - b) ** 2 for a, b in zip(one, other, strict=True))) for other in places] for one in places
    ]
    np.testing.assert_array_equal(distances_between(places), plain)
