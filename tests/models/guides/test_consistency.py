"""Distances of importances from a reference: values, definitions, properties and gradients."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from fairaudit.errors import OptionError
from fairaudit.models.guides.consistency import (
    DISTANCES,
    PLACKETT_LUCE,
    SMOOTHING,
    ConsistencyLoss,
    Reference,
    agreement,
    balanced,
    distribution,
    js,
    kl,
    plackett_luce,
    pull,
    reverse_kl,
)
from fairaudit.options import DIVERGENCES

WEIGHTS = arrays(np.float64, 5, elements=st.floats(0.01, 10))
SHARES = WEIGHTS.map(lambda values: values / values.sum())
TIERS = arrays(np.intp, 5, elements=st.integers(0, 3)).filter(lambda tier: len(np.unique(tier)) > 1)
EVEN, TILTED = np.array([0.5, 0.5]), np.array([0.25, 0.75])


def slope(function, at, step=1e-6):
    """Central differences."""
    moves = step * np.eye(len(at))
    return np.array([(function(at + move) - function(at - move)) / (2 * step) for move in moves])


def every(reference, tier):
    """All distances as functions of p."""
    found = {name: (lambda p, d=distance: d(reference, p)) for name, distance in DISTANCES.items()}
    return {**found, PLACKETT_LUCE: lambda p: plackett_luce(tier, p)}


def test_the_divergences_have_the_values_worked_out_by_hand():
    first, second = 0.5 * np.log(4 / 3), 0.25 * np.log(1 / 2) + 0.75 * np.log(3 / 2)
    assert_allclose(kl(EVEN, TILTED)[0], first)  # ½ log 2 + ½ log ⅔
    assert_allclose(reverse_kl(EVEN, TILTED)[0], second)
    assert_allclose(balanced(EVEN, TILTED)[0], 2 * first * second / (first + second))
    middle = np.array([0.375, 0.625])
    assert_allclose(js(EVEN, TILTED)[0], (kl(EVEN, middle)[0] + kl(TILTED, middle)[0]) / 2)


def test_an_order_of_three_costs_the_logs_of_its_chances():
    p = np.array([0.2, 0.5, 0.3])
    assert_allclose(plackett_luce(np.array([1, 0, 2]), p)[0], -(np.log(0.5) + np.log(0.2 / 0.5)) / 2)


@given(q=SHARES, p=SHARES)
def test_each_divergence_is_its_sum_over_the_factors(q, p):
    one = sum(q[j] * np.log(q[j] / p[j]) for j in range(5))
    two = sum(p[j] * np.log(p[j] / q[j]) for j in range(5))
    half = sum(
        0.5 * q[j] * np.log(2 * q[j] / (q[j] + p[j])) + 0.5 * p[j] * np.log(2 * p[j] / (q[j] + p[j])) for j in range(5)
    )
    assert_allclose(kl(q, p)[0], one, atol=1e-12)
    assert_allclose(reverse_kl(q, p)[0], two, atol=1e-12)
    assert_allclose(js(q, p)[0], half, atol=1e-12)
    if one > 1e-6:
        weight = two / (one + two)
        assert_allclose(balanced(q, p)[0], weight * one + (1 - weight) * two, rtol=1e-6)


@given(tier=TIERS, p=SHARES)
def test_tiers_cost_the_mean_over_their_choices(tier, p):
    costs = []
    for j in range(5):
        below = sum(p[k] for k in range(5) if tier[k] > tier[j])
        if any(tier[k] > tier[j] for k in range(5)):
            costs.append(-np.log(p[j] / (p[j] + below)))
    assert_allclose(plackett_luce(tier, p)[0], np.mean(costs))


@given(p=SHARES)
def test_the_chances_of_all_orders_sum_to_one(p):
    chances = [np.exp(-3 * plackett_luce(np.array(order), p[:4])[0]) for order in permutations(range(4))]
    assert_allclose(sum(chances), 1)


@given(q=SHARES, p=SHARES, tier=TIERS)
def test_the_gradient_of_each_is_its_slope(q, p, tier):
    for name, distance in every(q, tier).items():
        if name == "balanced" and np.abs(p - q).max() < 1e-3:
            continue  # both divergences are rounding there
        if name == "js":  # which takes shares: along directions that keep their sum
            flat = np.eye(5) - 0.2
            found = [(distance(p + 1e-6 * way)[0] - distance(p - 1e-6 * way)[0]) / 2e-6 for way in flat]
            assert_allclose(found, flat @ distance(p)[1], atol=2e-4)
        else:
            assert_allclose(slope(lambda x, d=distance: d(x)[0], p, 1e-7), distance(p)[1], rtol=1e-3, atol=1e-4)


@given(q=SHARES, p=SHARES)
def test_a_divergence_is_zero_where_nothing_differs_and_not_negative(q, p):
    for distance in DISTANCES.values():
        value, gradient = distance(q, q)
        assert value == pytest.approx(0, abs=1e-12)
        assert_allclose(gradient, gradient[0], atol=1e-9)  # flat among shares, which sum to 1
        assert distance(q, p)[0] >= -1e-12
    assert balanced(q, p)[0] <= 2 * min(kl(q, p)[0], reverse_kl(q, p)[0]) + 1e-12
    assert balanced(q, p)[0] == pytest.approx(balanced(p, q)[0], rel=1e-6, abs=1e-12)
    assert js(q, p)[0] <= np.log(2)


@given(importance=WEIGHTS, scale=st.floats(1e-3, 1e3))
def test_the_distribution_sums_to_one_and_has_no_unit(importance, scale):
    p = distribution(importance)
    assert p.sum() == pytest.approx(1)
    assert_allclose(distribution(scale * importance), p)
    epsilon = SMOOTHING * importance.sum()
    assert_allclose(p, (importance + epsilon) / (importance + epsilon).sum())


def test_a_factor_without_importance_keeps_a_share_and_none_at_all_is_even():
    assert distribution(np.array([1.0, 0.0]))[1] == pytest.approx(SMOOTHING / (1 + 2 * SMOOTHING))
    assert_allclose(distribution(np.zeros(4)), 0.25)
    assert_allclose(pull(np.zeros(4), np.arange(4.0)), 0)


@pytest.mark.parametrize("divergence", DIVERGENCES)
def test_the_gradient_by_importances_is_the_slope(divergence):
    reference = Reference(np.array([1, 0, 2, 2]), np.array([2.0, 3.0, 0.0, 0.0]))
    measure, at = ConsistencyLoss(reference, divergence), np.array([0.4, 0.1, 1.0, 0.2])
    assert_allclose(slope(lambda x: measure(x)[0], at), measure(at)[1], rtol=1e-6)
    assert measure(at)[1] @ at == pytest.approx(0, abs=1e-9)  # no unit, so no slope along the ray


@given(tier=TIERS, p=SHARES)
def test_agreement_counts_the_pairs_that_are_told_apart(tier, p):
    pairs = [(j, k) for j in range(5) for k in range(5) if tier[j] < tier[k]]
    counted = [1.0 if p[j] > p[k] else 0.5 if p[j] == p[k] else 0.0 for j, k in pairs]
    assert agreement(tier, p) == pytest.approx(np.mean(counted))
    assert agreement(np.zeros(5, dtype=np.intp), p) is None


def test_what_does_not_fit_is_refused():
    order, even = Reference(np.array([0, 1])), Reference(np.array([0, 0]), np.ones(2))
    with pytest.raises(OptionError, match="kl needs weights, but the knowledge is an order; use plackett-luce"):
        ConsistencyLoss(order, "kl")
    with pytest.raises(OptionError, match="sets no factor above another"):
        ConsistencyLoss(even, PLACKETT_LUCE)
    with pytest.raises(OptionError, match="'tv' is unknown; choose one of kl, reverse-kl"):
        ConsistencyLoss(even, "tv")
    assert (order.divergence, even.divergence) == (PLACKETT_LUCE, "kl")
    assert set(DIVERGENCES) == {*DISTANCES, PLACKETT_LUCE}
