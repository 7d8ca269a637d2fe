"""Order and lift: the definition by loops, known curves, and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from fairaudit.measures.lift import double_lift, gini, lorenz, tenths

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
