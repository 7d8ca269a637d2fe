"""A reduction of dependence has an interval that holds, and none where there was nothing to reduce."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
