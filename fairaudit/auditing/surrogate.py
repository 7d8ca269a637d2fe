"""What goes along with the difference of a verdict: its parts by the other columns of the table.

The gap of two groups is a difference of two means, so it is what the columns of people contribute, plus what goes along
with none of them (Kitagawa 1955; Oaxaca 1973, doi:10.2307/2525981; Blinder 1973, doi:10.2307/144855). What a column is
worth is told by least squares on its classes and the groups together, pooled over all groups, so that a difference
between groups is never taken for an effect of a column that they differ in (Jann 2008, doi:10.1177/1536867X0800800401).
All of it comes from tables of two columns each. It is a surrogate: it tells what goes along with a score, not how the
score was made, and no cause; so it says how much of the variance within groups it explains, and nothing else where that
is little. A column that tells what is measured by itself, as bands of a score do, explains nothing and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from fairaudit.arrays import Floats, Ints
from fairaudit.auditing.verdict import with_verdict
from fairaudit.data.others import CoarseColumn, other_columns
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.spread import mean_measure
from fairaudit.measures.view import Quotient, Share, all_rows, divide
from fairaudit.results import Audit, Cell
from fairaudit.results.memberships import attribute_of
from fairaudit.results.models import Surrogate
from fairaudit.results.verdict import Lead
from fairaudit.results.words import class_of
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.classes import against_rest
from fairaudit.scoretable.facets import facets
from fairaudit.scoretable.grid import Groups
from fairaudit.scoretable.table import ScoreTable
from fairaudit.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.roles import Roles

LEAST_EXPLAINED = 0.1
"""Share of the variance within groups below which nothing is said of what a difference goes along with."""
MOST_ROWS = 50_000
"""Rows on which the classes of columns are compared, drawn with the seed."""
ITSELF = 0.95
"""Share of the variance of what is measured from which one column alone tells it by itself."""
BY_INTERVALS = 0.5
"""The same of a column whose classes also cut what is measured into intervals."""
NEGLIGIBLE = 1e-10
"""Part of the largest eigenvalue below which a direction of the classes is one that others tell already."""


@dataclass(frozen=True, eq=False)
class RowValues:
    """What a measure is the mean of, row by row, and the groups that a verdict compares."""

    measure: str
    """The measure: that of the verdict, else the mean of what is measured."""
    value: Floats
    """Value of each row, shape (n,)."""
    mass: Floats
    """What the row weighs in the mean, ≥ 0, shape (n,): 0 where the measure is not about it."""
    people: Floats
    """How many people the row is, shape (n,); 1 without `count`."""
    groups: Groups
    """Group of each row."""
    ends: tuple[int, int]
    """The group that is told of, and the one that it is compared with."""

    @property
    def between(self) -> Floats:
        """Weights whose product with a column is the difference of its means in the two groups, shape (n,)."""
        one, other = (self.mass * (self.groups.index == end) for end in self.ends)
        weights: Floats = one / one.sum() - other / other.sum()
        return weights

    @property
    def gap(self) -> float:
        """Mean of the first group − that of the other."""
        return float(self.between @ self.value)

    def cell(self, end: int) -> Cell:
        """One of the two groups."""
        return self.groups.cell(self.ends[end])

    def take(self, rows: Ints) -> RowValues:
        """Some of the rows."""
        chosen = Groups(self.groups.by, self.groups.labels, self.groups.index[rows])
        return RowValues(self.measure, self.value[rows], self.mass[rows], self.people[rows], chosen, self.ends)


def of_its_class(table: ScoreTable, lead: Lead) -> ScoreTable:
    """The table that the measure of a verdict is of: of several classes that of its own against the rest."""
    name = class_of(lead.measure)[1]
    return against_rest(table, table.classes.index(name)) if name in table.classes else table


def row_values(table: ScoreTable, lead: Lead, task_mean: str) -> RowValues | None:
    """What the measure of a verdict is the mean of; None of several classes, where it is no mean of rows.

    Args:
        table: a line for each row, see `of_its_class`.
        lead: what the verdict tells.
        task_mean: measure that stands in where that of the verdict is no mean of rows, as the area under a curve.
    """
    measure = lead.measure if isinstance(MEASURES[lead.measure].of_groups, (Share, Quotient)) else task_mean
    formula = MEASURES[measure].of_groups
    if not isinstance(formula, (Share, Quotient)) or (measure == task_mean and table.classes):
        return None
    above, mass = formula.parts(all_rows(table))
    formed = facets(table.cells()).named(lead.by)
    cells = [formed.cell(place) for place in range(len(formed))]
    ends = [cells.index(end) for end in (lead.worse or lead.highest, lead.against or lead.lowest)]
    value = np.nan_to_num(divide(above, mass))
    return RowValues(measure, value, mass, table.rows.astype(np.float64), formed, (ends[0], ends[1]))


def stands_in(audit: Audit) -> str:
    """The measure that is explained where that of a verdict is no mean of rows."""
    return mean_measure(audit.task, audit.prediction.subject)


def with_surrogate(audit: Audit, table: ScoreTable, frame: pd.DataFrame, index: Ints, roles: Roles) -> Audit:
    """The audit with what the difference of its verdict goes along with; as it is where it tells none, or where the
    table has no other columns.

    Args:
        audit: with its verdict.
        table: a line for each of the used rows.
        frame: the data that they were read from.
        index: position of each used row there.
        roles: which column is what.
    """
    lead = None if audit.verdict is None else audit.verdict.lead
    if lead is None:
        return audit
    table = of_its_class(table, lead)
    rows = row_values(table, lead, stands_in(audit))
    if rows is None:
        return audit
    chosen = _sampled(rows.mass, audit.manifest.seed)
    others = other_columns(frame, roles, index[chosen])
    columns = [*others.columns, *_attributes(table, lead.by, chosen, {column.name for column in others.columns})]
    measured, weight, people = table.value[chosen], table.mass[chosen], float(table.rows[chosen].sum())
    itself = [column.name for column in columns if tells_itself(column, measured, weight, people)]
    kept = [column for column in columns if column.name not in itself]
    if not columns:
        return audit
    told = decomposed(rows.take(chosen), kept) if kept else Decomposed({}, 0.0, 0.0)
    enough = is_enough(told.explained, told.by_chance)
    gap = rows.gap
    parts = told.parts if enough else {}
    surrogate = Surrogate(
        method="classes",
        measure=rows.measure,
        explained=told.explained,
        by_chance=told.by_chance,
        group=rows.cell(0),
        against=rows.cell(1),
        gap=gap,
        contributions=parts,
        remainder=gap - sum(parts.values()) if enough else None,
        columns=len(kept),
        told_by_themselves=itself,
        passed_over=others.passed_over,
    )
    return with_verdict(structs.replace(audit, surrogate=surrogate))


def _sampled(mass: Floats, seed: int) -> Ints:
    """Positions of the rows that weigh anything, at most `MOST_ROWS` of them, in increasing order."""
    counted = np.flatnonzero(mass > 0)
    if len(counted) > MOST_ROWS:
        rng = Stream.COARSE_ROWS.generator(seed)
        counted = np.sort(counted[rng.permutation(len(counted))[:MOST_ROWS]])
    return counted


def _attributes(table: ScoreTable, by: Sequence[str], chosen: Ints, known: set[str]) -> list[CoarseColumn]:
    """The protected attributes by which the two groups do not differ, in their bands."""
    sets = [attribute.name for attribute in table.attributes if attribute.kind == "set"]
    formed = {attribute_of(name, sets) for name in by}
    return [
        CoarseColumn(attribute.name, attribute.band[table.level[chosen, place]], len(attribute.bands))
        for place, attribute in enumerate(table.attributes)
        if attribute.name not in formed and attribute.name not in known
    ]


def tells_itself(column: CoarseColumn, value: Floats, weight: Floats, people: float) -> bool:
    """Whether a column tells what is measured nearly by itself: made from it, as bands of a score are, or what it was
    made from, as the score of a decision.

    So it is where its classes leave hardly any variance, or less than half of it and no two of them overlap.

    Args:
        column: n rows.
        value: what is measured, shape (n,).
        weight: of the rows, shape (n,).
        people: how many people the rows are.
    """
    mass = sum_by(column.code, weight, column.size)
    mean = divide(sum_by(column.code, weight * value, column.size), mass)
    centre = float(weight @ value) / float(weight.sum())
    whole = float(weight @ (value - centre) ** 2)
    free = people - column.size
    if whole <= 0 or free <= 0:
        return False
    left = float(weight @ (value - np.nan_to_num(mean)[column.code]) ** 2)
    told = 1 - left / whole * (people - 1) / free
    if told >= ITSELF:
        return True
    low, high = np.full(column.size, np.inf), np.full(column.size, -np.inf)
    np.minimum.at(low, column.code, value)
    np.maximum.at(high, column.code, value)
    order = np.lexsort((high, low))
    order = order[np.isfinite(low[order])]
    return told >= BY_INTERVALS and bool((high[order[:-1]] <= low[order[1:]]).all())


@dataclass(frozen=True, eq=False)
class Decomposed:
    """A difference of two means in parts."""

    parts: dict[str, float]
    """Column → its part."""
    explained: float
    """Share of the variance within groups that the columns explain, adjusted for their classes, from 0 to 1."""
    by_chance: float
    """See `Surrogate.by_chance`."""


def is_enough(explained: float, by_chance: float) -> bool:
    """Whether columns explain enough for parts to be told."""
    return explained >= max(LEAST_EXPLAINED, by_chance)


def by_chance(parameters: int, rows: float) -> float:
    r"""What so many parameters explain of noise, adjusted, in one of forty tables: two standard deviations above 0.

    .. math:: 2 \sqrt{\frac{2 p}{(n - p - 1)(n + 1)}}

    from the beta law of :math:`R^2`, whose adjusted form has mean 0. Infinite without a row to spare.
    """
    free = rows - parameters - 1
    return float(2 * np.sqrt(2 * parameters / (free * (rows + 1)))) if free > 0 else float(np.inf)


def decomposed(rows: RowValues, columns: Sequence[CoarseColumn]) -> Decomposed:
    r"""The difference of the means of two groups by the classes of columns.

    With γ_g an intercept of each group and β_jk the worth of class k of column j, least squares of
    :math:`v_i \approx γ_{g_i} + \sum_j β_{j, c_{ij}}`; the part of column j is
    :math:`\sum_k β_{jk} (p_{jk}^{(1)} - p_{jk}^{(2)})` with p the shares of the classes in the two groups. Where
    columns tell the same, the smallest β that do it.

    Args:
        rows: n of them, of positive mass.
        columns: J ≥ 1 of them.
    """
    group = CoarseColumn("", rows.groups.index, len(rows.groups))
    blocks = [group, *columns]
    start = np.concatenate([[0], np.cumsum([block.size for block in blocks])])
    size = int(start[-1])
    products, sums, between = np.zeros((size, size)), np.zeros(size), np.zeros(size)
    contrast, value = rows.between, rows.value - float(rows.mass @ rows.value) / float(rows.mass.sum())
    for j, one in enumerate(blocks):
        mine = slice(start[j], start[j + 1])
        sums[mine] = sum_by(one.code, rows.mass * value, one.size)
        between[mine] = sum_by(one.code, contrast, one.size)
        for k, other in enumerate(blocks[: j + 1]):
            table = sum_by(one.code * other.size + other.code, rows.mass, one.size * other.size)
            table = table.reshape(one.size, other.size)
            theirs = slice(start[k], start[k + 1])
            products[mine, theirs], products[theirs, mine] = table, table.T
    spectrum, directions = np.linalg.eigh(products)
    kept = spectrum > NEGLIGIBLE * spectrum[-1]
    basis = directions[:, kept] / spectrum[kept]
    worth = basis @ (directions[:, kept].T @ sums)
    squares = float(rows.mass @ value**2)
    of_groups = sums[: group.size]
    within = squares - float((of_groups**2) @ divide(np.ones(group.size), np.diag(products)[: group.size]))
    left = squares - float(worth @ sums)
    used, apart = int(kept.sum()), len(np.unique(rows.groups.index))
    people = float(rows.people.sum())
    free, plain = people - used, people - apart
    explained = 1 - left / within * plain / free if within > 1e-12 * squares and free > 0 else 0.0
    parts = {
        column.name: float(worth[start[j] : start[j + 1]] @ between[start[j] : start[j + 1]])
        for j, column in enumerate(blocks)
        if j
    }
    chance = min(by_chance(used - apart, people - apart), 1.0)
    return Decomposed(parts, min(max(explained, 0.0), 1.0), chance)
