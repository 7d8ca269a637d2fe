"""Tables of factors: what carries predictions and gaps, and what knowledge of it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from fairaudit.report import wording as w
from fairaudit.report.tables import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Attribution, BeforeAfter, Consistency, FactorGap, Proxy

IMPORTANCE_GROUPS = 20
"""Groups whose importance distributions stand side by side."""


def consistency(found: Consistency, confidence: str) -> Table:
    """Distance from what is known, order and loss, before and after."""
    notes = Footnotes()
    unit = "nats" if found.divergence != "plackett-luce" else "nats a choice"
    lines: list[tuple[str, BeforeAfter, Callable[[float | None], str]]] = [
        (f"{w.DIVERGENCES[found.divergence]}, {unit}", found.distance, w.number),
        ("pairs in the known order", found.agreement, w.percent),
        ("loss (mean half deviance)", found.loss, w.precise),
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


def guided_factors(found: Consistency) -> Table:
    """Each factor's importance beside what is known of it."""
    weighed = any(factor.knowledge is not None for factor in found.factors)
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
        for factor in found.factors
    ]
    caption = "Importance of the factors, in the order of the knowledge"
    return Table("guided-factors", caption, tuple(columns), tuple(rows), ())


def attribution(found: Attribution, by: list[str], number: int = 0) -> Table:
    """Which factors carry the gap of each group, largest gaps first; factors by importance."""
    notes, factors = Footnotes(), factors_by_importance(found)
    rows = []
    for gap in largest_gaps(g for g in found.gaps if g.by == by):
        row = [Entry(w.cell_label(gap.cell, by)), Entry(w.count(gap.n))]
        ends = w.interval(gap.interval)
        row.append(notes.entry(w.number(gap.gap, signed=True), gap.gap is None, gap.why, ends, strong=True))
        for name in factors:
            value = gap.contributions.get(name)
            ends = w.interval(gap.contribution_intervals.get(name))
            row.append(notes.entry(w.number(value, signed=True), value is None, gap.why, ends))
        rows.append(tuple(row))
    columns = [Column(w.by_label(by), numeric=False), Column("rows"), Column("gap", about="sum of the contributions")]
    columns += [Column(w.clean(name), about="contribution of this factor") for name in factors]
    caption = f"Gap to the overall mean by factor, groups of {w.by_label(by)} ({w.clean(found.scale)})"
    caption, shown = cut(caption, rows)
    return Table(f"attribution-{number}", caption, tuple(columns), shown, tuple(notes.texts), fold=len(by) > 1)


def factors_by_importance(found: Attribution) -> list[str]:
    """Factors of the model, the most important first."""
    importance = found.importance
    return sorted(importance, key=lambda name: (-importance[name], name))


def largest_gaps(gaps: Iterable[FactorGap]) -> list[FactorGap]:
    """Gaps by size, unmeasured ones last."""
    return sorted(gaps, key=lambda gap: (gap.gap is None, -abs(gap.gap or 0.0)))


def importance(found: Attribution) -> Table:
    """Factors by importance, over all rows and in the groups of each single attribute."""
    groups = [gap for gap in found.gaps if len(gap.by) == 1 and gap.importance][:IMPORTANCE_GROUPS]
    each = [(found.importance, found.importance_intervals)]
    each += [(group.importance, group.importance_intervals) for group in groups]
    rows = tuple(
        (
            Entry(w.clean(name)),
            *(Entry(w.percent(shares.get(name)), w.interval(ends.get(name), "rate")) for shares, ends in each),
        )
        for name in factors_by_importance(found)
    )
    about = "share of the total absolute attribution"
    columns = [Column("factor", numeric=False), Column("all rows", about=about)]
    columns += [Column(w.cell_label(group.cell, group.by, 25), about=about) for group in groups]
    return Table(
        "importance", "Importance of the factors, overall and by group", tuple(columns), rows, fold=len(rows) > 15
    )


def importance_divergence(found: Attribution) -> Table:
    """How far apart the groups' importance distributions are."""
    notes = Footnotes()
    columns = (
        Column("groups of", numeric=False),
        Column("value", about="in bits; 0: the factors weigh alike in all groups"),
        Column("floor", about="what chance alone gives"),
        Column("excess", about="value minus floor: read this one"),
    )
    rows = tuple(
        (
            Entry(w.by_label(each.by)),
            notes.known(w.number(each.value), each.value, each.why),
            notes.known(w.number(each.floor), each.floor, each.why),
            notes.entry(w.number(each.excess), each.excess is None, each.why, w.interval(each.interval)),
        )
        for each in found.divergence
    )
    caption = "Divergence between the groups' importance distributions, in bits"
    return Table("importance-divergence", caption, columns, rows, tuple(notes.texts))


def proxies(found: Sequence[Proxy]) -> Table:
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


def strongest(found: Iterable[Proxy]) -> Proxy | None:
    """The proxy with the largest distance correlation that is no chance."""
    sure = [each for each in found if each.dcor_sq is not None and (each.p_value or 0.0) <= 0.05]
    return max(sure, key=lambda each: each.dcor_sq or 0.0, default=None)
