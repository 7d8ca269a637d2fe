"""Tests of equal means agree with their definition as loops, and with all arrangements of the rows; kinds keep them."""

from collections import defaultdict

import numpy as np
import pytest
from arranged import arrangements
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import f, f_oneway

from fairaudit.chance.equality import EqualityTest, Kinds, _welch, equal_means, kinds
from fairaudit.chance.laws.means import moments

REPLICATES = 400

ALLOWED = 0.05 + 3 * np.sqrt(0.05 * 0.95 / REPLICATES)


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.mark.parametrize("unit", [1.0, 0.001])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("sizes", [(8, 12, 15), (1, 2, 9), (5, 4), (3, 3, 3, 3, 3)])
def test_welchs_statistic_is_that_of_a_loop(rng, weighted, sizes, unit):
    group = np.repeat(np.arange(len(sizes)), sizes)
    value, weight = rng.normal(size=len(group)), rng.uniform(1, 2 if weighted else 1, len(group)) * unit
    of = Kinds(value, weight, (group[:, None] == np.arange(len(sizes))) * 1.0)
    seen, freedom = _welch(of, of.count[None])
    expected = loop_welch(value, weight, group)
    assert (seen[0], freedom[0]) == pytest.approx(expected)


def loop_welch(value, weight, group):
    pooled = np.average(value**2, weights=weight**2)
    groups = group.max() + 1
    means, precisions, sizes = [], [], []
    for g in range(groups):
        y, w = value[group == g], weight[group == g]
        mean, size = np.average(y, weights=w), w.sum() ** 2 / (w**2).sum()
        spread = np.average((y - mean) ** 2, weights=w**2)
        variance = (spread * size + 3 * pooled) / (size - 1 + 3)  # mixed with three rows of all
        means.append(mean), precisions.append(size / variance), sizes.append(size)
    means, precisions, sizes = map(np.array, (means, precisions, sizes))
    share = precisions / precisions.sum()
    raw = (precisions * (means - share @ means) ** 2).sum()
    bend = sum((1 - own) ** 2 / (size - 1 if size > 1.5 else 0.5) for own, size in zip(share, sizes, strict=True))
    return raw / (1 + 2 * (groups - 2) / (groups**2 - 1) * bend), (groups**2 - 1) / (3 * bend)


def apart(value, weight, group):
    """Each row a kind of its own."""
    return Kinds(value, weight, (group[:, None] == np.arange(group.max() + 1)) * 1.0)


@pytest.mark.parametrize("unit", [1.0, 1e-3, 1e100, 1e-100])
@pytest.mark.parametrize("sizes", [(8, 12, 15), (20, 6), (4, 5, 6, 7)])
def test_means_without_skewness_have_the_p_value_of_welchs_law_whatever_their_units(sizes, unit, rng):
    group = np.repeat(np.arange(len(sizes)), sizes)
    value, weight = rng.normal(5, 1, size=len(group)) + 0.4 * group, rng.uniform(1, 3, len(group))
    statistic, freedom = loop_welch(value - np.average(value, weights=weight), weight, group)
    test = equal_means(apart(value * unit, weight / unit, group), np.zeros(len(sizes)), 9, rng)
    many = len(sizes) - 1
    assert test == EqualityTest(pytest.approx(f.sf(statistic / many, many, freedom)), "F", 0.0)


@pytest.mark.parametrize(
    ("skewness", "method"),
    [((0, 1 / 15), "F"), ((0, -1 / 15), "F"), ((0.067, 0), "permutation"), ((0.0, -0.067), "permutation")],
)
def test_means_are_shuffled_where_one_of_them_is_skewed_by_more_than_a_fifteenth(skewness, method, rng):
    of = Kinds(np.array([1.0, 2.0]), np.ones(2), np.array([[3.0, 4.0], [5.0, 2.0]]))
    assert equal_means(of, np.array(skewness), 9, rng).method == method


