"""From score to decision: what share of each group reaches a threshold, where no decision was named."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report import wording as w
from fairaudit.report.drawing import Picture
from fairaudit.report.lines import Block, Paragraph
from fairaudit.report.sections import Content, Section
from fairaudit.report.sections.curves import curve_name, missing, pictures_of
from fairaudit.report.table import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Audit, Curve

UNDECIDED = "No decision was named, so there are no selection rates; --threshold makes one."
TENTHS = tuple(place / 10 for place in range(9, 0, -1))
"""Shares of all rows that reach the thresholds of the table."""


def content(audit: Audit) -> Content | None:
    """That no decision was named, how to read the curves, and the shares at tenths of all rows."""
    curve = selection(audit)
    if curve is None:
        return None
    lead = (f"{UNDECIDED} {curve.about} A table beneath has the thresholds that nine, eight, … tenths of all reach.",)
    return Content("From score to decision", lead, (table(audit, curve),))


def selection(audit: Audit) -> Curve | None:
    """The curve, where there is one."""
    return next((curve for curve in audit.curves if curve.name == "selection"), None)


def places(curve: Curve) -> list[int]:
    """Points of the curve at which the share of all rows is nearest to each tenth, each once."""
    everybody = curve.groups[0]
    nearest = (
        min(range(len(everybody.x)), key=lambda point: abs(everybody.y[point] - tenth))
        for tenth in TENTHS
        if everybody.x
    )
    return list(dict.fromkeys(nearest))


def table(audit: Audit, curve: Curve) -> Table:
    """The share of each group that reaches some thresholds."""
    notes, points = Footnotes(), places(curve)
    rows = []
    for group in curve.groups:
        name = notes.entry(curve_name(group), False, None) if group.x else missing(notes, group)
        entries = [
            Entry(w.percent(group.y[point]), f"{w.percent(group.low[point])} to {w.percent(group.high[point])}")
            if group.x
            else Entry("")
            for point in points
        ]
        rows.append((name, Entry(w.count(group.n)), *entries))
    thresholds = [curve.groups[0].x[point] for point in points]
    columns = (
        Column("group", numeric=False),
        Column("rows"),
        *(Column(f"≥ {w.number(threshold)}", about="share that reaches this threshold") for threshold in thresholds),
    )
    caption, shown = cut(f"Shares that reach a threshold, with {w.confidence(audit)} bands", rows)
    return Table("thresholds", caption, columns, shown, tuple(notes.texts))


def pictures(audit: Audit) -> Iterator[Picture]:
    """A picture for each attribute."""
    curve = selection(audit)
    if curve is not None:
        yield from pictures_of(audit, [curve])


def lines(audit: Audit) -> Iterator[Block]:
    """On a terminal that no decision was named, and where the curves are."""
    if selection(audit) is not None:
        yield Paragraph(f"{UNDECIDED} A report (--report) shows what share of each group reaches every threshold.")


SECTIONS = (Section(Audit, 53, content, pictures, lines),)
