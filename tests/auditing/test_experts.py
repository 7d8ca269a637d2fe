"""Recalibration, event ratios and lift in the groups of an audit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import chi2, poisson

import fairaudit as fa

QUICK = fa.Options(bootstrap=2, permutations=0)


def claims(n=3000, seed=0, factor=1.0):
    """Policies in two groups; in b there are `factor` times as many claims as predicted."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"g": rng.choice(["a", "b"], n), "e": rng.uniform(0.2, 1, n)})
    rows["f"] = rng.gamma(3, 0.05, n) * rows["e"]
    rows["y"] = rng.poisson(rows["f"] * np.where(rows["g"] == "b", factor, 1.0))
    return rows


def audited(rows, **changes):
    roles = {"prediction": "f", "target": "y", "exposure": "e", "task": "count", "protected": "g", "options": QUICK}
    return fa.audit(rows, **(roles | changes))


def test_events_over_expected_ones_have_garwoods_interval_and_are_tested_against_1():
    rows = claims(factor=1.5)
    found = {each.cell["g"]: each for each in audited(rows).event_ratios}
    for name, one in found.items():
        events, expected = rows.loc[rows["g"] == name, "y"].sum(), rows.loc[rows["g"] == name, "f"].sum()
        assert (one.events, one.expected) == (pytest.approx(events), pytest.approx(expected))
        low, high = chi2.ppf(0.025, 2 * events) / 2 / expected, chi2.ppf(0.975, 2 * events + 2) / 2 / expected
        assert one.exact_interval == (pytest.approx(low), pytest.approx(high))
        assert one.dispersion >= 1
        assert one.interval[0] <= one.exact_interval[0] < one.exact_interval[1] <= one.interval[1]
    assert found["b"].p_value < 0.001 < found["a"].p_value
    assert found["b"].ratio == pytest.approx(1.5, abs=0.25)


def test_the_test_of_a_ratio_is_twice_the_smaller_tail_of_poissons_law():
    rows = pd.DataFrame({"g": list("ab") * 30, "e": 1.0, "f": 0.4, "y": [0, 1, 0, 0, 1, 0] * 10})
    for one in audited(rows).event_ratios:
        assert one.dispersion == 1
        tails = poisson.cdf(one.events, one.expected), poisson.sf(one.events - 1, one.expected)
        assert one.p_value == pytest.approx(min(1.0, 2 * min(tails)))


def test_lift_is_told_of_all_rows_and_of_each_group():
    lift = audited(claims()).lift
    assert [one.cell for one in lift] == [{}, {"g": "a"}, {"g": "b"}]
    everybody = lift[0]
    assert everybody.gini_interval[0] < everybody.gini < everybody.gini_interval[1]
    assert len(everybody.tenths) == 10
    predicted = [part.predicted for part in everybody.tenths]
    assert predicted == sorted(predicted)
    assert all(part.interval[0] <= part.observed <= part.interval[1] for part in everybody.tenths)


def test_a_group_without_events_has_no_order_and_a_ratio_of_0():
    rows = claims()
    rows.loc[rows["g"] == "b", "y"] = 0
    result = audited(rows)
    assert [one.why for one in result.lift] == [None, None, "there is no event"]
    ratio = result.event_ratios[1]
    assert (ratio.ratio, ratio.interval[0], ratio.exact_interval[0]) == (0, 0, 0)
    assert ratio.interval[1] > 0
    assert ratio.p_value < 1e-10


def scored(n=2000, seed=1):
    rng = np.random.default_rng(seed)
    eta = rng.normal(0, 1, n)
    rows = pd.DataFrame({"g": rng.choice(["a", "b"], n), "p": expit(eta)})
    rows["y"] = (rng.random(n) < expit(np.where(rows["g"] == "b", 0.5 + 0.5 * eta, eta))).astype(int)
    return rows


def recalibrated(rows, **changes):
    return fa.audit(
        rows, **({"prediction": "p", "target": "y", "protected": "g", "options": QUICK} | changes)
    ).recalibration


def test_a_group_whose_probabilities_are_wrong_is_seen_and_the_other_is_not():
    everybody, right, wrong = recalibrated(scored())
    assert (everybody.by, right.cell, wrong.cell) == ([], {"g": "a"}, {"g": "b"})
    assert right.slope_interval[0] < 1 < right.slope_interval[1]
    assert right.intercept_interval[0] < 0 < right.intercept_interval[1]
    assert wrong.slope_interval[1] < 1
    assert wrong.intercept_interval[0] > 0
    assert wrong.p_value < 1e-6 < 0.01 < right.p_value


def test_equal_weights_of_any_size_change_nothing():
    rows = scored()
    plain, weighted = recalibrated(rows), recalibrated(rows.assign(w=7.0), weight="w")
    for one, other in zip(plain, weighted, strict=True):
        assert other.slope == pytest.approx(one.slope, rel=1e-9)
        assert other.slope_interval == pytest.approx(one.slope_interval, rel=1e-9)


def test_a_certain_prediction_has_no_logit_and_a_score_no_slope():
    rows = scored()
    rows.loc[0, "p"] = 1.0
    everybody = recalibrated(rows)[0]
    assert everybody.slope is None
    assert "0 or 1" in everybody.why
    assert recalibrated(rows.assign(p=rows["p"] * 10)) == []


def test_no_intervals_no_tables_of_experts():
    options = fa.Options(bootstrap=0, permutations=0)
    assert recalibrated(scored(), options=options) == []
    bare = audited(claims(), options=options)
    assert (bare.lift, bare.event_ratios) == ([], [])
