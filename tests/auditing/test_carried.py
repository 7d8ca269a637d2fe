"""What carries a difference, in sentences: shares of the way of a model, or parts in the unit of the gap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from msgspec import structs

import fairaudit as fa
from fairaudit.auditing.carried import carried
from fairaudit.results import Attribution, FactorGap

RNG = np.random.default_rng(8)
N = 2000
GROUP = RNG.choice(["a", "b"], N)
FRAME = pd.DataFrame(
    {
        "g": GROUP,
        "kind": np.where(RNG.random(N) < np.where(GROUP == "b", 0.7, 0.4), "u", "v"),
        "step": np.minimum(RNG.poisson(1 + (GROUP == "b"), N), 5),
    }
)
FRAME["score"] = 2.0 * FRAME["step"] + 3 * (FRAME["kind"] == "u")
OPTIONS = fa.Options(bootstrap=50, permutations=99)


@pytest.fixture(scope="module")
def audit():
    return fa.audit(FRAME, prediction="score", protected="g", favourable="high", options=OPTIONS)


def told(audit, **changes):
    surrogate = structs.replace(audit.surrogate, **changes)
    (text,) = carried(structs.replace(audit, surrogate=surrogate), audit.verdict.lead)
    return text


def test_parts_are_told_in_the_direction_of_the_gap_largest_first_with_what_is_left(audit):
    parts = {"x": -2.0, "y": 0.5, "z": -1.0, "u": -0.25}
    text = told(audit, gap=-4.0, contributions=parts, remainder=-1.25, explained=0.5, columns=4)
    assert text.startswith(
        "Of the gap of 4.00, x goes along with 2.00, z with 1.00, the other columns with −0.250 and none of them with"
        " 1.25, by a surrogate: a sum over 4 other columns, which explains 50.0% of the variance within groups."
    )


def test_parts_of_a_rate_are_told_in_percentage_points(audit):
    rate = structs.replace(audit.measures["mean_prediction"], unit="rate")
    shares = structs.replace(audit, measures={**audit.measures, "mean_prediction": rate})
    text = told(shares, gap=0.2, contributions={"x": 0.15}, remainder=0.05, explained=0.5, columns=1)
    assert text.startswith(
        "Of the gap of 20.0 percentage points, x goes along with 15.0 and nothing else with 5.0, by a"
    )


def test_where_the_measure_is_no_mean_of_rows_that_in_parts_is_named(audit):
    lead = structs.replace(audit.verdict.lead, measure="rmse")
    (text,) = carried(audit, lead)
    assert " in the mean prediction, step goes along with " in text


def test_columns_that_were_not_looked_at_or_left_out_are_told(audit):
    text = told(audit, passed_over=30, told_by_themselves=["copy"])
    assert " (30 more were not looked at), which explains" in text
    assert text.endswith(" Left out: copy, which tells the predictions nearly by itself, made of them or into them.")
    alone = told(audit, columns=0, contributions={}, remainder=None, told_by_themselves=["copy", "rank"])
    assert alone.startswith("Not said: there is no other column. Left out: copy and rank, which tell the predictions")


def test_factors_of_a_model_carry_shares_of_the_way_of_its_predictions_which_add_up(audit):
    gap = FactorGap(
        by=["g"],
        cell=audit.verdict.lead.worse,
        n=9,
        gap=-0.5,
        contributions={"x": -0.4, "y": -0.2, "z": 0.15, "w": -0.05},
    )
    attribution = Attribution(method="exact", scale="log-odds", rows=9, importance={}, gaps=[gap])
    (text,) = carried(structs.replace(audit, attribution=attribution), audit.verdict.lead)
    assert text == (
        "Of the distance of the predictions of a from the mean, 80.0% comes through x and 40.0% comes through y,"
        " while the others together take back 20.0%. That shows the way of the model, not a cause."
    )


def test_where_factors_take_back_most_of_what_others_add_no_share_of_the_rest_is_told(audit):
    gap = FactorGap(by=["g"], cell=audit.verdict.lead.worse, n=9, gap=0.1, contributions={"x": 0.3, "y": -0.2})
    attribution = Attribution(scale="log-odds", importance={}, gaps=[gap])
    (text,) = carried(structs.replace(audit, attribution=attribution), audit.verdict.lead)
    assert text.startswith(
        "The predictions of a lie apart from the mean through x, and most of that is taken back through y."
    )


def test_where_mean_predictions_do_not_differ_beyond_chance_no_factor_is_named(audit):
    gap = FactorGap(by=["g"], cell=audit.verdict.lead.worse, n=9, gap=0.1, contributions={"x": 0.3, "y": -0.2})
    attribution = Attribution(scale="log-odds", importance={}, gaps=[gap])
    alike = [structs.replace(each, p_adjusted=0.4) for each in audit.disparities]
    (text,) = carried(structs.replace(audit, attribution=attribution, disparities=alike), audit.verdict.lead)
    assert text == (
        "Not said: on average the predictions do not differ by g beyond chance, so that there is no distance that"
        " factors carry."
    )
