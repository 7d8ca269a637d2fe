"""The verdict of an audit agrees with its numbers, and tells what concerns most people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.auditing.verdict import SIGNIFICANT
from fairaudit.report.document import findings
from fairaudit.results.figures import gap_in_unit, in_unit
from fairaudit.results.words import direction

QUICK = fa.Options(bootstrap=60, permutations=39)
RATES = {"a": 0.6, "b": 0.4, "c": 0.5}


def table(seed: int, rates: dict[str, float] = RATES, each: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    group = np.repeat(list(rates), each)
    decided = rng.random(len(group)) < np.repeat(list(rates.values()), each)
    return pd.DataFrame({"d": decided.astype(int), "g": group, "s": rng.choice(["f", "m"], len(group))})


def answers(audit: fa.Audit) -> dict[str, str]:
    assert audit.verdict is not None
    return {answer.question: answer.text for answer in audit.verdict.answers}


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


def test_people_short_are_the_gap_times_the_people_of_the_group():
    frame = table(1)
    audit = fa.audit(frame, decision="d", protected=["g"], favourable="yes", options=QUICK)
    rate = frame.groupby("g")["d"].mean()
    lead = audit.verdict.lead
    assert lead.gap == pytest.approx(rate["a"] - rate["b"])
    assert lead.persons == pytest.approx(400 * (rate["a"] - rate["b"]))
    assert lead.ratio == pytest.approx(rate["b"] / rate["a"])
    assert f"at the rate of a, {round(lead.persons)} of the 400 rows of b would come out" in answers(audit)["how much"]


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


@pytest.mark.parametrize(
    ("correction", "told"),
    [("holm", "corrected for all hypotheses"), ("none", "not corrected for the number of hypotheses")],
)
def test_how_sure_a_difference_is_says_how_its_p_value_was_corrected(correction, told):
    options = fa.Options(bootstrap=60, permutations=39, correction=correction)
    audit = fa.audit(table(1), decision="d", protected=["g", "s"], options=options)
    assert f", {told} of the audit)." in answers(audit)["how sure"]


def test_the_four_fifths_rule_is_of_the_favourable_decision():
    """Where yes is bad, 60% and 40% selected are 40% and 60% spared: two thirds."""
    frame = table(1)
    rate = frame.groupby("g")["d"].mean()
    bad = fa.audit(frame, decision="d", protected=["g"], favourable="no", options=QUICK)
    assert bad.verdict.lead.ratio == pytest.approx((1 - rate["a"]) / (1 - rate["b"]))
    said = answers(bad)["how much"]
    assert f"went to {1 - rate['a']:.1%} of a and {1 - rate['b']:.1%} of b" in said
    assert "below 0.8, the four-fifths rule of thumb" in said


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


def test_groups_that_no_test_compared_are_told():
    frame = pd.concat([table(1), pd.DataFrame({"d": [0] * 24, "g": ["few"] * 24, "s": ["f"] * 24})], ignore_index=True)
    audit = fa.audit(frame, decision="d", protected=["g"], options=QUICK)
    assert answers(audit)["left out"] == "Not compared, because they have fewer than 25 rows: few (24 rows)."


def test_outcomes_lead_only_where_outcomes_are_what_is_audited():
    frame = table(1).rename(columns={"d": "y"})
    frame["score"] = np.random.default_rng(0).random(len(frame))
    alone = fa.audit(frame, target="y", protected=["g"], options=QUICK)
    assert alone.verdict.lead.measure == "base_rate"
    beside = fa.audit(frame, target="y", prediction="score", protected=["g"], options=QUICK)
    assert beside.verdict.lead is None or beside.verdict.lead.measure != "base_rate"


def test_a_prediction_that_ranks_backwards_is_told_before_all_else():
    rng = np.random.default_rng(2)
    score = rng.random(600)
    frame = pd.DataFrame({"p": score, "y": (rng.random(600) > score).astype(int), "g": rng.choice(["a", "b"], 600)})
    audit = fa.audit(frame, target="y", prediction="p", protected=["g"], options=fa.Options(permutations=19))
    first = audit.verdict.answers[0]
    assert first.question == "beware"
    assert "y=0" in first.text
    right = fa.audit(frame.assign(y=1 - frame["y"]), target="y", prediction="p", protected=["g"], options=QUICK)
    assert right.verdict.answers[0].question == "differ"


def test_a_decision_that_is_the_same_for_everybody_is_told():
    frame = table(1).assign(p=0.2)
    frame["p"] += np.linspace(0, 0.1, len(frame))
    audit = fa.audit(frame, prediction="p", threshold=0.9, target="d", protected=["g"], options=QUICK)
    assert "no for everybody" in answers(audit)["beware"]


@pytest.mark.parametrize("seed", range(12))
def test_sentences_and_numbers_of_random_audits_agree(seed):
    rng = np.random.default_rng(seed)
    groups = list("abcdef")[: rng.integers(2, 6)]
    rows = int(rng.integers(60, 900))
    frame = pd.DataFrame({"g": rng.choice(groups, rows), "s": rng.choice(["x", "y"], rows)})
    shift = {name: rng.normal(0, rng.choice([0, 0.1, 0.3])) for name in groups}
    score = 1 / (1 + np.exp(-rng.normal(0, 1, rows) - 3 * frame["g"].map(shift)))
    frame["p"], frame["y"] = score, (rng.random(rows) < score).astype(int)
    favourable = rng.choice(["yes", "no", ""]) or None
    audit = fa.audit(
        frame, prediction="p", target="y", threshold=0.5, protected=["g", "s"], favourable=favourable, options=QUICK
    )
    verdict, told = audit.verdict, answers(audit)
    made = ("uf", "uf_weighted", "equalized_odds")
    asked = [gap for gap in audit.disparities if gap.measure not in made]
    found = [gap for gap in asked if gap.p_adjusted is not None and gap.p_adjusted <= SIGNIFICANT]
    assert (verdict.differ == "yes") == bool(found) == told["differ"].startswith("Groups differ")
    assert verdict.beyond_chance == len(found)
    if verdict.lead is None:
        assert "who" not in told
        return
    lead, words = verdict.lead, audit.measures[verdict.lead.measure]
    assert any(gap.measure == lead.measure and gap.by == lead.by for gap in found)
    values = {
        tuple(group.cell.values()): group.measures[lead.measure].value for group in audit.groups if group.by == lead.by
    }
    high, low = (values[tuple(cell.values())] for cell in (lead.highest, lead.lowest))
    assert high >= low
    assert lead.gap == pytest.approx(high - low)
    assert in_unit(high, words.unit) in told["who"]
    assert in_unit(low, words.unit) in told["who"]
    assert gap_in_unit(lead.gap, words.unit, long=True) in told["how much"]
    if lead.worse is not None and words.good == "favourable":
        assert lead.worse == (lead.lowest if favourable == "yes" else lead.highest)
        assert " × ".join(lead.worse.values()) in told["who"].partition("(")[0]


def test_the_verdict_comes_back_from_json():
    audit = fa.audit(table(1), decision="d", protected=["g"], favourable="yes", options=QUICK)
    assert fa.from_json(audit.to_json()).verdict == audit.verdict


def test_a_reference_that_is_no_level_of_its_attribute_is_refused_with_the_nearest_one():
    frame = table(1).replace({"g": {"a": "white", "b": "black", "c": "other"}})
    with pytest.raises(fa.RoleError, match="'whyte' is no level of g; it has: black, other, white; did you mean 'wh"):
        fa.audit(frame, decision="d", protected=["g"], reference="g=whyte", options=QUICK)


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


@pytest.mark.parametrize(("said", "worse"), [("high", "a"), ("low", "b"), ("yes", "b"), ("no", "a")])
def test_where_yes_is_decided_for_low_numbers_the_good_side_is_told_right_of_both(said, worse):
    """a has the lower scores and is below the cut more often: worse off where high numbers, or no, are good."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"g": np.repeat(["a", "b"], 400), "s": rng.normal(np.repeat([600, 640], 400), 50)})
    given = {"prediction": "s", "threshold": "<620", "protected": ["g"], "favourable": said, "options": QUICK}
    audit = fa.audit(frame, **given)
    assert (audit.verdict.lead.measure, audit.verdict.lead.worse) == ("selection_rate", {"g": worse})
    assert audit.manifest.arguments["favourable"] == said
    way = {"high": "high", "low": "low", "yes": "low", "no": "high"}[said]
    towards = direction(audit.favourable, audit.measures["mean_prediction"].good, None)
    assert towards == (1 if way == "high" else -1)
