"""The table of a public rule, where a profile was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report import wording as w
from fairaudit.report.lines import LABEL, Block, Heading, Line, Listing, Paragraph, grid, heads
from fairaudit.report.sections import Content, Section
from fairaudit.report.table import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Audit
from fairaudit.results.rule import RuleColumn, RuleReport, RuleRow, RuleTable

MOST_ROWS = 20
"""Categories of one table that a terminal lists."""


def content(audit: Audit) -> Content | None:
    """What the rule says of these numbers, its tables, and what it does not settle."""
    report = audit.rule
    if report is None:
        return None
    lead = (*map(w.clean, report.statements), f"Source: {report.source}. Text of {report.dated}.")
    tables = tuple(_table(table, number) for number, table in enumerate(report.tables, 1))
    unsettled = tuple(f"Not settled: {sentence}" for sentence in report.unsettled)
    return Content(report.title, lead, tables, unsettled)


def _table(table: RuleTable, number: int) -> Table:
    notes = Footnotes()
    rows = []
    for row in table.rows:
        name = notes.entry("", True, row.remark).note if row.remark else 0
        entries = [Entry(w.cell_label(row.cell, table.by), note=name)]
        for column in table.columns:
            why = "no number: there is none to divide by, or the rule leaves it out"
            value = row.values.get(column.name)
            strong = row.marked and column.name == "impact_ratio"
            entries.append(notes.entry(_text(column, value), value is None, why, strong=strong))
        rows.append(tuple(entries))
    columns = (Column(w.by_label(table.by), numeric=False), *(Column(column.title) for column in table.columns))
    caption, shown = cut(w.clean(table.title), rows)
    return Table(f"rule-{number}", caption, columns, shown, tuple(notes.texts))


def _text(column: RuleColumn, value: float | None) -> str:
    if column.unit == "rate":
        return w.percent(value)
    return w.number(value) if column.unit == "number" or value is None else w.count(round(value))


def lines(audit: Audit) -> Iterator[Block]:
    """The same for a terminal, without what the rule does not settle."""
    report = audit.rule
    if report is None:
        return
    yield Heading(report.title)
    for table in report.tables:
        yield Paragraph()
        yield Paragraph(w.clean(table.title))
        yield _grid(table)
    yield Paragraph()
    yield Listing(tuple(map(w.clean, report.statements)))
    yield Paragraph(_more(report), "dim")


def _grid(table: RuleTable) -> Block:
    shown = [_line(table, row) for row in table.rows[:MOST_ROWS]]
    if len(table.rows) > MOST_ROWS:
        shown.append(Line((f"… {len(table.rows) - MOST_ROWS} more in the reports",), "dim"))
    width = LABEL if len(table.by) == 1 else LABEL + 6
    return grid(heads(w.by_label(table.by), *(column.short for column in table.columns), width=width), shown)


def _line(table: RuleTable, row: RuleRow) -> Line:
    label = w.cell_label(row.cell, table.by, LABEL)
    fields = (label, *(_text(column, row.values.get(column.name)) for column in table.columns))
    return Line(fields, "bold" if row.marked else "")


def _more(report: RuleReport) -> str:
    count = len(report.unsettled)
    return f"Source: {report.source}. {count} points that these numbers do not settle stand in the reports."


SECTIONS = (Section(Audit, 4, content, lines=lines, terminal_order=900),)
