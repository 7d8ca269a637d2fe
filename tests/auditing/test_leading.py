"""Which difference a verdict tells first, and of whom."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from decided import QUICK, answers, table

import fairaudit as fa
from fairaudit.report.document import findings


@pytest.mark.parametrize(("favourable", "worse", "against"), [("yes", "b", "a"), ("no", "a", "b")])
def test_who_is_worse_off_follows_from_the_side_that_is_good_for_a_person(favourable, worse, against):
    audit = fa.audit(table(1), decision="d", protected=["g"], favourable=favourable, options=QUICK)
    lead = audit.verdict.lead
    assert (lead.measure, lead.worse, lead.against) == ("selection_rate", {"g": worse}, {"g": against})
    assert answers(audit)["who"].startswith(f"Worse off: {worse} (33.3% of the rows)")


def test_nobody_is_called_worse_off_where_the_good_side_is_not_known():
    audit = fa.audit(table(1), decision="d", protected=["g"], options=QUICK)
    assert audit.verdict.lead.worse is None
    assert "favourable: yes or no" in answers(audit)["who"]
    assert "orse off:" not in answers(audit)["who"]


def test_the_reference_that_was_named_is_the_one_compared_with():
    audit = fa.audit(table(1), decision="d", protected=["g"], favourable="yes", reference="g=c", options=QUICK)
    assert audit.verdict.lead.against == {"g": "c"}
    assert answers(audit)["who"].endswith("for c, the reference; a high value is good for a person here.")


def test_one_difference_that_several_measures_tell_is_counted_once():
    audit = fa.audit(table(1)[["d", "g"]], decision="d", protected=["g"], options=QUICK)
    assert {gap.measure for gap in audit.disparities} > {"selection_rate", "uf"}
    assert audit.verdict.tested == audit.verdict.beyond_chance == 1
    assert answers(audit)["differ"].startswith("Groups differ, in the one comparison made, more than chance explains.")


def test_where_all_groups_are_too_few_what_was_tested_of_their_means_is_counted_once():
    frame = pd.DataFrame({"p": np.linspace(0.1, 0.9, 8), "y": [0, 1] * 4, "g": list("aabbabab")})
    audit = fa.audit(frame, prediction="p", target="y", protected=["g"], options=QUICK)
    assert audit.verdict.tested == 1
    assert answers(audit)["differ"].startswith("No difference between groups stands out from chance, of the one test")
    assert findings(audit)[0] == "The one difference tested between groups does not stand out from chance."


def test_a_small_group_and_rows_without_a_value_do_not_lead():
    frame = table(1, each=600)
    few = pd.DataFrame({"d": [0] * 30, "g": ["few"] * 30, "s": ["f"] * 30})
    none = pd.DataFrame({"d": [0] * 200, "g": [None] * 200, "s": ["f"] * 200})
    everyone = pd.concat([frame, few, none], ignore_index=True)
    audit = fa.audit(everyone, decision="d", protected=["g"], favourable="yes", missing="group", options=QUICK)
    assert audit.verdict.lead.worse == {"g": "b"}


@pytest.mark.parametrize("favourable", ["yes", "no"])
def test_the_group_that_a_verdict_compares_with_is_the_one_that_ratios_are_to(favourable):
    """Among one large group and two small ones the large one is the reference, though a small one is better off."""
    decided = [1] * 500 + [0] * 1500 + [1] * 33 + [0] * 3 + [1] * 3 + [0] * 33
    frame = pd.DataFrame({"d": decided, "g": ["many"] * 2000 + ["high"] * 36 + ["low"] * 36})
    audit = fa.audit(frame, decision="d", protected=["g"], favourable=favourable, options=QUICK)
    (gap,) = (gap for gap in audit.disparities if gap.measure == "selection_rate")
    lead = audit.verdict.lead
    assert lead.against == gap.reference == {"g": "many"}
    stated = {group.cell["g"]: group.measures["selection_rate"].ratio for group in audit.groups}
    assert lead.ratio == stated[lead.worse["g"]]


def test_outcomes_lead_only_where_outcomes_are_what_is_audited():
    frame = table(1).rename(columns={"d": "y"})
    frame["score"] = np.random.default_rng(0).random(len(frame))
    alone = fa.audit(frame, target="y", protected=["g"], options=QUICK)
    assert alone.verdict.lead.measure == "base_rate"
    beside = fa.audit(frame, target="y", prediction="score", protected=["g"], options=QUICK)
    assert beside.verdict.lead is None or beside.verdict.lead.measure != "base_rate"


def test_a_gap_of_errors_is_judged_by_the_level_of_the_predictions():
    """Errors of +1 and −1 about predictions of 10: their own mean is 0, and a gap is no multiple of it."""
    rng = np.random.default_rng(6)
    group = np.repeat(["a", "b"], 500)
    frame = pd.DataFrame({"g": group, "p": 10 + rng.normal(0, 0.1, 1000)})
    frame["y"] = frame["p"] + np.where(group == "a", 1.0, -1.0) + rng.normal(0, 0.5, 1000)
    audit = fa.audit(frame, prediction="p", target="y", protected=["g"], favourable="high", options=QUICK)
    assert audit.verdict.lead.measure == "mean_error"
    assert audit.verdict.lead.worse is None
    assert "neither direction of this measure is good" in answers(audit)["who"]
    share = audit.verdict.lead.gap / 10
    assert 0.15 < share < 0.25
    assert "% of their mean prediction" in answers(audit)["how much"]
