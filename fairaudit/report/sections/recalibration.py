"""Recalibration: slope and intercept of probabilities, and events over expected ones, group by group."""

from __future__ import annotations

from fairaudit.report import wording as w
from fairaudit.report.sections import Content, Section
from fairaudit.report.table import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Audit, Cell, EventRatio, Recalibration

FEW = 25
"""Rows of a table that is not folded away."""


def content(audit: Audit) -> Content | None:
    """How to read both, and their tables."""
    if audit.recalibration:
        lead = (
            "What has to be added to the logit of each prediction (intercept, at slope 1; above 0 the group is"
            " underestimated), and its best factor (slope; below 1 predictions are too extreme), by logistic"
            " recalibration (Cox 1958). The p-value asks for intercept 0 and slope 1 together. Each line is for its"
            " group alone and is not corrected for their number.",
        )
        return Content("For experts: calibration slope and intercept", lead, (_slopes(audit),))
    if audit.event_ratios:
        lead = (
            "Actual over expected events: by Poisson's law alone (Garwood 1936), and with the dispersion that the rows"
            " show, by which events come in clusters. The second is what the audit tells. The p-value asks whether the"
            " ratio is 1; each line is for its group alone and is not corrected for their number.",
        )
        return Content("For experts: actual over expected events", lead, (_ratios(audit),))
    return None


def _slopes(audit: Audit) -> Table:
    notes = Footnotes()
    columns = (
        Column("group", numeric=False),
        Column("rows"),
        Column("intercept", about="to be added to the logit of each prediction; 0: right on average"),
        Column("slope", about="best factor of the logit; 1: right, below 1: too extreme"),
        Column("p", about="intercept 0 and slope 1 together"),
    )
    rows = [_slope(notes, one) for one in sorted(audit.recalibration, key=lambda one: len(one.by))]
    caption, shown = cut(f"Logistic recalibration, with {w.confidence(audit)} intervals", rows)
    return Table("recalibration", caption, columns, shown, tuple(notes.texts), fold=len(rows) > FEW)


def _slope(notes: Footnotes, one: Recalibration) -> tuple[Entry, ...]:
    return (
        Entry(_name(one.by, one.cell)),
        Entry(w.count(one.n)),
        notes.entry(
            w.number(one.intercept, signed=True), one.intercept is None, one.why, w.interval(one.intercept_interval)
        ),
        notes.entry(w.number(one.slope), one.slope is None, one.why, w.interval(one.slope_interval)),
        notes.known(w.p_value(one.p_value), one.p_value, one.why),
    )


def _ratios(audit: Audit) -> Table:
    columns = (
        Column("group", numeric=False),
        Column("events"),
        Column("expected"),
        Column("actual / expected", about="with the interval by the dispersion"),
        Column("by Poisson's law", about="exact interval if events do not come in clusters"),
        Column("dispersion", about="variance of the events as a multiple of Poisson's"),
        Column("p", about="exact test that the ratio is 1, by the dispersion"),
    )
    rows = [_ratio(one) for one in sorted(audit.event_ratios, key=lambda one: len(one.by))]
    caption, shown = cut(f"Events, with {w.confidence(audit)} intervals", rows)
    return Table("recalibration", caption, columns, shown, fold=len(rows) > FEW)


def _ratio(one: EventRatio) -> tuple[Entry, ...]:
    return (
        Entry(_name(one.by, one.cell)),
        Entry(w.number(one.events)),
        Entry(w.number(one.expected)),
        Entry(w.number(one.ratio), w.interval(one.interval)),
        Entry(w.interval(one.exact_interval)),
        Entry(w.number(one.dispersion)),
        Entry(w.p_value(one.p_value)),
    )


def _name(by: list[str], cell: Cell) -> str:
    return f"{w.by_label(by)}: {w.cell_label(cell, by)}" if by else "all rows"


SECTIONS = (Section(Audit, 63, content),)
