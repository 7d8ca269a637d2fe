"""Tests of equal areas agree with loops over pairs of people, and with all arrangements of them."""

import numpy as np
import pytest
from arranged import arrangements
from scipy.stats import chi2

from fairaudit.chance.equality import EqualityTest, _areas, equal_areas
from fairaudit.chance.laws.areas import model_variance


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def ranked(rng, sizes, base, shift):
    """Kinds and counts of people of groups with the same area under the curve."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    outcome = (rng.random(len(group)) < base).astype(float)
    score = np.round(rng.normal(shift * outcome) * 2)
    kind, inverse = np.unique(np.column_stack([score, outcome]), axis=0, return_inverse=True)
    count = np.zeros((len(kind), len(sizes)))
    np.add.at(count, (inverse.ravel(), group), 1)
    point = np.unique(kind[:, 0], return_inverse=True)[1].astype(np.intp)
    return point, kind[:, 1], count


def test_areas_and_their_variances_are_those_of_loops_over_pairs(rng):
    point, positive, count = ranked(rng, [40, 60], 0.4, 1.0)
    area, variance = _areas(point, positive, np.ones(len(point)), count[None])
    for g in range(2):
        each = np.repeat(np.arange(len(point)), count[:, g].astype(int))
        up, down = point[each][positive[each] > 0], point[each][positive[each] == 0]
        wins = (up[:, None] > down) + 0.5 * (up[:, None] == down)
        own = wins.mean(axis=1).var(ddof=1) / len(up) + wins.mean(axis=0).var(ddof=1) / len(down)
        model = model_variance(wins.mean(), np.array(float(len(up))), np.array(float(len(down))))
        fewer = min(len(up), len(down))
        assert area[0, g] == pytest.approx(wins.mean())
        assert variance[0, g] == pytest.approx((fewer * own + 5 * model) / (fewer + 5))


def loop_areas(point, positive, weight, count):
    """Area and its variance in each group by loops over pairs of rows; NaN where an outcome is missing."""
    results = []
    for rows in count.T:
        row = np.repeat(np.arange(len(point)), rows.astype(int))
        up, down = row[positive[row] == 1], row[positive[row] == 0]
        if not len(up) or not len(down):
            results.append((np.nan, np.nan))
            continue
        wins = (point[up][:, None] > point[down]) + 0.5 * (point[up][:, None] == point[down])
        w, v = weight[up], weight[down]
        area = w @ wins @ v / (w.sum() * v.sum())
        variance, sizes = 0.0, []
        for own, shares in ((w, wins @ v / v.sum()), (v, w @ wins / w.sum())):
            size = own.sum() ** 2 / (own**2).sum()
            sizes.append(size)
            variance += (own**2 * (shares - area) ** 2).sum() / own.sum() ** 2 * size / max(size - 1, 0.5)
        model = model_variance(min(max(area, 0.02), 0.98), *np.array(sizes))
        fewer = min(sizes)
        results.append((area, (fewer * variance + 5 * model) / (fewer + 5)))  # mixed with five rows of the model
    return np.array(results).T


def loop_statistic(point, positive, weight, count):
    area, variance = loop_areas(point, positive, weight, count)
    known = np.isfinite(area)
    if not known.any():
        return 0.0
    centre = np.average(area[known], weights=1 / variance[known])
    return float(((area[known] - centre) ** 2 / variance[known]).sum())


WEIGHTS = {"equal": np.array([1.0]), "unequal": np.array([1.0, 0.5, 0.25]), "light": np.array([1e-3, 3e-3])}


@pytest.mark.parametrize("weights", WEIGHTS)
def test_weighted_areas_and_their_variances_are_those_of_loops_also_where_rows_are_few_or_one(weights, rng):
    point, positive = np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.tile([0.0, 1.0], 4)
    weight = np.resize(WEIGHTS[weights], 8)
    count = rng.integers(0, 3, (8, 4)) * 1.0
    one = np.array([[0, 1, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 1, 0, 0], [2, 0, 0, 0, 0, 0, 0, 2]]).T
    single = np.array([[0, 1, 1, 0, 2, 0, 1, 0], [1, 1, 0, 2, 0, 1, 0, 0]]).T
    two = np.array([[1, 1, 0, 1, 0, 0, 1, 1], [1, 1, 1, 0, 1, 0, 0, 1]]).T
    none = np.array([[0, 1, 0, 1, 0, 0, 0, 0], [1, 0, 1, 0, 0, 0, 0, 0], [0] * 8]).T
    count = np.hstack([count, one, single, two, none]) * 1.0
    area, variance = _areas(point, positive, weight, count[None])
    expected = loop_areas(point, positive, weight, count)
    np.testing.assert_allclose(area[0], expected[0], atol=1e-12)
    known = np.isfinite(expected[0])
    assert known.sum() >= 6
    assert not known[-3:].any()
    np.testing.assert_allclose(variance[0][known], expected[1][known])


@pytest.mark.parametrize(
    ("positives", "negatives", "method"),
    [
        ((100, 100, 150), (100, 130, 100), "chi-square"),
        ((99, 200, 200), (200, 200, 200), "permutation"),
        ((200, 200, 200), (200, 200, 99), "permutation"),
    ],
)
def test_the_law_of_areas_is_chi_square_from_a_hundred_rows_of_each_outcome_in_every_group(
    positives, negatives, method, rng
):
    point, positive = np.array([0, 0, 1, 1, 2, 2]), np.tile([0.0, 1.0], 3)
    weight = np.array([1.0, 0.5, 1.0, 1.0, 0.5, 1.0])
    count = np.zeros((6, 3))
    for group, (up, down) in enumerate(zip(positives, negatives, strict=True)):
        count[1::2, group], count[::2, group] = rng.multinomial(up, [0.2, 0.3, 0.5]), rng.multinomial(down, [1 / 3] * 3)
    test = equal_areas(point, positive, weight, count, 19, rng)
    assert test.method == method
    if method == "chi-square":
        law = chi2.sf(loop_statistic(point, positive, weight, count), 2)
        assert test == EqualityTest(pytest.approx(law), "chi-square", 0.0)


@pytest.mark.parametrize("weights", ["equal", "unequal"])
def test_shuffled_areas_have_the_p_value_of_all_arrangements_of_people(weights, rng):
    point, positive = np.array([0, 1, 2, 1, 3, 4, 2]), np.array([0.0, 0, 0, 1, 1, 1, 1])
    weight, group = np.resize(WEIGHTS[weights], 7), np.array([0, 1, 2, 1, 0, 2, 0])

    def statistic(labels):
        return loop_statistic(point, positive, weight, labels[:, None] == np.arange(3))

    seen = statistic(group)
    exact = np.mean([statistic(labels) >= seen - 1e-9 for labels in arrangements(group)])
    count = (group[:, None] == np.arange(3)) * 1.0
    test = equal_areas(point, positive, weight, count, 6000, rng)
    assert test.method == "permutation"
    assert abs(test.p_value - exact) < 4 * test.error


def test_areas_beyond_all_shuffles_have_the_p_value_of_their_law_and_none_is_zero(rng):
    point, positive = np.array([0, 0, 1, 1]), np.array([0.0, 1, 0, 1])
    count = np.array([[20.0, 3], [3, 20], [3, 20], [20, 3]])
    test = equal_areas(point, positive, np.ones(4), count, 49, rng)
    law = chi2.sf(loop_statistic(point, positive, np.ones(4), count), 1)
    assert test == EqualityTest(pytest.approx(law, rel=1e-6, abs=0), "permutation", 0.0)
    assert 0 < equal_areas(point, positive, np.ones(4), count * 100_000, 9, rng).p_value < 1e-300


@pytest.mark.parametrize(("sizes", "base"), [([100] * 5, 0.15), ([60, 60, 400], 0.4)])
def test_equal_areas_are_rejected_in_at_most_five_per_cent(rng, sizes, base):
    p = []
    for _ in range(200):
        point, positive, count = ranked(rng, sizes, base, 1.0)
        p.append(equal_areas(point, positive, np.ones(len(point)), count, 99, rng).p_value)
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_a_ranking_that_fails_for_one_group_is_found(rng):
    point, positive, count = ranked(rng, [150, 150], 0.4, 2.0)
    other, same, failing = ranked(rng, [150, 150], 0.4, 0.0)
    both = np.concatenate([count[:, :1], np.zeros((len(other), 1))]), np.concatenate([0 * count[:, :1], failing[:, :1]])
    test = equal_areas(
        np.concatenate([point, other]),
        np.concatenate([positive, same]),
        np.ones(len(point) + len(other)),
        np.hstack(both),
        99,
        rng,
    )
    assert test.p_value < 0.011


def test_a_shuffle_that_leaves_a_group_without_one_outcome_is_passed_over_in_silence(rng):
    point, positive = np.array([0, 1, 0, 1]), np.array([0.0, 0.0, 1.0, 1.0])
    count = np.array([[1.0, 4.0], [1.0, 4.0], [1.0, 1.0], [0.0, 1.0]])
    with np.errstate(all="raise", under="ignore"):
        test = equal_areas(point, positive, np.ones(4), count, 99, rng)
    assert test.method == "permutation"
    assert 0 < test.p_value <= 1


def test_areas_are_compared_where_a_shuffle_leaves_no_group_with_both_outcomes():
    two = np.array([1, 1, 0, 0]), np.array([[1, 0], [0, 1], [1, 0], [0, 1]])
    point = np.array([1, 3, 0, 2])
    equality = equal_areas(point, two[0], np.ones(4), two[1], 99, np.random.default_rng(0))
    assert equality.p_value == 1.0