@pytest.mark.parametrize("weighted", [False, True])
def test_shuffled_means_have_the_p_value_of_all_arrangements_of_whole_rows(weighted, rng):
    value, group = np.array([0.0, 0.1, 0.0, 0.3, 0.2, 4.0, 1.1]), np.array([0, 0, 1, 0, 1, 2, 2])
    weight = np.array([1.0, 3.0, 2.0, 2.0, 1.0, 5.0, 1.0]) if weighted else np.ones(7)
    d = value - np.average(value, weights=weight)
    seen = loop_welch(d, weight, group)[0]
    exact = np.mean([loop_welch(d, weight, labels)[0] >= seen - 1e-9 for labels in arrangements(group)])
    test = equal_means(apart(value, weight, group), np.ones(3), 6000, rng)
    assert test.method == "permutation"
    assert abs(test.p_value - exact) < 4 * test.error
    assert test.error == pytest.approx(np.sqrt(exact * (1 - exact) / 6000), rel=0.2)


def test_means_beyond_all_shuffles_have_the_p_value_of_welchs_law_and_none_is_zero(rng):
    group = np.repeat([0, 1], 60)
    value = rng.normal(size=120) + 30 * group
    statistic, freedom = loop_welch(value - value.mean(), np.ones(120), group)
    test = equal_means(apart(value, np.ones(120), group), np.ones(2), 49, rng)
    assert test == EqualityTest(pytest.approx(f.sf(statistic, 1, freedom), rel=1e-6, abs=0), "permutation", 0.0)
    values = np.arange(4.0) * 1e-9 + np.array([0, 0, 1, 1])
    far = Kinds(values, np.ones(4), np.array([[1, 0], [1, 0], [0, 1], [0, 1]]) * 500_000.0)
    for skewness in (0.0, 1.0):
        assert 0 < equal_means(far, np.full(2, skewness), 9, rng).p_value < 1e-300


def test_rows_of_next_to_no_weight_are_divided_by_nothing_and_move_no_mean(rng):
    group = np.repeat([0, 1], 6)
    value, weight = rng.normal(size=12) + group, rng.uniform(1, 2, 12)
    plain = equal_means(apart(value, weight, group), np.zeros(2), 9, rng)
    more = np.append(value, 1.0), np.append(weight, 0.0), np.append(group, 1)
    with np.errstate(all="raise", under="ignore"):
        test = equal_means(apart(*more), np.zeros(2), 9, rng)
        light = Kinds(np.array([0.0, 1.0, 2.0]), np.array([1.0, 1.0, 1e-200]), np.array([[2.0, 0], [2, 0], [0, 2]]))
        assert 0 < equal_means(light, np.zeros(2), 9, rng).p_value <= 1
    assert test.p_value == pytest.approx(plain.p_value)


def equality_of(value, group, groups, rng, weight=None, draws=199):
    weight, rows = np.ones(len(value)) if weight is None else weight, np.ones(len(value))
    mass = np.bincount(group, weight)
    bearing = weight / mass[group] * (value - (np.bincount(group, weight * value) / mass)[group])
    skewness = moments(bearing, weight, rows, group, groups).skewness
    return equal_means(kinds(value, weight, rows, group, groups), skewness, draws, rng)


def test_normal_values_of_many_rows_have_the_p_value_of_an_analysis_of_variance(rng):
    group = np.repeat(np.arange(4), 300).astype(np.intp)
    value = np.round(rng.normal(size=1200) + 0.1 * (group == 2), 1)
    test = equality_of(value, group, 4, rng)
    plain = f_oneway(*(value[group == g] for g in range(4))).pvalue
    assert test.method == "F"
    assert test.p_value == pytest.approx(plain, abs=0.06)


@pytest.mark.parametrize("sigma", [None, 0.5, 1.0])
def test_equal_means_of_lognormal_amounts_are_rejected_in_at_most_five_per_cent(rng, sigma):
    group, p = np.repeat(np.arange(10), 30).astype(np.intp), []
    for _ in range(REPLICATES):
        value = rng.lognormal(size=300)
        weight = None if sigma is None else rng.lognormal(sigma=sigma, size=300)
        p.append(equality_of(value, group, 10, rng, weight, draws=99).p_value)
    assert np.mean(np.array(p) <= 0.05) <= ALLOWED


