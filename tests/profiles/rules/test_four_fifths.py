"""The four-fifths rule: the Guidelines' own example, small numbers, and what is told of significance."""

from __future__ import annotations

import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.profiles.rules.four_fifths import below

QUICK = fa.Options(bootstrap=0, permutations=0)
QUESTION_12 = {"white": (300, 0.60), "American Indian": (100, 0.45), "Hispanic": (100, 0.48), "Black": (100, 0.51)}


def selections(**counts):
    """A row for each applicant: ``group=(applicants, selected)``."""
    rows = [(g, int(place < selected)) for g, (applicants, selected) in counts.items() for place in range(applicants)]
    return pd.DataFrame(rows, columns=["g", "d"])


def ruled(frame, options=QUICK, **given):
    asked = {"decision": "d"} | given
    return fa.audit(frame, protected="g", profile="four-fifths", options=options, **asked).rule


def values(report, column="impact_ratio"):
    return {row.cell["g"]: row.values[column] for row in report.tables[0].rows}


def marked(report):
    return {row.cell["g"] for row in report.tables[0].rows if row.marked}


def test_question_12_has_its_printed_ratios_and_its_conclusion():
    """Questions and Answers, 44 FR 11996: 45/60 or 75%, 48/60 or 80%, 51/60 or 85%; indicated for the first alone."""
    frame = selections(**{name: (n, round(n * rate)) for name, (n, rate) in QUESTION_12.items()})
    report = ruled(frame)
    printed = {"white": "100", "American Indian": "75", "Hispanic": "80", "Black": "85"}
    assert {name: f"{100 * value:.0f}" for name, value in values(report).items()} == printed
    assert marked(report) == {"American Indian"}
    assert "less than four fifths of the highest rate, 60.0% of white: American Indian (0.750)." in report.statements[0]


@pytest.mark.parametrize("size", range(5, 400, 5))
def test_exactly_four_fifths_is_never_below(size):
    for selected in range(5, size + 1, 5):
        assert not below((4 * selected // 5) / size / (selected / size))


@pytest.mark.parametrize(
    ("men", "women", "small"),
    [((20, 4), (10, 1), True), ((200, 40), (100, 10), False), ((20, 4), (10, 0), False)],
)
def test_one_different_person_who_would_turn_the_result_is_told(men, women, small):
    (row,) = [row for row in ruled(selections(m=men, w=women)).tables[0].rows if row.cell["g"] == "w"]
    assert row.marked
    assert ("One different person selected" in row.remark) == small


def test_a_group_below_two_per_cent_is_not_the_highest_rate():
    report = ruled(selections(a=(100, 50), b=(100, 45), tiny=(2, 2)))
    assert values(report)["b"] == pytest.approx(0.9)
    assert marked(report) == set()
    assert any("tiny (2)" in text for text in report.statements)


def test_significance_is_told_beside_the_size_of_the_ratio():
    options = fa.Options(bootstrap=60, permutations=99)
    assert "differ beyond chance (p < 0.001" in ruled(selections(a=(400, 240), b=(400, 120)), options).statements[0]
    assert "cannot be told apart from chance" in ruled(selections(a=(30, 12), b=(30, 9)), options).statements[0]


def test_nobody_selected_is_no_ratio():
    report = ruled(selections(a=(40, 0), b=(40, 0)))
    assert values(report) == {"a": None, "b": None}
    assert "nobody is selected" in report.statements[0]


def test_weighted_rates_have_no_number_of_people_selected():
    frame = selections(a=(40, 20), b=(40, 10)).assign(w=lambda rows: [1.0, 3.0] * (len(rows) // 2))
    report = ruled(frame, weight="w")
    assert values(report, "selected") == {"a": None, "b": None}
    chosen = frame["w"] * frame["d"]
    rate = chosen.groupby(frame["g"]).sum() / frame["w"].groupby(frame["g"]).sum()
    assert values(report, "rate") == pytest.approx(rate.to_dict())


def test_intersections_are_not_in_the_tables():
    frame = selections(a=(40, 20), b=(40, 10)).assign(s=["x", "y"] * 40)
    audit = fa.audit(frame, decision="d", protected=["g", "s"], profile="four-fifths", options=QUICK)
    assert [table.by for table in audit.rule.tables] == [["g"], ["s"]]


@pytest.mark.parametrize("given", [{"decision": None, "prediction": "d"}, {"favourable": "no"}])
def test_what_is_no_selection_is_refused(given):
    with pytest.raises(fa.RoleError):
        ruled(selections(a=(40, 20), b=(40, 10)), **given)
