"""Tests by betting: no bet pays off while the claim holds, and a false claim is found out soon."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
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
    assert ends[0] - 1e-15 <= found <= ends[1] + 1e-15
    assert found == pytest.approx(nearest_of(q, rows, slope, shift), rel=1e-8, abs=1e-11)
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


SIZES = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
"""How far beyond a claim the rates are that are bet on: from half a point to about a third."""


def pay_off(yes, of, q, r):
    return sum(
        x * math.log(a / b) + (n - x) * math.log((1 - a) / (1 - b)) for x, n, a, b in zip(yes, of, q, r, strict=True)
    )


def nearest_of(q, of, slope, shift):
    """The point of a line that is nearest to q, where the derivative of the divergence along it, which rises, is 0."""

    def derivative(r_2):
        r_1 = slope * r_2 + shift
        return slope * of[0] * (r_1 - q[0]) / (r_1 * (1 - r_1)) + of[1] * (r_2 - q[1]) / (r_2 * (1 - r_2))

    low, high = max(0.0, -shift / slope), min(1.0, (1 - shift) / slope)
    inside = 1e-13 * (high - low)
    return brentq(derivative, low + inside, high - inside, xtol=1e-16, rtol=1e-14)


def loop_bet(yes, of, about, size, slope, shift):
    """Pay-off of the bet on rates that are next to some, in standard errors, and so far beyond the line."""
    v_1, v_2 = (rate * (1 - rate) / n for rate, n in zip(about, of, strict=True))
    q_2 = (slope * (about[0] - shift - size) / v_1 + about[1] / v_2) / (slope**2 / v_1 + 1 / v_2)
    q = [min(max(rate, 1e-4), 1 - 1e-4) for rate in (slope * q_2 + shift + size, q_2)]
    if q[0] <= slope * q[1] + shift:
        return 0.0
    r_2 = nearest_of(q, of, slope, shift)
    r = [min(max(rate, 1e-8), 1 - 1e-8) for rate in (slope * r_2 + shift, r_2)]
    return pay_off(yes, of, q, r)


def loop_capital(yes, of, slope, shift):
    """Log capital of one pair of groups after each look: looks at which to begin, and sizes, share it."""
    gains, known = [], [(0.0, 0.0), (0.0, 0.0)]
    for x, n in zip(yes, of, strict=True):
        if min(n) == 0:
            gains.append([0.0] * 7)
        elif min(rows for _, rows in known) == 0:
            centres = [k / 10 for k in range(1, 10)]
            gains.append([
                math.log(sum(math.exp(loop_bet(x, n, (c, c), size, slope, shift)) for c in centres) / 9)
                for size in SIZES
            ])  # fmt: skip
        else:
            about = [(k + 0.5) / (m + 1) for k, m in known]
            gains.append([loop_bet(x, n, about, size, slope, shift) for size in SIZES])
        known = [(0.95 * k + a, 0.95 * m + b) for (k, m), a, b in zip(known, x, n, strict=True)]
    after = []
    for look in range(1, len(gains) + 1):
        total = 0.0
        for start in range(look):
            for size in range(7):
                total += math.exp(sum(gain[size] for gain in gains[start:look])) / ((start + 1) * (start + 2)) / 7
        after.append(math.log(total))
    return after


@pytest.mark.parametrize("rows", [(1.0, 1e5), (1e5, 1.0), (3.0, 3.0), (1e5, 1e5)])
@pytest.mark.parametrize(
    ("q", "line"),
    [
        ((1e-4, 0.05), (1.0, -0.1)),
        ((2e-4, 1e-4), (1.0, 0.0)),
        ((0.9999, 0.95), (1.0, 0.02)),
        ((0.9999, 0.97), (1.0, 0.0)),
        ((0.98, 0.9998), (0.8, 0.0)),
        ((0.9999, 1e-4), (1.25, 0.0)),
        ((0.0502, 1e-4), (1.0, 0.05)),
        ((0.9999, 0.3), (1.0, -0.5)),
    ],
)
def test_the_nearest_point_is_exact_also_next_to_an_end(q, line, rows):
    """Each rate, and its distance from 1, to six digits."""
    slope, shift = line
    found = float(_nearest(np.array(q[0]), np.array(rows[0]), np.array(q[1]), np.array(rows[1]), slope, shift))
    exact = halved(q, rows, line)
    one, other = slope * found + shift, found
    np.testing.assert_allclose([one, 1 - one, other, 1 - other], exact, rtol=1e-6)


def halved(q, rows, line):
    """The rates of the nearest point, each with its distance from 1, by halvings in fifty digits."""
    with localcontext(prec=50):
        q_1, q_2, n_1, n_2, s, d = map(Decimal, (*q, *rows, *line))
        low, high = max(Decimal(0), -d / s), min(Decimal(1), (1 - d) / s)
        for _ in range(120):
            r_2 = (low + high) / 2
            r_1 = s * r_2 + d
            rising = s * n_1 * (r_1 - q_1) * r_2 * (1 - r_2) + n_2 * (r_2 - q_2) * r_1 * (1 - r_1) > 0
            low, high = (low, r_2) if rising else (r_2, high)
        return [float(x) for x in (s * low + d, 1 - s * low - d, low, 1 - low)]


@pytest.mark.parametrize(
    ("q", "rows"),
    [
        ((0.00033, 0.00011), (974.0, 548015.0)),
        ((0.00039, 0.00016), (94606.0, 598290.0)),
        ((0.0089, 0.0001), (3.0, 220.0)),
        ((0.0027, 0.0002), (177.0, 925612.0)),
        ((0.03, 0.0002), (2.0, 778575.0)),
    ],
)
def test_rates_of_rare_events_are_exact_to_rounding(q, rows):
    """The formula of the root alone is off by up to 4e-8 of them, which a million rows would show."""
    found = float(_nearest(np.array(q[0]), np.array(rows[0]), np.array(q[1]), np.array(rows[1]), 0.2, 0.0))
    assert found == pytest.approx(halved(q, rows, (0.2, 0.0))[2], rel=1e-13)


@pytest.mark.parametrize(("slope", "shift"), LINES)
@pytest.mark.parametrize("rates", [(0.35, 0.3), (0.02, 0.01), (0.97, 0.6), (0.5, 0.5)])
def test_capital_against_a_line_is_the_mixture_of_bets_as_loops_have_it(slope, shift, rates):
    rng = np.random.default_rng(4)
    of = rng.integers(5, 300, (6, 2, 2)) * 1.0
    of[0, 0, 1] = of[3, 0, 0] = of[4, 1] = 0.0  # a pair that begins late, and looks without rows
    of[2, 0, 0] = of[2, 1, 1] = 1.0
    yes = rng.binomial(of.astype(int), np.array(rates)) * 1.0
    first, second = (Counts(yes[..., group], of[..., group]) for group in (0, 1))
    expected = np.array([loop_capital(yes[:, pair], of[:, pair], slope, shift) for pair in (0, 1)]).T
    np.testing.assert_allclose(against_line(first, second, slope, shift), expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("bound", [0.0, 1e-10, 0.3, 0.9, 0.99995])
def test_capital_against_a_rate_is_the_mixture_of_bets_that_lie_beyond_it(bound):
    total = 0.0
    for size in SIZES:
        q = min(max(bound + size, 1e-4), 1 - 1e-4)
        total += math.exp(pay_off([7], [40], [q], [max(bound, 1e-8)])) if q > bound else 1.0
    assert against_rate(counts([[7]], 40), bound)[0, 0] == pytest.approx(math.log(total / 7 / 2))


@pytest.mark.parametrize("size", SIZES)
def test_an_excess_of_half_a_point_up_to_a_third_is_refuted_nearly_as_soon_as_if_it_were_known(size):
    """But for the capital laid on other sizes and later looks, of which there is fourteen times as much."""
    rows = 40 / (rel_entr(0.3 + size, 0.3) + rel_entr(0.7 - size, 0.7))
    assert against_rate(counts([[(0.3 + size) * rows]], rows), 0.3)[0, 0] >= 40 - math.log(14) - 1e-6
    rows = 60 / (rel_entr(0.4 + size / 2, 0.4) + rel_entr(0.6 - size / 2, 0.6)) / 2
    first, second = (counts([[rate * rows]] * 2, rows) for rate in (0.4 + size / 2, 0.4 - size / 2))
    assert against_line(first, second, 1.0, 0.0)[1, 0] >= 60 - math.log(42) - 5


@pytest.mark.parametrize(("slope", "shift"), [(1.0, -1.0), (0.5, -0.5), (0.5, -0.7), (1.0, 1.0), (0.5, 1.2)])
def test_a_claim_that_every_rate_keeps_or_none_is_not_bet_against(slope, shift):
    one, other = counts([[60.0], [99.0]], 100), counts([[30.0], [1.0]], 100)
    assert against_line(one, other, slope, shift).tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize(("slope", "shift"), [(1.0, -0.98), (0.5, -0.48), (1.0, 0.98), (0.5, 0.97)])
def test_a_claim_that_few_rates_break_or_keep_is_bet_against(slope, shift):
    one, other = counts([[100.0], [100.0]], 100), counts([[0.0], [0.0]], 100)
    capital = against_line(one, other, slope, shift)[:, 0]
    assert capital[1] > capital[0]
    assert capital[0] > np.log(0.5)  # half of the capital is laid on the first look


def test_what_is_known_before_a_look_fades_by_a_twentieth_a_look_and_begins_with_half_a_row():
    known = counts([[3, 0], [4, 0], [0, 5], [1, 1]], [[10, 0], [10, 0], [0, 10], [2, 2]]).expected()
    first = [
        np.nan,
        3.5 / 11,
        (0.95 * 3 + 4 + 0.5) / (0.95 * 10 + 10 + 1),
        (0.95**2 * 3 + 0.95 * 4 + 0.5) / (0.95**2 * 10 + 0.95 * 10 + 1),
    ]
    np.testing.assert_allclose(known[:, 0], first)
    np.testing.assert_allclose(known[:, 1], [np.nan, np.nan, np.nan, 5.5 / 11])
    one_row = counts([[1], [0], [0]], [[1], [0], [0]]).expected()
    np.testing.assert_allclose(one_row[:, 0], [np.nan, 1.5 / 2, 1.45 / 1.95])


def test_counts_are_of_some_groups_in_their_order_and_of_the_rows_that_do_not_count():
    some = counts([[1, 2, 3], [4, 5, 6]], [[10, 10, 10], [20, 20, 20]])
    of_two = some.of_groups(np.array([2, 0]))
    assert (of_two.yes.tolist(), of_two.of.tolist()) == ([[3, 1], [6, 4]], [[10, 10], [20, 20]])
    assert some.opposite.yes.tolist() == [[9, 8, 7], [16, 15, 14]]
    assert some.opposite.of.tolist() == some.of.tolist()


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
