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


def factors_by_importance(found: Attribution) -> list[str]:
    """Factors of the model, the most important first."""
    importance = found.importance
    return sorted(importance, key=lambda name: (-importance[name], name))


def table(found: Attribution, by: list[str], number: int = 0) -> Table:
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
