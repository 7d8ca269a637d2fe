"""What the models explain over the constant one, whether they are in balance, and what a fairer one gives up."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report import wording as w
from fairaudit.report.lines import Block, Heading, Paragraph, grid, heads
from fairaudit.report.sections import Content, Section, Sentence
from fairaudit.report.table import Column, Entry, Footnotes, Table
from fairaudit.results import Audit, Explained
from fairaudit.results.costs import name_of, price_of

ABOUT = (
    "Deviance is the loss that a model minimises, 0 for a perfect prediction. What a model explains, D², is the share"
    " of the constant model's deviance that it takes away: 0% is no better than the mean of the training rows, and"
    " below 0% is worse. Balance is what happened over what was predicted: above 1, the predictions add up to too"
    " little. That of the constant model tells by how much the held-out rows differ from the training rows by chance."
)


def content(audit: Audit) -> Content | None:
    """The table, and the price of a fairer model in its terms."""
    if audit.model is None or audit.model.test is None:
        return None
    lead = (ABOUT, *([price_of(audit)] if audit.price is not None else []))
    return Content("What the models explain", lead, (table(audit),))


def table(audit: Audit) -> Table:
    """The constant model and those that were fitted, on held-out and on training rows."""
    notes = Footnotes()
    columns = (
        Column("model", numeric=False),
        Column("deviance", about="mean half deviance of the held-out rows; 0 is perfect"),
        Column("explained", about="share of the constant model's deviance, held-out rows"),
        Column("balance", about="Σ outcome / Σ prediction, held-out rows"),
        Column("explained, training", about="the same share of the training rows"),
        Column("balance, training", about="the same ratio of the training rows"),
    )
    rows = [tuple(Entry(field.text, field.detail, field.note) for field in row) for row in _rows(audit, notes)]
    caption = f"What each model explains of the outcome ({w.confidence(audit)} bootstrap intervals of the rows)"
    return Table("explained", caption, columns, tuple(rows), tuple(notes.texts))


def _rows(audit: Audit, notes: Footnotes) -> Iterator[tuple[Entry, ...]]:
    models = [model for model in (audit.plain.model if audit.plain else None, audit.model) if model is not None]
    test = models[-1].test
    assert test is not None
    zero, own = Entry(w.percent(0.0)), models[-1].train or Explained()
    yield (
        Entry("constant"),
        _known(notes, test.constant, test.why),
        zero,
        _balance(notes, test.constant_balance),
        zero,
        _balance(notes, own.constant_balance),
    )
    names = ["plain", w.chosen(audit)] if len(models) > 1 else ["plain" if models[0].penalty == "none" else "fairer"]
    for name, model in zip(names, models, strict=True):
        held, fitted = model.test or Explained(), model.train or Explained()
        ends = held.interval
        detail = "" if ends is None else f"{w.percent(ends[0])} to {w.percent(ends[1])}"
        yield (
            Entry(name),
            _known(notes, held.deviance, held.why),
            notes.entry(w.percent(held.share), held.share is None, held.why, detail),
            _balance(notes, held.balance),
            notes.known(w.percent(fitted.share), fitted.share, fitted.why),
            _balance(notes, fitted.balance),
        )


def _known(notes: Footnotes, value: float | None, why: str | None) -> Entry:
    return notes.known(w.precise(value), value, why)


def _balance(notes: Footnotes, value: float | None) -> Entry:
    return notes.known(f"{value:.3f}" if value is not None else "", value, "nothing is predicted")


def lines(audit: Audit) -> Iterator[Block]:
    """The table with its held-out columns."""
    if audit.model is None or audit.model.test is None:
        return
    yield Heading("What the models explain, on held-out rows")
    measured = table(audit)
    rows = (tuple(entry.text for entry in row[:4]) for row in measured.rows)
    yield grid(heads(*(column.title for column in measured.columns[:4])), rows)
    if audit.price is not None:
        yield Paragraph(price_of(audit))


def findings(audit: Audit) -> list[Sentence]:
    """That a model is no better than the constant one, which comes before all else."""
    named = [("plain", audit.plain.model if audit.plain else None), (name_of(audit), audit.model)]
    poor = [name for name, model in named if model and model.test and (model.test.share or 0.0) < 0]
    if not poor:
        return []
    those = f"{' and the '.join(dict.fromkeys(poor))} model"
    verb = "predict" if len(dict.fromkeys(poor)) > 1 else "predicts"
    return [Sentence(f"The {those} {verb} worse than the constant on the held-out rows; do not rely on what follows.")]


SECTIONS = (Section(Audit, 5, content, lines=lines, findings=findings),)
