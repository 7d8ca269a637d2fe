"""Performance: how well the predictions fit."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report import wording as w
from fairaudit.report.lines import Block, Heading, Paragraph
from fairaudit.report.sections import Content, Section
from fairaudit.report.table import Column, Entry, Footnotes, Table
from fairaudit.results import Audit

INFINITE = "infinite"
"""A mean of which one loss has no end."""


def content(audit: Audit) -> Content | None:
    """The table, where anything was measured."""
    measured = table(audit)
    return Content("Performance", (), (measured,)) if measured.rows else None


def table(audit: Audit) -> Table:
    """Performance on the audited rows; for a fitted model also of the constant one, and on the training rows."""
    report, notes = audit.performance, Footnotes()
    named = [("held-out rows" if report.train else "audited rows", report.test)]
    named += [("constant model", report.constant)] if report.constant else []
    named += [("training rows", report.train)] if report.train else []
    rows = []
    for name in w.in_order(audit, [*report.test, *report.train]):
        unit = w.words(audit, name).unit
        row = [Entry(w.words(audit, name).label)]
        for _, values in named:
            value, endless = values.get(name), report.infinite.get(name) if values is report.test else None
            text = INFINITE if endless else w.in_unit(value, unit)
            why = because(endless) if endless else "not defined for these rows"
            row.append(notes.known(text, value, why))
        rows.append((*row, Entry(w.words(audit, name).about)))
    about = {"constant model": "the mean of the training rows, on the held-out rows"}
    numbers = (Column(name, about=about.get(name, "")) for name, _ in named)
    columns = (Column("measure", numeric=False), *numbers, Column("meaning", numeric=False))
    return Table("performance", "How well the predictions fit", columns, tuple(rows), tuple(notes.texts))


def lines(audit: Audit) -> Iterator[Block]:
    """All measures in one paragraph."""
    values = audit.performance.test
    if values:
        yield Heading("Performance")
        texts = []
        for name in w.in_order(audit, values):
            words, endless = w.words(audit, name), audit.performance.infinite.get(name)
            if words.of_class is None:
                text = f"{INFINITE} ({because(endless)})" if endless else w.in_unit(values[name], words.unit)
                texts.append(f"{words.label} {text}")
        yield Paragraph(" · ".join(texts))


def because(rows: int) -> str:
    """Why a mean loss is infinite."""
    return f"in {w.count(rows)} {'row' if rows == 1 else 'rows'} what happened was predicted to be impossible"


SECTIONS = (Section(Audit, 100, content, lines=lines),)
