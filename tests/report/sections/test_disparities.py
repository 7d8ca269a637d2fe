"""Disparities: findings first, each with its groups, its gap and its doubt."""

from __future__ import annotations

import msgspec
import numpy as np
import pandas as pd
from example import binary, count

import fairaudit as fa
from fairaudit.report import wording as w
from fairaudit.report.document import findings
from fairaudit.report.sections import disparities
from fairaudit.report.sections.disparities import disparity_sentence, is_finding, worst_first


def replaced(value, **changes):
    return msgspec.structs.replace(value, **changes)


def test_findings_stand_out_from_chance_after_correction_and_come_first():
    ranked = worst_first(binary())
    sure = [is_finding(disparity) for disparity in ranked]
    assert sure == sorted(sure, reverse=True)
    assert all(d.p_adjusted <= w.SIGNIFICANT for d in ranked if is_finding(d))
    assert {"base_rate", "equalized_odds", "uf"}.isdisjoint(d.measure for d in ranked)


def test_a_disparity_names_both_groups_their_values_the_gap_and_its_doubt():
    audit = binary()
    told = disparity_sentence(audit, audit.disparities[2])
    assert told.startswith("Selection rate by age: 51.3% for under 25 against 35.6% for over 45, a gap of 15.7 perc")
    assert "(95% interval 11.6 to 20.0; adjusted p < 0.001)" in told


def test_an_interval_that_includes_zero_beside_a_small_p_is_explained():
    audit = binary()
    wide = replaced(audit.disparities[2], interval=(-0.01, 0.3))
    told = disparity_sentence(audit, wide)
    assert told.endswith(
        "The p-value is for all groups together; the interval, which holds for every pair, includes 0."
    )
    assert "which holds for every pair" not in disparity_sentence(audit, replaced(wide, p_adjusted=0.4))


def test_nothing_found_is_said_with_the_number_of_tests():
    audit = replaced(binary(), consistency=None)
    audit = replaced(audit, disparities=[replaced(d, p_adjusted=0.9) for d in audit.disparities], comparison=[])
    told = findings(audit)[0]
    assert told.startswith(f"None of {len(audit.disparities)} differences between groups stands out from chance")
    assert "The one that chance explains least is: " in told


def test_what_is_claimed_depends_on_all_that_was_tested_and_not_on_what_is_shown_first():
    audit = binary()
    hidden = [d for d in audit.disparities if d.measure == "equalized_odds"]
    faint = [replaced(d, p_adjusted=1e-9 if d in hidden else 0.9) for d in audit.disparities]
    told = findings(replaced(audit, disparities=faint, comparison=[], consistency=None))
    assert not any("stands out from chance" in sentence for sentence in told)
    assert any(sentence.startswith("Equalised odds by") for sentence in told)


def test_a_ratio_far_from_one_is_told_before_means_that_hardly_differ():
    rng = np.random.default_rng(3)
    group = np.repeat(["a", "b"], 3000)
    expected = rng.uniform(0.14, 0.15, 6000) + 0.001 * (group == "a")
    claims = rng.poisson(expected * np.where(group == "a", 1.4, 0.8))
    frame = pd.DataFrame({"g": group, "f": expected, "y": claims})
    audit = fa.audit(frame, prediction="f", target="y", task="count", protected="g", options=fa.Options(bootstrap=20))
    told = findings(audit)
    assert {d.measure for d in audit.disparities if d.p_adjusted is not None and d.p_adjusted < 0.01} >= {
        "mean_prediction",
        "actual_expected",
    }
    assert told[0].startswith(("Actual / expected by g:", "Observed frequency by g:"))


def test_nothing_tested_is_not_called_fair():
    told = findings(count())
    assert told[0].startswith("No difference between groups could be tested against chance")
    assert any("was not tested against chance" in sentence for sentence in told)


def test_every_disparity_stands_in_one_of_the_tables():
    audit = binary()
    tables = disparities.content(audit).tables
    assert [table.key for table in tables] == ["disparities", "disparities-other"]
    assert sum(len(table.rows) for table in tables) == len(audit.disparities)
    nothing = disparities.content(replaced(audit, disparities=[]))
    assert nothing.items == ("No difference could be measured.",)


def test_groups_that_differ_are_told_though_no_two_of_them_could_be_compared():
    """Only one group has 25 people; the index of all groups together stands out all the same."""
    decided = [0] * 8 + [1] * 32 + [0, 1] * 12
    frame = pd.DataFrame({"g": ["few"] * 8 + ["many"] * 32 + ["some"] * 24, "d": decided})
    told = findings(fa.audit(frame, decision="d", protected="g", options=fa.Options(bootstrap=20, permutations=499)))
    assert told[0].startswith("Groups by g differ more than chance explains (unfairness index (UF)")
    assert told[0].endswith("though no two of them could be compared.")
