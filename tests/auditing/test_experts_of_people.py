"""What experts read of people with ten rows each holds where that of rows does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

import fairaudit as fa
from fairaudit.auditing.experts import event_ratios, lifts, recalibrations
from fairaudit.auditing.groups import groups_and_disparities
from fairaudit.auditing.resampled import Resampled
from fairaudit.auditing.run import table_scores
from fairaudit.auditing.within import within_strata
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table

OPTIONS = fa.Options(bootstrap=2, permutations=49)
ROWS, SAMPLES = 10, 80


def resampled(frame, cluster, **roles):
    asked = Roles(protected=(Protected("g"),), cluster="person" if cluster else None, **roles)
    return Resampled(table_scores(role_table(frame, asked), OPTIONS), OPTIONS)


def within(low, truth, high):
    return low <= truth <= high


def probabilities(rng, cluster):
    """Whether the intercept and the slope of all rows hold 0 and 1, and whether they are refused together."""
    person = np.repeat(np.arange(100), ROWS)
    p = expit(rng.normal(-1, 1, 100))[person]
    own = rng.beta(4 * p[::ROWS], 4 * (1 - p[::ROWS]))[person]
    frame = pd.DataFrame({"g": np.where(person % 2, "a", "b"), "p": p, "person": person})
    frame["y"] = (rng.random(len(person)) < own).astype(int)
    line = recalibrations(resampled(frame, cluster, prediction="p", target="y"))[0]
    held = within(line.intercept_interval[0], 0, line.intercept_interval[1])
    # Rows of a person have one rate, which makes no difference to the mean of y given p.
    return held, within(line.slope_interval[0], 1, line.slope_interval[1]), line.p_value > 0.05


def claims(rng, cluster):
    """Whether A/E of a group holds 1 and the Gini index its truth, and whether the ratio is not refused."""
    person = np.repeat(np.arange(150), ROWS)
    rate = rng.gamma(2, 0.15, 150)[person]
    frame = pd.DataFrame({"g": np.where(person % 2, "a", "b"), "p": rate, "person": person})
    frame["y"] = rng.poisson(rate * rng.gamma(2, 0.5, 150)[person])
    of = resampled(frame, cluster, prediction="p", target="y", task="count")
    ratio, everybody = event_ratios(of)[0], lifts(of)[0]
    # Rates of gamma law of shape 2: G = 3/8.
    gini = within(everybody.gini_interval[0], 0.375, everybody.gini_interval[1])
    return within(ratio.interval[0], 1, ratio.interval[1]), gini, ratio.p_value > 0.05


def decisions(rng, cluster):
    """Whether the odds ratio, the standardised gap and the test within strata say that groups are alike."""
    person = np.repeat(np.arange(120), ROWS)
    own = rng.beta(0.8, 1.2, 120)[person]
    frame = pd.DataFrame({"g": np.where(person % 2, "a", "b"), "person": person})
    frame["s"] = rng.choice(["x", "y", "z"], len(person))
    frame["d"] = (rng.random(len(person)) < own).astype(int)
    of = resampled(frame, cluster, decision="d", given="s")
    (pair,) = groups_and_disparities(of, None, {}).contrasts
    (inside,) = within_strata(of, None, {}, 0.95)
    (contrast,) = inside.contrasts
    low, high = contrast.interval
    return within(*_one(pair.odds_ratio_interval)), within(low, 0, high), inside.p_value > 0.05


def _one(ends):
    return ends[0], 1, ends[1]


@pytest.mark.parametrize("sample", [probabilities, claims, decisions])
def test_intervals_and_tests_of_repeated_people_hold_where_those_of_rows_do_not(sample):
    of_people, of_rows = (
        np.mean([sample(np.random.default_rng(seed), cluster) for seed in range(SAMPLES)], axis=0)
        for cluster in (True, False)
    )
    assert (of_people >= 0.88).all(), of_people  # 95%, less 2.9 standard errors
    assert of_rows.min() < 0.85


def test_a_person_with_one_row_has_the_line_of_a_row():
    rng = np.random.default_rng(2)
    p = rng.uniform(0.1, 0.9, 2000)
    frame = pd.DataFrame({"g": np.where(np.arange(2000) % 2, "a", "b"), "p": p, "person": np.arange(2000)})
    frame["y"] = (rng.random(2000) < expit(0.3 + 0.8 * logit(p))).astype(int)
    people, rows = (recalibrations(resampled(frame, each, prediction="p", target="y"))[0] for each in (True, False))
    assert (people.intercept, people.slope) == (rows.intercept, rows.slope)
    assert people.intercept_interval == pytest.approx(rows.intercept_interval, abs=0.01)
    assert people.slope_interval == pytest.approx(rows.slope_interval, abs=0.03)
    assert np.log(people.p_value) == pytest.approx(np.log(rows.p_value), rel=0.15)
