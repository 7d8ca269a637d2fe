"""An explanation on a terminal: the order, the shares and the gaps, at 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from fairaudit.report import explained, factor_tables
from fairaudit.report import wording as w
from fairaudit.report.terminal import LABEL, attribution, grid, heading, listed, numbered, put
from fairaudit.results.explanation import Explanation

MOST = 15
"""Factors that are listed."""


def parts(explanation: Explanation) -> Iterator[RenderableType]:
    """What is printed, in order."""
    yield Text(explained.title(explanation), style="bold")
    yield Text(explained.question(explanation))
    yield Text(" · ".join(f"{name} {value}" for name, value in explained.facts(explanation)), style="dim")
    yield heading("Findings")
    yield numbered(explained.findings(explanation))
    yield heading("Primary and secondary factors (→: all models agree; the others follow)")
    yield from _order(explanation)
    yield heading(f"Importance on held-out rows ({100 * explanation.confidence:g}% intervals)")
    yield _importance(explanation)
    if explanation.pairs:
        yield heading("Agreement of the models on pairs of factors")
        yield _agreement(explanation)
    best = explanation.models[0]
    if best.attribution.gaps:
        yield heading(f"Why: gap to the overall mean by factor in {best.name} ({w.clean(best.attribution.scale)})")
        yield attribution(best.attribution)
    if explanation.proxies:
        yield heading("What factors tell about protected attributes (dCor²; 0: nothing, 1: all)")
        yield _proxies(explanation)
    if explanation.notes:
        yield heading("Notes")
        yield listed([w.clean(note) for note in explanation.notes])
    yield Text()
    yield Text("Pictures, groups and intervals are in the full report: add --report why.html (or .md, .json).", "dim")


def _order(explanation: Explanation) -> Iterator[RenderableType]:
    """Level by level, each factor with those directly below it."""
    below: dict[str, list[str]] = {}
    for relation in explanation.relations:
        if relation.direct:
            below.setdefault(relation.primary, []).append(relation.secondary)
    table = grid("level", "factor", "primary to", texts=3)
    table.columns[0].max_width, table.columns[2].max_width = 5, None
    for index, names in enumerate(explanation.levels, 1):
        for name in names:
            reached = ", ".join(w.shorten(each, LABEL) for each in below.get(name, []))
            put(table, (str(index), w.shorten(name, LABEL), f"→ {reached}" if reached else ""))
    yield table


def _importance(explanation: Explanation) -> RenderableType:
    heads = [model.name + ("" if model.included else " (no say)") for model in explanation.models]
    table = grid("factor", *heads)
    for name in explanation.factors[:MOST]:
        shares = [
            f"{w.percent(model.importance[name])} ({w.interval(model.intervals[name], 'rate')})"
            for model in explanation.models
        ]
        put(table, (w.shorten(name, 20), *shares))
    if len(explanation.factors) > MOST:
        put(table, (f"… {len(explanation.factors) - MOST} more in the reports",), "dim")
    losses = [f"loss {w.number(model.loss)}" for model in explanation.models]
    put(table, ("", *losses), "dim")
    return table


def _agreement(explanation: Explanation) -> RenderableType:
    table = grid("models", "agreed", "against", "τ", f"top {explanation.top}", "JSD, bits")
    for pair in explanation.pairs:
        shares = (w.percent(pair.agreed), w.percent(pair.contradicted))
        others = (w.number(pair.kendall), w.percent(pair.top_overlap), w.number(pair.jensen_shannon))
        put(table, (" and ".join(pair.models), *shares, *others))
    return table


def _proxies(explanation: Explanation) -> RenderableType:
    names = [attribute.name for attribute in explanation.protected][:5]
    table = grid("factor", *(w.shorten(name, 12) for name in names))
    top = [factor_tables.strongest(each for each in explanation.proxies if each.attribute == name) for name in names]
    for factor in explanation.factors[:MOST]:
        known = {each.attribute: each for each in explanation.proxies if each.factor == factor}
        strong = any(known[name] is best for name, best in zip(names, top, strict=True))
        values = [w.number(known[name].dcor_sq) for name in names]
        put(table, (w.shorten(factor, LABEL), *values), "bold" if strong else "")
    return table
