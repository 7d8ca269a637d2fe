"""Proxies: what each factor tells about each protected attribute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fairaudit.report import wording as w
from fairaudit.report.lines import LABEL, Block, Heading, Line, grid, heads
from fairaudit.report.table import Column, Entry, Footnotes, Table
from fairaudit.results import Proxy
from fairaudit.results.explanation import Explanation

MOST = 15
"""Factors that a terminal lists."""
MOST_ATTRIBUTES = 5
"""Protected attributes for which a terminal has room."""


def strongest(found: Iterable[Proxy]) -> Proxy | None:
    """The proxy with the largest distance correlation that is no chance."""
    sure = [each for each in found if each.dcor_sq is not None and (each.p_value or 0.0) <= 0.05]
    return max(sure, key=lambda each: each.dcor_sq or 0.0, default=None)


def table(found: Sequence[Proxy]) -> Table:
    """Squared distance correlation of each factor with each protected attribute; the strongest in bold."""
    notes = Footnotes()
    names = list(dict.fromkeys(each.attribute for each in found))
    factors = list(dict.fromkeys(each.factor for each in found))
    known = {(each.factor, each.attribute): each for each in found}
    top = {name: strongest(each for each in found if each.attribute == name) for name in names}
    rows = []
    for factor in factors:
        row = [Entry(w.clean(factor))]
        for name in names:
            each = known[factor, name]
            p_value = "" if each.p_value is None else w.p_clause(each.p_value)
            row.append(notes.entry(w.number(each.dcor_sq), each.dcor_sq is None, each.why, p_value, each is top[name]))
        rows.append(tuple(row))
    columns = (Column("factor", numeric=False), *(Column(w.clean(name)) for name in names))
    caption = "What each factor tells about each protected attribute (squared distance correlation)"
    return Table("proxies", caption, columns, tuple(rows), tuple(notes.texts), fold=len(rows) > 15)


def lines(explanation: Explanation) -> Iterator[Block]:
    """Factors against attributes; in bold the factors that tell most of one."""
    if not explanation.proxies:
        return
    yield Heading("What factors tell about protected attributes (dCor²; 0: nothing, 1: all)")
    names = [attribute.name for attribute in explanation.protected][:MOST_ATTRIBUTES]
    top = [strongest(proxy for proxy in explanation.proxies if proxy.attribute == name) for name in names]
    shown = []
    for factor in explanation.factors[:MOST]:
        known = {proxy.attribute: proxy for proxy in explanation.proxies if proxy.factor == factor}
        strong = any(known[name] is best for name, best in zip(names, top, strict=True))
        values = [w.number(known[name].dcor_sq) for name in names]
        shown.append(Line((w.shorten(factor, LABEL), *values), "bold" if strong else ""))
    yield grid(heads("factor", *(w.shorten(name, 12) for name in names)), shown)


def sentences(explanation: Explanation) -> list[str]:
    """The factor that tells most about each attribute, in one sentence."""
    told = []
    for attribute in explanation.protected:
        found = strongest(proxy for proxy in explanation.proxies if proxy.attribute == attribute.name)
        if found is not None:
            told.append(f"{w.clean(found.factor)} about {w.clean(attribute.name)} (dCor² {w.number(found.dcor_sq)})")
    return [f"What tells most about the protected attributes: {w.sentence_list(told)}."] if told else []
