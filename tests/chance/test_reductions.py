"""A reduction of dependence has an interval that holds, and none where there was nothing to reduce."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import t

import fairaudit as fa
from fairaudit.chance.reductions import TwoExcesses, together, two_excesses
from fairaudit.distance import penalty as penalties
from fairaudit.distance.kernel import coupled_distances, coupled_signs


def drawn(n, rng, effect=1.0, left=0.3):
    """Groups, predictions that differ between them, and predictions that do so less."""
    frame = pd.DataFrame({"g": rng.choice(["a", "b", "c"], n), "z": rng.integers(0, 2, n)})
    told, noise = (frame["g"] == "a") * effect + 0.5 * effect * frame["z"], rng.normal(size=n)
    return frame, (told + noise).to_numpy(), 0.6 * (left * told + noise + 0.3 * rng.normal(size=n)).to_numpy()


@st.composite
def problems(draw):
    """Predictions with ties, cells, weights and amounts of any sign, and a doubly centred coupling."""
    n, k = draw(st.integers(2, 9)), draw(st.integers(1, 3))
    prediction = draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n))
    cell = draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n))
    weight = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(sum)), dtype=float)
    matrix = np.reshape(draw(st.lists(st.integers(-4, 4), min_size=k * k, max_size=k * k)), (k, k)) / 4.0
    matrix = matrix + matrix.T
    cell, weight = np.array(cell), weight / weight.sum()
    mean = matrix @ np.bincount(cell, weight, k)
    centred = matrix - mean[:, None] - mean + np.bincount(cell, weight, k) @ mean
    return np.array(prediction, dtype=float), cell, weight, centred


@given(problem=problems())
def test_what_a_row_bears_is_its_sum_over_centred_distances(problem):
    f, cell, weight, coupling = problem
    n = len(f)
    mean = [sum(weight[j] * abs(f[k] - f[j]) for j in range(n)) for k in range(n)]
    total = sum(weight[k] * mean[k] for k in range(n))
    expected, signs = np.zeros(n), np.zeros(n)
    for k in range(n):
        for j in range(n):
            factor = weight[j] * coupling[cell[k], cell[j]]
            expected[k] += factor * (abs(f[k] - f[j]) - mean[k] - mean[j] + total)
            signs[k] += factor * np.sign(f[k] - f[j])
    np.testing.assert_allclose(coupled_distances(*problem), expected, atol=1e-12)
    np.testing.assert_allclose(coupled_signs(*problem), signs, atol=1e-12)


def centred(matrix, weight):
    """Double centring under weights."""
    mean = matrix @ weight
    return matrix - mean[:, None] - mean + weight @ mean


def small(n=24, seed=5):
    """Rows of three groups, two predictions and weights."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"g": rng.choice(["a", "b", "c"], n)})
    after = rng.normal(size=n)
    return frame, after + (frame["g"] == "a"), after, rng.integers(1, 4, n).astype(float)


