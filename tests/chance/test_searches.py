"""Scores of subgroups, and what chance makes of the largest of them."""

from __future__ import annotations

from itertools import permutations
from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.stats import binom, chi2_contingency, hypergeom, ttest_ind

from fairaudit.chance import searches as searches_module
from fairaudit.chance.searches import (
    Deviations,
    Extremes,
    Movable,
    exchanged,
    extremes,
    mean_scores,
    rate_scores,
    share_scores,
    share_tails,
    shuffled_rates,
    shuffled_shares,
)

MEMBERS = csr_array(np.array([[1.0, 0, 0], [0, 1, 1], [1, 1, 0]]))
PEOPLE = np.array([40.0, 60.0, 100.0])


def drawn(chunks):
    return np.concatenate(list(chunks), axis=1)


def test_a_score_of_a_share_squared_is_pearsons_statistic_of_the_table_of_two_groups():
    score = share_scores(np.array([12.0]), np.array([40.0]), 70, 200)[0]
    pearson = chi2_contingency([[12, 28], [58, 102]], correction=False).statistic
    assert score < 0
    assert score**2 == pytest.approx(pearson * 199 / 200, rel=1e-12)


def test_scores_of_means_are_welchs_statistic_for_many_rows():
    rng = np.random.default_rng(1)
    y = np.concatenate([rng.normal(0.1, 1, 4000), rng.normal(0, 3, 6000)])
    d = y - y.mean()
    sums = [
        Deviations(*np.array([[len(part)], [len(part)], [part.sum()], [(part**2).sum()]])) for part in (d[:4000], d)
    ]
    welch = ttest_ind(y[:4000], y[4000:], equal_var=False).statistic
    assert mean_scores(*sums)[0] == pytest.approx(welch, rel=2e-3)


def test_scores_of_shares_and_rates_are_their_formulas_in_the_data_and_in_every_draw():
    events, people, expected = np.array([[12.0, 3.0], [30.0, 41.0]]), np.array([40.0, 90.0]), np.array([2.5, 7.0])
    shares, rates = share_scores(events, people, 70.0, 200.0), rate_scores(events, expected, 60.0, 20.0)
    for g in range(2):
        for draw in range(2):
            x, n, e, p = events[g, draw], people[g], expected[g], 70 / 200
            assert shares[g, draw] == pytest.approx((x - n * p) / sqrt(p * (1 - p) * n * (1 - n / 200) * 200 / 199))
            assert rates[g, draw] == pytest.approx((x - e * 3) / sqrt(3 * e * (1 - e / 20)))
    np.testing.assert_allclose(share_scores(events[:, 0], people, 70.0, 200.0), shares[:, 0])
    np.testing.assert_allclose(rate_scores(events[:, 0], expected, 60.0, 20.0), rates[:, 0])
    np.testing.assert_allclose(rate_scores(events[:, 0], expected, np.array([60.0, 50.0]), 20.0)[0], rates[0, 0])


def loop_score(d, weight, inside):
    """Score of the mean of some rows, each variance mixed with three rows of that of all."""
    pooled, share, variance = (d**2).mean(), weight[inside].sum() / weight.sum(), []
    for rows in (d[inside], d[~inside]):
        n = len(rows)
        variance.append(n / (n - 1 + 3) * (((rows - rows.mean()) ** 2).sum() + 3 * pooled))
    return d[inside].sum() / sqrt((1 - share) ** 2 * variance[0] + share**2 * variance[1])


@pytest.mark.parametrize("unequal", [False, True])
@pytest.mark.parametrize("design", [1.0, 2.5])
def test_scores_of_means_are_those_of_loops_over_rows_and_in_draws_of_all_arrangements(unequal, design):
    rng = np.random.default_rng(5)
    cell = np.array([0, 0, 1, 1, 1, 2])
    weight = np.array([1.0, 2.0, 1.0, 1.5, 1.0, 2.0]) if unequal else np.full(6, 0.2)
    y = np.array([0.1, 1.0, 0.4, 2.0, 0.0, 5.0])
    d = weight * (y - np.average(y, weights=weight))
    movable = Movable(cell, d, weight, exchanged(cell, rng), design)
    member = MEMBERS.toarray() > 0

    def scores(cells):
        return tuple(round(loop_score(d, weight, inside[cells]) / sqrt(design), 9) for inside in member)

    assert tuple(movable.scores(MEMBERS)) == pytest.approx(scores(cell))
    every = {}
    for order in permutations(range(6)):
        key = scores(cell[list(order)])
        every[key] = every.get(key, 0) + 1 / 720
    seen = np.round(drawn(movable.drawn(MEMBERS, 3000)), 9).T
    for key, chance in every.items():
        often = (np.abs(seen - key).max(axis=1) < 1e-6).mean()
        assert abs(often - chance) < 4.5 * sqrt(chance * (1 - chance) / 3000)


