"""Primary and secondary factors: always a strict partial order, and right as often as it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.explaining.relations import closed, critical, depth, direct, error_covariance, precedence


def orders(seed: int, size: int = 6, models: int = 3) -> list[np.ndarray]:
    """Relations of some models with random shares and errors."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(models):
        root = rng.normal(size=(size, size)) * rng.uniform(0, 0.1)
        made.append(precedence(rng.dirichlet(np.ones(size)), root @ root.T, 1.96))
    return made


@given(st.integers(0, 10_000))
def test_relations_of_a_model_and_of_a_pool_are_strict_partial_orders(seed):
    each = orders(seed)
    for order in (*each, np.logical_and.reduce(each)):
        assert not np.diagonal(order).any()
        assert not (order & order.T).any()
        assert (order @ order <= order).all()


@given(st.integers(0, 10_000))
def test_the_direct_relations_are_the_fewest_from_which_all_follow(seed):
    order = orders(seed, models=1)[0]
    covering = direct(order)
    np.testing.assert_array_equal(closed(covering), order)
    for j, k in np.argwhere(covering):
        less = covering.copy()
        less[j, k] = False
        assert (closed(less) != order).any()


@given(st.integers(0, 10_000))
def test_a_level_is_one_below_the_lowest_that_is_primary(seed):
    order = orders(seed, models=1)[0]
    level = depth(order)
    for k in range(len(order)):
        above = level[order[:, k]]
        assert level[k] == (above.max() + 1 if len(above) else 0)


def test_a_relation_needs_a_difference_beyond_its_margin():
    covariance = np.diag([1e-4, 1e-4, 1e-4])
    margin = critical(0.95) * np.sqrt(2e-4)
    shares = np.array([0.4 + margin * 1.01, 0.4, 0.2 - margin * 1.01])
    assert precedence(shares, covariance, critical(0.95)).tolist() == [
        [False, True, True],
        [False, False, True],
        [False, False, False],
    ]
    assert not precedence(shares, covariance, 1.02 * critical(0.95))[0, 1]
    # errors that move together leave the difference alone
    together = np.full((3, 3), 1e-2)
    assert precedence(np.array([0.34, 0.33, 0.33]), together, 1.96)[0, 1]


def test_the_critical_value_is_that_of_the_normal_law():
    assert critical(0.95) == pytest.approx(1.959964, abs=1e-6)


def test_error_covariance_adds_the_jackknife_of_the_folds_less_their_own_noise():
    rng = np.random.default_rng(0)
    replicates = rng.normal(size=(500, 3)) * 0.01
    parts = np.array([[0.5, 0.3, 0.2], [0.6, 0.2, 0.2], [0.4, 0.4, 0.2]])
    quiet = np.zeros((3, 2, 3))
    expected = np.cov(replicates, rowvar=False) + 4 / 3 * np.cov(parts, rowvar=False)
    np.testing.assert_allclose(error_covariance(replicates, parts, quiet), expected, atol=1e-15)
    noisy = rng.normal(size=(3, 500, 3))  # folds whose rows alone explain more than their differences
    np.testing.assert_allclose(error_covariance(replicates, parts, noisy), np.cov(replicates, rowvar=False), atol=1e-12)


def test_a_model_is_wrong_about_the_order_no_more_often_than_its_margin_says():
    # Shares of truth .5, .3, .2 measured with normal errors of known covariance: two-sided 95% margins, so a false
    # relation between two equal factors in either direction in 5% of the draws.
    rng, covariance = np.random.default_rng(1), np.array([[4, -2, -2], [-2, 3, -1], [-2, -1, 3]]) * 1e-4
    draws = rng.multivariate_normal([0.4, 0.3, 0.3], covariance, size=4000)
    false = np.mean([precedence(p, covariance, critical(0.95))[[1, 2], [2, 1]].any() for p in draws])
    assert false == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 4000))
