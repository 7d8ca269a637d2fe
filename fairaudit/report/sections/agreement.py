"""Agreement of any two models on the order of the factors."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report import wording as w
from fairaudit.report.lines import Block, Heading, grid, heads
from fairaudit.report.sections import Content, Section, Sentence
from fairaudit.report.table import Column, Entry, Table
from fairaudit.results.explanation import Explanation, ModelPair


def content(explanation: Explanation) -> Content | None:
    """What agreement is, and how far any two models agree."""
    if not explanation.pairs:
        return None
    lead = (
        "How far any two models agree. Agreement is of pairs of factors, beyond the margins of both models; what is"
        " neither agreed nor contradicted is too close to call for one of the two.",
    )
    return Content("Agreement of the models", lead, (table(explanation),))


def table(explanation: Explanation) -> Table:
    """How far any two models agree."""
    columns = (
        Column("models", numeric=False),
        Column("agreed", about="share of the pairs of factors that both order alike, beyond their margins"),
        Column("contradicted", about="share of the pairs that they order in opposite ways, beyond their margins"),
        Column("Kendall's τ", about="of the importances; 1: the same order"),
        Column(f"top {explanation.top} in common"),
        Column("JSD, bits", about="between the importance distributions; 0: the same"),
    )
    rows = tuple(map(_pair, explanation.pairs))
    return Table("agreement", "Any two models that have a say", columns, rows)


def _pair(pair: ModelPair) -> tuple[Entry, ...]:
    return (
        Entry(" and ".join(pair.models)),
        Entry(w.percent(pair.agreed)),
        Entry(w.percent(pair.contradicted)),
        Entry(w.number(pair.kendall)),
        Entry(w.percent(pair.top_overlap)),
        Entry(w.number(pair.jensen_shannon)),
    )


def lines(explanation: Explanation) -> Iterator[Block]:
    """The table in few words."""
    if not explanation.pairs:
        return
    yield Heading("Agreement of the models on pairs of factors")
    columns = heads("models", "agreed", "against", "τ", f"top {explanation.top}", "JSD, bits")
    yield grid(columns, (tuple(entry.text for entry in _pair(pair)) for pair in explanation.pairs))


def findings(explanation: Explanation) -> list[Sentence]:
    """Models that contradict each other, else how far apart the importances are."""
    return [Sentence(text) for text in _agreement(explanation)]


def _agreement(explanation: Explanation) -> list[str]:
    if not explanation.pairs or explanation.settled is None:
        return []
    against = max(explanation.pairs, key=lambda pair: pair.contradicted or 0.0)
    if against.contradicted:
        one, other = against.models
        return [f"{one} and {other} contradict each other on {w.percent(against.contradicted)} of the pairs."]
    farthest = max(explanation.pairs, key=lambda pair: pair.jensen_shannon)
    tau = "" if farthest.kendall is None else f" (Kendall's τ {w.number(farthest.kendall)})"
    whom = "The models" if len(explanation.pairs) == 1 else f"{' and '.join(farthest.models)}, the farthest apart,"
    return [
        f"{whom} contradict each other on no pair; their importance distributions are"
        f" {w.number(farthest.jensen_shannon)} bits apart{tau}."
    ]


SECTIONS = (Section(Explanation, 30, content, lines=lines, findings=findings),)
