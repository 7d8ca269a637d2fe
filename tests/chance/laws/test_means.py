"""Limits of a mean are Student's where values are symmetric, and lean with skewed ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import skew, t

from fairaudit.chance.laws.means import UNDERSTATED, Means, Roots, mean_limits, moments

ONE = np.ones(1)


def limits(value, error, skewness, freedom, tail):
    low, high = mean_limits(*(np.array([float(x)]) for x in (value, error, skewness, freedom)), tail)
    return float(low[0]), float(high[0])


@given(st.floats(-5, 5), st.floats(0.1, 3), st.integers(2, 500), st.sampled_from([0.1, 0.025, 0.001]))
def test_without_skewness_they_are_students(value, error, freedom, tail):
    half = t.isf(tail, freedom) * error
    assert limits(value, error, 0.0, freedom, tail) == pytest.approx((value - half, value + half))
    assert limits(value, error, 2e-6, freedom, tail) == pytest.approx((value - half, value + half), rel=1e-3, abs=1e-3)


@given(st.floats(-1.5, 1.5), st.integers(5, 500), st.sampled_from([0.1, 0.025]))
def test_each_limit_solves_halls_equation(skewness, freedom, tail):
    low, high = limits(0.0, 1.0, skewness, freedom, tail)
    for end, reach in ((low, t.isf(tail, freedom)), (high, -t.isf(tail, freedom))):
        studentised, a = -end, skewness if abs(skewness) >= 1e-6 else 0.0
        transformed = studentised + a * studentised**2 / 3 + a**2 * studentised**3 / 27 + a / 6
        assert transformed == pytest.approx(reach, rel=1e-6, abs=1e-6)


@given(st.floats(0.01, 1.5), st.integers(5, 500))
def test_values_skewed_the_other_way_turn_the_limits_round(skewness, freedom):
    low, high = limits(0.0, 1.0, skewness, freedom, 0.025)
    assert limits(0.0, 1.0, -skewness, freedom, 0.025) == pytest.approx((-high, -low))
    assert high > -low > 0  # a few large values may be missing from the sample


def test_moments_of_equal_weights_are_the_textbooks():
    values = np.array([1.0, 2.0, 2.5, 9.0, 4.0, 4.0])
    n, group = len(values), np.zeros(len(values), dtype=np.intp)
    found = moments((values - values.mean()) / n, np.ones(n), np.ones(n), group, 1)
    assert found.effective == pytest.approx(n)
    assert found.error == pytest.approx(values.std(ddof=1) / np.sqrt(n))
    assert found.skewness == pytest.approx(UNDERSTATED * skew(values, bias=False) / np.sqrt(n))


def test_moments_of_lines_are_those_of_their_rows():
    rng = np.random.default_rng(3)
    values, weights, rows = rng.normal(size=6), rng.uniform(1, 2, 6), np.array([1.0, 3.0, 2.0, 1.0, 4.0, 2.0])
    group = np.array([0, 0, 0, 1, 1, 1])
    lines = _moments(values, weights * rows, rows, group)
    each = np.repeat(np.arange(6), rows.astype(int))
    single = _moments(values[each], weights[each], np.ones(len(each)), group[each])
    for name in ("error", "skewness", "effective"):
        np.testing.assert_allclose(getattr(lines, name), getattr(single, name))


def _moments(values, weight, rows, group):
    mass = np.bincount(group, weight)
    mean = np.bincount(group, weight * values) / mass
    return moments(weight / mass[group] * (values - mean[group]), weight, rows, group, 2)


def test_rows_without_weight_add_no_information():
    weight = np.array([1.0, *np.zeros(29)])
    found = moments(np.zeros(30), weight, np.ones(30), np.zeros(30, dtype=np.intp), 1)
    assert found.effective == pytest.approx(1)


def covered(draw, mean, size, replicates=3000):
    """Share of samples whose 95% interval holds the mean."""
    sample = draw((replicates, size))
    centred = sample - sample.mean(axis=1, keepdims=True)
    group = np.repeat(np.arange(replicates), size)
    found = moments((centred / size).ravel(), np.ones(sample.size), np.ones(sample.size), group, replicates)
    law = Means(sample.mean(axis=1), found.error, found.skewness, found.effective - 1)
    low, high = law.limits(0.025)
    return float(np.mean((low <= mean) & (mean <= high)))


@pytest.mark.parametrize("size", [25, 100])
def test_lognormal_means_are_covered_nearly_as_often_as_normal_ones(size):
    rng = np.random.default_rng(size)
    margin = 3 * np.sqrt(0.05 * 0.95 / 3000)
    assert covered(lambda shape: rng.normal(size=shape), 0.0, size) >= 0.95 - margin
    assert covered(lambda shape: rng.lognormal(size=shape), np.exp(0.5), size) >= 0.94 - margin


def test_limits_stay_in_the_domain_and_roots_of_it():
    law = Means(ONE * 0.1, ONE, ONE * 0.0, ONE * 9, domain=(0.0, np.inf))
    assert law.limits(0.025)[0] == 0
    root = Roots(law)
    assert root.value == pytest.approx(np.sqrt(0.1))
    np.testing.assert_allclose(np.square(root.limits(0.025)), law.limits(0.025))
    np.testing.assert_allclose(root.strict(0.025), root.parts(0.025))
