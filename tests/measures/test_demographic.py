"""Conditional demographic disparity is its definition, and its error that of drawing people anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stratified import BERKELEY, audited, people

from fairaudit.measures.demographic import DemographicDisparity, demographic_disparity


def of_rows(g, s, d, weight=None):
    weight = np.ones(len(g)) if weight is None else weight
    return demographic_disparity(g.astype(float), s.astype(np.intp), weight * d, weight, np.ones(len(g)))


@given(st.integers(0, 10**6))
def test_it_is_its_definition_as_a_loop(seed):
    draw = np.random.default_rng(seed)
    g, s, d = draw.integers(0, 2, 30), draw.integers(0, 3, 30), draw.integers(0, 2, 30)
    weight = draw.uniform(0.5, 2, 30)
    total = mass = 0.0
    for stratum in range(3):
        inside = s == stratum
        rejected, accepted = weight[inside & (d == 0)].sum(), weight[inside & (d == 1)].sum()
        if rejected > 0 and accepted > 0:
            among = [weight[inside & (d == side) & (g == 1)].sum() for side in (0, 1)]
            people_here = weight[inside].sum()
            total += people_here * (among[0] / rejected - among[1] / accepted)
            mass += people_here
    found = of_rows(g, s, d, weight)
    if mass:
        assert found.value == pytest.approx(total / mass, abs=1e-12)
        assert -1 <= found.limits(0.025)[0] <= found.value <= found.limits(0.025)[1] <= 1
    else:
        assert np.isnan(found.value)


def test_its_error_is_that_of_drawing_people_anew():
    draw, n = np.random.default_rng(1), 600
    s = draw.integers(0, 3, n)
    g = (draw.random(n) < 0.2 + 0.2 * s).astype(int)
    d = (draw.random(n) < 0.7 - 0.15 * s + 0.1 * g * (s == 1)).astype(int)
    drawn = []
    for _ in range(500):
        rows = draw.integers(0, n, n)
        drawn.append(of_rows(g[rows], s[rows], d[rows]).value)
    assert of_rows(g, s, d).error == pytest.approx(np.std(drawn), rel=0.12)


def test_women_at_berkeley_were_more_among_the_rejected_but_not_within_departments():
    women, men = audited(people(BERKELEY), favourable="yes").within[0].groups
    assert women.demographic_disparity == pytest.approx(1278 / 2771 - 557 / 1755)
    assert women.conditional_disparity < 0 < women.demographic_disparity
    assert (men.demographic_disparity, men.conditional_disparity) == pytest.approx(
        (-women.demographic_disparity, -women.conditional_disparity)
    )
    assert women.conditional_interval[0] < women.conditional_disparity < women.conditional_interval[1]


def test_where_no_is_favourable_those_are_accepted():
    ways = (audited(people(BERKELEY), favourable=way).within[0].groups[0] for way in ("yes", "no"))
    first, second = (group.conditional_disparity for group in ways)
    assert first == pytest.approx(-second)


def test_a_stratum_of_whom_all_are_accepted_or_all_rejected_is_left_out_of_the_sum_and_of_the_people():
    """30 people in whose stratum 6 of 10 rejected and 5 of 20 accepted are of the group, and 70 who say nothing."""
    g = np.repeat([1, 0, 1, 0, 1, 0], [6, 4, 5, 15, 40, 30])
    d = np.repeat([0, 1, 1, 0], [10, 20, 40, 30])
    s = np.repeat([0, 1, 2], [30, 40, 30])
    found = of_rows(g, s, d)
    assert found.value == pytest.approx(6 / 10 - 5 / 20)
    alone = of_rows(g[:30], s[:30], d[:30])
    assert found.error == pytest.approx(alone.error)


def test_without_strata_the_error_is_that_of_two_shares():
    g = np.repeat([1, 0, 1, 0], [6, 4, 5, 15])
    d = np.repeat([0, 1], [10, 20])
    found = of_rows(g, np.zeros(30), d)
    assert found.error == pytest.approx(np.sqrt(0.6 * 0.4 / 10 + 0.25 * 0.75 / 20))
    reach = 1.959963984540054 * found.error
    assert found.limits(0.025) == pytest.approx((0.35 - reach, 0.35 + reach))


def test_lines_of_several_rows_are_so_many_rows_and_a_weight_of_a_row_is_none_of_another():
    draw = np.random.default_rng(3)
    g, s, d = (draw.integers(0, most, 40) for most in (2, 3, 2))
    many = draw.integers(1, 4, 40)
    again = np.repeat(np.arange(40), many)
    rows = of_rows(g[again], s[again], d[again])
    weight = many.astype(float)
    lines = demographic_disparity(g.astype(float), s.astype(np.intp), weight * d, weight, weight)
    assert (lines.value, lines.error) == (pytest.approx(rows.value), pytest.approx(rows.error))
    heavy = demographic_disparity(g.astype(float), s.astype(np.intp), 2.0 * d, np.full(40, 2.0), np.ones(40))
    light = of_rows(g, s, d)
    assert (heavy.value, heavy.error) == (pytest.approx(light.value), pytest.approx(light.error))


def test_its_error_is_the_slope_in_the_weight_of_each_row():
    """The influence of a row by its definition: how the value moves as the row weighs a little more."""
    draw, step = np.random.default_rng(4), 1e-6
    g, s, d = (draw.integers(0, most, 60) for most in (2, 3, 2))
    weight = draw.uniform(0.5, 2, 60)
    slopes = []
    for row in range(60):
        moved = [weight + sign * step * (np.arange(60) == row) for sign in (1, -1)]
        slopes.append((of_rows(g, s, d, moved[0]).value - of_rows(g, s, d, moved[1]).value) / (2 * step))
    assert of_rows(g, s, d, weight).error == pytest.approx(np.sqrt(((weight * slopes) ** 2).sum()), rel=1e-6)


def test_limits_are_cut_at_1_and_where_nobody_is_accepted_nothing_is_known():
    sure = DemographicDisparity(0.9, 0.2)
    assert sure.limits(0.025)[1] == 1.0
    assert sure.limits(0.025)[0] == pytest.approx(0.9 - 1.959963984540054 * 0.2)
    assert DemographicDisparity(-0.9, 0.2).limits(0.025)[0] == -1.0
    nobody = of_rows(np.array([1, 0, 1]), np.array([0, 0, 1]), np.zeros(3))
    assert np.isnan([nobody.value, nobody.error]).all()
