"""Proportional odds: their definition, and what is special in their thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from family_cases import SHARED
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from fairaudit.models.families import family

STEP = 1e-5


def quotient(function, place, step):
    return (function(place + STEP * step) - function(place - STEP * step)) / (2 * STEP)


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=6), st.data())
def test_proportional_odds_are_what_their_definition_says(places, data):
    """P(y ≥ k) = 1 / (1 + exp(−a_k − xβ)), and the rest by differences, as loops."""
    cuts = np.array([2.0, 0.5, -1.0])
    chosen = family("ordinal", classes=4)
    eta = np.array(places)[:, None] + cuts
    y = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(places), max_size=len(places))), dtype=float)
    for row, place in enumerate(places):
        at_least = [1.0, *(1 / (1 + np.exp(-cut - place)) for cut in cuts), 0.0]
        probability = [at_least[k] - at_least[k + 1] for k in range(4)]
        np.testing.assert_allclose(chosen.probabilities(eta)[row], probability, atol=1e-15)
        level = sum(k * p for k, p in enumerate(probability))
        assert chosen.mean(eta)[row] == pytest.approx(level, abs=1e-14)
        if probability[int(y[row])] > 1e-8:  # below, the difference has lost its digits; the loss has not
            assert chosen.loss(y, eta)[row] == pytest.approx(-np.log(probability[int(y[row])]), abs=1e-6)
    shift = chosen.gradient(y, eta).sum(axis=1)
    ends = np.pad(expit(eta), ((0, 0), (1, 1)), constant_values=((0, 0), (1, 0)))
    own = y.astype(int)
    np.testing.assert_allclose(shift, ends[range(len(y)), own] + ends[range(len(y)), own + 1] - 1, atol=1e-12)


def test_two_ordered_levels_are_logistic_regression():
    y, two, one = np.array([0.0, 1, 0, 1, 1]), family("ordinal", classes=2), family("binomial")
    eta = SHARED[:, None]
    np.testing.assert_allclose(two.loss(y, eta), one.loss(y, SHARED), rtol=1e-13)
    np.testing.assert_allclose(two.mean(eta), one.mean(SHARED), rtol=1e-15)
    np.testing.assert_allclose(two.probabilities(eta), one.probabilities(SHARED), rtol=1e-14)


def test_thresholds_that_cross_are_infinitely_bad():
    assert family("ordinal", classes=3).loss(np.array([1.0]), np.array([[0.0, 0.5]]))[0] == np.inf


def test_a_wild_step_of_thresholds_stays_finite():
    chosen, y = family("ordinal", classes=3), np.array([0.0, 1.0, 2.0])
    for place in (1e17, -1e17):
        eta = np.array([place + 0.5, place - 0.5]) * np.ones((3, 1))
        assert np.isfinite(chosen.loss(y, eta)).all()
        assert np.isfinite(chosen.gradient(y, eta)).all()


def test_free_intercepts_come_back_and_carry_the_gradient():
    chosen, cuts = family("ordinal", classes=4), np.array([1.0, -0.2, -1.1])
    free = chosen.free(cuts)
    np.testing.assert_allclose(chosen.bound(free), cuts, rtol=1e-14)
    by_cut = np.array([0.3, -2.0, 0.7])
    slopes = [quotient(lambda at: by_cut @ chosen.bound(at), free, step) for step in np.eye(3)]
    np.testing.assert_allclose(chosen.pull_free(free, by_cut), slopes, rtol=1e-8)
    assert (np.diff(chosen.bound(np.array([0.0, -1e3, 1e3]))) < 0).all()


def test_a_shift_of_all_predictors_of_a_level_has_the_summed_curvature():
    rng = np.random.default_rng(0)
    eta = -np.sort(-rng.normal(size=(50, 4)) * 3, axis=1)
    y = rng.integers(0, 5, 50).astype(float)
    chosen = family("ordinal", classes=5)
    np.testing.assert_allclose(
        chosen.tree_curvature(y, eta), chosen.curvature(y, eta).sum(axis=(1, 2)), rtol=1e-9, atol=1e-12
    )
