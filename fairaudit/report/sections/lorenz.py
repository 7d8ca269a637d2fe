"""Order of counts and amounts: the ordered Lorenz curve of each group, beside that of all rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fairaudit.report import wording as w
from fairaudit.report.drawing import Picture
from fairaudit.report.sections import Content, Section
from fairaudit.report.sections.curves import curve_name, pictures_of
from fairaudit.report.table import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Audit, Curve


def content(audit: Audit) -> Content | None:
    """How to read the curves, and their Gini indices."""
    curve = lorenz(audit)
    if curve is None:
        return None
    lead = (
        f"{curve.about} Each panel is one group in the order of its own predictions; the thin line is that of all rows."
        " A group whose curve lies nearer to the diagonal is ordered less well.",
    )
    # Of counts the section of lift has the table.
    return Content("Order of outcomes by group", lead, () if audit.lift else (table(audit, curve),))


def lorenz(audit: Audit) -> Curve | None:
    """The curve, where there is one."""
    return next((curve for curve in audit.curves if curve.name == "lorenz"), None)


def table(audit: Audit, curve: Curve) -> Table:
    """The Gini index of each group."""
    notes = Footnotes()
    rows = [
        (
            Entry(curve_name(group)),
            Entry(w.count(group.n)),
            notes.entry(w.number(group.summary), group.summary is None, group.why, w.interval(group.summary_interval)),
        )
        for group in curve.groups
    ]
    columns = (Column("group", numeric=False), Column("rows"), Column("Gini", about="0: no order, at most 1"))
    caption, shown = cut(f"Gini index, with {w.confidence(audit)} intervals", rows)
    return Table("lorenz", caption, columns, shown, tuple(notes.texts), fold=len(rows) > 12)


def pictures(audit: Audit) -> Iterator[Picture]:
    """One picture for each single attribute; the figure above a panel is its Gini index."""
    curve = lorenz(audit)
    for picture in pictures_of(audit, [] if curve is None else [curve]):
        yield replace(picture, caption=f"{picture.caption} The figure above a panel: Gini index.")


SECTIONS = (Section(Audit, 56, content, pictures),)
