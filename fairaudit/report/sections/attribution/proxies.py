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


def strongest(proxies: Iterable[Proxy]) -> Proxy | None:
    """The proxy with the largest distance correlation that is no chance."""
    sure = [proxy for proxy in proxies if proxy.dcor_sq is not None and (proxy.p_value or 0.0) <= 0.05]
    return max(sure, key=lambda proxy: proxy.dcor_sq or 0.0, default=None)


def table(proxies: Sequence[Proxy]) -> Table:
    """Squared distance correlation of each factor with each protected attribute; the strongest in bold."""
    notes = Footnotes()
    names = list(dict.fromkeys(proxy.attribute for proxy in proxies))
    factors = list(dict.fromkeys(proxy.factor for proxy in proxies))
    by_pair = {(proxy.factor, proxy.attribute): proxy for proxy in proxies}
    top = {name: strongest(proxy for proxy in proxies if proxy.attribute == name) for name in names}
    rows = []
    for factor in factors:
        row = [Entry(w.clean(factor))]
        for name in names:
            proxy = by_pair[factor, name]
            p_value = "" if proxy.p_value is None else w.p_clause(proxy.p_value)
            row.append(
                notes.entry(w.number(proxy.dcor_sq), proxy.dcor_sq is None, proxy.why, p_value, proxy is top[name])
            )
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
        of_factor = {proxy.attribute: proxy for proxy in explanation.proxies if proxy.factor == factor}
        strong = any(of_factor[name] is best for name, best in zip(names, top, strict=True))
        values = [w.number(of_factor[name].dcor_sq) for name in names]
        shown.append(Line((w.shorten(factor, LABEL), *values), "bold" if strong else ""))
    yield grid(heads("factor", *(w.shorten(name, 12) for name in names)), shown)
