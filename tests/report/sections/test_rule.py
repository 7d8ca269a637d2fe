"""The table of a public rule in every format, with hostile names."""

from __future__ import annotations

import csv
import html
import io
import re

import pandas as pd
import pytest
from rich.console import Console

import fairaudit as fa
from fairaudit.report.formats.csv import render
from fairaudit.report.sections.rule import content, lines
from fairaudit.report.terminal import show

QUICK = fa.Options(bootstrap=0, permutations=0)
HOSTILE = "<b>|a\x1b[2J\n‮"


@pytest.fixture(scope="module")
def audit():
    rows = [("x", 60, 40), (HOSTILE, 60, 20), ("tiny", 2, 2)]
    frame = pd.DataFrame([(g, int(i < yes)) for g, n, yes in rows for i in range(n)], columns=["race|1", "d"])
    return fa.audit(frame, decision="d", protected="race|1", profile="nyc-ll144", options=QUICK)


def test_a_page_has_the_table_the_statements_and_what_is_not_settled(audit):
    page = content(audit)
    assert page.title == audit.rule.title
    assert page.lead[-1].startswith("Source: NYC Administrative Code")
    assert len(page.items) == len(audit.rule.unsettled)
    (table,) = page.tables
    assert [column.title for column in table.columns[1:4]] == ["# of applicants", "# selected", "selection rate"]
    assert {row[0].text.split("�")[0]: row[3].text for row in table.rows}["x"] == "66.7%"


def test_an_audit_without_a_profile_has_no_section():
    frame = pd.DataFrame({"g": ["a", "b"] * 30, "d": [0, 1, 1] * 20})
    plain = fa.audit(frame, decision="d", protected="g", options=QUICK)
    assert content(plain) is None
    assert list(lines(plain)) == []


def test_the_values_stand_in_a_spreadsheet(audit):
    rows = [line for line in csv.DictReader(render(audit).splitlines()) if line["part"] == "rule"]
    ratio = {line["group"]: line["value"] for line in rows if line["measure"] == "impact_ratio"}
    assert float(ratio["x"]) == pytest.approx(2 / 3)
    assert {line["statistic"] for line in rows} == {"nyc-ll144"}


def shown(audit):
    console = Console(file=io.StringIO(), width=80, no_color=True, highlight=False)
    show(audit, console)
    return console.file.getvalue()


def test_no_name_of_a_category_is_markup_or_steers_a_terminal(audit):
    assert "<b>|a" not in audit.to_html()
    assert html.escape("<b>|a") in audit.to_html()
    for line in audit.to_markdown().splitlines():
        assert "<b>|a" not in line
    assert not re.search("[\x1b‮]", shown(audit))


def test_a_terminal_of_80_columns_shows_every_line_of_the_table(audit):
    text = shown(audit)
    assert max(map(len, text.splitlines())) <= 80
    assert re.search(r"^x +60 +40 +66\.7% ", text, re.MULTILINE)
    assert "It does not say whether anything is" in text
