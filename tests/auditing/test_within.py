"""Rates within strata as a result tells them, and what intervals allow to say of them."""

from __future__ import annotations

import pandas as pd
import pytest
from stratified import BERKELEY, QUICK, SPREAD, audited, people

import fairaudit as fa
from fairaudit.auditing.within import reading
from fairaudit.results import from_json


def one(audit: fa.Audit, measure: str = "selection_rate"):
    return next(each for each in audit.within if each.measure == measure)


def test_rates_gaps_and_their_mean_within_strata_are_those_of_the_people():
    audit = audited(people(SPREAD))
    within = one(audit)
    values = {s.level: [value.value for value in s.values] for s in within.strata}
    assert [group.cell["g"] for group in within.groups] == ["F", "M"]
    assert [group.value for group in within.groups] == pytest.approx([0.426923, 0.6625], abs=1e-6)
    assert values == {"A": pytest.approx([0.85, 0.8]), "B": pytest.approx([0.3, 0.25])}
    assert [s.gap for s in within.strata] == pytest.approx([0.05, 0.05])
    (contrast,) = within.contrasts
    assert (contrast.cell, contrast.reference) == ({"g": "F"}, {"g": "M"})
    assert contrast.crude == pytest.approx(-0.235577, abs=1e-6)
    assert contrast.standardised == pytest.approx(0.05)
    assert contrast.risk_difference.value == pytest.approx(0.05)
    assert contrast.risk_ratio.value == pytest.approx(1.095874, abs=1e-6)
    assert (within.statistic, within.freedom) == (pytest.approx(1.267093, abs=1e-6), 1)
    assert within.p_value == pytest.approx(0.260313, abs=1e-6)
    assert contrast.reading == "mostly between"


def test_berkeley_has_the_numbers_of_rs_mantelhaen_test():
    within = one(audited(people(BERKELEY), reference="g=Female"))
    (contrast,) = within.contrasts
    assert contrast.odds_ratio.value == pytest.approx(0.9046968, abs=5e-8)
    assert contrast.odds_ratio.interval == pytest.approx((0.7719074, 1.0603298), abs=5e-8)
    assert within.statistic == pytest.approx(1.5246, abs=5e-5)
    assert within.p_value == pytest.approx(0.2169, abs=5e-5)
    assert contrast.homogeneity.p_value == pytest.approx(0.002071, abs=5e-7)


def test_a_reference_that_is_named_is_the_one_compared_with_and_turns_the_signs():
    plain, named = (one(audited(people(SPREAD), reference=each)).contrasts[0] for each in ((), "g=F"))
    assert named.reference == {"g": "F"}
    assert (named.crude, named.standardised) == pytest.approx((-plain.crude, -plain.standardised))
    assert named.interval == pytest.approx((-plain.interval[1], -plain.interval[0]))


def test_people_whom_nobody_can_be_compared_with_are_counted():
    frame = people({"F": ((51, 60), (60, 200), (9, 40)), "M": ((144, 180), (15, 60), (0, 0))})
    within = one(audited(frame))
    assert [group.alone for group in within.groups] == [40, 0]
    assert [stratum.compared for stratum in within.strata] == [True, True, False]
    (contrast,) = within.contrasts
    assert (contrast.n, contrast.compared) == (540, 500)
    assert contrast.crude == pytest.approx(120 / 300 - 159 / 240)
    assert contrast.crude_compared == pytest.approx(111 / 260 - 159 / 240)
    assert contrast.standardised == pytest.approx(0.05)
    assert "40 of the 540 rows" in told(audited(frame))


def test_groups_in_no_common_stratum_say_so_and_have_no_numbers():
    within = one(audited(people({"F": ((5, 30), (0, 0)), "M": ((0, 0), (9, 30))})))
    assert within.value is None
    assert within.why == "no stratum holds people of two groups"
    assert within.contrasts[0].why == "no stratum holds people of both groups"


