"""The expected divergence of a fitted distribution is what simulation gives, to second order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from grouped import table_of
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import digamma, xlogy
from scipy.stats import binom, poisson

import fairaudit as fa
from fairaudit.measures.adequacy import MOST_RISK, adequacy, of_events, of_numbers, of_parameters, of_shares
from fairaudit.measures.divergence import density
from fairaudit.measures.information import information
from fairaudit.results import Adequacy
from fairaudit.scoretable.grid import grid

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


def second_order(exact):
    """c of p/(2n) + c/n² + O(1/n³), from what is beyond the first order at n and 2n rows."""
    return 2 * exact(2000) - exact(1000)


def mean_log(law, rows):
    """Mean of the logarithm of a share or rate of rows, of the samples in which there is an event."""
    count = np.arange(1, int(law.ppf(1 - 1e-15)) + 1)
    mass = law.pmf(count)
    return mass @ np.log(count / rows) / mass.sum()


@pytest.mark.parametrize("share", [(0.5, 0.5), (0.2, 0.3, 0.5), (0.1, 0.15, 0.25, 0.5), (0.25,) * 4])
def test_the_second_order_of_shares_is_that_of_the_exact_expectation(share):
    def exact(n):
        divergence = sum(p * (np.log(p) - mean_log(binom(n, p), n)) for p in share)
        return n**2 * (divergence - (len(share) - 1) / (2 * n))

    risk = of_shares(np.array(share))
    assert (risk.parameters, risk.second) == (len(share) - 1, pytest.approx(second_order(exact), rel=1e-3))


@pytest.mark.parametrize("mean", [0.1, 0.5, 3.0])
def test_the_second_order_of_events_is_that_of_the_exact_expectation(mean):
    def exact(n):
        return n**2 * (mean * (np.log(mean) - mean_log(poisson(n * mean), n)) - 1 / (2 * n))

    risk = of_events(mean)
    assert (risk.parameters, risk.second) == (1, pytest.approx(second_order(exact), rel=1e-3))


def test_the_second_order_of_mean_and_variance_is_that_of_the_exact_expectation():
    def exact(n):  # by the means of 1/χ² and of its logarithm
        return n**2 * (((1 + 1 / n) * n / (n - 3) - 1 + digamma((n - 1) / 2) + np.log(2 / n)) / 2 - 1 / n)

    risk = of_numbers()
    assert (risk.parameters, risk.second) == (2, pytest.approx(second_order(exact), rel=1e-3))


@given(st.floats(0.01, 0.99))
def test_the_second_order_of_a_rate_is_that_of_its_skewness_and_kurtosis(rate):
    both = rate * (1 - rate)
    skewness_sq, kurtosis = (1 - 2 * rate) ** 2 / both, (1 - 6 * both) / both
    assert of_shares(np.array([rate, 1 - rate])).second == pytest.approx((19 * skewness_sq - 9 * kurtosis) / 24)


@given(st.floats(0.001, 100))
def test_the_second_order_of_events_is_that_of_their_skewness_and_kurtosis(mean):
    assert of_events(mean).second == pytest.approx((19 / mean - 9 / mean) / 24)


@given(st.integers(1, 200), st.floats(0, 1000))
def test_with_the_rows_that_are_needed_the_risk_is_small_enough_and_with_one_less_it_is_not(parameters, second):
    risk = type(of_numbers())(parameters, second)
    assert risk.of(risk.needed) <= MOST_RISK * (1 + 1e-9)
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


@pytest.fixture(scope="module")
def judged(encode, names):
    """A function from the columns of rows in groups to what each of these is large enough for."""

    def of(task, group, shape="bins", **columns):
        table = table_of(encode, names, task, group, **columns)
        own = grid(table.value, table.weight)
        index = table.level[:, 0]
        effective = information(table, index, 2).effective
        return adequacy(table, own, density(shape, own, table.weight), index, effective)

    return of


def shares(*rates):
    return of_shares(np.array(rates))


def test_a_rate_is_judged_by_that_of_the_people_with_weight_and_half_an_event_more(judged):
    group, decision = np.repeat([0, 1], [40, 40]), np.zeros(80)
    decision[:3] = decision[70:] = 1.0
    weight = np.where(np.arange(80) < 70, 2.0, 0.0)
    first, second = judged("binary", group, decision=decision, weight=weight)
    assert first == [shares(3.5 / 41, 37.5 / 41).result("rate", 40.0)]
    assert second == [shares(0.5 / 31, 30.5 / 31).result("rate", 30.0)]  # those selected have no weight


def test_a_group_without_weight_is_judged_as_if_half_were_selected(judged):
    weight = np.repeat([1.0, 0.0], 40)
    risk = shares(0.5, 0.5)
    (found,) = judged("binary", np.repeat([0, 1], 40), decision=np.zeros(80), weight=weight)[1]
    assert found == Adequacy(of="rate", parameters=1, risk=None, needed=risk.needed, adequate=False)


@pytest.mark.parametrize(("rows", "adequate"), [(26.0, False), (27.0, True)])
def test_a_group_is_large_enough_from_the_number_that_is_needed_on(rows, adequate):
    found = shares(0.5, 0.5).result("rate", rows)
    assert (found.needed, found.adequate) == (27, adequate)
    assert (found.risk <= MOST_RISK) == adequate


def test_where_there_are_decisions_the_rate_is_theirs_else_that_of_outcomes(judged):
    group = np.repeat([0, 1], 20)
    columns = {"decision": np.tile([1.0, 0, 0, 0], 10), "outcome": np.tile([1.0, 0], 20)}
    decisions, outcomes = shares(5.5 / 21, 15.5 / 21), shares(10.5 / 21, 10.5 / 21)
    assert judged("binary", group, **columns) == [[decisions.result("rate", 20.0)]] * 2
    assert judged("binary", group, outcome=columns["outcome"]) == [[outcomes.result("rate", 20.0)]] * 2


def test_counts_are_judged_by_their_events_a_row_and_numbers_by_mean_and_variance(judged):
    group, outcome = np.repeat([0, 1], 20), np.tile([2.0, 0, 0, 0], 10)
    assert judged("count", group, outcome=outcome) == [[of_events(10.5 / 21).result("rate", 20.0)]] * 2
    assert judged("regression", group, outcome=outcome) == [[of_numbers().result("mean", 20.0)]] * 2


def test_a_distribution_is_judged_from_three_bins_on_by_the_shares_of_those_that_hold_weight(judged):
    group, weight = np.repeat([0, 1], 20), np.ones(40)
    three = np.tile([0.1, 0.1, 0.3, 0.5], 10)
    mean = of_numbers().result("mean", 20.0)
    for prediction, parts in ((three, (0.5, 0.25, 0.25)), (np.minimum(three, 0.3), None)):
        expected = [mean] if parts is None else [mean, shares(*parts).result("distribution", 20.0)]
        assert judged("regression", group, prediction=prediction, weight=weight) == [expected] * 2
    weight[three > 0.4] = 0.0
    assert judged("regression", group, prediction=three, weight=weight) == [[of_numbers().result("mean", 15.0)]] * 2


def test_densities_without_bins_and_outcomes_have_no_distribution_to_judge(judged):
    group, values = np.repeat([0, 1], 20), np.tile([0.1, 0.2, 0.3, 0.5], 10)
    mean = [[of_numbers().result("mean", 20.0)]] * 2
    assert judged("regression", group, shape="kde:0.1", prediction=values) == mean
    assert judged("regression", group, outcome=values) == mean
