"""Functions beside the logistic curve, against slower ones and exact values."""

from math import exp, inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from fairaudit.models.logistic import slope, softplus

etas = st.lists(st.floats(-700, 700), min_size=1, max_size=20).map(np.array)


@given(eta=etas)
def test_softplus_is_the_sum_of_two_exponentials_in_logarithms(eta):
    np.testing.assert_allclose(softplus(eta), np.logaddexp(0, eta), rtol=1e-14)


@given(eta=etas)
def test_the_slope_is_the_product_of_both_chances(eta):
    np.testing.assert_allclose(slope(eta), expit(eta) * expit(-eta), rtol=1e-14, atol=0)


def test_both_are_exact_where_they_are_small_and_at_the_ends():
    assert softplus(np.array([-inf, -40.0, 0.0, inf])).tolist() == [
        0.0,
        pytest.approx(exp(-40), rel=1e-15),
        log(2),
        inf,
    ]
    ends = [0.0, pytest.approx(exp(-40), rel=1e-15), 0.25, 0.0]
    assert slope(np.array([-inf, -40.0, 0.0, inf])).tolist() == ends


def test_the_slope_is_that_of_the_curve_by_differences():
    eta = np.linspace(-5, 5, 41)
    np.testing.assert_allclose((expit(eta + 1e-6) - expit(eta - 1e-6)) / 2e-6, slope(eta), rtol=1e-7)
