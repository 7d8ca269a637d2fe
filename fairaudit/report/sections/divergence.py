"""Divergence: one number for everything in which the groups' distributions differ."""

from __future__ import annotations

from fairaudit.report import wording as w
from fairaudit.report.lines import Line
from fairaudit.report.sections import Content, Section, Sentence
from fairaudit.report.table import Column, Entry, Footnotes, Table
from fairaudit.results import Audit


def content(audit: Audit) -> Content | None:
    """How to read divergences, and a table of each."""
    if not audit.divergence:
        return None
    lead = (
        "One number for everything in which the groups' distributions differ. 0: they are the same. A plain value is "
        "above 0 by chance alone, the more so with many small groups, so read the excess over the floor.",
    )
    names = w.in_order(audit, dict.fromkeys(divergence.name for divergence in audit.divergence))
    return Content("Divergence", lead, tuple(table(audit, name) for name in names))


def table(audit: Audit, name: str) -> Table:
    """One divergence of all groups with floor, excess and p-value."""
    notes = Footnotes()
    divergences = [divergence for divergence in audit.divergence if divergence.name == name]
    unit = divergences[0].unit
    columns = (
        Column("groups of", numeric=False),
        Column("distribution of", numeric=False),
        Column("value", about=f"in {unit}; 0: the groups have one distribution"),
        Column("floor", about="what chance alone gives"),
        Column("excess", about="value minus floor: read this one"),
        Column("p", about="test that the groups have one distribution, as if it were the only one"),
        Column("adjusted p", about="the same corrected for all hypotheses of the audit: findings go by this one"),
        Column("read as", numeric=False, about="how values became distributions"),
    )
    rows = []
    for d in divergences:
        decides = w.corrected(d.p_value, d.p_adjusted)[0]
        sure = decides is not None and decides <= w.SIGNIFICANT
        rows.append(
            (
                Entry(w.by_label(d.by)),
                Entry(f"{d.of}s"),
                notes.known(w.number(d.value), d.value, d.why),
                notes.known(w.number(d.floor), d.floor, d.why),
                notes.entry(w.number(d.excess), d.excess is None, d.why, w.interval(d.interval), sure),
                notes.entry(w.p_value(d.p_value), d.p_value is None, d.why, d.test or ""),
                notes.entry(w.p_value(decides), decides is None, d.why),
                Entry(w.clean(d.density)),
            )
        )
    caption = f"{w.words(audit, name).label} in {unit}"
    return Table(f"divergence-{name}", caption, columns, tuple(rows), tuple(notes.texts))


def joint_lines(audit: Audit) -> list[Line]:
    """Lines of single attributes and of all together, for the table of dependence on a terminal."""
    shown = [
        divergence
        for divergence in audit.divergence
        if divergence.of == audit.prediction.subject and len(divergence.by) in (1, len(audit.protected))
    ]
    lines = []
    for divergence in shown:
        numbers = (divergence.value, divergence.floor, divergence.excess)
        all_together = len(divergence.by) > 1 and not any(attribute.memberships for attribute in audit.protected)
        by = "all" if all_together else w.by_label(divergence.by)
        label = f"{w.words(audit, divergence.name).short} ({divergence.unit}) by {by}"
        decides = w.corrected(divergence.p_value, divergence.p_adjusted)[0]
        lines.append(Line((label, *map(w.number, numbers), "", w.p_value(decides))))
    return lines


def findings(audit: Audit) -> list[Sentence]:
    """How far the groups of all attributes lie apart, beyond chance."""
    return [Sentence(text) for text in _widest(audit)]


def _widest(audit: Audit) -> list[str]:
    measured = [d for d in audit.divergence if d.excess is not None]
    if not measured:
        return []
    widest = max(measured, key=lambda d: (len(d.by), d.of == audit.prediction.subject))
    what = f"the groups of {w.by_label(widest.by)}"
    distributions = f"the distributions of the {widest.of}s"
    label = w.words(audit, widest.name).label
    p_value, clause = w.corrected(widest.p_value, widest.p_adjusted)
    if p_value is not None and p_value > w.SIGNIFICANT:
        return [
            f"Among {what} no difference in {distributions} shows beyond chance "
            f"({label} {w.number(widest.excess)} {widest.unit} over its floor; {clause})."
        ]
    chance = "" if p_value is None else f"; {clause}"
    bounds = f"; {w.confidence(audit)} interval {w.interval(widest.interval)}" if widest.interval else ""
    return [
        f"Between {what} {distributions} lie {w.number(widest.excess)} {widest.unit} apart beyond chance "
        f"({label}; 0: the same{bounds}{chance})."
    ]


SECTIONS = (Section(Audit, 70, content, findings=findings),)
