"""Conditional demographic disparity is its definition, and its error that of drawing people anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stratified import BERKELEY, audited, people

from fairaudit.measures.demographic import demographic_disparity


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
