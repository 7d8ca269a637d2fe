"""Limits of a mean are Student's where values are symmetric, and lean with skewed ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import skew, t

from fairaudit.chance.laws.means import (
    FAR,
    NEAR,
    Means,
    Moments,
    Roots,
    mean_limits,
    moments,
    moments_of,
    widest_limits,
)

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
    assert found.skewness == pytest.approx(skew(values, bias=False) / np.sqrt(n))


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


@given(st.floats(-1.5, 1.5), st.integers(5, 500), st.sampled_from([0.1, 0.025, 0.001]))
def test_each_limit_is_the_widest_of_those_for_a_skewness_that_a_sample_may_understate(skewness, freedom, tail):
    one = [np.array([float(x)]) for x in (0.0, 1.0, skewness, freedom)]
    law, ends = Means(*one), {}
    for multiples in (NEAR, FAR):
        low, high = widest_limits(*one, tail, multiples)
        each = [limits(0.0, 1.0, multiple * skewness, freedom, tail) for multiple in multiples]
        assert (low[0], high[0]) == (min(low for low, _ in each), max(high for _, high in each))
        ends[multiples] = (low[0], high[0])
    assert ends[NEAR] == tuple(float(end[0]) for end in law.limits(tail))
    assert ends[FAR] == pytest.approx(tuple(float(end[0]) for end in law.strict(tail)))  # one group is all groups
    assert ends[FAR][0] <= ends[NEAR][0] < ends[NEAR][1] <= ends[FAR][1]


def test_far_limits_of_a_group_of_like_values_reach_as_if_it_held_ten_rows_of_the_others():
    law = Means(np.zeros(2), np.array([0.1, 1.0]) / np.sqrt(30), np.zeros(2), np.full(2, 29.0))
    variance = (30 * 0.01 + 10 * (0.01 + 1) / 2) / 40
    half = t.isf(0.001, 29) * np.sqrt(variance / 30)
    assert [float(end[0]) for end in law.strict(0.001)] == pytest.approx([-half, half])
    np.testing.assert_allclose([end[1] for end in law.strict(0.001)], [end[1] for end in law.limits(0.001)])


def missed(draw, mean, size, replicates, tail, strict=False):
    """Share of samples whose lower limit lies above the mean, and whose upper limit lies below it."""
    sample = draw((replicates, size))
    centred = sample - sample.mean(axis=1, keepdims=True)
    group = np.repeat(np.arange(replicates), size)
    found = moments((centred / size).ravel(), np.ones(sample.size), np.ones(sample.size), group, replicates)
    law = Means(sample.mean(axis=1), found.error, found.skewness, found.effective - 1)
    low, high = law.strict(tail) if strict else law.limits(tail)
    return float(np.mean(low > mean)), float(np.mean(high < mean))


SKEWED = {
    "lognormal": (lambda rng: lambda shape: rng.lognormal(size=shape), np.exp(0.5)),
    "gamma": (lambda rng: lambda shape: rng.gamma(0.25, size=shape), 0.25),
    "exponential": (lambda rng: lambda shape: rng.exponential(size=shape), 1.0),
    "Weibull": (lambda rng: lambda shape: rng.weibull(0.7, size=shape), 1.2658),
    "Pareto": (lambda rng: lambda shape: rng.pareto(5, size=shape), 0.25),
    "mostly 0": (lambda rng: lambda shape: (rng.random(shape) < 0.3) * rng.gamma(2, size=shape), 0.6),
    "normal": (lambda rng: lambda shape: rng.normal(size=shape), 0.0),
    "uniform": (lambda rng: lambda shape: rng.random(shape), 0.5),
}


@pytest.mark.parametrize("size", [25, 100])
@pytest.mark.parametrize("name", SKEWED)
def test_skewed_means_are_covered_as_often_as_normal_ones(name, size):
    draw, mean = SKEWED[name]
    low, high = missed(draw(np.random.default_rng(size)), mean, size, 3000, 0.025)
    margin = 3 * np.sqrt(0.05 * 0.95 / 3000)
    assert low <= 0.025 + margin
    assert 0.02 - margin <= low + high <= 0.05 + margin


@pytest.mark.parametrize("name", SKEWED)
def test_limits_far_in_the_tail_are_wrong_about_as_rarely_as_they_say(name):
    draw, mean = SKEWED[name]
    low, high = missed(draw(np.random.default_rng(7)), mean, 30, 12_000, 0.025 / 8, strict=True)
    assert low + high <= 0.05 / 8 + 4 * np.sqrt(0.00625 / 12_000)


@pytest.mark.parametrize(("size", "zeros"), [(30, 0.9), (60, 0.9), (100, 0.95)])
def test_means_of_which_most_rows_are_0_are_known_as_well_as_the_others_tell(size, zeros):
    """Where at least five rows are not 0 limits hold in 93% of samples or more, and with fewer more often than with
    the degrees of freedom of all rows."""
    rng = np.random.default_rng(size)
    sample = rng.lognormal(size=(4000, size)) * (rng.random((4000, size)) > zeros)
    some = (sample > 0).sum(axis=1)
    sample, some = sample[some > 0], some[some > 0]
    group = np.repeat(np.arange(len(sample)), size)
    mean = sample.mean(axis=1)
    bearing = (sample - mean[:, None]).ravel() / size
    found = moments(bearing, np.ones(sample.size), np.ones(sample.size), group, len(sample))
    held = {}
    for apart in (None, some.astype(float)):
        low, high = Means.of(mean, found, apart=apart).limits(0.025)
        inside = (low <= (1 - zeros) * np.exp(0.5)) & ((1 - zeros) * np.exp(0.5) <= high)
        held[apart is None] = inside
    assert held[False].mean() > held[True].mean()
    assert held[False].mean() >= 0.94
    assert held[False][some >= 5].mean() >= 0.95


@pytest.mark.parametrize(("groups", "size", "zeros"), [(8, 60, 0.9), (8, 100, 0.95)])
def test_strict_limits_of_many_groups_that_are_mostly_0_are_rarely_wrong_in_any(groups, size, zeros):
    rng = np.random.default_rng(groups * size)
    group, one = np.repeat(np.arange(groups), size), np.ones(groups * size)
    wrong = {False: 0, True: 0}
    for _ in range(150):
        sample = rng.gamma(0.7, size=len(group)) * (rng.random(len(group)) > zeros)
        mean = np.bincount(group, sample) / size
        found = moments((sample - mean[group]) / size, one, one, group, groups)
        for known in wrong:
            apart = np.bincount(group, sample > 0).astype(float) if known else None
            low, high = Means.of(mean, found, apart=apart).strict(0.025 / groups)
            wrong[known] += bool(((low > 0.7 * (1 - zeros)) | (high < 0.7 * (1 - zeros))).any())
    assert wrong[True] <= 8  # 5% of 150 are 7.5; it is about 1%
    assert wrong[False] >= 15


def test_limits_stay_in_the_domain_and_roots_of_it():
    law = Means(ONE * 0.1, ONE, ONE * 0.0, ONE * 9, domain=(0.0, np.inf))
    assert law.limits(0.025)[0] == 0
    root = Roots(law)
    assert root.value == pytest.approx(np.sqrt(0.1))
    np.testing.assert_allclose(np.square(root.limits(0.025)), law.limits(0.025))
    np.testing.assert_allclose(root.strict(0.025), root.parts(0.025))


def test_groups_without_weight_and_of_one_row_have_no_error_and_no_skewness_of_their_own():
    group = np.array([0, 1, 2, 2])
    weight = np.array([0.0, 1.0, 1.0, 1.0])
    found = moments(np.array([0.0, 0.0, 0.5, -0.5]), weight, np.ones(4), group, 3)
    np.testing.assert_allclose(found.effective, [0, 1, 2])
    np.testing.assert_allclose(found.error, [0, 0, 1])
    np.testing.assert_allclose(found.skewness, 0)


def test_the_skewness_of_fewer_than_three_rows_is_not_blown_up():
    """m − 2 is at least 1, so that two effective rows and a bit say no more than three."""
    found = moments_of(np.array([0.5]), np.array([0.2]), np.array([2.25]))
    assert found.skewness == pytest.approx(np.sqrt(2.25 * 1.25) * 0.2 / 0.5**1.5)
    assert found.error == pytest.approx(np.sqrt(0.5 * 2.25 / 1.25))
    assert moments_of(np.array([0.5]), np.array([0.2]), np.array([1.6])).error == pytest.approx(
        np.sqrt(0.5 * 1.6 / 0.6)
    )


def test_a_group_whose_rows_are_all_alike_takes_the_spread_of_all_groups():
    given = Moments(
        np.array([0.0, 0.02, 0.04, 1e-12]), np.array([0.7, 0.3, -0.1, 5.0]), np.array([4.0, 25.0, 16.0, 0.5])
    )
    law = Means.of(np.zeros(4), given)
    effective = np.array([4.0, 25, 16, 1])
    spread = (25 * (25 * 0.0004) + 16 * (16 * 0.0016)) / effective.sum()  # of one row, by the rows of each group
    np.testing.assert_allclose(law.error, [np.sqrt(spread / 4), 0.02, 0.04, np.sqrt(spread)])
    np.testing.assert_allclose(law.skewness, [0, 0.3, -0.1, 0])
    np.testing.assert_allclose(law.freedom, [3, 24, 15, 1])


def test_where_no_row_of_any_group_differs_nothing_is_known_of_an_error():
    law = Means.of(np.array([1.0, 2.0]), Moments(np.zeros(2), np.zeros(2), np.array([5.0, 6.0])))
    for form in (law.limits, law.parts, law.strict):
        np.testing.assert_array_equal(form(0.025), [law.value, law.value])
    assert len(Means.of(np.empty(0), Moments(np.empty(0), np.empty(0), np.empty(0))).value) == 0


@pytest.mark.parametrize("skewness", [0.1, 0.4, -0.6])
def test_multiples_of_the_skewness_are_one_and_a_half_and_far_in_the_tail_two(skewness):
    law = Means(np.zeros(1), ONE, ONE * skewness, ONE * 40)
    for form, multiples in ((law.limits, (1, 1.5)), (law.parts, (1, 1.5)), (law.strict, (1, 1.5, 2))):
        each = [limits(0.0, 1.0, multiple * skewness, 40, 0.01) for multiple in multiples]
        low, high = (float(end[0]) for end in form(0.01))
        assert (low, high) == pytest.approx((min(low for low, _ in each), max(high for _, high in each)))


@pytest.mark.parametrize(
    ("apart", "telling"), [(None, 100), ([3.0, np.inf], 3 + 60), ([3.0, 2.0], 5), ([1.0, 0.0], 1), ([0.0, 0.0], 1)]
)
def test_far_in_the_tail_each_group_is_mixed_with_as_many_rows_of_all_as_hold_ten_that_are_not_0(apart, telling):
    rows, error, skewness = np.array([40.0, 60.0]), np.array([0.1, 0.5]), np.array([0.3, 0.6])
    law = Means(np.zeros(2), error, skewness, rows - 1, apart=None if apart is None else np.array(apart))
    others = 10 * 100 / telling
    variance, third = error**2 * rows, skewness * error**3 * rows**2  # of single rows
    mixed, of_third = (
        [(n * own[g] + others * (rows @ own) / 100) / (n + others) for g, n in enumerate(rows)]
        for own in (variance, third)
    )
    expected = np.sqrt(np.maximum(variance, mixed) / rows)
    np.testing.assert_allclose(law.pooled[0], expected)
    np.testing.assert_allclose(law.pooled[1], np.array(of_third) / rows**2 / expected**3)


def test_errors_are_known_as_well_as_the_rows_that_are_not_0_tell_but_not_in_differences():
    law = Means(np.zeros(4), np.ones(4), np.zeros(4), np.full(4, 99.0), apart=np.array([5.0, 1.0, 0.0, np.inf]))
    np.testing.assert_allclose(law.limits(0.025)[1], t.isf(0.025, [4, 1, 1, 99]))
    np.testing.assert_allclose(law.limits(0.025)[0], -t.isf(0.025, [4, 1, 1, 99]))
    np.testing.assert_allclose(law.parts(0.025)[1], t.isf(0.025, 99))


def test_strict_limits_are_never_narrower_than_the_parts():
    """The pooled skewness of a group may be smaller than its own."""
    law = Means(np.zeros(2), np.array([0.3, 0.3]), np.array([1.2, -1.2]), np.array([20.0, 20.0]))
    for tail in (0.1, 0.025):
        (low, high), (strict_low, strict_high) = law.parts(tail), law.strict(tail)
        assert ((strict_low <= low) & (high <= strict_high)).all()


def test_the_error_of_a_root_is_that_of_the_square_over_twice_the_root():
    law = Roots(Means(np.array([0.01, 4.0]), np.array([0.004, 1.0]), np.zeros(2), np.full(2, 9.0), (0.0, np.inf)))
    np.testing.assert_allclose(law.value, [0.1, 2])
    np.testing.assert_allclose(law.error, [0.02, 0.25])
    for form in ("limits", "parts", "strict"):
        np.testing.assert_allclose(np.square(getattr(law, form)(0.1)), getattr(law.squares, form)(0.1))


def test_limits_are_cut_on_both_sides_of_the_domain():
    law = Means(np.array([0.1, 0.9]), np.ones(2), np.zeros(2), np.full(2, 9.0), domain=(0.0, 1.0))
    for form in (law.limits, law.parts, law.strict):
        np.testing.assert_array_equal(form(0.025), [[0, 0], [1, 1]])
