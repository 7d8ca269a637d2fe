"""Sums over the rows that a measure is about, in cells and in whatever groups are made of these.

Measures are shares, rates of events, and means: quotients Σ a / Σ b. All that is asked of one in a group follows from
sums of a few products, so that thousands of overlapping groups cost one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.chance.laws import Law
from fairaudit.chance.laws.events import Events, overdispersion
from fairaudit.chance.laws.means import Means, moments_of
from fairaudit.chance.laws.shares import Shares
from fairaudit.measures.counts import COUNTS
from fairaudit.measures.measure import Measure
from fairaudit.measures.people import Spread
from fairaudit.measures.view import Quotient, Share, View, all_rows
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.table import ScoreTable

Kind = Literal["share", "rate", "mean"]
"""A share of people, events per expected one, or a mean."""
ROUNDING = 1e-11
"""Share of a sum below which a difference from it is rounding."""


def searchable(measure: Measure) -> Kind | None:
    """What kind of quotient a measure is; None where it is none, so that it cannot be searched."""
    if isinstance(measure.of_groups, Share):
        return "share"
    if not isinstance(measure.of_groups, Quotient):
        return None
    return "rate" if measure in COUNTS else "mean"


@dataclass(frozen=True, eq=False)
class Totals:
    """Sums over the rows that a measure is about, in cells, subgroups or all, shape (G,) each.

    a and b are those of single rows; of a share b is the weight of a row and a the same or 0.
    """

    people: Floats
    """Rows."""
    weight: Floats
    """Σ ω, the weight of a row times its time at risk."""
    weight_sq: Floats
    """Σ ω²."""
    a: Floats
    b: Floats
    aa: Floats
    ab: Floats
    bb: Floats
    aaa: Floats
    aab: Floats
    abb: Floats
    bbb: Floats
    weighted_b: Floats
    """Σ v b, v the weight of a row without its time at risk."""

    def take(self, some: Ints) -> Totals:
        """Some of the groups."""
        return Totals.each(lambda sums: sums[some], self)

    def less(self, part: Totals) -> Totals:
        """The sums of all others; what is left of rounding is 0."""

        def rest(whole: Floats, taken: Floats) -> Floats:
            left = whole - taken
            return np.where(np.abs(left) <= ROUNDING * np.abs(whole), 0.0, left)

        return Totals(**{each.name: rest(getattr(self, each.name), getattr(part, each.name)) for each in fields(self)})

    @classmethod
    def each(cls, made: Callable[[Floats], Floats], of: Totals) -> Totals:
        """A function of every sum."""
        return cls(**{part.name: made(getattr(of, part.name)) for part in fields(of)})

    @property
    def effective(self) -> Floats:
        """Rows of equal weight that would tell as much (Kish 1965)."""
        return np.divide(self.weight**2, self.weight_sq, out=np.zeros_like(self.weight), where=self.weight_sq > 0)

    @property
    def value(self) -> Floats:
        """Σ a / Σ b; NaN where there is no b."""
        return np.divide(self.a, self.b, out=np.full_like(self.a, np.nan), where=self.b > 0)

    @property
    def second(self) -> Floats:
        """Σ (a − r b)², r = Σ a / Σ b."""
        r = self.value
        return np.maximum(self.aa - 2 * r * self.ab + r**2 * self.bb, 0.0)

    def law(self, kind: Kind) -> Law:
        """Where the true values may lie if rows are independent; every group has some b."""
        r = self.value
        if kind == "share":
            return Shares(r, self.b**2 / self.bb)
        if kind == "rate":
            return Events(self.a, self.b, self.dispersion(self.second))
        third = self.aaa - 3 * r * self.aab + 3 * r**2 * self.abb - r**3 * self.bbb
        return Means.of(r, moments_of(self.second / self.b**2, third / self.b**3, self.b**2 / self.bb))

    def law_of_people(self, kind: Kind, spread: Spread, pooled: float) -> Law:
        """The same where rows of a person are alike; every group has some b.

        Args:
            kind: what the measure is.
            spread: how people differ in it.
            pooled: design effect of all people.
        """
        people = spread.effective(self.b)
        freedom = np.maximum(people - 1, 1.0)
        if kind == "share":
            effect = spread.design_effect(self.second, self.b, pooled)
            return Shares(self.value, self.b**2 / self.bb / effect, freedom)
        if kind == "rate":
            return Events(self.a, self.b, self.dispersion(spread.second), freedom)
        return Means.of(self.value, moments_of(spread.second / self.b**2, spread.third / self.b**3, people))

    def dispersion(self, second: Floats) -> Floats:
        """Variance of Σ a over Σ a where it counts events: that of an event's weight, times the overdispersion; every
        group has some b.

        Args:
            second: Σ (a − r b)² over what is independent.
        """
        rate = np.where(self.a > 0, self.value, self.a.sum() / self.b.sum())
        return overdispersion(rate * self.b, rate * self.weighted_b, second)


@dataclass(frozen=True, eq=False)
class Lines:
    """The rows that a measure is about, by line of the score table."""

    rows: Floats
    """Rows of each line, which are alike, shape (L,)."""
    cell: Ints
    """Cell of each line."""
    a: Floats
    """a of one row of each line; of a mean less r · b, r the mean of all, so that no digits are lost."""
    b: Floats
    """b of one row of each line."""
    weight: Floats
    """ω of one row of each line."""
    plain: Floats
    """Its weight without the time at risk."""
    shift: float
    """r, which was taken off the mean; 0 for shares and rates."""
    cluster: Ints | None = None
    """Whom each line is about, where people have several rows."""

    def totals(self, size: int) -> Totals:
        """Their sums in so many cells."""
        a, b, w = self.a, self.b, self.weight
        parts = {
            "people": np.ones_like(a), "weight": w, "weight_sq": w**2, "a": a, "b": b, "aa": a * a, "ab": a * b,
            "bb": b * b, "aaa": a**3, "aab": a * a * b, "abb": a * b * b, "bbb": b**3, "weighted_b": self.plain * b,
        }  # fmt: skip
        return Totals(**{name: sum_by(self.cell, self.rows * part, size) for name, part in parts.items()})

    @property
    def equal_weights(self) -> bool:
        """Whether all rows have the same b."""
        return bool(np.ptp(self.b) <= 1e-12 * self.b.max())


def lines_about(table: ScoreTable, measure: Measure, cell: Ints) -> Lines:
    """The rows that a measure is about.

    Args:
        table: the score table.
        measure: one that is `searchable`.
        cell: cell of each line, shape (L,).
    """
    view, formula = all_rows(table), measure.of_groups
    above, below = _parts(view, formula)
    some = np.flatnonzero(below > 0 if isinstance(formula, Share) else table.mass > 0)
    rows = table.rows[some]
    a, b = above[some] / rows, below[some] / rows
    kind = searchable(measure)
    shift = float(above[some].sum() / below[some].sum()) if kind == "mean" and len(some) else 0.0
    cluster = None if table.cluster is None else table.cluster[some]
    mass, plain = table.mass[some] / rows, table.row_weight[some] / rows
    return Lines(rows, cell[some], a - shift * b, b, mass, plain, shift, cluster)


def _parts(view: View, formula: object) -> tuple[Floats, Floats]:
    """a and b of each segment."""
    if isinstance(formula, Share):
        mass = view.sums["mass"]
        whole: Flags | Floats = np.ones(len(mass)) if formula.whole is None else formula.whole(view)
        return mass * whole * formula.part(view), mass * whole
    assert isinstance(formula, Quotient)
    return formula.above(view), formula.below(view)