def test_where_scores_are_drawn_the_counts_have_their_exact_laws():
    """Events that are rare, so that many of them in one place are not as likely as few."""
    rng = np.random.default_rng(6)
    shares = drawn(shuffled_shares(MEMBERS, 5.0, PEOPLE, 6000, rng))
    rates = drawn(shuffled_rates(MEMBERS, 5, np.array([3.0, 1.0, 2.0]), 6000, rng))
    sizes = MEMBERS @ PEOPLE
    for g, (size, part) in enumerate(zip(sizes, (0.5, 0.5, 4 / 6), strict=True)):
        for count in range(6):
            of_share = share_scores(np.array([float(count)]), np.array([size]), 5.0, 200.0)[0]
            of_rate = rate_scores(np.array([float(count)]), np.array([part * 6]), 5.0, 6.0)[0]
            pairs = (
                (shares[g], of_share, hypergeom.pmf(count, 200, 5, int(size))),
                (rates[g], of_rate, binom.pmf(count, 5, part)),
            )
            for scores, score, chance in pairs:
                assert abs((np.abs(scores - score) < 1e-9).mean() - chance) < 4.5 * sqrt(chance * (1 - chance) / 6000)


@pytest.mark.parametrize("subgroups", [3, 10])
@pytest.mark.parametrize("chunk", [1, 20, 4_000_000])
def test_so_many_draws_are_made_as_were_asked_for_as_many_at_a_time_as_memory_allows(chunk, subgroups, monkeypatch):
    monkeypatch.setattr(searches_module, "CHUNK", chunk)
    rng, cell = np.random.default_rng(7), np.array([0, 1, 2, 0])
    members = csr_array(np.resize(MEMBERS.toarray(), (subgroups, 3)))
    d = np.array([-1.0, 0.0, 2.0, -1.0])
    for numbers, made in (  # held for each draw: counts of either outcome, events, three sums, of three cells
        (6, shuffled_shares(members, 5.0, PEOPLE, 41, rng)),
        (3, shuffled_rates(members, 5, PEOPLE, 41, rng)),
        (9, Movable(cell, d, np.ones(4), exchanged(cell, rng)).drawn(members, 41)),
    ):
        blocks = [scores.shape for scores in made]
        assert {groups for groups, _ in blocks} == {subgroups}
        assert sum(draws for _, draws in blocks) == 41
        assert blocks[0][1] == min(41, max(1, chunk // max(numbers, subgroups)))


def test_units_that_are_exchanged_leave_every_cell_its_number_of_them():
    cell = np.repeat([0, 1, 2], [5, 2, 9])
    placed = exchanged(cell, np.random.default_rng(8))
    orders = [placed() for _ in range(20)]
    assert all(np.bincount(order).tolist() == [5, 2, 9] for order in orders)
    assert len({tuple(order) for order in orders}) == 20


def test_the_extremes_are_the_largest_and_the_smallest_score_of_each_draw():
    chunks = [np.array([[1.0, -2.0], [3.0, 0.5]]), np.array([[-1.0], [-4.0]])]
    of = extremes(chunks)
    assert (of.highest.tolist(), of.lowest.tolist()) == ([3.0, 0.5, -1.0], [1.0, -2.0, -4.0])
    assert of.size("lower").tolist() == [-1.0, 2.0, 4.0]
    assert of.size("higher").tolist() == [3.0, 0.5, -1.0]
    assert of.size("both").tolist() == [3.0, 2.0, 4.0]


@pytest.mark.parametrize("which", ["shares", "rates", "means"])
def test_under_chance_scores_have_mean_0_and_variance_1(which):
    rng = np.random.default_rng(2)
    if which == "shares":
        scores = drawn(shuffled_shares(MEMBERS, 60.0, PEOPLE, 4000, rng))
    elif which == "rates":
        scores = drawn(shuffled_rates(MEMBERS, 60, np.array([3.0, 1.0, 2.0]), 4000, rng))
    else:
        deviation = np.random.default_rng(3).normal(size=200)
        cell = np.repeat([0, 1, 2], PEOPLE.astype(int))
        ones = np.ones(200)
        scores = drawn(Movable(cell, deviation - deviation.mean(), ones, exchanged(cell, rng)).drawn(MEMBERS, 4000))
    assert scores.shape == (3, 4000)
    np.testing.assert_allclose(scores.mean(axis=1), 0, atol=0.06)
    np.testing.assert_allclose(scores.std(axis=1), 1, atol=0.06)
    # The second and the first subgroup are each other's outside, and so are their scores.
    np.testing.assert_allclose(scores[0], -scores[1], atol=1e-9)


def test_where_nothing_varies_every_score_is_0():
    assert share_scores(np.array([0.0]), np.array([40.0]), 0, 200) == 0
    assert rate_scores(np.array([0.0]), np.array([40.0]), 0.0, 200) == 0
    flat = Deviations(*np.array([[5.0], [5.0], [0.0], [0.0]]))
    everyone = Deviations(*np.array([[9.0], [9.0], [0.0], [0.0]]))
    assert mean_scores(flat, everyone) == 0


@given(
    scores=st.lists(st.integers(-6, 6), min_size=1, max_size=5),
    pairs=st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 5)), min_size=1, max_size=20),
    side=st.sampled_from(["lower", "higher", "both"]),
)
def test_p_values_count_the_draws_whose_farthest_score_lies_as_far(scores, pairs, side):
    lowest, highest = np.array([(low, low + more) for low, more in pairs], dtype=float).T
    p_values = Extremes(highest, lowest).p_values(np.array(scores, dtype=float), side, np.ones(len(scores)))
    for score, p_value in zip(scores, p_values, strict=True):
        far = 0
        for low, high in zip(lowest, highest, strict=True):
            farthest = {"lower": -low, "higher": high, "both": max(abs(low), abs(high))}[side]
            mine = {"lower": -score, "higher": score, "both": abs(score)}[side]
            far += farthest >= mine
        assert p_value == (1 + far) / (len(pairs) + 1)


