"""Where nothing stands out, an audit says which gaps would have, and what is ruled out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.chance.power import detectable_share_gap
from fairaudit.errors import OptionError
from fairaudit.options import Options
from fairaudit.report.document import findings
from fairaudit.report.terminal import render

QUICK = Options(bootstrap=2, permutations=0)


def audit(sizes, counts, **roles):
    group = np.repeat([f"g{place}" for place in range(len(sizes))], sizes)
    yes = np.concatenate([np.arange(n) < x for x, n in zip(counts, sizes, strict=True)]).astype(int)
    frame = pd.DataFrame({"g": group, "d": yes})
    return fa.audit(frame, **({"decision": "d", "protected": "g", "favourable": "yes", "options": QUICK} | roles))


def answer(result):
    return next((each.text for each in result.verdict.answers if each.question == "could be found"), None)


def test_the_gap_that_would_have_been_found_is_that_of_the_smallest_groups_at_the_corrected_level():
    result = audit((500, 120, 80), (100, 25, 15))
    (one,) = result.detectable
    assert one.level == 0.05  # one attribute, one hypothesis
    assert one.gap == pytest.approx(detectable_share_gap(140 / 700, 80, 120, 3, 0.05))
    assert one.members == [{"g": "g2"}, {"g": "g1"}, {"g": "g0"}]
    assert (one.people, one.rate) == ([80, 120, 500], 0.2)
    assert one.largest_gap < one.gap
    assert answer(result).startswith("A gap in selection rate of 18.1 percentage points between any two groups of g")


def test_uncorrected_p_values_have_the_whole_level():
    options = Options(bootstrap=2, permutations=0, correction="none")
    frame = pd.DataFrame({"g": list("ab") * 100, "h": list("aabb") * 50, "d": [0, 1, 1, 0] * 50})
    levels = {
        correction: fa.audit(frame, decision="d", protected=["g", "h"], options=each).detectable[0].level
        for correction, each in (("none", options), ("holm", QUICK))
    }
    assert levels == {"none": 0.05, "holm": pytest.approx(0.05 / 3)}


def test_equivalence_is_shown_by_large_groups_of_one_rate_and_not_by_small_ones():
    large, small = audit((40_000, 40_000), (12_000, 12_010)), audit((100, 100), (30, 31))
    assert large.detectable[0].equivalent is True
    assert large.disparities[0].bounds[1] <= 0.05
    assert "Gaps above 5 percentage points are ruled out with 95% certainty for selection rate by g." in answer(large)
    assert small.detectable[0].equivalent is False
    assert "equal within 5 percentage points is not shown" in answer(small)


def test_a_margin_that_is_named_is_the_one_that_is_ruled_out_in_the_unit_of_the_measure():
    sizes, counts = (4000, 4000), (1200, 1210)
    assert audit(sizes, counts).detectable[0].equivalent is True
    narrow = audit(sizes, counts, options=replace(QUICK, margin="2%"))
    assert (narrow.detectable[0].margin, narrow.detectable[0].equivalent) == (0.02, False)
    assert "equal within 2 percentage points is not shown" in answer(narrow)
    assert narrow.manifest.arguments["margin"] == ["shares=0.02"]


def test_a_measure_that_is_no_share_has_a_margin_where_one_is_named():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"g": np.repeat(["a", "b"], 2000), "p": rng.normal(500, 20, 4000)})
    for margin, said in ((None, None), ({"mean_prediction": 5}, "Gaps above 5.00 are ruled out")):
        options = QUICK if margin is None else replace(QUICK, margin=margin)
        result = fa.audit(frame, prediction="p", protected="g", options=options)
        (one,) = [each for each in result.detectable if each.measure == "mean_prediction"]
        assert one.equivalent is (None if margin is None else True)
        assert said is None or said in answer(result)


def test_a_margin_of_what_has_no_gap_is_refused():
    with pytest.raises(OptionError, match="no measure with gaps between groups"):
        audit((100, 100), (30, 31), options=replace(QUICK, margin={"selection_rat": 0.1}))
    with pytest.raises(OptionError, match="no measure with gaps between groups"):
        audit((100, 100), (30, 31), options=replace(QUICK, margin={"equalized_odds": 0.1}))  # the larger of two gaps


def test_groups_of_one_gap_beyond_the_margin_are_called_equivalent_in_few_samples():
    rng = np.random.default_rng(5)
    shown = 0
    for _ in range(60):
        counts = rng.binomial((4000, 4000), (0.3, 0.35))
        shown += bool(audit((4000, 4000), counts).detectable[0].equivalent)
    assert shown <= 4  # at most 2.5% of samples in truth


def test_the_finding_that_nothing_stands_out_says_so_too():
    assert "would have been found with 80% power" in findings(audit((500, 120, 80), (100, 25, 15)))[0]


def test_where_a_difference_stands_out_the_verdict_tells_of_no_other():
    result = audit((500, 400), (100, 300))
    assert answer(result) is None
    assert len(result.detectable) == 1  # the tables have it all the same


def test_groups_too_small_for_any_gap_are_told_so():
    result = audit((30, 30), (1, 1), options=Options(bootstrap=2, permutations=0, min_group=2))
    (one,) = result.detectable
    assert one.gap is not None
    tiny = audit((3, 3, 3, 3), (1, 1, 2, 2), options=Options(bootstrap=2, permutations=0, min_group=2))
    assert tiny.detectable[0].gap is None
    assert "too small" in tiny.detectable[0].why
    assert answer(tiny).startswith("No gap in selection rate between the smallest groups of g would have been found")


def test_the_answer_stands_on_a_terminal_of_80_columns():
    text = render(audit((500, 120, 80), (100, 25, 15)), 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "Which gaps would be found? A gap in selection rate" in text
