"""Sentences of crude and standardised gaps say what their numbers say, and no more."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from msgspec import structs
from stratified import BERKELEY, QUICK, SPREAD, audited, people

import fairaudit as fa
from fairaudit.results.simpson import beside_the_lead, gap_within, largest_within, main_contrast, told_first

TURNED = {"F": ((150, 200), (300, 1000)), "M": ((600, 1000), (20, 200))}


def sentence(audit: fa.Audit) -> str:
    (within,) = told_first(audit)
    return gap_within(audit, within, main_contrast(within))


def test_a_gap_that_turns_round_beyond_chance_is_told_as_turned():
    text = sentence(audited(people(TURNED)))
    assert "percentage points below that of M; within stratum" in text
    assert "So it turns round" in text
    assert "may be chance" not in text


def test_where_the_weights_decide_whether_it_turns_both_are_told():
    text = sentence(audited(people(BERKELEY)))
    assert "4.3 percentage points above (0.66 to 7.9). By the weights of Mantel and Haenszel it is 1.8" in text
    assert "turns round" not in text
    assert "The odds ratio is not the same in every stratum (Breslow and Day, p = 0.002)" in text


def test_a_gap_that_is_there_within_strata_is_told_as_such():
    text = sentence(audited(people({"F": ((60, 200), (20, 200)), "M": ((120, 200), (90, 200))})))
    assert "So most of the gap is there also within stratum." in text


def test_a_gap_that_is_seen_within_strata_only_is_told_as_hidden():
    text = sentence(audited(people({"F": ((630, 900), (20, 100)), "M": ((95, 100), (555, 900))})))
    assert "So there is a gap within stratum that the groups' spread over it hides." in text


def test_no_intervals_no_conclusion():
    text = sentence(audited(people(SPREAD), options=fa.Options(bootstrap=0, permutations=19)))
    assert text.endswith("it is 5.0 percentage points above, the other way, which may be chance.")


def test_the_largest_gap_within_strata_is_told_where_it_is_of_other_groups():
    frame = people({"a": ((10, 200), (30, 100)), "b": ((60, 200), (70, 100)), "c": ((5, 60), (230, 400))})
    audit = audited(frame)
    (within,) = told_first(audit)
    contrast = next(each for each in within.contrasts if {"g": "b"} not in (each.cell, each.reference))
    text = largest_within(audit, within, contrast)
    assert text.startswith("Within stratum the largest gap of the selection rate is")
    assert largest_within(audit, structs.replace(within, p_adjusted=0.5), contrast) is None


def test_without_strata_nothing_is_told():
    audit = fa.audit(people(SPREAD), decision="d", protected="g", options=QUICK)
    assert beside_the_lead(audit, audit.verdict.lead) is None


NUMBER = r"(\d+(?:\.\d+)?)"


@pytest.mark.parametrize("seed", range(40))
def test_sentences_of_random_tables_agree_with_their_numbers(seed):
    draw = np.random.default_rng(seed)
    n = 500
    s = draw.choice(list("xyz"), n)
    g = np.where(draw.random(n) < np.select([s == "x", s == "y"], draw.random(2), draw.random()), "a", "b")
    rate = np.select([s == "x", s == "y"], draw.random(2), draw.random()) + draw.normal(0, 0.1) * (g == "a")
    frame = pd.DataFrame({"g": g, "stratum": s, "d": (draw.random(n) < rate).astype(int)})
    if frame["g"].value_counts().reindex(["a", "b"]).fillna(0).min() < 25:
        return
    audit = audited(frame)
    (within,) = told_first(audit)
    (contrast,) = within.contrasts
    text = sentence(audit)
    if contrast.standardised is None:
        assert "cannot be compared" in text
        return
    pattern = (
        rf"of (\w) is {NUMBER} percentage points (above|below) that of (\w).* it is {NUMBER} percentage points (\w+)"
    )
    one, crude, way, other, inner, inner_way = re.search(pattern, text).groups()
    assert ({"g": one}, {"g": other}) == (contrast.cell, contrast.reference)
    for size, told, value in ((crude, way, contrast.crude), (inner, inner_way, contrast.standardised)):
        assert float(size) == pytest.approx(100 * abs(value), abs=0.051)
        assert told == ("below" if value < 0 else "above")
    if "So it turns round" in text:
        assert (
            np.sign(contrast.crude_interval[0])
            == np.sign(contrast.crude_interval[1])
            == -np.sign(contrast.standardised)
        )
        assert contrast.interval[0] * contrast.interval[1] > 0
    if "most of the gap comes from how" in text:
        assert abs(contrast.between) > abs(contrast.crude_compared) / 2
        assert contrast.crude_interval[0] * contrast.crude_interval[1] > 0
    if "most of the gap is there also" in text:
        assert contrast.interval[0] * contrast.interval[1] > 0
