"""Disparities: findings first, each with its groups, its gap and its doubt."""

from __future__ import annotations

import msgspec
from example import binary, count

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
    assert told.endswith("The p-value is for all groups together; for these two alone the interval includes 0.")
    assert "for these two alone" not in disparity_sentence(audit, replaced(wide, p_adjusted=0.4))


def test_nothing_found_is_said_with_the_number_of_tests():
    audit = replaced(binary(), consistency=None)
    audit = replaced(audit, disparities=[replaced(d, p_adjusted=0.9) for d in audit.disparities], comparison=[])
    told = findings(audit)[0]
    assert told.startswith(f"None of {len(audit.disparities)} differences between groups stands out from chance")
    assert "The largest is: Selection rate by" in told


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