def test_groups_that_are_too_small_are_not_compared_within_strata():
    frame = pd.concat([people({"a": ((9, 15), (5, 5))}), people({"b": ((30, 90), (20, 90))})])
    within = one(audited(frame))
    assert within.groups == []
    assert within.why == "fewer than two groups have 25 rows"


def test_a_stratum_with_few_people_of_a_group_has_its_rates_but_no_gap():
    stratum = one(audited(people({"a": ((9, 10), (5, 90)), "b": ((30, 90), (20, 90))}))).strata[0]
    assert stratum.values[0].value == pytest.approx(0.9)
    assert stratum.why == "fewer than two groups have 25 rows here"


def test_without_replicates_there_are_values_and_no_intervals():
    within = one(audited(people(SPREAD), options=fa.Options(bootstrap=0, permutations=19)))
    (contrast,) = within.contrasts
    assert contrast.standardised == pytest.approx(0.05)
    assert (within.interval, within.p_value, contrast.interval, contrast.reading) == (None, None, None, None)


def test_without_an_admissible_column_there_is_nothing_within_strata():
    assert fa.audit(people(SPREAD), decision="d", protected="g", options=QUICK).within == []


def test_each_attribute_is_compared_within_strata_by_itself():
    frame = people(SPREAD)
    frame["h"] = ["x", "y"] * (len(frame) // 2)
    audit = audited(frame, protected=["g", "h"])
    assert [each.by for each in audit.within] == [["g"], ["h"]]


def test_standardised_gaps_are_hypotheses_of_the_audit():
    audit = audited(people(SPREAD))
    assert one(audit).p_adjusted >= one(audit).p_value
    assert any("also within strata" in note for note in audit.notes)


def test_a_result_with_strata_comes_back_from_its_json():
    audit = audited(people(BERKELEY))
    assert from_json(audit.to_json()) == audit


@pytest.mark.parametrize(
    ("crude", "inner", "between", "half", "expected"),
    [
        ((-0.3, -0.1), (0.01, 0.1), (-0.4, -0.2), (-0.5, -0.2), "turns round"),
        ((-0.3, -0.1), (-0.05, 0.1), (-0.4, -0.2), (-0.5, -0.1), "mostly between"),
        ((-0.3, -0.1), (-0.3, -0.1), (-0.1, 0.1), (0.05, 0.2), "mostly within"),
        ((-0.3, -0.1), (-0.2, -0.05), (-0.2, -0.02), (-0.1, 0.1), "in part"),
        ((-0.3, -0.1), (-0.2, 0.05), (-0.2, 0.02), (-0.1, 0.1), "open"),
        ((-0.1, 0.1), (-0.2, -0.05), (0.02, 0.2), (0.1, 0.3), "hidden"),
        ((-0.1, 0.1), (-0.2, 0.05), (-0.1, 0.1), (-0.2, 0.2), "none"),
        (None, None, (-0.1, 0.1), (-0.2, 0.2), "none"),
    ],
)
def test_a_reading_says_no_more_than_the_intervals_allow(crude, inner, between, half, expected):
    assert reading(crude, inner, inner, between, half) == expected


def test_a_gap_that_only_one_weighting_of_the_strata_shows_is_not_called_a_gap_within():
    assert reading((-0.1, 0.1), (0.01, 0.1), (-0.05, 0.1), (-0.2, 0.1), (-0.2, 0.1)) == "none"
    contrast = one(audited(people(BERKELEY))).contrasts[0]
    assert contrast.interval[0] > 0 > contrast.risk_difference.interval[0]
    assert contrast.reading == "mostly between"


def told(audit: fa.Audit) -> str:
    return next(answer.text for answer in audit.verdict.answers if answer.question == "within strata")


def test_the_verdict_tells_the_crude_and_the_standardised_gap():
    text = told(audited(people(SPREAD), favourable="yes"))
    assert "of F is 23.6 percentage points below that of M" in text
    assert "it is 5.0 percentage points above (−3.4 to 13.4), the other way, which may be chance" in text
    assert "most of the gap comes from how the groups are spread over stratum" in text
