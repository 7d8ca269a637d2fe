"""Statements that hold together: how far each must reach, and p-values adjusted for their number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, norm

from fairaudit.chance.simultaneous import benjamini_hochberg, holm, reach


def test_more_statements_reach_farther_each():
    assert reach(0.95, 1) == pytest.approx(1.959964)
    assert reach(0.95, 10) == pytest.approx(norm.ppf(1 - 0.05 / 20))
    assert reach(0.95, 0) == reach(0.95, 1)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_the_step_down_definition(p_values):
    def adjusted(p):
        return min(1, max((len(p_values) - sum(r < q for r in p_values)) * q for q in p_values if q <= p))

    assert holm(p_values) == pytest.approx([adjusted(p) for p in p_values])


def test_holm_adjusts_as_worked_by_hand():
    # 4 × 0.005, 3 × 0.01, 2 × 0.03, and 1 × 0.04, which may not be below the one before it
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_the_step_up_procedure_agrees_with_scipy(p_values):
    assert benjamini_hochberg(p_values) == pytest.approx(list(false_discovery_control(p_values)))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_never_below_the_step_up_procedure_and_that_never_below_the_p_value(p_values):
    for plain, found, held in zip(p_values, benjamini_hochberg(p_values), holm(p_values), strict=True):
        assert plain <= found + 1e-12
        assert found <= held + 1e-12
        assert held <= 1