@given(st.integers(0, 10_000), st.booleans())
def test_kinds_keep_the_weight_of_every_group_and_the_sum_of_all_values(seed, weighted):
    draw = np.random.default_rng(seed)
    value, group = draw.lognormal(size=300), draw.integers(0, 4, 300).astype(np.intp)
    weight = draw.uniform(1, 5, 300) if weighted else np.ones(300)
    of = kinds(value, weight, np.ones(300), group, 4)
    np.testing.assert_array_equal(of.count.sum(axis=0), np.bincount(group, minlength=4))
    assert of.count.sum(axis=1) @ (of.weight * of.value) == pytest.approx(weight @ value)
    assert len(of.value) <= (32 * 8 if weighted else 32)


def by_class(values, rows, classes):
    """Class of each value of some lines by a loop: where the middle of its own rows lies; its own, of few values."""
    distinct = sorted(set(values))
    if len(distinct) <= 2 * classes:
        return dict(zip(distinct, range(len(distinct)), strict=True))
    own = {value: sum(rows[values == value]) for value in distinct}
    return {v: int((sum(own[u] for u in distinct if u < v) + own[v] / 2) * classes // rows.sum()) for v in distinct}


@pytest.mark.parametrize(("values", "weights"), [(5, 1), (64, 1), (65, 1), (66, 1), (3, 16), (3, 17), (90, 20), (7, 3)])
def test_rows_of_neighbouring_values_and_weights_are_one_kind_where_there_are_many(values, weights, rng):
    """More than 64 values are joined to 32 classes, more than 16 weights to 8, each of about as many rows."""
    lines = 400
    value = rng.permutation(np.arange(lines) % values) * 0.25 - 3
    weight = (rng.permutation(np.arange(lines) % weights) + 1) / 1e5  # of all less than 1
    rows, group = rng.integers(1, 4, lines) * 1.0, rng.integers(0, 3, lines)
    of_value, of_weight = by_class(value, rows, 32), by_class(weight, rows, 8)
    expected = defaultdict(lambda: np.zeros(6))
    for v, w, n, g in zip(value, weight, rows, group, strict=True):
        expected[of_value[v], of_weight[w]] += [n * w * v, n * w, n, *(n * (g == np.arange(3)))][:6]
    of = kinds(value, weight, rows, group, 3)
    rows_of = [(mv / m, m / n, *count) for mv, m, n, *count in expected.values()]
    actual = np.column_stack([of.value, of.weight, of.count])
    np.testing.assert_allclose(actual[np.lexsort(actual.T)], np.array(rows_of)[np.lexsort(np.array(rows_of).T)])


@pytest.mark.parametrize(
    ("value", "kinds_of_them"),
    [
        ((0.0, 0.0), 1),
        ((1e6, 1e6 + 1e-6), 1),
        ((1e6, 1e6 + 1.0), 2),
        ((1e-12, 2e-12), 2),
        ((-1e6, -1e6 - 1e-6), 1),
        ((1e6, 2e-6, 3e-6), 2),  # next to the largest, they differ by rounding
    ],
)
def test_values_and_weights_that_differ_by_rounding_only_are_one_kind(value, kinds_of_them):
    value, ones = np.array(value), np.ones(len(value))
    place = np.zeros(len(value), dtype=np.intp)
    assert len(kinds(value, ones, ones, place, 1).value) == kinds_of_them
    if value.min() > 0:
        assert len(kinds(ones, value, ones, place, 1).value) == kinds_of_them


def test_a_kind_without_weight_has_its_plain_mean():
    of = kinds(np.array([2.0, 5.0]), np.array([0.0, 0.5]), np.array([3.0, 1.0]), np.array([0, 0]), 1)
    np.testing.assert_array_equal(np.sort(of.value), [2.0, 5.0])
