"""Knowledge of the factors: what it changed, on held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fairaudit.report import wording as w
from fairaudit.report.lines import Block, Heading, Paragraph, grid, heads
from fairaudit.report.sections import Content, Section, Sentence
from fairaudit.report.table import Column, Entry, Footnotes, Table
from fairaudit.results import Audit, BeforeAfter, Consistency

MOST_KNOWN = 12
"""Factors that a terminal lists."""


def content(audit: Audit) -> Content | None:
    """Where the knowledge is from, what it changed, and each factor beside what is known of it."""
    knowledge = audit.consistency
    if knowledge is None:
        return None
    lead = [
        f"The model was guided by knowledge of the importance of its factors ({w.clean(knowledge.source)}), with"
        f" α = {w.number(knowledge.strength)} of loss per nat of {w.DIVERGENCES[knowledge.divergence]}. A factor's"
        " importance is its share of all attributions on the link scale. Importance in a model is not yet cause, and a"
        " model that agrees with what is known need not be right: look at the loss."
    ]
    if knowledge.unmentioned:
        names = w.sentence_list(map(w.clean, knowledge.unmentioned))
        lead.append(f"Not mentioned, and so behind all others: {names}.")
    lead += carried_by_few(knowledge)
    tables = (measured(knowledge, w.confidence(audit)), guided_factors(knowledge))
    return Content("Knowledge of the factors, before and after", tuple(lead), tables)


def carried_by_few(knowledge: Consistency) -> list[str]:
    """That a few training rows brought a factor near the knowledge, in a sentence; none where that is not so."""
    few = w.carried_by_few(knowledge.carried)
    return [f"Of the rows fitted on {few}: the model agrees with what is known by them, not by all."] if few else []


def measured(knowledge: Consistency, confidence: str) -> Table:
    """Distance from what is known, order and loss, before and after."""
    notes = Footnotes()
    unit = "nats" if knowledge.divergence != "plackett-luce" else "nats a choice"
    lines: list[tuple[str, BeforeAfter, Callable[[float | None], str]]] = [
        (f"{w.DIVERGENCES[knowledge.divergence]}, {unit}", knowledge.distance, w.number),
        ("pairs in the known order", knowledge.agreement, w.percent),
        ("loss (mean half deviance)", knowledge.loss, w.precise),
    ]
    columns = (
        Column("on the held-out rows", numeric=False),
        Column("plain", about="model without knowledge"),
        Column("guided", about="model with knowledge"),
        Column("change", about="in per cent of the plain model's value"),
    )
    rows = []
    for name, both, words in lines:
        cells = [
            (both.plain, both.plain_interval, words),
            (both.guided, both.guided_interval, words),
            (both.percent, both.percent_interval, w.exact_change),
        ]
        rows.append(
            (
                Entry(name),
                *(
                    Entry(
                        notes.known(say(value), value, "there is no such number").text,
                        "" if ends is None else f"{say(ends[0])} to {say(ends[1])}",
                    )
                    for value, ends, say in cells
                ),
            )
        )
    caption = f"What the knowledge changed ({confidence} bootstrap intervals of the rows)"
    return Table("consistency", caption, columns, tuple(rows), tuple(notes.texts))


def guided_factors(knowledge: Consistency) -> Table:
    """Each factor's importance beside what is known of it."""
    weighed = any(factor.knowledge is not None for factor in knowledge.factors)
    columns = [
        Column("factor", numeric=False),
        Column("place", about="in the order of the knowledge; factors of one place are not compared"),
        *([Column("known", about="share of the weights")] if weighed else []),
        Column("plain", about="share of all attributions in the model without knowledge"),
        Column("guided", about="the same in the model with knowledge"),
    ]
    rows = [
        (
            Entry(w.clean(factor.factor)),
            Entry(w.count(factor.tier)),
            *([Entry(w.percent(factor.knowledge))] if weighed else []),
            Entry(w.percent(factor.plain)),
            Entry(w.percent(factor.guided)),
        )
        for factor in knowledge.factors
    ]
    caption = "Importance of the factors, in the order of the knowledge"
    return Table("guided-factors", caption, tuple(columns), tuple(rows), ())


def lines(audit: Audit) -> Iterator[Block]:
    """Both tables, the second cut."""
    knowledge = audit.consistency
    if knowledge is None:
        return
    yield Heading("Knowledge of the factors, before and after, on held-out rows")
    for place, table in enumerate((measured(knowledge, w.confidence(audit)), guided_factors(knowledge))):
        if place:
            yield Paragraph()
        rows = (tuple(entry.text for entry in row) for row in table.rows[:MOST_KNOWN])
        yield grid(heads(*(column.title for column in table.columns)), rows)
    if len(knowledge.factors) > MOST_KNOWN:
        yield Paragraph(f"and {len(knowledge.factors) - MOST_KNOWN} more factors", "dim")
    yield from (Paragraph(sentence, "yellow") for sentence in carried_by_few(knowledge))


def findings(audit: Audit) -> list[Sentence]:
    """What knowledge of the factors changed, and at what price."""
    knowledge = audit.consistency
    if knowledge is None or knowledge.distance.plain is None or knowledge.distance.guided is None:
        return []
    ends = f"from {w.number(knowledge.distance.plain)} to {w.number(knowledge.distance.guided)} nats"
    sentence = f"Guided by {w.clean(knowledge.source)}, the model's {w.DIVERGENCES[knowledge.divergence]} goes {ends}"
    if knowledge.distance.percent is not None:
        sentence += f" ({w.percent_change(knowledge.distance.percent)})"
    if knowledge.agreement.plain is not None:
        sentence += f", pairs of factors in the known order from {w.percent(knowledge.agreement.plain)} to"
        sentence += f" {w.percent(knowledge.agreement.guided)}"
    if knowledge.loss.percent is not None:
        sentence += f", the loss by {w.exact_change(knowledge.loss.percent)}"
        if knowledge.loss.percent_interval is not None:
            low, high = map(w.exact_change, knowledge.loss.percent_interval)
            sentence += f" ({low} to {high})"
    few = [Sentence(text, "beyond the limit") for text in carried_by_few(knowledge)]
    return [Sentence(f"{sentence}.", "beyond the limit"), *few]


SECTIONS = (Section(Audit, 30, content, lines=lines, findings=findings),)
