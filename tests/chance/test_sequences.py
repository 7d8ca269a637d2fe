"""Tests by betting: no bet pays off while the claim holds, and a false claim is found out soon."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import rel_entr
from scipy.stats import binom

from fairaudit.chance.sequences import EFFECTS, Counts, _bet, _nearest, _Side, against_line, against_rate

LINES = [(1.0, 0.05), (1.0, 0.0), (1.0, -0.1), (1.25, 0.0), (0.8, 0.0)]
"""A difference held against three bounds, and a ratio against two."""


def counts(yes, of) -> Counts:
    return Counts(np.asarray(yes, dtype=float), np.broadcast_to(np.asarray(of, dtype=float), np.shape(yes)))


@pytest.mark.parametrize(("slope", "shift"), LINES)
@pytest.mark.parametrize("rows", [(5, 9), (30, 3), (12, 12)])
@pytest.mark.parametrize("about", [(0.3, 0.3), (0.9, 0.2), (0.02, 0.02)])
def test_no_bet_pays_off_on_average_while_the_claim_holds(slope, shift, rows, about):
    first, second = np.meshgrid(*(np.arange(n + 1.0) for n in rows), indexing="ij")
    sides = [
        _Side(yes[..., None], np.array(float(n)), np.array(rate))
        for yes, n, rate in zip((first, second), rows, about, strict=True)
    ]
    pay = np.exp(_bet(*sides, slope, shift))
    for p_2 in np.linspace(0, 1, 11):
        for p_1 in np.linspace(0, 1, 11):
            if p_1 <= slope * p_2 + shift + 1e-12:
                chance = np.outer(
                    binom.pmf(np.arange(rows[0] + 1), rows[0], p_1), binom.pmf(np.arange(rows[1] + 1), rows[1], p_2)
                )
                assert (chance[..., None] * pay).sum(axis=(0, 1)).max() <= 1 + 1e-9


@pytest.mark.parametrize("bound", [0.02, 0.3, 0.9])
def test_no_bet_on_a_single_rate_pays_off_on_average_while_the_claim_holds(bound):
    yes = np.arange(31.0)[None]
    pay = np.exp(against_rate(counts(yes, 30), bound)[0])  # half of the capital is laid on the first look
    for rate in np.linspace(0, bound, 11):
        assert binom.pmf(yes[0], 30, rate) @ pay <= 0.5 + 1e-9


@given(
    st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)),
    st.tuples(st.integers(1, 2000), st.integers(1, 2000)),
    st.sampled_from(LINES),
)
def test_the_nearest_point_of_a_claim_is_that_of_least_divergence(q, rows, line):
    slope, shift = line

    def divergence(r_2):
        total = 0.0
        for own, n, r in zip(q, rows, (slope * r_2 + shift, r_2), strict=True):
            total += n * (rel_entr(own, r) + rel_entr(1 - own, 1 - r))
        return total

    ends = max(0.0, -shift / slope), min(1.0, (1 - shift) / slope)
    found = float(
        _nearest(np.array(q[0]), np.array(rows[0] * 1.0), np.array(q[1]), np.array(rows[1] * 1.0), slope, shift)
    )
    assert ends[0] <= found <= ends[1]
    best = minimize_scalar(divergence, bounds=ends, method="bounded", options={"xatol": 1e-10})
    assert divergence(found) <= best.fun + 1e-7 * max(1.0, best.fun)


def test_capital_is_the_mixture_over_starts_and_effects_as_loops_have_it():
    rng = np.random.default_rng(0)
    of, bound = rng.integers(20, 60, (12, 1)), 0.2
    yes = rng.binomial(of, 0.3)
    expected = []
    for looks in range(1, 13):
        total = 0.0
        for effect in EFFECTS:
            for start in range(looks):
                product = 1.0
                for look in range(start, looks):
                    q, n, x = bound + effect, of[look, 0], yes[look, 0]
                    product *= (q / bound) ** x * ((1 - q) / (1 - bound)) ** (n - x)
                total += product / ((start + 1) * (start + 2)) / len(EFFECTS)
        expected.append(total)
    np.testing.assert_allclose(np.exp(against_rate(counts(yes, of), bound)[:, 0]), expected, rtol=1e-10)


def test_what_is_bet_on_knows_no_later_look():
    rng = np.random.default_rng(1)
    yes = rng.binomial(200, 0.3, (2, 30, 1))
    first, second = counts(yes[0], 200), counts(yes[1], 200)
    part = against_line(counts(yes[0][:17], 200), counts(yes[1][:17], 200), 1.0, 0.05)
    np.testing.assert_allclose(against_line(first, second, 1.0, 0.05)[:17], part, rtol=1e-12)


def test_a_look_without_rows_of_a_group_changes_no_bet():
    yes, of = np.array([[30.0], [0.0], [40.0]]), np.array([[100.0], [0.0], [100.0]])
    other = counts([[20.0], [25.0], [22.0]], 100)
    after = against_line(counts(yes, of), other, 1.0, 0.0)[:, 0]
    assert np.exp(after[1]) == pytest.approx(np.exp(after[0]) + 1 / 6)  # what was kept for the second look, idle


@pytest.mark.parametrize(("slope", "shift", "rates"), [(1.0, 0.05, (0.35, 0.3)), (1.25, 0.0, (0.25, 0.2))])
def test_a_claim_that_holds_just_so_is_hardly_ever_refuted_in_hundreds_of_looks(slope, shift, rates):
    rng = np.random.default_rng(2)
    drawn = [counts(rng.binomial(100, rate, (300, 400)), 100) for rate in rates]
    ever = (against_line(*drawn, slope, shift).max(axis=0) >= np.log(20)).mean()
    assert ever <= 0.05


def test_a_change_after_hundreds_of_looks_is_found_within_weeks():
    rng = np.random.default_rng(3)
    rates = np.where(np.arange(400) < 300, 0.3, 0.4)[:, None]
    first, second = (
        counts(rng.binomial(500, np.broadcast_to(rates, (400, 100))), 500),
        counts(rng.binomial(500, 0.3, (400, 100)), 500),
    )
    refuted = against_line(first, second, 1.0, 0.05) >= np.log(20)
    assert refuted[:300].any(axis=0).mean() <= 0.05
    assert np.quantile(refuted.argmax(axis=0) - 300, 0.9) < 21


def test_a_claim_that_nothing_can_break_is_not_bet_against():
    held = counts([[99.0]], 100)
    assert against_line(held, held, 1.0, 1.0).tolist() == [[0.0]]
    assert against_rate(held, 1.0).tolist() == [[0.0]]


def test_the_rate_over_all_looks_is_known_from_one_row_and_not_without_any():
    counts = Counts(np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 0.0]]), np.array([[1.0, 3.0, 0.0], [0.0, 5.0, 0.0]]))
    np.testing.assert_array_equal(counts.pooled, [1.0, 0.375, np.nan])
