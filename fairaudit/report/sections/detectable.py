"""What these groups could show: the gap that each test would find, and whether one beyond a margin is ruled out."""

from __future__ import annotations

from fairaudit.report import wording as w
from fairaudit.report.sections import Content, Section
from fairaudit.report.table import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Audit, Cell, Detectable


def content(audit: Audit) -> Content | None:
    """How to read a detectable gap, and the table."""
    if not audit.detectable:
        return None
    power = w.percent(audit.detectable[0].power).replace(".0%", "%")
    lead = (
        f"The gap that the test of each measure finds with {power} power, whatever the other groups do: where nothing"
        " stands out, smaller gaps may be there. Groups are shown to be equal within a margin where the interval that"
        " limits are held against, which holds for all pairs of groups, lies within it. Unless --margin says otherwise"
        " that is 5 percentage points of shares, and other measures have none. The command power plans tables that are"
        " yet to be collected.",
    )
    return Content("What these groups could show", lead, (table(audit),))


def table(audit: Audit) -> Table:
    """A row for each measure and set of attributes."""
    notes = Footnotes()
    columns = (
        Column("measure", numeric=False),
        Column("by", numeric=False, about="the attributes that form the groups"),
        Column("groups"),
        Column("any two groups", about="gap that is found between whichever two"),
        Column("the smallest two", numeric=False, about="between which the gap has to be so large"),
        Column("the largest two", about="gap that is found between the two groups of the most information"),
        Column("these are", numeric=False),
        Column("equal within", numeric=False, about="whether a gap beyond the margin is ruled out"),
    )
    ordered = sorted(audit.detectable, key=lambda one: len(one.by))
    caption, rows = cut("Gaps that would have been found", [_row(audit, notes, one) for one in ordered])
    return Table("detectable", caption, columns, rows, tuple(notes.texts), fold=len(rows) > 12)


def _row(audit: Audit, notes: Footnotes, one: Detectable) -> tuple[Entry, ...]:
    words = w.words(audit, one.measure)
    within = (
        "—"
        if one.margin is None
        else f"{w.gap_in_unit(one.margin, words.unit)}: {'shown' if one.equivalent else 'not shown'}"
    )
    return (
        Entry(words.label),
        Entry(w.by_label(one.by)),
        Entry(w.count(len(one.members))),
        notes.known(w.gap_in_unit(one.gap, words.unit), one.gap, one.why),
        Entry(_names(one.members[:2], one.by)),
        notes.known(w.gap_in_unit(one.largest_gap, words.unit), one.largest_gap, one.why),
        Entry(_names(one.members[-2:], one.by)),
        Entry(within),
    )


def _names(cells: list[Cell], by: list[str]) -> str:
    return w.sentence_list(w.cell_label(cell, by, 40) for cell in cells)


SECTIONS = (Section(Audit, 61, content),)
