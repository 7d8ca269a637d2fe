"""A measure in every subgroup of a search: its value, how far it stands out, and what chance makes of the choice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import stdtr

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.equality import POOLED_ROWS
from fairaudit.chance.laws import Law
from fairaudit.chance.laws.pairs import Limits, difference
from fairaudit.chance.laws.pairs import ratio as ratio_of
from fairaudit.chance.searches import (
    Extremes,
    Movable,
    exchanged,
    extremes,
    rate_scores,
    share_scores,
    share_tails,
    shuffled_rates,
    shuffled_shares,
)
from fairaudit.measures.people import Repeated, Spread
from fairaudit.measures.totals import ROUNDING, Kind, Lines, Totals
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.conjunctions import Conjunctions
from fairaudit.scoretable.grid import shuffled_clusters
from fairaudit.streams import Stream

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Contrast = Literal["ratio", "difference"]
"""How a subgroup is compared with all people: value over theirs, or value less theirs."""


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
    def repeated(self) -> Repeated | None:
        """What the rows of each person add up to, where people have several."""
        lines = self.lines
        if lines.cluster is None:
            return None
        return Repeated.of(lines.cell, lines.cluster, lines.rows * lines.a, lines.rows * lines.b, self.cells)

    @cached_property
    def _spreads(self) -> tuple[Spread, Spread]:
        """How the people inside and outside of all subgroups differ."""
        assert self.repeated is not None
        found = self._all
        inside, outside = (np.nan_to_num(part.value) for part in (found, self.everyone.less(found)))
        return self.repeated.spreads(self.subgroups.members, inside, outside)

    @cached_property
    def kept(self) -> Ints:
        """The subgroups that are large enough and not everybody, as positions among all, shape (G,)."""
        found, everyone = self._all, self.everyone
        people, worth = found.people, found.effective
        if self.repeated is not None:
            people, worth = self._spreads[0].people, self._spreads[0].effective(found.b)
        enough = (people >= self.fewest) & (worth >= self.fewest * (1 - ROUNDING))
        apart = (found.b < everyone.b * (1 - ROUNDING)) & (found.b > 0)
        return np.flatnonzero(enough & apart)

    @cached_property
    def inside(self) -> Totals:
        """Sums of those subgroups."""
        return self._all.take(self.kept)

    @cached_property
    def outside(self) -> Totals:
        """Sums of the people outside each."""
        return self.everyone.less(self.inside)

    @cached_property
    def people(self) -> Floats:
        """People of each subgroup, shape (G,)."""
        return self.inside.people if self.repeated is None else self._spreads[0].people[self.kept]

    @cached_property
    def laws(self) -> tuple[Law, Law]:
        """Where the true values of each subgroup, and of the people outside it, may lie."""
        sides = self.inside, self.outside
        if self.repeated is None:
            return sides[0].law(self.kind), sides[1].law(self.kind)
        one, other = (
            side.law_of_people(self.kind, spread.take(self.kept), self._design)
            for side, spread in zip(sides, self._spreads, strict=True)
        )
        return one, other

    @cached_property
    def _design(self) -> float:
        """By how much the variance of the value of all people is enlarged as rows of a person are alike."""
        assert self.repeated is not None
        everyone, spread = self.everyone, self.repeated.everyone(float(self.everyone.value[0]))
        if not everyone.second[0] > 0:
            return 1.0
        people = float(spread.effective(everyone.b)[0])
        return max(float(spread.second[0] / everyone.second[0]) * people / max(people - 1, 1.0), 1.0)

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
        (one, other), share = self.laws, self.inside.b / self.everyone.b
        sides = one.value, one.strict(tail), other.value, other.strict(tail)
        if self.contrast == "difference":
            low, high = difference(*sides)
            return (1 - share) * low, (1 - share) * high
        low, high = ratio_of(*sides)
        top = np.divide(high, share * high + 1 - share, out=1 / share, where=np.isfinite(high))
        return low / (share * low + 1 - share), top

    @property
    def varies(self) -> bool:
        """Whether people differ in the measure at all."""
        everyone = self.everyone
        if self.kind == "share":
            return bool(0 < everyone.a[0] < everyone.b[0])
        if self.kind == "rate":
            return bool(everyone.a[0] > 0)
        return bool(everyone.aa[0] > 1e-18 * self.lines.shift**2 * everyone.bb[0])

    @property
    def _counted(self) -> bool:
        """Whether the measure counts people, all of the same weight, once each."""
        return self.kind == "share" and self.lines.equal_weights and self.repeated is None

    def _movable(self, rng: np.random.Generator) -> Movable:
        """What is put into other cells as a whole, where it is no count: rows, or people.

        People who are in one cell each are exchanged with all their rows. Where some are in several, rows are scored,
        the variance enlarged by the design effect of all, and a person takes over the cells of another one with as many
        rows (see `scoretable.grid.shuffled_clusters`).
        """
        lines, value, people = self.lines, float(self.everyone.value[0]), self.repeated
        if people is not None and not people.moving:
            return Movable(people.cell, people.a - value * people.b, people.b, exchanged(people.cell, rng))
        deviation = lines.a - value * lines.b
        if people is None:
            line = np.repeat(np.arange(len(lines.rows)), lines.rows.astype(np.intp))
            return Movable(lines.cell[line], deviation[line], lines.b[line], exchanged(lines.cell[line], rng))
        assert lines.cluster is not None
        line, placed = shuffled_clusters(lines.cluster, lines.rows, lines.cell, rng)
        return Movable(lines.cell[line], deviation[line], lines.b[line], placed, self._design)

    @cached_property
    def scores(self) -> Floats:
        """How far each subgroup stands out from the people outside, in standard deviations, shape (G,)."""
        mine, all_people = self.inside, self.everyone
        if self._counted:
            unit = all_people.b[0] / all_people.people[0]
            return share_scores(mine.a / unit, mine.people, all_people.a[0] / unit, float(all_people.people[0]))
        if self.kind == "rate" and self.repeated is None:
            spread = mine.dispersion(mine.second)
            return rate_scores(mine.a / spread, mine.b / spread, all_people.a[0] / spread, all_people.b[0] / spread)
        return self._movable(Stream.SCORED_ROWS.generator(0)).scores(self._members)

    @property
    def tails(self) -> Floats:
        """Chance that a subgroup alone, named before the data, scores as far on its side, or more than that, shape
        (G,): Chernoff's bound of shares and rates, Student's law of means and of people with several rows."""
        mine, all_people = self.inside, self.everyone
        if self.repeated is not None:
            return self._tails_of_people
        if self._counted:
            unit = all_people.b[0] / all_people.people[0]
            return share_tails(mine.a / unit, mine.people, all_people.a[0] / all_people.b[0])
        if self.kind == "rate":
            spread = mine.dispersion(mine.second)
            return share_tails(mine.a / spread, all_people.a[0] / spread, mine.b / all_people.b)
        return np.asarray(stdtr(np.maximum(mine.effective - 1, 1.0), -np.abs(self.scores)), dtype=np.float64)

    @property
    def _tails_of_people(self) -> Floats:
        """Welch's test of the people inside and outside, their variances mixed as in `chance.searches.mean_scores`."""
        assert self.repeated is not None
        everyone = self.repeated.everyone(float(self.everyone.value[0]))
        pooled = float(everyone.second[0] / everyone.people[0])
        variance, people = np.zeros(len(self.kept)), np.full(len(self.kept), np.inf)
        for of, spread in zip((self.inside, self.outside), self._spreads, strict=True):
            own, many = spread.take(self.kept), spread.take(self.kept).effective(of.b)
            variance += many / (many - 1 + POOLED_ROWS) * (own.second + POOLED_ROWS * pooled) / of.b**2
            people = np.minimum(people, many)
        far = np.divide(
            np.abs(self.inside.value - self.outside.value),
            np.sqrt(variance),
            out=np.zeros_like(variance),
            where=variance > 0,
        )
        return np.asarray(stdtr(np.maximum(people - 1, 1.0), -far), dtype=np.float64)

    def drawn(self, draws: int, rng: np.random.Generator) -> Extremes:
        """The largest and smallest score of those subgroups where chance alone puts people into the cells."""
        return extremes(self._drawn(draws, rng))

    @property
    def _members(self) -> csr_array:
        """Cells of the subgroups that are large enough."""
        members = self.subgroups.members
        return members if len(self.kept) == len(self.subgroups) else members[self.kept]

    def _drawn(self, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
        lines, members = self.lines, self._members
        if self._counted:
            people = sum_by(lines.cell, lines.rows, self.cells)
            events = float(np.round((lines.rows * (lines.a > 0)).sum()))
            return shuffled_shares(members, events, people, draws, rng)
        if self.kind == "rate" and self.repeated is None:
            everyone = self.everyone
            events = everyone.a[0] / float(everyone.dispersion(everyone.second)[0])
            expected = sum_by(lines.cell, lines.rows * lines.b, self.cells)
            return shuffled_rates(members, max(round(events), 1), expected, draws, rng)
        return self._movable(rng).drawn(members, draws)
