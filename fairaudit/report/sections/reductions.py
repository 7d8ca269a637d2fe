"""Shrinkage and decorrelation: how much dependence a fairer model takes away, and how much of that is less spread."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report import wording as w
from fairaudit.report.lines import Block, Heading, Paragraph, grid, heads
from fairaudit.report.sections import Content, Section
from fairaudit.report.table import Column, Entry, Footnotes, Table
from fairaudit.results import Audit, Interval, Reduction

ABOUT = (
    "A dependence measure falls, too, where all predictions are pulled towards their mean, which makes nobody more"
    " equal. So a reduction is split, exactly, in logarithms: what is left of the measure is what is left of its part"
    " that is free of the predictions' scale (dCor² of a distance covariance) times what is left of their spread. Of a"
    " sum of distance covariances and of JdCov² the first is no correlation, but as free of scale: the measure per"
    " distance standard deviation of the predictions."
)
SHORT = (
    "Shrinkage: predictions pulled together, which makes nobody more equal; its share of the reduction (logarithms)."
)


def content(audit: Audit) -> Content | None:
    """What is split, and the table."""
    return Content("Shrinkage and decorrelation", (ABOUT,), (table(audit),)) if audit.reductions else None


def table(audit: Audit) -> Table:
    """Each measure: taken away, with its interval, and the two parts."""
    notes = Footnotes()
    columns = (
        Column("measure", numeric=False),
        Column("taken away", about="of the plain model's excess over the noise floor"),
        Column("per spread", about="the same of dCor², or of the measure per distance standard deviation"),
        Column("spread", about="distance standard deviation of the predictions, fair over plain"),
        Column("total", about="ln(fair / plain)"),
        Column("decorrelation", about="part of the total that is less correlation"),
        Column("shrinkage", about="part of the total that is less spread"),
        Column("shrinkage, share", about="of the total"),
    )
    rows = tuple(_row(audit, reduction, notes) for reduction in audit.reductions)
    caption = f"What was taken away on held-out rows ({w.confidence(audit)} intervals), and by which way"
    return Table("reductions", caption, columns, rows, tuple(notes.texts))


def _row(audit: Audit, reduction: Reduction, notes: Footnotes) -> tuple[Entry, ...]:
    why = reduction.why or "one of the two models shows nothing over the floor"
    parts = (reduction.total, reduction.decorrelation, reduction.shrinkage)
    per_spread, ends = reduction.dcor_percent, _ends(reduction.dcor_interval)
    return (
        Entry(label(audit, reduction), strong=reduction.penalised),
        notes.entry(_taken(reduction.percent), reduction.percent is None, why, _ends(reduction.interval)),
        notes.entry(_taken(per_spread), per_spread is None, why, ends),
        notes.known(w.number(reduction.spread), reduction.spread, why),
        *(notes.known(w.number(part, signed=True), part, why) for part in parts),
        notes.known(share(reduction), reduction.total, why),
    )


def label(audit: Audit, reduction: Reduction) -> str:
    """The measure, and of dCov² of which attribute."""
    name = w.words(audit, reduction.measure).label
    own = f"{name} by {w.by_label(reduction.by)}" if reduction.measure == "dcov" else name
    return f"{own} (penalised)" if reduction.penalised else own


def share(reduction: Reduction) -> str:
    """The part of a reduction that is shrinkage: ``47%``; a dash where nothing was taken away."""
    total, part = reduction.total, reduction.shrinkage
    if total is None or part is None or total >= 0:
        return w.DASH
    return f"{100 * min(max(part / total, 0.0), 1.0):.0f}%"


def _taken(percent: float | None) -> str:
    return w.DASH if percent is None else f"{percent:.3g}%".replace("-", w.MINUS)


def _ends(bounds: Interval | None) -> str:
    return "" if bounds is None else f"{_taken(bounds[0])} to {_taken(bounds[1])}"


def lines(audit: Audit) -> Iterator[Block]:
    """Measure, taken away with its interval, per spread, and the share that is shrinkage."""
    if not audit.reductions:
        return
    yield Heading("Shrinkage and decorrelation, on held-out rows")
    columns = (*heads("measure", "taken away", "interval", "per spread", "shrinkage", width=36),)
    rows = (
        (label(audit, each), _taken(each.percent), _ends(each.interval), _taken(each.dcor_percent), share(each))
        for each in audit.reductions
    )
    yield grid(columns, rows)
    yield Paragraph(SHORT, "dim")


SECTIONS = (Section(Audit, 12, content, lines=lines),)
