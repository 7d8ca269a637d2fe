"""Tests and ratios on one page: a table for each rate, and the courts' practice called a practice."""

from __future__ import annotations

from example import binary, count

from fairaudit.report.sections import experts


def test_each_rate_and_set_of_attributes_has_a_table_against_its_reference():
    content = experts.content(binary())
    assert [table.caption.partition(":")[0] for table in content.tables] == [
        "Selection rate by race, against Caucasian",
        "Selection rate by sex, against Female",
    ]
    assert {len(row) for table in content.tables for row in table.rows} == {len(content.tables[0].columns)}


def test_the_two_or_three_standard_deviations_are_named_a_practice_and_no_rule_of_law():
    assert "a practice, no rule of law" in " ".join(experts.content(binary()).lead)


def test_more_than_two_standard_deviations_are_in_bold():
    row = experts.content(binary()).tables[0].rows[0]
    assert row[4].text == "−4.13"
    assert row[4].strong


def test_what_could_not_be_measured_has_its_reason():
    race, sex = experts.content(binary()).tables
    assert "infinite" in race.footnotes[race.rows[1][8].note - 1]
    assert "no exact test" in sex.footnotes[sex.rows[0][6].note - 1]


def test_an_audit_without_rates_has_no_such_section():
    assert experts.content(count()) is None
