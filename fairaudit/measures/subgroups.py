"""A measure in every subgroup of a search: its value, how far it stands out, and what chance makes of the choice.

Measures are shares, rates of events, and means: quotients Σ a / Σ b. All that is asked of one in a subgroup follows
from sums of a few products over its cells, so that thousands of overlapping subgroups cost one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.special import stdtr

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.chance.laws import Law
from fairaudit.chance.laws.events import Events, overdispersion
from fairaudit.chance.laws.means import Means, moments_of
from fairaudit.chance.laws.pairs import Limits, difference
from fairaudit.chance.laws.pairs import ratio as ratio_of
from fairaudit.chance.laws.shares import Shares
from fairaudit.chance.searches import (
    Deviations,
    Extremes,
    extremes,
    mean_scores,
    rate_scores,
    share_scores,
    share_tails,
    shuffled_means,
    shuffled_rates,
    shuffled_shares,
)
from fairaudit.measures.counts import COUNTS
from fairaudit.measures.measure import Measure
from fairaudit.measures.view import Quotient, Share, View, all_rows
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.conjunctions import Conjunctions
from fairaudit.scoretable.table import ScoreTable

Kind = Literal["share", "rate", "mean"]
"""A share of people, events per expected one, or a mean."""
ROUNDING = 1e-11
"""Share of a sum below which a difference from it is rounding."""
Contrast = Literal["ratio", "difference"]
"""How a subgroup is compared with all people: value over theirs, or value less theirs."""


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

    def law(self, kind: Kind) -> Law:
        """Where the true values may lie; every group has some b."""
        r = self.value
        second = np.maximum(self.aa - 2 * r * self.ab + r**2 * self.bb, 0.0)
        if kind == "share":
            return Shares(r, self.b**2 / self.bb)
        if kind == "rate":
            return Events(self.a, self.b, self.dispersion)
        third = self.aaa - 3 * r * self.aab + 3 * r**2 * self.abb - r**3 * self.bbb
        return Means.of(r, moments_of(second / self.b**2, third / self.b**3, self.b**2 / self.bb))

    @property
    def dispersion(self) -> Floats:
        """Variance of Σ a over Σ a where it counts events: that of an event's weight, times the overdispersion."""
        everything = float(self.b.sum())
        rate = np.where(self.a > 0, self.value, float(self.a.sum()) / everything if everything > 0 else 0.0)
        second = np.maximum(self.aa - 2 * self.value * self.ab + self.value**2 * self.bb, 0.0)
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
    return Lines(rows, cell[some], a - shift * b, b, table.mass[some] / rows, table.row_weight[some] / rows, shift)


def _parts(view: View, formula: object) -> tuple[Floats, Floats]:
    """a and b of each segment."""
    if isinstance(formula, Share):
        mass = view.sums["mass"]
        whole: Flags | Floats = np.ones(len(mass)) if formula.whole is None else formula.whole(view)
        return mass * whole * formula.part(view), mass * whole
    assert isinstance(formula, Quotient)
    return formula.above(view), formula.below(view)


