"""The expected divergence of a fitted distribution is what simulation gives, to second order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import xlogy

import fairaudit as fa
from fairaudit.measures.adequacy import MOST_RISK, of_events, of_numbers, of_parameters, of_shares

DRAWS = 400_000


def kept_mean(divergence, whole):
    """Mean over the samples in which the divergence is finite, and its Monte Carlo error."""
    kept = divergence[whole]
    return kept.mean(), kept.std() / np.sqrt(len(kept))


@pytest.mark.parametrize(("rate", "rows"), [(0.5, 40), (0.3, 60), (0.1, 200)])
def test_the_risk_of_a_rate_is_that_of_samples(rate, rows):
    seen = np.random.default_rng(1).binomial(rows, rate, DRAWS) / rows
    some = (seen > 0) & (seen < 1)
    fit = np.clip(seen, 1e-9, 1 - 1e-9)
    mean, error = kept_mean(rate * np.log(rate / fit) + (1 - rate) * np.log((1 - rate) / (1 - fit)), some)
    risk = of_shares(np.array([rate, 1 - rate])).of(rows)
    assert abs(mean - risk) < 4 * error + 0.15 * abs(risk - 1 / (2 * rows))
    assert abs(mean - risk) < abs(mean - 1 / (2 * rows))


@pytest.mark.parametrize(("share", "rows"), [([0.2, 0.3, 0.5], 100), ([0.1, 0.15, 0.25, 0.5], 200)])
def test_the_risk_of_shares_is_that_of_samples(share, rows):
    share = np.array(share)
    seen = np.random.default_rng(2).multinomial(rows, share, DRAWS) / rows
    fit = np.maximum(seen, 1e-9)
    mean, error = kept_mean((xlogy(share, share) - share * np.log(fit)).sum(axis=1), (seen > 0).all(axis=1))
    first, risk = (len(share) - 1) / (2 * rows), of_shares(share).of(rows)
    assert abs(mean - risk) < 4 * error + 0.15 * (risk - first)
    assert abs(mean - risk) < abs(mean - first)


@pytest.mark.parametrize(("events", "rows"), [(0.5, 40), (0.1, 300), (3.0, 10)])
def test_the_risk_of_a_rate_of_events_is_that_of_samples(events, rows):
    seen = np.random.default_rng(3).poisson(events * rows, DRAWS) / rows
    fit = np.maximum(seen, 1e-9)
    mean, error = kept_mean(events * np.log(events / fit) - events + fit, seen > 0)
    risk = of_events(events).of(rows)
    assert abs(mean - risk) < 4 * error + 0.15 * (risk - 1 / (2 * rows))
    assert abs(mean - risk) < abs(mean - 1 / (2 * rows))


@pytest.mark.parametrize("rows", [40, 100])
def test_the_risk_of_mean_and_variance_is_that_of_samples(rows):
    rng = np.random.default_rng(4)
    centre, variance = rng.normal(size=DRAWS) / np.sqrt(rows), rng.chisquare(rows - 1, DRAWS) / rows
    divergence = ((1 + centre**2) / variance - 1 + np.log(variance)) / 2
    risk = of_numbers().of(rows)
    assert divergence.mean() == pytest.approx(risk, abs=0.3 * (risk - 1 / rows))


@given(st.floats(0.01, 0.99))
def test_the_second_order_of_a_rate_is_that_of_its_skewness_and_kurtosis(rate):
    both = rate * (1 - rate)
    skewness_sq, kurtosis = (1 - 2 * rate) ** 2 / both, (1 - 6 * both) / both
    assert of_shares(np.array([rate, 1 - rate])).second == pytest.approx((19 * skewness_sq - 9 * kurtosis) / 24)


@given(st.floats(0.001, 100))
def test_the_second_order_of_events_is_that_of_their_skewness_and_kurtosis(mean):
    assert of_events(mean).second == pytest.approx((19 / mean - 9 / mean) / 24)


@given(st.integers(1, 200), st.floats(-0.5, 1000))
def test_with_the_rows_that_are_needed_the_risk_is_small_enough_and_with_one_less_it_is_not(parameters, second):
    risk = type(of_numbers())(parameters, second)
    assert risk.of(risk.needed) <= MOST_RISK * (1 + 1e-9)
    if second >= 0:
        assert risk.of(risk.needed - 1) > MOST_RISK * (1 - 1e-9)


def test_to_first_order_a_rate_needs_twenty_five_rows_and_a_model_so_many_for_each_parameter():
    assert of_parameters(1).needed == 25
    assert of_parameters(12).needed == 300
    assert of_shares(np.array([0.5, 0.5])).needed == 27
    assert of_shares(np.array([0.05, 0.95])).needed == 36
    assert of_numbers().needed == 55


def test_a_group_may_be_large_enough_for_its_rate_and_too_small_for_its_distribution():
    rng = np.random.default_rng(5)
    frame = {"g": ["a"] * 600 + ["b"] * 60, "p": rng.random(660), "y": rng.integers(0, 2, 660)}
    audit = fa.audit(pd.DataFrame(frame), prediction="p", target="y", protected="g", options=fa.Options(bootstrap=0))
    large, small = ({each.of: each.adequate for each in group.adequacy} for group in audit.groups)
    assert large == {"rate": True, "distribution": True}
    assert small == {"rate": True, "distribution": False}


def test_a_fit_says_for_which_groups_a_model_of_their_own_would_be_too_rich():
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(rng.normal(size=(900, 4)), columns=list("abcd")).assign(g=["x"] * 850 + ["z"] * 50)
    frame["y"] = (frame["a"] + rng.normal(size=900) > 0).astype(int)
    fitted = fa.fit(frame, target="y", protected="g", fitting=fa.FitOptions(penalty="none"), options=fa.Options())
    own = [next(each for each in group.adequacy if each.of == "model") for group in fitted.audit.groups]
    assert [each.parameters for each in own] == [fitted.audit.model.parameters] * 2
    assert [each.needed for each in own] == [25 * fitted.audit.model.parameters] * 2
    assert not own[1].adequate