@pytest.mark.parametrize(
    "cluster", [None, np.arange(24) // 2, np.arange(24) % 3, np.arange(24) % 2], ids=["rows", "pairs", "three", "two"]
)
def test_their_errors_are_the_sums_of_the_definition(cluster):
    frame, before, after, weight = small()
    share = weight / weight.sum()
    coupling = centred(np.sqrt(2) * (frame["g"].to_numpy()[:, None] != frame["g"].to_numpy()), share)
    distances = [centred(np.abs(values[:, None] - values), share) for values in map(np.array, (before, after))]
    bearing = [2 * share * ((coupling * far) @ share - share @ (coupling * far) @ share) for far in distances]
    own = np.arange(24) if cluster is None else cluster
    count = len(set(own))
    bearing = np.array([np.bincount(own, each) for each in bearing])
    first = bearing @ bearing.T * (1 if cluster is None else count / (count - 1))
    squares = (np.bincount(own, share) ** 2).sum()
    joint = np.array([[share @ (one * other) @ share for other in distances] for one in distances])
    second = 2 * squares**2 * (share @ coupling**2 @ share) * joint
    deviation = np.sqrt(np.diag(joint))
    plain, free = two_excesses(fa.penalty(frame, "ccdcov", weight), np.array(before), after, cluster)
    for pair, scale in ((plain, np.ones(2)), (free, deviation)):
        np.testing.assert_allclose(pair.first, first / np.outer(scale, scale))
        np.testing.assert_allclose(pair.second, second / np.outer(scale, scale))
        assert (pair.clusters, pair.parts) == (None if cluster is None else count, 1)


def test_rows_that_are_counted_once_bear_what_each_of_them_does():
    frame, before, after, weight = small()
    count = np.random.default_rng(0).integers(1, 4, 24)
    each = np.repeat(np.arange(24), count)
    rows = two_excesses(fa.penalty(frame.iloc[each], "ccdcov", weight[each]), np.array(before)[each], after[each])
    mass = weight * count
    penalty = penalties.replace(fa.penalty(frame, "ccdcov", mass), count=count.astype(float))
    lines = two_excesses(penalty, np.array(before), after)
    for counted, alone in zip(lines, rows, strict=True):
        assert (counted.before, counted.after) == pytest.approx((alone.before, alone.after))
        np.testing.assert_allclose(counted.first, alone.first)
        np.testing.assert_allclose(counted.second, alone.second)


def test_within_strata_they_are_those_of_each_by_its_share_in_the_weight():
    frame, before, after, weight = small(60)
    strata = (np.arange(60) % 5 < 2).astype(int)
    whole = two_excesses(fa.penalty(frame, "ccdcov", weight, strata=strata), np.array(before), after)
    of_strata = [
        two_excesses(fa.penalty(frame[mine], "ccdcov", weight[mine]), np.array(before)[mine], after[mine])
        for mine in (strata == 0, strata == 1)
    ]
    for kind, pair in enumerate(whole):
        expected = together([each[kind] for each in of_strata], [weight[strata == 0].sum(), weight[strata == 1].sum()])
        assert (pair.before, pair.after, pair.parts) == (
            pytest.approx(expected.before), pytest.approx(expected.after), 1)  # fmt: skip
        np.testing.assert_allclose(pair.first, expected.first)
        np.testing.assert_allclose(pair.second, expected.second)


def test_of_predictions_that_are_all_equal_nothing_is_left_at_any_scale():
    frame, before, _, _ = small()
    plain, free = two_excesses(fa.penalty(frame, "ccdcov"), np.array(before), np.full(24, 0.3))
    assert (plain.after, free.after) == pytest.approx((0, 0), abs=1e-12)
    assert (plain.percent, free.percent) == pytest.approx((100, 100))
    np.testing.assert_allclose(free.first[1], 0, atol=1e-12)


FIRST, SECOND = np.array([[0.004, 0.001], [0.001, 0.003]]), np.array([[0.0004, 0.0003], [0.0003, 0.0005]])


def fieller(before, after, covariance, reach):
    """The ratios at which the numerator of Fieller's theorem is so many of its standard errors from 0."""
    (v, mixed), (_, w) = reach**2 * covariance
    return sorted(np.roots([before**2 - v, -2 * (before * after - mixed), after**2 - w]).real)


def outermost(ends):
    """Per cent taken away at the outermost of some pairs of ratios."""
    return 100 * (1 - max(high for _, high in ends)), 100 * (1 - min(low for low, _ in ends))


@pytest.mark.parametrize("second", [0 * SECOND, SECOND, 3 * SECOND])
@pytest.mark.parametrize("clusters", [None, 1, 2, 12])
@pytest.mark.parametrize("after", [0.3, -0.02])
def test_the_interval_is_fiellers_for_the_errors_and_for_the_least_that_they_can_be(second, clusters, after):
    pair = TwoExcesses(1.0, after, FIRST, second, clusters)
    assert pair.percent == pytest.approx(100 * (1 - after))
    reach = ndtri(0.9) if clusters is None else t.ppf(0.9, max(clusters - 1, 1))
    expected = outermost([fieller(1.0, after, each, reach) for each in (FIRST - second, second)])
    assert pair.interval(0.8) == pytest.approx(expected)


@pytest.mark.parametrize("second", [SECOND, 3 * SECOND, 6 * SECOND])
@pytest.mark.parametrize(("new", "refit", "parts"), [(0.5, 1.0, 1), (2.0, 0.25, 4)])
def test_a_promise_is_fiellers_for_the_roots_with_the_errors_of_new_rows_and_of_the_fit(second, new, refit, parts):
    pair, reach = TwoExcesses(1.0, 0.4, FIRST, second, parts=parts), ndtri(0.9)
    least = (1 + new**2 / parts) * second
    slope = np.array([0.5, 0.5 / np.sqrt(0.4)])
    roots = [
        fieller(1.0, np.sqrt(0.4), np.outer(slope, slope) * each, reach)
        for each in ((1 + new + refit) * (FIRST - 2 * second) + least, least)
    ]
    expected = outermost([(low**2, high**2) for low, high in roots])
    assert pair.promise(0.8, new, refit) == pytest.approx(expected)
    assert pair.promise(0.8, new) == pair.promise(0.8, new, 1.0)


def test_a_promise_of_one_excess_that_is_not_clear_of_0_is_not_of_roots():
    """The second excess is not by the errors, and is by the least that they can be: each takes its own way."""
    pair, reach = TwoExcesses(1.0, 0.06, FIRST, SECOND / 10), ndtri(0.9)
    whole, least = 2.5 * (FIRST - SECOND / 5) + 2 * SECOND / 10, 2 * SECOND / 10
    assert reach * np.sqrt(least[1, 1]) < 0.06 < reach * np.sqrt(whole[1, 1])
    slope = np.array([0.5, 0.5 / np.sqrt(0.06)])
    of_roots = fieller(1.0, np.sqrt(0.06), np.outer(slope, slope) * least, reach)
    expected = outermost([fieller(1.0, 0.06, whole, reach), np.square(of_roots)])
    assert pair.promise(0.8, new=1.0, refit=0.5) == pytest.approx(expected)


def test_an_excess_of_0_or_less_has_no_reduction_and_no_interval():
    for before in (0.0, -1e-4, -2.0):
        pair = TwoExcesses(before, 0.5, np.zeros((2, 2)), np.zeros((2, 2)))
        assert (pair.percent, pair.interval(0.95), pair.promise(0.95, 1.0)) == (None, None, None)
    doubtful = TwoExcesses(0.1, 0.01, FIRST, 0 * SECOND)  # 0.1 is 1.6 standard errors
    assert (doubtful.interval(0.95), doubtful.promise(0.95, 1.0)) == (None, None)
    assert doubtful.interval(0.8) is not None


def test_reductions_that_are_known_have_intervals_of_one_point():
    pair = TwoExcesses(0.5, 0.1, np.zeros((2, 2)), np.zeros((2, 2)))
    assert pair.interval(0.95) == pytest.approx((80, 80))
    assert pair.promise(0.95, 1.0) == pytest.approx((80, 80))


def test_clusters_of_parts_add_up_and_of_rows_there_are_none():
    pair = TwoExcesses(1.0, 0.4, FIRST, SECOND)
    assert together([pair, pair], [1, 1]).clusters is None
    both = together([replace(pair, clusters=7), replace(pair, clusters=5, after=1.0)], [30, 10])
    assert (both.clusters, both.parts, both.after) == (12, 2, pytest.approx(0.55))
    np.testing.assert_allclose(both.second, 10 / 16 * SECOND)


def test_two_excesses_cannot_be_changed_and_are_told_from_others_with_the_same_numbers():
    pair = TwoExcesses(1.0, 0.4, FIRST, SECOND)
    with pytest.raises(FrozenInstanceError):
        pair.before = 2.0
    assert len({pair, replace(pair)}) == 2


@pytest.mark.parametrize("kind", ["dcov:g", "sum", "ccdcov", "jdcov", "dcor"])
@pytest.mark.parametrize("strata", [None, np.arange(300) % 2], ids=["all", "strata"])
def test_the_excesses_are_those_of_the_penalty(kind, strata):
    frame, before, after = drawn(300, np.random.default_rng(2), effect=2.0)
    weight = np.random.default_rng(3).integers(1, 4, 300).astype(float)
    penalty = fa.penalty(frame, kind, weight, strata=strata)
    plain, free = two_excesses(penalty, before, after)
    for pair, scale_free in ((plain, False), (free, True)):
        expected = [penalty.excess(values, scale_free=scale_free) for values in (before, after)]
        assert (pair.before, pair.after) == pytest.approx(expected, rel=1e-10)
        assert pair.percent == pytest.approx(100 * (1 - expected[1] / expected[0]), rel=1e-9)
        low, high = pair.interval(0.95)
        assert low < pair.percent < high


def test_of_vectors_of_classes_they_are_the_sum_over_the_classes():
    frame, before, after = drawn(90, np.random.default_rng(2))
    penalty = fa.penalty(frame, "ccdcov")
    plain, _ = two_excesses(penalty, np.column_stack([before, -before]), np.column_stack([after, after**2]))
    assert plain.before == pytest.approx(2 * penalty.excess(before), rel=1e-10)
    assert plain.after == pytest.approx(penalty.excess(after) + penalty.excess(after**2), rel=1e-10)


@pytest.mark.parametrize("effect", [0.0, 1.0], ids=["independent", "dependent"])
def test_their_errors_are_those_of_repeated_samples(effect):
    rng = np.random.default_rng(4)
    pairs = [two_excesses(fa.penalty(frame, "ccdcov"), before, after)[0]
             for frame, before, after in (drawn(150, rng, effect) for _ in range(400))]  # fmt: skip
    seen = np.cov([[pair.before, pair.after] for pair in pairs], rowvar=False)
    stated = np.mean([pair.first - pair.second for pair in pairs], axis=0)
    np.testing.assert_allclose(np.sqrt(np.diag(stated)), np.sqrt(np.diag(seen)), rtol=0.2)
    assert stated[0, 1] / np.sqrt(stated[0, 0] * stated[1, 1]) == pytest.approx(np.corrcoef(
        [pair.before for pair in pairs], [pair.after for pair in pairs])[0, 1], abs=0.1)  # fmt: skip


def test_the_interval_holds_the_true_reduction_in_95_of_100_samples():
    rng = np.random.default_rng(7)
    frame, before, after = drawn(30_000, rng)
    truth, truth_free = (pair.percent for pair in two_excesses(fa.penalty(frame, "ccdcov"), before, after))
    covered = []
    for _ in range(200):
        frame, before, after = drawn(250, rng)
        pairs = two_excesses(fa.penalty(frame, "ccdcov"), before, after)
        ends = [pair.interval(0.95) for pair in pairs]
        covered.append([ends[0][0] <= truth <= ends[0][1], ends[1][0] <= truth_free <= ends[1][1]])
    assert np.mean(covered, axis=0) == pytest.approx(0.95, abs=0.04)


def test_a_promise_holds_the_reduction_that_a_new_sample_shows():
    rng = np.random.default_rng(8)
    held = []
    for _ in range(200):
        samples = [two_excesses(fa.penalty(frame, "ccdcov"), before, after)[0]
                   for frame, before, after in (drawn(600, rng, 1.5), drawn(300, rng, 1.5))]  # fmt: skip
        low, high = samples[0].promise(0.95, new=2.0, refit=0.0)
        held.append(low <= samples[1].percent <= high)
    assert np.mean(held) == pytest.approx(0.955, abs=0.035)


def squared(rng, count, error):
    """Excesses that are squares of two correlated normals less their noise, from samples of so much error."""
    noise = rng.multivariate_normal([0, 0], error**2 * np.array([[1, 0.5], [0.5, 1]]), count)
    return (np.array([1.0, 0.45]) + noise) ** 2 - error**2


def test_a_promise_of_excesses_that_are_like_squares_misses_no_side_more_often():
    rng, error, sides = np.random.default_rng(9), 0.05, []
    old, new = squared(rng, 2000, error), squared(rng, 2000, error)
    for (before, after), later in zip(old, new, strict=True):
        root = 2 * np.sqrt([before, after])
        first = error**2 * np.outer(root, root) * np.array([[1, 0.5], [0.5, 1]])
        low, high = TwoExcesses(before, after, first, np.zeros((2, 2))).promise(0.95, new=1.0, refit=0.0)
        reduction = 100 * (1 - later[1] / later[0])
        sides.append((reduction < low, reduction > high))
    assert np.mean(sides, axis=0) == pytest.approx([0.025, 0.025], abs=0.012)


def test_a_promise_of_what_is_not_clear_of_chance_is_fiellers():
    first = np.array([[0.004, 0.001], [0.001, 0.003]])
    doubtful = TwoExcesses(1.0, 0.05, first, np.zeros((2, 2)))
    more = TwoExcesses(1.0, 0.05, 3.5 * first, np.zeros((2, 2)))
    assert doubtful.promise(0.95, new=2.0, refit=0.5) == pytest.approx(more.interval(0.95))
    assert TwoExcesses(0.01, 0.005, first, np.zeros((2, 2))).promise(0.95, new=2.0) is None


def test_a_promise_is_wider_for_the_fit_and_for_fewer_new_rows():
    pair = TwoExcesses(1.0, 0.2, np.array([[0.004, 0.001], [0.001, 0.0003]]), np.zeros((2, 2)))
    width = [high - low for low, high in (
        pair.promise(0.95, new=1.0, refit=0.0), pair.promise(0.95, new=1.0), pair.promise(0.95, new=3.0))]  # fmt: skip
    assert width == sorted(width)
    assert width[1] == pytest.approx(width[0] * np.sqrt(3 / 2), rel=0.05)


def test_where_nothing_is_clear_of_chance_there_is_no_interval():
    frame, before, after = drawn(200, np.random.default_rng(0), effect=0.0)
    assert two_excesses(fa.penalty(frame, "ccdcov"), before, after)[0].interval(0.95) is None
    zero = TwoExcesses(-1e-4, 1.0, np.zeros((2, 2)), np.zeros((2, 2)))
    assert (zero.percent, zero.interval(0.95)) == (None, None)


def test_people_with_several_rows_make_it_wider():
    rng = np.random.default_rng(1)
    frame, before, after = drawn(200, rng)
    five = np.repeat(np.arange(200), 5)
    penalty = fa.penalty(frame.iloc[five])
    clustered, _ = two_excesses(penalty, before[five], after[five], five)
    rows, _ = two_excesses(penalty, before[five], after[five])
    alone, _ = two_excesses(fa.penalty(frame), before, after)
    assert np.sqrt(np.diag(clustered.first)) == pytest.approx(np.sqrt(np.diag(alone.first)), rel=0.01)
    assert np.sqrt(np.diag(rows.first)) == pytest.approx(np.sqrt(np.diag(alone.first) / 5), rel=0.01)
    np.testing.assert_allclose(clustered.second, alone.second, rtol=1e-9)
    assert clustered.clusters == 200


def test_parts_measured_apart_are_taken_together_by_their_rows():
    frame, before, after = drawn(120, np.random.default_rng(2))
    pair, _ = two_excesses(fa.penalty(frame), before, after)
    both = together([pair, replace(pair, before=3 * pair.before)], [1.0, 3.0])
    assert (both.before, both.after, both.parts) == (pytest.approx(2.5 * pair.before), pytest.approx(pair.after), 2)
    np.testing.assert_allclose(both.first, 10 / 16 * pair.first)


def test_of_too_many_cells_there_is_none(monkeypatch):
    frame, before, after = drawn(60, np.random.default_rng(2))
    monkeypatch.setattr("fairaudit.chance.reductions.MOST_CELLS", 3)
    assert two_excesses(penalties.replace(fa.penalty(frame), kind="ccdcov"), before, after) is None
    monkeypatch.setattr("fairaudit.chance.reductions.MOST_CELLS", 6)
    assert two_excesses(penalties.replace(fa.penalty(frame), kind="ccdcov"), before, after) is not None