@dataclass(frozen=True, eq=False)
class Searched:
    """One measure in the subgroups that are large enough. G of them."""

    kind: Kind
    """What it is."""
    lines: Lines
    """The rows it is about."""
    cells: int
    """Number of cells C."""
    subgroups: Conjunctions
    """All subgroups of the search."""
    fewest: int
    """People that a subgroup needs, and rows of equal weight that those must be worth."""

    @cached_property
    def everyone(self) -> Totals:
        """Sums over all rows, shape (1,)."""
        return Totals.each(lambda sums: sums.sum(keepdims=True), self.lines.totals(self.cells))

    @cached_property
    def _all(self) -> Totals:
        return Totals.each(lambda sums: self.subgroups.members @ sums, self.lines.totals(self.cells))

    @cached_property
    def kept(self) -> Ints:
        """The subgroups that are large enough and not everybody, as positions among all, shape (G,)."""
        found, everyone = self._all, self.everyone
        enough = (found.people >= self.fewest) & (found.effective >= self.fewest * (1 - ROUNDING))
        apart = (found.people < everyone.people) & (found.b < everyone.b * (1 - ROUNDING)) & (found.b > 0)
        return np.flatnonzero(enough & apart)

    @cached_property
    def inside(self) -> Totals:
        """Sums of those subgroups."""
        return self._all.take(self.kept)

    @cached_property
    def outside(self) -> Totals:
        """Sums of the people outside each."""
        return self.everyone.less(self.inside)

    @property
    def contrast(self) -> Contrast:
        """How subgroups are compared with all."""
        return "difference" if self.kind == "mean" else "ratio"

    @property
    def overall(self) -> float | None:
        """Value of all people; None where there is nobody."""
        value = float(self.everyone.value[0]) + self.lines.shift
        return value if np.isfinite(value) else None

    @property
    def value(self) -> Floats:
        """Value of each subgroup, shape (G,)."""
        return self.inside.value + self.lines.shift

    @property
    def against_all(self) -> Floats:
        """Each subgroup compared with all, shape (G,): NaN where the value of all is 0 and a ratio is asked."""
        if self.contrast == "difference":
            return self.inside.value
        whole = self.everyone.value
        return self.inside.value / whole if whole[0] > 0 else np.full(len(self.kept), np.nan)

    def limits(self, tail: float) -> Limits:
        r"""Limits of the same of the true values, each wrong with at most this probability, shape (G,) twice.

        A subgroup is a part of all, with share s of Σ b. So with θ that of the subgroup and θ̄ that of the people
        outside, which are independent, and ρ = θ/θ̄,

        .. math:: \frac{\theta}{s \theta + (1 - s) \bar\theta} = \frac{\rho}{s \rho + 1 - s}, \quad
            \theta - s \theta - (1 - s) \bar\theta = (1 - s)(\theta - \bar\theta)

        increase in ρ and in the difference, whose limits are those of `laws.pairs`.
        """
        one, other, share = self.inside.law(self.kind), self.outside.law(self.kind), self.inside.b / self.everyone.b
        sides = one.value, one.strict(tail), other.value, other.strict(tail)
        if self.contrast == "difference":
            low, high = difference(*sides)
            return (1 - share) * low, (1 - share) * high
        low, high = ratio_of(*sides)
        top = np.where(np.isinf(high), 1.0, high)
        ends = low / (share * low + 1 - share), top / (share * top + 1 - share)
        return ends[0], np.where(np.isinf(high), 1 / share, ends[1])

    @property
    def varies(self) -> bool:
        """Whether people differ in the measure at all."""
        everyone = self.everyone
        if self.kind == "share":
            return bool(0 < everyone.a[0] < everyone.b[0])
        if self.kind == "rate":
            return bool(everyone.a[0] > 0)
        return bool(everyone.aa[0] > 1e-18 * max(self.lines.shift**2 * everyone.bb[0], 1e-300))

    @property
    def _counted(self) -> bool:
        """Whether the measure counts people, all of the same weight."""
        return self.kind == "share" and self.lines.equal_weights

    @cached_property
    def scores(self) -> Floats:
        """How far each subgroup stands out from the people outside, in standard deviations, shape (G,)."""
        mine, all_people = self.inside, self.everyone
        if self._counted:
            unit = all_people.b[0] / all_people.people[0]
            return share_scores(mine.a / unit, mine.people, all_people.a[0] / unit, float(all_people.people[0]))
        if self.kind == "rate":
            spread = mine.dispersion
            return rate_scores(mine.a / spread, mine.b / spread, all_people.a[0] / spread, all_people.b[0] / spread)
        return mean_scores(_deviations(mine, all_people), _deviations(all_people, all_people))

    @property
    def tails(self) -> Floats:
        """Chance that a subgroup alone, named before the data, scores as far on its side, or more than that, shape
        (G,): Chernoff's bound of shares and rates, Student's law of means."""
        mine, all_people = self.inside, self.everyone
        if self._counted:
            unit = all_people.b[0] / all_people.people[0]
            return share_tails(mine.a / unit, mine.people, all_people.a[0] / all_people.b[0])
        if self.kind == "rate":
            events = all_people.a[0] / mine.dispersion
            return share_tails(mine.a / mine.dispersion, events, mine.b / all_people.b)
        return np.asarray(stdtr(np.maximum(mine.effective - 1, 1.0), -np.abs(self.scores)), dtype=np.float64)

    def drawn(self, draws: int, rng: np.random.Generator) -> Extremes:
        """The largest and smallest score of those subgroups where chance alone puts people into the cells."""
        return extremes(self._drawn(draws, rng))

    def _drawn(self, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
        lines, members = self.lines, self.subgroups.members
        members = members if len(self.kept) == len(self.subgroups) else members[self.kept]
        if self._counted:
            people = sum_by(lines.cell, lines.rows, self.cells)
            events = float(np.round((lines.rows * (lines.a > 0)).sum()))
            return shuffled_shares(members, events, people, draws, rng)
        if self.kind == "rate":
            events = self.everyone.a[0] / float(self.everyone.dispersion[0])
            expected = sum_by(lines.cell, lines.rows * lines.b, self.cells)
            return shuffled_rates(members, max(round(events), 1), expected, draws, rng)
        deviation = lines.a - float(self.everyone.value[0]) * lines.b
        return shuffled_means(members, lines.rows, lines.cell, deviation, lines.b, draws, rng)


def _deviations(of: Totals, everyone: Totals) -> Deviations:
    """Sums of deviations from the value of all."""
    r = float(everyone.value[0])
    return Deviations(of.people, of.b, of.a - r * of.b, np.maximum(of.aa - 2 * r * of.ab + r**2 * of.bb, 0.0))
