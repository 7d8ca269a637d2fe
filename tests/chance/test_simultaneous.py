"""Bounds that hold for all pairs of groups at once, and Holm's method."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from fairaudit.chance.simultaneous import holm, largest_gap, reach, smallest_ratio

RATES = st.lists(st.floats(0.01, 1), min_size=2, max_size=6)


@given(RATES, st.floats(1e-6, 0.01))
def test_bounds_of_the_gap_are_those_of_the_loop_over_pairs(rates, variance):
    value, spread = np.array(rates), np.full(len(rates), variance)
    pairs = len(rates) * (len(rates) - 1) / 2
    z = norm.ppf(1 - 0.05 / (2 * pairs))
    gaps = [a - b for i, a in enumerate(rates) for j, b in enumerate(rates) if i != j]
    low, high = largest_gap(value, spread, 0.95)
    assert low == pytest.approx(max(0, max(gaps) - z * np.sqrt(2 * variance)))
    assert high == pytest.approx(max(gaps) + z * np.sqrt(2 * variance))


def test_two_groups_have_the_plain_normal_interval():
    low, high = largest_gap(np.array([0.5, 0.3]), np.array([0.0009, 0.0016]), 0.95)
    assert (low, high) == pytest.approx((0.2 - 1.959964 * 0.05, 0.2 + 1.959964 * 0.05))


def test_large_groups_prove_a_gap_that_a_small_one_hides():
    value, variance = np.array([0.5, 0.3, 0.0]), np.array([1e-4, 1e-4, 0.05])
    assert largest_gap(value, variance, 0.95)[0] > 0.15


@given(RATES, st.floats(1e-6, 1e-4))
def test_bounds_of_the_ratio_solve_fiellers_equation(rates, variance):
    value, spread = np.array(rates), np.full(len(rates), variance)
    found = smallest_ratio(value, spread, 0.95)
    z_sq = reach(0.95, len(rates) * (len(rates) - 1) // 2) ** 2
    if found is None:
        assert (value**2 <= z_sq * variance).all()
        return
    for end in found:
        if 0 < end < 1:
            errors = [
                (a - end * b) ** 2 - z_sq * variance * (1 + end**2)
                for i, a in enumerate(rates)
                for j, b in enumerate(rates)
                if i != j
            ]
            assert min(abs(error) for error in errors) < 1e-9


def test_nothing_is_known_of_a_ratio_of_rates_that_may_all_be_zero():
    assert smallest_ratio(np.array([0.01, 0.02]), np.array([0.01, 0.01]), 0.95) is None


def test_twelve_equal_groups_some_of_them_small_seldom_seem_apart():
    draws, wrong = np.random.default_rng(0), 0
    rows = np.array([25] * 4 + [100] * 4 + [2000] * 4)
    for _ in range(400):
        value = draws.binomial(rows, 0.4) / rows
        variance = np.where(value * (1 - value) > 0, value * (1 - value), 0.24) / rows
        wrong += largest_gap(value, variance, 0.95)[0] > 0
    assert wrong / 400 < 0.08  # 0.05 asked for; normal intervals of 25 rows add a little


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_the_step_down_definition(p_values):
    def adjusted(p):
        return min(1, max((len(p_values) - sum(r < q for r in p_values)) * q for q in p_values if q <= p))

    assert holm(p_values) == pytest.approx([adjusted(p) for p in p_values])
