"""Scores of subgroups, and what chance makes of the largest of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.stats import binom, chi2_contingency, hypergeom, ttest_ind

from fairaudit.chance.searches import (
    Deviations,
    Extremes,
    Movable,
    exchanged,
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


@given(n=st.integers(2, 60), x=st.integers(0, 60), events=st.integers(1, 119))
def test_the_bound_of_a_tail_is_no_smaller_than_the_tail(n, x, events):
    x, share = min(x, n), events / 120
    bound = share_tails(np.array([float(x)]), np.array([float(n)]), share)[0]
    if x <= n * share:
        exact = max(binom.cdf(x, n, share), hypergeom.cdf(x, 120, events, n))
    else:
        exact = max(binom.sf(x - 1, n, share), hypergeom.sf(x - 1, 120, events, n))
    assert bound >= exact * (1 - 1e-9)


def test_so_many_draws_stay_within_the_reach_as_was_asked():
    extremes = Extremes(np.arange(100.0), -np.zeros(100))
    assert (extremes.size("both") <= extremes.reach(0.95)).mean() >= 0.95


def test_the_monte_carlo_error_of_a_search_is_that_of_its_draws_and_of_a_law_it_is_0():
    draws = Extremes(np.arange(99.0), -np.arange(99.0))
    assert draws.p_error(0.05) == pytest.approx(np.sqrt(0.05 * 0.95 / 100))
    assert draws.p_error(1 / 100) > 0
    assert draws.p_error(0.0004) == 0.0
