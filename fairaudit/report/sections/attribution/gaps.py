"""Gaps of groups by factor: their order, their tables and the tables of importance."""

from __future__ import annotations

from collections.abc import Iterable

from fairaudit.report import wording as w
from fairaudit.report.table import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Attribution, FactorGap

IMPORTANCE_GROUPS = 20
"""Groups whose importance distributions stand side by side."""


def largest_gaps(gaps: Iterable[FactorGap]) -> list[FactorGap]:
    """Gaps by size, unmeasured ones last."""
    return sorted(gaps, key=lambda gap: (gap.gap is None, -abs(gap.gap or 0.0)))


def factors_by_importance(attribution: Attribution) -> list[str]:
    """Factors of the model, the most important first."""
    importance = attribution.importance
    return sorted(importance, key=lambda name: (-importance[name], name))


def table(attribution: Attribution, by: list[str], number: int = 0) -> Table:
    """Which factors carry the gap of each group, largest gaps first; factors by importance."""
    notes, factors = Footnotes(), factors_by_importance(attribution)
    rows = []
    for gap in largest_gaps(g for g in attribution.gaps if g.by == by):
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
    caption = f"Gap to the overall mean by factor, groups of {w.by_label(by)} ({w.clean(attribution.scale)})"
    caption, shown = cut(caption, rows)
    return Table(f"attribution-{number}", caption, tuple(columns), shown, tuple(notes.texts), fold=len(by) > 1)


def importance(attribution: Attribution) -> Table:
    """Factors by importance, over all rows and in the groups of each single attribute."""
    groups = [gap for gap in attribution.gaps if len(gap.by) == 1 and gap.importance][:IMPORTANCE_GROUPS]
    parts = [(attribution.importance, attribution.importance_intervals)]
    parts += [(group.importance, group.importance_intervals) for group in groups]
    rows = tuple(
        (
            Entry(w.clean(name)),
            *(Entry(w.percent(shares.get(name)), w.interval(ends.get(name), "rate")) for shares, ends in parts),
        )
        for name in factors_by_importance(attribution)
    )
    about = "share of the total absolute attribution"
    columns = [Column("factor", numeric=False), Column("all rows", about=about)]
    columns += [Column(w.cell_label(group.cell, group.by, 25), about=about) for group in groups]
    return Table(
        "importance", "Importance of the factors, overall and by group", tuple(columns), rows, fold=len(rows) > 15
    )


def importance_divergence(attribution: Attribution) -> Table:
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
            Entry(w.by_label(divergence.by)),
            notes.known(w.number(divergence.value), divergence.value, divergence.why),
            notes.known(w.number(divergence.floor), divergence.floor, divergence.why),
            notes.entry(
                w.number(divergence.excess), divergence.excess is None, divergence.why, w.interval(divergence.interval)
            ),
        )
        for divergence in attribution.divergence
    )
    caption = "Divergence between the groups' importance distributions, in bits"
    return Table("importance-divergence", caption, columns, rows, tuple(notes.texts))
