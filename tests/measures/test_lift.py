"""Order and lift: the definition by loops, known curves, and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t
from sklearn.metrics import roc_auc_score

from fairaudit.measures.lift import double_lift, gini, gini_interval, lorenz, tenths
from fairaudit.results.experts import LiftTenth

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(1, 5)), min_size=2, max_size=25)


@given(ROWS)
def test_the_index_is_the_double_sum_over_events_and_exposure(rows):
    value, events, exposure = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    index, *_ = gini(value, events, exposure, np.ones(len(value)))
    if not events.sum():
        assert np.isnan(index)
        return
    area = 0.0
    for f, x in zip(value, events, strict=True):
        for g, e in zip(value, exposure, strict=True):
            area += x / events.sum() * e / exposure.sum() * ((g < f) + (g == f) / 2)
    assert index == pytest.approx(2 * area - 1, abs=1e-12)


def test_equal_predictions_tell_nothing_and_the_reverse_order_the_opposite():
    rng = np.random.default_rng(1)
    value, events, exposure = rng.random(50), rng.poisson(1, 50).astype(float), rng.random(50) + 0.1
    ones = np.ones(50)
    assert gini(np.ones(50), events, exposure, ones)[0] == pytest.approx(0, abs=1e-12)
    assert gini(-value, events, exposure, ones)[0] == pytest.approx(-gini(value, events, exposure, ones)[0], abs=1e-12)


@given(ROWS)
def test_the_index_is_twice_the_area_between_the_diagonal_and_the_lorenz_curve(rows):
    value, events, exposure = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    events[0] += 1
    x, y = lorenz(value, events, exposure)
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert (np.diff(x) > 0).all()
    assert (np.diff(y) >= 0).all()
    under = float((np.diff(x) * (y[1:] + y[:-1]) / 2).sum())
    assert 1 - 2 * under == pytest.approx(gini(value, events, exposure, np.ones(len(value)))[0], abs=1e-12)


def test_for_rare_single_events_it_is_nearly_that_of_the_area_under_the_curve():
    rng = np.random.default_rng(2)
    value = rng.random(4000)
    events = (rng.random(4000) < 0.02 * value).astype(float)
    index, *_ = gini(value, events, np.ones(4000), np.ones(4000))
    assert index == pytest.approx((2 * roc_auc_score(events, value) - 1) * (1 - events.mean()), abs=1e-12)


def test_its_interval_holds_in_about_95_per_cent_of_samples():
    def sample(seed, n):
        rng = np.random.default_rng(seed)
        rate = rng.gamma(2, 0.05, n)
        exposure = rng.uniform(0.2, 1, n)
        return rate, rng.poisson(rate * exposure).astype(float), exposure, np.ones(n)

    true, *_ = gini(*sample(99, 2_000_000))
    found = [gini(*sample(seed, 2000)) for seed in range(300)]
    inside = [abs(index - true) <= 1.96 * error for index, error, _ in found]
    assert 0.915 <= np.mean(inside) <= 0.98


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_tenths_are_in_order_without_gaps_and_never_part_equal_predictions(values):
    value = np.array(values, dtype=float)
    part = tenths(value, np.ones(len(value)))
    assert set(part) == set(range(int(part.max()) + 1))
    for first, second in zip(part[np.argsort(value)], part[np.argsort(value)][1:], strict=False):
        assert second >= first
    for level in np.unique(value):
        assert len(set(part[value == level])) == 1


def test_many_distinct_predictions_have_ten_parts_of_one_size():
    part = tenths(np.random.default_rng(0).permutation(1000).astype(float), np.ones(1000))
    assert np.bincount(part).tolist() == [100] * 10


def test_where_two_models_differ_the_right_one_is_nearer_to_what_is_observed():
    rng = np.random.default_rng(4)
    n = 60_000
    truth, noise = rng.gamma(4, 0.03, n), rng.lognormal(0, 0.4, n)
    exposure = rng.uniform(0.2, 1, n)
    parts = double_lift(truth * noise, truth, rng.poisson(truth * exposure).astype(float), exposure, np.ones(n))
    assert len(parts) == 10
    assert parts[0].quotient[1] <= parts[1].quotient[0]
    for end in (parts[0], parts[-1]):
        assert abs(end.chosen - end.observed) < abs(end.plain - end.observed) / 3
    assert sum(part.share for part in parts) == pytest.approx(1)


def test_a_plain_prediction_of_0_has_no_quotient():
    assert double_lift(np.array([0.0, 1.0]), np.ones(2), np.ones(2), np.ones(2), np.ones(2)) == []


def few(seed=3, n=40):
    """Predicted rates that repeat, events, exposure, and whom each row is about."""
    rng = np.random.default_rng(seed)
    value, exposure = rng.integers(1, 9, n) / 10, rng.uniform(0.2, 1, n)
    return value, rng.poisson(3 * value * exposure).astype(float), exposure, rng.integers(0, 12, n)


def slopes(value, events, exposure, step=1e-6):
    """How the index moves as each row weighs a little more, relative to its weight."""
    found = []
    for row in range(len(value)):
        up, down = (1 + sign * step * (np.arange(len(value)) == row) for sign in (1, -1))
        index = [gini(value, w * events, w * exposure, np.ones(len(value)))[0] for w in (up, down)]
        found.append((index[0] - index[1]) / (2 * step))
    return np.array(found)


def test_the_error_is_the_root_of_the_squared_slopes_in_the_weights_of_rows():
    value, events, exposure, _ = few()
    _, error, freedom = gini(value, events, exposure, np.ones(40))
    assert error == pytest.approx(np.sqrt((slopes(value, events, exposure) ** 2).sum()), rel=1e-6)
    assert freedom == np.inf


def test_the_error_of_repeated_people_is_that_of_leaving_one_of_them_out():
    value, events, exposure, person = few()
    index, error, freedom = gini(value, events, exposure, np.ones(40), person)
    bearing = np.bincount(person, slopes(value, events, exposure))
    people = exposure.sum() ** 2 / (np.bincount(person, exposure) ** 2).sum()
    assert index == gini(value, events, exposure, np.ones(40))[0]
    assert error == pytest.approx(np.sqrt((bearing**2).sum() * people / (people - 1)), rel=1e-6)
    assert freedom == pytest.approx(people - 1)
    assert gini(value, events, exposure, np.ones(40), np.zeros(40, dtype=int))[2] == 1.0


def test_lines_of_several_rows_are_as_good_as_their_rows():
    value, events, exposure, _ = few()
    many = np.random.default_rng(5).integers(1, 4, 40)
    rows = gini(*(np.repeat(part, many) for part in (value, events, exposure)), np.ones(many.sum()))
    assert gini(value, many * events, many * exposure, many.astype(float)) == pytest.approx(rows)


def test_without_events_there_is_no_index():
    value, events, exposure, _ = few()
    index, error, freedom = gini(value, 0 * events, exposure, np.ones(40))
    assert np.isnan([index, error]).all()
    assert freedom == np.inf


def test_limits_of_an_index_are_normal_or_students_and_never_beyond_1():
    assert gini_interval(0.3, 0.1, 0.95, np.inf) == pytest.approx((0.3 - 0.1959964, 0.3 + 0.1959964))
    assert gini_interval(0.3, 0.1, 0.8, 7.0) == pytest.approx((0.3 - 0.1 * t.ppf(0.9, 7), 0.3 + 0.1 * t.ppf(0.9, 7)))
    assert gini_interval(0.9, 0.2, 0.95, np.inf)[1] == 1.0
    assert gini_interval(-0.9, 0.2, 0.95, np.inf)[0] == -1.0


def test_tenths_are_of_the_exposure_not_of_the_rows():
    """Of five predictions the third has half of the exposure: its middle lies in the fifth of ten parts."""
    value, exposure = np.array([3.0, 1, 2, 5, 4, 4]), np.array([10.0, 2, 3, 1, 2, 2])
    assert tenths(value, exposure).tolist() == [2, 0, 1, 4, 3, 3]
    assert tenths(np.arange(4.0), np.array([1.0, 1, 1, 0])).tolist() == [0, 1, 2, 3]
    assert tenths(np.arange(40.0), np.ones(40)).tolist() == np.repeat(np.arange(10), 4).tolist()


def test_a_double_lift_is_counted_by_loops_over_the_rows_of_each_tenth():
    rng = np.random.default_rng(6)
    n = 300
    plain, chosen = rng.gamma(4, 0.05, n), rng.gamma(4, 0.05, n)
    outcome, exposure, weight = rng.poisson(0.3, n).astype(float), rng.uniform(0.2, 1, n), rng.integers(0, 3, n) / 1.0
    order = np.argsort(chosen / plain)
    time = (weight * exposure)[order]
    part = np.empty(n, dtype=int)
    part[order] = np.minimum(np.floor((np.cumsum(time) - time / 2) / time.sum() * 10), 9)
    expected = []
    for place in range(10):
        mine = part == place
        held = (weight * exposure)[mine].sum()
        quotient = (chosen / plain)[mine]
        expected.append(
            LiftTenth(
                share=pytest.approx(held / time.sum()),
                quotient=(pytest.approx(quotient.min()), pytest.approx(quotient.max())),
                observed=pytest.approx((weight * outcome)[mine].sum() / held),
                plain=pytest.approx((weight * exposure * plain)[mine].sum() / held),
                chosen=pytest.approx((weight * exposure * chosen)[mine].sum() / held),
            )
        )
    assert double_lift(plain, chosen, outcome, exposure, weight) == expected


def test_rows_without_weight_have_no_lift():
    ones = np.ones(3)
    assert double_lift(ones, ones, ones, ones, np.zeros(3)) == []
    assert len(double_lift(ones, ones, ones, ones, ones)) == 1
