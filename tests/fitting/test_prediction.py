"""What a model's audited prediction is: the same for a fit, a calibration and a saved model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fairaudit as fa
from fairaudit.data.threshold import Threshold
from fairaudit.fitting.prediction import base_rate_cut, predicted, rates

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=20).map(np.array)


@given(SHARES, st.floats(0.01, 0.99))
def test_a_decision_is_a_probability_that_reaches_the_threshold(rate, threshold):
    prediction = predicted("binary", rate, None, Threshold.parse(threshold))
    np.testing.assert_array_equal(prediction.value, rate)
    np.testing.assert_array_equal(prediction.decision, rate >= threshold)


@given(SHARES, st.data())
def test_as_many_reach_the_base_rate_cut_as_have_the_outcome_but_for_those_who_tie(value, data):
    outcome = np.array(data.draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=len(value), max_size=len(value))))
    cut = base_rate_cut(value, outcome, None)
    if not outcome.any():
        assert cut is None
        return
    yes = cut.decided(value)
    assert yes.sum() >= outcome.sum()
    assert (yes.sum() - (value == cut.value).sum()) < outcome.sum()


def test_weights_count_in_the_base_rate_and_among_those_who_reach_it():
    value, outcome, weight = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.0, 0, 1, 0]), np.array([1.0, 1, 2, 4])
    assert base_rate_cut(value, outcome, weight) == Threshold("number", 0.4)
    assert base_rate_cut(value, outcome, np.array([1.0, 1, 6, 1])) == Threshold("number", 0.3)


@given(SHARES)
def test_an_expected_count_is_the_rate_times_the_exposure(rate):
    exposure = np.linspace(0.1, 2, len(rate))
    prediction = predicted("count", rate, exposure, None)
    np.testing.assert_array_equal(prediction.value, rate * exposure)
    np.testing.assert_array_equal(prediction.rate, rate)
    assert prediction.decision is None


def test_a_threshold_of_nought_is_a_threshold():
    assert predicted("binary", np.array([-0.1, 0.0]), None, Threshold.parse(0.0)).decision.tolist() == [0, 1]


def test_a_threshold_that_was_asked_for_decides_whatever_the_task():
    assert predicted("regression", np.array([1.0, 3.0]), None, Threshold.parse("<2")).decision.tolist() == [1, 0]


def test_an_expected_level_counts_a_level_that_no_training_row_had():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=300)})
    level = np.clip(np.round(frame["x"] + rng.normal(size=300)) + 2, 0, 4)
    level = np.where(level == 1, 3, level)  # 1 does not occur
    model = fa.PenalizedGLM("ordinal").fit(frame, level)
    assert list(model.classes_) == [0, 2, 3, 4]
    expected = sum(value * share for value, share in zip(model.classes_, model.predict_proba(frame).T, strict=True))
    np.testing.assert_allclose(rates(model, frame), expected, rtol=1e-12)
    assert rates(model, frame).mean() == pytest.approx(level.mean(), abs=0.05)


@pytest.mark.parametrize("family", ["binomial", "gaussian", "poisson"])
def test_other_families_are_audited_by_their_mean(family):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=200)})
    model = fa.PenalizedGLM(family).fit(frame, rng.integers(0, 2, 200))
    np.testing.assert_array_equal(rates(model, frame), model.predict_mean(frame))
