"""Standardised gaps are their definitions as loops, whatever strata groups share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stratified import BERKELEY, people

import fairaudit as fa
from fairaudit.auditing.resampled import Resampled
from fairaudit.auditing.run import table_scores
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.measures.group_values import group_values
from fairaudit.measures.within import crossed, natural_order

OPTIONS = fa.Options(bootstrap=20, permutations=29, min_group=1)
CATEGORICAL = (Protected("g", "categorical"),)


def within(frame, measure="selection_rate", options=OPTIONS, **roles):
    """A measure of a frame crossed with its strata; of one that has too few rows for them, as they are."""
    columns = roles or {"decision": "d"}
    table = role_table(frame, Roles(protected=CATEGORICAL, given="stratum", **columns))
    resampled = Resampled(table_scores(table, options), options)
    groups = resampled.groups[0]
    values = group_values(resampled.table, resampled.grid, resampled.segments, groups, options, True, {measure})
    return crossed(resampled.table, resampled.grid, groups, values[measure])


def test_levels_are_ordered_as_numbers_or_by_their_letters():
    assert list(natural_order(("10", "nan", "b", "a", "1.5"))) == [4, 0, 3, 2, 1]


def loops(frame, value, weight):
    """Largest standardised gap from rows: over pairs, the strata with both, shares of all people."""
    shares = {s: weight[frame["stratum"] == s].sum() for s in frame["stratum"].unique()}
    best = 0.0
    for g in frame["g"].unique():
        for h in frame["g"].unique():
            total = mass = 0.0
            for s, share in shares.items():
                one, other = ((frame["stratum"] == s) & (frame["g"] == each) for each in (g, h))
                if weight[one].sum() > 0 and weight[other].sum() > 0:
                    means = [np.average(value[each], weights=weight[each]) for each in (one, other)]
                    total, mass = total + share * (means[0] - means[1]), mass + share
            if g != h and mass:
                best = max(best, total / mass)
    return best


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_the_largest_standardised_gap_is_that_of_a_loop_over_rows(seed):
    draw = np.random.default_rng(seed)
    n = 60
    frame = pd.DataFrame({"g": draw.choice(list("abc"), n), "stratum": draw.choice(list("xyz"), n, p=[0.7, 0.2, 0.1])})
    frame["d"] = draw.integers(0, 2, n)
    if frame["g"].nunique() < 3:
        return
    assert within(frame).farthest[0] == pytest.approx(loops(frame, frame["d"], np.ones(n)), abs=1e-12)


@pytest.mark.parametrize("measure", ["mean_prediction", "base_rate"])
def test_weighted_values_count_by_their_weight(measure):
    draw = np.random.default_rng(3)
    n = 200
    frame = pd.DataFrame({"g": draw.choice(list("ab"), n), "stratum": draw.choice(list("xy"), n)})
    frame["p"], frame["y"], frame["w"] = draw.random(n), draw.integers(0, 2, n), draw.uniform(0.5, 3, n)
    both = within(frame, measure, prediction="p", target="y", weight="w")
    value = frame["p"] if measure == "mean_prediction" else frame["y"]
    assert both.farthest[0] == pytest.approx(loops(frame, value, frame["w"]), abs=1e-12)


def test_claims_and_expected_ones_are_counted_by_exposure():
    draw = np.random.default_rng(4)
    n = 600
    frame = pd.DataFrame({"g": draw.choice(list("ab"), n), "stratum": draw.choice(list("xy"), n)})
    frame["e"] = draw.uniform(0.2, 1, n)
    frame["f"], frame["y"] = frame["e"] * 0.3, draw.poisson(frame["e"] * 0.3)
    roles = {"prediction": "f", "target": "y", "exposure": "e", "task": "count"}
    frequency, ratio = within(frame, "frequency", **roles), within(frame, "actual_expected", **roles)
    assert frequency.farthest[0] == pytest.approx(loops(frame, frame["y"] / frame["e"], frame["e"]))
    assert ratio.farthest[0] == pytest.approx(loops(frame, frame["y"] / frame["f"], frame["f"]))


def test_rates_of_error_are_standardised_over_the_people_whom_they_are_about():
    draw = np.random.default_rng(5)
    n = 500
    frame = pd.DataFrame({"g": draw.choice(list("ab"), n), "stratum": draw.choice(list("xy"), n)})
    frame["d"], frame["y"] = draw.integers(0, 2, n), draw.integers(0, 2, n)
    both = within(frame, "tpr", decision="d", target="y")
    assert both.farthest[0] == pytest.approx(loops(frame, frame["d"], (frame["y"] == 1).astype(float)))


def test_the_contrast_of_two_groups_is_crude_less_between():
    both = within(people(BERKELEY))
    contrast = both.contrast(0, 1)
    assert contrast.crude == pytest.approx(557 / 1835 - 1198 / 2691)
    assert contrast.standardised == pytest.approx(both.farthest[0])


def test_the_error_of_what_is_between_strata_is_that_of_drawing_people_anew():
    draw, frame = np.random.default_rng(7), people({"F": ((51, 60), (60, 200)), "M": ((144, 180), (15, 60))})
    both = within(frame)
    contrast = both.contrast(0, 1)
    drawn = []
    for _ in range(400):
        rows = draw.integers(0, len(frame), len(frame))
        g, s, d = (frame[name].to_numpy()[rows] for name in ("g", "stratum", "d"))
        crude = d[g == "F"].mean() - d[g == "M"].mean()
        inner = [(s == x).mean() * (d[(g == "F") & (s == x)].mean() - d[(g == "M") & (s == x)].mean()) for x in "AB"]
        drawn.append((crude - sum(inner), crude - 2 * sum(inner)))
    spread = np.std(drawn, axis=0)
    assert (contrast.error(1.0), contrast.error(2.0)) == pytest.approx(tuple(spread), rel=0.15)


def test_two_groups_that_share_no_stratum_are_not_compared():
    both = within(people({"F": ((5, 30), (0, 0)), "M": ((0, 0), (9, 30))}))
    assert both.comparisons == []
    assert both.contrast(0, 1) is None
    assert both.floor is None


def test_p_values_by_intervals_are_the_error_at_which_the_interval_ends_at_0():
    draw = np.random.default_rng(8)
    n = 400
    frame = pd.DataFrame({"g": draw.choice(list("ab"), n), "stratum": draw.choice(list("xy"), n)})
    frame["p"] = np.clip(draw.normal(0.5, 0.1, n) + 0.025 * (frame["g"] == "a"), 0, 1)
    both = within(frame, "mean_prediction", prediction="p")
    test = both.test(9, draw)
    assert test.method == "interval"
    assert both.largest(1 - test.p_value * 1.001)[0] > 0
    assert both.largest(1 - test.p_value * 0.999)[0] == 0


def test_equal_means_within_strata_are_told_apart_in_at_most_about_five_per_cent_of_samples():
    draw, below = np.random.default_rng(9), []
    for _ in range(200):
        g, s = draw.choice(list("abc"), 240), draw.choice(list("xy"), 240)
        frame = pd.DataFrame({"g": g, "stratum": s, "p": draw.exponential(1 + (s == "x"), 240)})
        below.append(within(frame, "mean_prediction", prediction="p", task="regression").test(9, draw).p_value <= 0.05)
    assert np.mean(below) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
