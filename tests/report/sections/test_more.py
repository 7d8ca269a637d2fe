"""The last line of a terminal counts what it leaves out."""

from __future__ import annotations

from example import binary, count
from explained import example

from fairaudit.report.sections import more
from fairaudit.report.sections.disparities import MOST_GAPS, worst_first


def last(result) -> str:
    section = next(section for section in more.SECTIONS if isinstance(result, section.of))
    assert section.content(result) is None
    *_, paragraph = section.lines(result)
    return paragraph.text


def test_groups_and_measures_that_are_left_out_are_counted():
    audit = binary()
    crossings = sum(len(group.by) > 1 for group in audit.groups)
    gaps = len(audit.disparities) - min(MOST_GAPS, len(worst_first(audit)))
    assert last(audit).startswith(f"{crossings} intersectional groups and {gaps} more measures are in the full report")


def test_without_crossings_only_measures_are_counted():
    assert last(count()).startswith("0 more measures")


def test_an_explanation_names_the_option_too():
    assert "--report why.html" in last(example())