def test_beyond_all_draws_bonferronis_p_value_counts_where_it_is_smaller_and_none_is_0():
    few = Extremes(np.ones(99), -np.ones(99))
    tails = np.array([1e-9, 0.5, 0.0])
    p_values = few.p_values(np.array([9.0, 9.0, 9.0]), "both", tails)
    np.testing.assert_allclose(p_values[:2], [6e-9, 0.01])
    assert 0 < p_values[2] < 1e-300
    np.testing.assert_allclose(few.p_values(np.array([9.0, -9.0, 1.0]), "higher", tails * 0 + 1e-9), [3e-9, 1, 1])
    np.testing.assert_allclose(few.p_values(np.array([-9.0, 9.0, -1.0]), "lower", tails * 0 + 1e-9), [3e-9, 1, 1])


def test_a_score_that_is_on_no_side_is_judged_by_the_draws_alone():
    negative = Extremes(-np.ones(99), -np.full(99, 2.0))
    p_values = negative.p_values(np.array([0.0, 0.5, -0.5]), "higher", np.full(3, 1e-9))
    np.testing.assert_allclose(p_values, [0.01, 3e-9, 0.01])


@pytest.mark.parametrize("unit", [1.0, 1e6, 1e-6])
def test_a_draw_that_differs_from_a_score_by_rounding_only_lies_as_far(unit):
    draws = Extremes(np.array([1.0, 1 - 1e-10, 1 - 1e-6, 2.0]) * unit, np.zeros(4))
    assert draws.p_values(np.array([unit]), "higher", np.ones(1)).tolist() == [4 / 5]
    assert draws.p_values(np.array([-unit]), "both", np.ones(1)).tolist() == [4 / 5]


@given(n=st.integers(2, 60), x=st.integers(0, 60), events=st.integers(1, 119))
def test_the_bound_of_a_tail_is_no_smaller_than_the_tail(n, x, events):
    x, share = min(x, n), events / 120
    bound = share_tails(np.array([float(x)]), np.array([float(n)]), share)[0]
    if x <= n * share:
        exact = max(binom.cdf(x, n, share), hypergeom.cdf(x, 120, events, n))
    else:
        exact = max(binom.sf(x - 1, n, share), hypergeom.sf(x - 1, 120, events, n))
    assert bound >= exact * (1 - 1e-9)
    p, q = x / n, events / 120
    divergence = sum(a * log(a / b) for a, b in ((p, q), (1 - p, 1 - q)) if a > 0)
    assert bound == pytest.approx(exp(-n * divergence), rel=1e-9)
    assert bound <= 1


def test_so_many_draws_stay_within_the_reach_as_was_asked():
    draws = Extremes(np.arange(100.0), -np.zeros(100))  # 5 of 100 lie beyond 94, 4 beyond 95
    assert (draws.size("both") <= draws.reach(0.95)).mean() >= 0.95
    assert draws.reach(0.95) == 95
    assert Extremes(np.zeros(100), -np.arange(100.0)).reach(0.5) == 50


def test_the_monte_carlo_error_of_a_search_is_that_of_its_draws_and_of_a_law_it_is_0():
    draws = Extremes(np.arange(99.0), -np.arange(99.0))
    assert draws.p_error(0.05) == pytest.approx(np.sqrt(0.05 * 0.95 / 100))
    assert draws.p_error(1 / 100) == pytest.approx(np.sqrt(0.01 * 0.99 / 100))
    assert draws.p_error(0.0004) == 0.0
