"""Rates within strata on a page and on a terminal."""

from __future__ import annotations

import pytest
from stratified import BERKELEY, QUICK, SPREAD, audited, people

import fairaudit as fa
from fairaudit.report.document import findings, lines
from fairaudit.report.formats import csv, html, md
from fairaudit.report.lines import Paragraph, TextGrid
from fairaudit.report.sections import strata


@pytest.fixture(scope="module")
def berkeley():
    return audited(people(BERKELEY), favourable="yes")


def test_a_report_without_an_admissible_column_has_no_such_section():
    audit = fa.audit(people(SPREAD), decision="d", protected="g", options=QUICK)
    assert strata.content(audit) is None
    assert list(strata.pictures(audit)) == list(strata.lines(audit)) == list(strata.findings(audit)) == []


def test_a_page_shows_each_stratum_and_below_all_as_they_are_and_standardised(berkeley):
    table = strata.content(berkeley).tables[0]
    rows = [[entry.text for entry in row] for row in table.rows]
    assert [row[0] for row in rows] == [*"ABCDEF", "all, as they are", "all, standardised"]
    assert rows[0][1:] == ["933", "20.6%", "82.4%", "62.1%", "20.3 pp"]
    assert rows[-2][3:] == ["30.4%", "44.5%", "14.2 pp"]
    assert rows[-1][3:] == ["43.0%", "38.7%", "4.3 pp"]


def test_contrasts_stand_beside_what_is_common_to_the_strata(berkeley):
    table = strata.content(berkeley).tables[1]
    assert "Cochran–Mantel–Haenszel, X² = 1.5246, p = 0.22" in table.caption
    (row,) = table.rows
    assert [entry.text for entry in row] == [
        "Female", "−14.2 pp", "+4.3 pp", "−18.4 pp", "0", "+1.8 pp", "1.06", "1.11", "0.002"
    ]  # fmt: skip


def test_a_group_that_a_stratum_lacks_is_a_dash_with_its_reason():
    audit = audited(people({"F": ((51, 60), (60, 200)), "M": ((144, 180), (0, 0))}))
    table = strata.content(audit).tables[0]
    assert table.rows[1][4].text == "—"
    assert "nobody of the group in this stratum" in table.footnotes


def test_the_picture_has_a_row_for_each_stratum_and_words_for_colours(berkeley):
    (picture,) = strata.pictures(berkeley)
    assert "Female (red dots) and Male (blue rings)" in picture.caption
    assert all(f">{level}<" in picture.svg for level in [*"ABCDEF", "all, standardised"])


def test_a_terminal_lists_strata_and_the_finding_follows_that_of_the_gap(berkeley):
    (grid,) = [block for block in strata.lines(berkeley) if isinstance(block, TextGrid)]
    assert [line.fields[0] for line in grid.lines] == [*"ABCDEF", "all, as they are", "all, standardised"]
    told = findings(berkeley)
    assert told[0].startswith("Selection rate by g")
    assert "within stratum, its values weighted as among all people" in told[1]
    assert lines(berkeley)


def test_many_strata_are_cut_on_a_terminal_and_say_so():
    frame = people(dict.fromkeys("ab", ((9, 30),) * 15), "ABCDEFGHIJKLMNO")
    (grid,) = [block for block in strata.lines(audited(frame)) if isinstance(block, TextGrid)]
    assert any(line.fields[0] == "… 3 more in the reports" for line in grid.lines)


def test_every_format_shows_the_standardised_gap(berkeley):
    assert "all, standardised" in md.render(berkeley)
    assert "all, standardised" in html.render(berkeley)
    rows = [row for row in csv.render(berkeley).splitlines() if row.startswith("within strata")]
    assert sum("standardised gap" in row for row in rows) == 1
    assert sum("common odds ratio" in row for row in rows) == 1


def test_names_of_strata_and_groups_are_escaped():
    frame = people(SPREAD).replace({"g": {"F": "<b>|a"}, "stratum": {"A": "<i>|s"}})
    audit = audited(frame)
    page = html.render(audit)
    assert "&lt;b&gt;|a" in page
    assert "<i>|s" not in page
    assert "<b>|a" not in page


def test_a_terminal_says_of_how_many_groups_it_shows_the_largest():
    audit = audited(people({group: ((9, 30 + place), (5, 30)) for place, group in enumerate("abcdef")}))
    shown = next(block for block in strata.lines(audit) if isinstance(block, TextGrid))
    assert [head.title for head in shown.heads] == ["stratum", "rows", *"cdef", "gap"]
    (said,) = [block.text for block in strata.lines(audit) if isinstance(block, Paragraph)]
    assert said.endswith("Shown are the 4 largest of 6 groups.")
