"""Power as a table, on a terminal, and in two sentences."""

from __future__ import annotations

import csv
from io import StringIO

import fairaudit as fa
from fairaudit.report.formats.csv import render as as_csv
from fairaudit.report.sections import planned
from fairaudit.report.terminal import render


def power(**changes):
    return fa.power(**({"groups": [500, 120, 80], "rate": 0.2, "gap": 0.1, "tables": 0} | changes))


def test_the_sentences_tell_the_gap_the_power_and_the_people():
    first, second = (answer.text for answer in power().verdict.answers)
    assert first == "A gap in the rate of 18.1 percentage points between any two groups is found with 80% power."
    assert second == (
        "One of 10.0 percentage points is found with 31.3% power; 308 people in each of 3 groups are needed for 80%."
    )


def test_without_a_gap_that_was_asked_for_there_is_one_sentence_and_no_such_columns():
    result = power(gap=None)
    assert len(result.verdict.answers) == 1
    assert len(planned.table(result).columns) == len(planned.table(power()).columns) - 2


def test_groups_too_small_for_any_gap_are_told_so():
    result = power(groups=[3, 3, 3, 3], rate=0.5)
    assert "No gap in the rate between the smallest groups" in result.verdict.answers[0].text
    assert "too small" in planned.table(result).footnotes[0]


def test_a_terminal_of_80_columns_holds_it():
    text = render(power(), 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "18.1 pp" in text


def test_many_groups_are_named_by_the_smallest_and_the_largest():
    assert "4 more" in planned.table(power(groups=list(range(100, 110)))).rows[0][2].text


def test_the_table_of_values_has_every_number():
    rows = list(csv.DictReader(StringIO(as_csv(power()))))
    assert [row["statistic"] for row in rows] == [
        *["people"] * 3, "gap", "gap of the largest", "simulated power", "power", "people needed",
    ]  # fmt: skip
    assert rows[-1]["value"] == "308"
