"""The verdict of an audit agrees with its numbers, and tells what concerns most people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from decided import QUICK, answers, table

import fairaudit as fa
from fairaudit.auditing.verdict import SIGNIFICANT
from fairaudit.results.figures import gap_in_unit, in_unit
from fairaudit.results.words import direction


def test_people_short_are_the_gap_times_the_people_of_the_group():
    frame = table(1)
    audit = fa.audit(frame, decision="d", protected=["g"], favourable="yes", options=QUICK)
    rate = frame.groupby("g")["d"].mean()
    lead = audit.verdict.lead
    assert lead.gap == pytest.approx(rate["a"] - rate["b"])
    assert lead.persons == pytest.approx(400 * (rate["a"] - rate["b"]))
    assert lead.ratio == pytest.approx(rate["b"] / rate["a"])
    assert f"at the rate of a, {round(lead.persons)} of the 400 rows of b would come out" in answers(audit)["how much"]


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


def test_groups_that_no_test_compared_are_told():
    frame = pd.concat([table(1), pd.DataFrame({"d": [0] * 24, "g": ["few"] * 24, "s": ["f"] * 24})], ignore_index=True)
    audit = fa.audit(frame, decision="d", protected=["g"], options=QUICK)
    assert answers(audit)["left out"] == "Not compared, because they have fewer than 25 rows: few (24 rows)."


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
