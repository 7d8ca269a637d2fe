"""A measure within the strata of an admissible column, and its standardised gaps.

Groups that are spread otherwise over departments, tariff classes or kinds of offence differ for that alone. Direct
standardisation asks what the gap would be if all groups were spread alike: the values within strata, averaged with the
shares that the strata have among *all* people. These shares are the same for every group and depend on no choice of a
reference, so that standardised values of any two groups can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.chance.laws import Law
from fairaudit.chance.laws.pairs import Limits, difference, mean_range, range_error, range_tail
from fairaudit.chance.laws.shares import Shares
from fairaudit.chance.laws.weighted import weighted, widened
from fairaudit.chance.stratified import StratifiedTest, TwoGroups, same_within_strata
from fairaudit.measures.certainty import drawn_to_all, lines_of
from fairaudit.measures.group_values import GroupValues
from fairaudit.measures.view import Quotient, Share, View
from fairaudit.scoretable.cells import joint, sum_by
from fairaudit.scoretable.grid import Grid, Groups
from fairaudit.scoretable.table import ScoreTable

LEAST_TAIL = 1e-12
"""Tail below which it is not asked whether an interval leaves out 0."""


def natural_order(levels: tuple[str, ...]) -> Ints:
    """Places of the levels in the order of a table: numbers by size, names by their letters."""

    def key(place: int) -> tuple[bool, float, str]:
        try:
            number = float(levels[place])
        except ValueError:
            number = np.nan
        return (False, number, "") if np.isfinite(number) else (True, 0.0, levels[place])

    return np.array(sorted(range(len(levels)), key=key), dtype=np.intp)


@dataclass(frozen=True, eq=False)
class SharedStrata:
    """Pairs of groups that have people in the same strata."""

    strata: Flags
    """Those strata, shape (S,)."""
    weight: Floats
    """Their shares in the standard, summing to 1."""
    law: Law
    """Standardised values of the groups that have people in all of these strata."""
    first: Ints
    """Place in the law of the first group of each ordered pair."""
    second: Ints
    """Of the second."""
    pair: Ints
    """The pair, as first · F + second among the F groups compared."""

    def limits(self, tail: float, strict: bool) -> Limits:
        """Limits of the difference of each pair."""
        low, high = self.law.strict(tail) if strict else self.law.parts(tail)
        value, one, other = self.law.value, self.first, self.second
        return difference(value[one], (low[one], high[one]), value[other], (low[other], high[other]))

    @property
    def value(self) -> Floats:
        """Difference of each pair."""
        result: Floats = self.law.value[self.first] - self.law.value[self.second]
        return result


@dataclass(frozen=True, eq=False)
class Crossed:
    """One measure in F groups that are compared, crossed with S strata. Sums are over the people it is about."""

    measured: GroupValues
    """The measure in the groups, whatever the strata."""
    fit: Ints
    """The groups that are compared, shape (F,)."""
    strata: Ints
    """The strata, as places in the levels of the admissible column, in the order of a table, shape (S,)."""
    view: View
    """The lines of all groups."""
    group: Ints
    """Group of each line, as a place in `fit`; −1 for groups that are not compared."""
    stratum: Ints
    """Stratum of each line, as a place in `strata`; −1 for those that nobody of the measure is in."""
    rows: Floats
    """Rows by group and stratum, shape (F, S)."""
    above: Floats
    """Numerator of the measure, shape (F, S)."""
    below: Floats
    """Denominator of the measure, shape (F, S)."""
    share: Floats
    """Share of each stratum among all people, also those of groups that are not compared, shape (S,)."""
    law: Law
    """Of the entries that have a value."""
    cell: Ints
    """Place in it of each group and stratum, −1 where there is none, shape (F, S)."""
    effect: Floats
    """By how much the variance of a standardised value is enlarged as people are in several strata, ≥ 1, shape (F,)."""

    @property
    def there(self) -> Flags:
        """Whether a group has people in a stratum, shape (F, S)."""
        return self.cell >= 0

    @cached_property
    def together(self) -> Law:
        """The law of the entries as they enter what is said of all strata."""
        if (self.effect == 1).all():
            return self.law
        group, _ = np.nonzero(self.there)
        return widened(self.law, self.effect[group])

    @cached_property
    def parts(self) -> tuple[Floats, Floats]:
        """Numerator and denominator of the measure of each line."""
        formula = self.measured.measure.of_groups
        assert isinstance(formula, (Share, Quotient))
        return formula.parts(self.view)

    @cached_property
    def comparisons(self) -> list[SharedStrata]:
        """All ordered pairs of groups with a stratum in common, those with the same strata together."""
        count = len(self.fit)
        first, second = np.nonzero(~np.eye(count, dtype=bool))
        sets, which = np.unique(self.there[first] & self.there[second], axis=0, return_inverse=True)
        return list(self._comparisons(sets, which.ravel(), first, second))

    def _comparisons(self, sets: Flags, which: Ints, first: Ints, second: Ints) -> Iterator[SharedStrata]:
        for number, strata in enumerate(sets):
            if not strata.any():
                continue
            members, weight, law = self.standardised(strata)
            one, other = first[which == number], second[which == number]
            first_of, second_of = (np.searchsorted(members, side) for side in (one, other))
            yield SharedStrata(strata, weight, law, first_of, second_of, one * len(self.fit) + other)

    def standardised(self, strata: Flags) -> tuple[Ints, Floats, Law]:
        """The groups with people in all of these strata, the strata's weights, and the law of standardised values."""
        members = np.flatnonzero(self.there[:, strata].all(axis=1))
        weight = self.share[strata] / self.share[strata].sum()
        return members, weight, weighted(self.together, self.cell[np.ix_(members, np.flatnonzero(strata))], weight)

    def tail(self, confidence: float) -> float:
        """Tail at which the limits of all pairs hold at once."""
        return range_tail(len(self.fit), 1 - confidence)

    def largest(self, confidence: float, strict: bool = False) -> tuple[float, float]:
        """Limits of the largest standardised gap, as `chance.laws.pairs.largest_gap` has them of plain ones."""
        together, alone = self.tail(confidence), (1 - confidence) / 2
        low = max(float(np.max(each.limits(together, strict)[0])) for each in self.comparisons)
        high = max(float(np.max(each.limits(alone, strict)[1])) for each in self.comparisons)
        return max(low, 0.0), high

    @property
    def farthest(self) -> tuple[float, int, int]:
        """The largest standardised gap, and the groups with the higher and the lower value, as places in `fit`."""
        best = max(self.comparisons, key=lambda each: float(np.max(each.value)))
        at = int(np.argmax(best.value))
        return float(best.value[at]), *divmod(int(best.pair[at]), len(self.fit))

    @property
    def floor(self) -> float | None:
        """Mean of the largest standardised gap if groups do not differ; None where no stratum has all of them."""
        everywhere = np.asarray(self.there.all(axis=0))
        if not everywhere.any():
            return None
        _, _, law = self.standardised(everywhere)
        low, high = law.parts(0.025)
        return mean_range((high - low) / (-2 * float(ndtri(0.025))))

    def test(self, draws: int, rng: np.random.Generator) -> StratifiedTest:
        """That no groups differ within strata: of shares the test of Cochran, Mantel and Haenszel, else the least error
        at which the interval of the largest gap leaves out 0."""
        counts = self.counts
        if counts is not None:
            return same_within_strata(*counts, draws if self.view.table.exchangeable else 0, rng)

        def lower(log_tail: float) -> float:
            return max(float(np.max(each.limits(np.exp(log_tail), False)[0])) for each in self.comparisons)

        ends = float(np.log(LEAST_TAIL)), float(np.log(0.499))
        tail = LEAST_TAIL if lower(ends[0]) > 0 else 0.5
        if lower(ends[0]) <= 0 < lower(ends[1]):
            from scipy.optimize import brentq  # a tenth of a second to import, for few audits

            tail = float(np.exp(brentq(lower, *ends, xtol=1e-6)))
        return StratifiedTest(np.nan, 0, max(range_error(len(self.fit), tail), LEAST_TAIL), "interval")

    @cached_property
    def counts(self) -> tuple[Floats, Floats] | None:
        """Events and people by stratum and group, shape (S, F) each, of a share; of unequal weight as many as tell as
        much."""
        law = self.together
        if not isinstance(law, Shares):
            return None
        held = law.size, law.size * law.value
        size, events = (np.where(self.there, values[self.cell], 0.0).T.astype(np.float64) for values in held)
        return (np.round(events), np.round(size)) if self.view.table.exchangeable else (events, size)

    def two(self, first: int, second: int) -> TwoGroups | None:
        """Events and people of two groups; None of what is no share."""
        if self.counts is None:
            return None
        events, size = self.counts
        return TwoGroups(events[:, first], size[:, first], events[:, second], size[:, second])

    def contrast(self, first: int, second: int) -> CrudeAndStandardised | None:
        """Two groups over the strata in which both have people; None where there is none."""
        strata = self.there[first] & self.there[second]
        if not strata.any():
            return None
        weight = np.where(strata, self.share, 0.0)
        return CrudeAndStandardised(self, first, second, strata, weight / weight.sum())


@dataclass(frozen=True, eq=False)
class CrudeAndStandardised:
    r"""The crude and the standardised difference of two groups over the strata in which both have people.

    .. math:: D = p_g - p_r, \quad D_s = \sum_s w_s (p_{gs} - p_{rs}), \quad w_s = N_s / \sum_{s'} N_{s'}
    """

    crossed: Crossed
    first: int
    """g, as a place among the groups compared."""
    second: int
    """r."""
    strata: Flags
    """The strata, shape (S,)."""
    weight: Floats
    """w, 0 outside them, shape (S,)."""

    @cached_property
    def values(self) -> Floats:
        """Value of both groups in each stratum, 0 outside them, shape (2, S)."""
        both = [self.first, self.second]
        above, below = self.crossed.above[both], self.crossed.below[both]
        result: Floats = np.divide(above, below, out=np.zeros_like(above), where=self.strata)
        return result

    @cached_property
    def totals(self) -> Floats:
        """Denominators of both groups, shape (2,)."""
        result: Floats = (self.crossed.below[[self.first, self.second]] * self.strata).sum(axis=1)
        return result

    @property
    def crude(self) -> float:
        """D, of the people compared."""
        whole = (self.crossed.above[[self.first, self.second]] * self.strata).sum(axis=1) / self.totals
        return float(whole[0] - whole[1])

    @property
    def standardised(self) -> float:
        """D_s."""
        return float((self.values[0] - self.values[1]) @ self.weight)

    def error(self, factor: float) -> float:
        """Standard error of D − factor · D_s, from how each row bears on it, also on the shares of the strata."""
        crossed, strata = self.crossed, self.crossed.stratum
        above, below = crossed.parts
        used = (strata >= 0) & self.strata[strata]
        everyone = below[used].sum()
        gaps = self.values[0] - self.values[1] - self.standardised
        bearing = np.where(used, -factor * gaps[strata] * below / everyone, 0.0)
        for side, place, sign in ((0, self.first, 1.0), (1, self.second, -1.0)):
            own = used & (crossed.group == place)
            stratum, a, b = strata[own], above[own], below[own]
            mean = a.sum() / self.totals[side]
            plain = (a - mean * b) / self.totals[side]
            within = (a - self.values[side][stratum] * b) / crossed.below[place][stratum]
            bearing[own] += sign * (plain - factor * self.weight[stratum] * within)
        people = crossed.view.table.people(crossed.view.segments.first)
        if people is not None:
            return float(np.sqrt((sum_by(people, bearing) ** 2).sum()))
        return float(np.sqrt((bearing**2 / crossed.view.sums["rows"]).sum()))


def crossed(table: ScoreTable, grid: Grid, groups: Groups, measured: GroupValues) -> Crossed | None:
    """A measure in groups crossed with the strata of the admissible column; None where fewer than two groups are
    compared.

    Args:
        table: the score table, with an admissible column.
        grid: grid of its values.
        groups: the groups.
        measured: the measure in them, a share or a quotient of sums.
    """
    assert table.given is not None
    assert table.admissible is not None
    fit, formula = measured.fit, measured.measure.of_groups
    assert isinstance(formula, (Share, Quotient))
    assert measured.measure.known is not None
    if len(fit) < 2:
        return None
    order = natural_order(table.admissible.levels)
    many, size = len(order), len(groups)
    index = groups.index * many + np.argsort(order)[table.given.astype(np.intp)]
    present = np.unique(index)
    view = lines_of(table, grid, index, present, None)
    above, below = formula.parts(view)

    def entries(sums: Floats) -> Floats:
        """Sums of entries that occur, by group and stratum."""
        whole = np.zeros(size * many)
        whole[present] = sums
        return whole.reshape(size, many)

    rows = entries(measured.measure.basis.rows(view))
    numerator, denominator = (entries(sum_by(view.group, part, view.size)) for part in (above, below))
    about = denominator.sum(axis=0)
    strata = np.flatnonzero(about > 0)
    there = denominator > 0
    known = np.flatnonzero(there[fit][:, strata].ravel())
    wanted = (fit[:, None] * many + strata).ravel()[known]
    cell = np.full(len(fit) * len(strata), -1, dtype=np.intp)
    cell[known] = np.arange(len(known))
    place, column = np.full(size, -1, dtype=np.intp), np.full(many, -1, dtype=np.intp)
    place[fit], column[strata] = np.arange(len(fit)), np.arange(len(strata))
    of_line = present[view.group]
    at, share = np.ix_(fit, strata), about[strata] / about.sum()
    of_entries = lines_of(table, grid, index, wanted, None)
    return Crossed(
        measured=measured,
        fit=fit,
        strata=order[strata],
        view=view,
        group=place[of_line // many],
        stratum=column[of_line % many],
        rows=rows[at],
        above=numerator[at],
        below=denominator[at],
        share=share,
        law=measured.measure.known.law(of_entries),
        cell=cell.reshape(len(fit), len(strata)),
        effect=_of_several_strata(of_entries, formula, *np.divmod(known, len(strata)), share, len(fit)),
    )


def _of_several_strata(
    view: View, formula: Share | Quotient, group: Ints, stratum: Ints, share: Floats, size: int
) -> Floats:
    r"""By how much the variance of standardised values is enlarged as people are in several strata, ≥ 1, shape (F,).

    .. math:: \sum_c \Bigl( \sum_s w_s b_{cs} \Bigr)^2 \Big/ \sum_c \sum_s w_s^2 b_{cs}^2,

    b what the rows of a person c in stratum s bear on the value there; drawn to that of all groups as in
    `measures.certainty.design_effect`.

    Args:
        view: lines of the groups in the strata, E entries.
        formula: the measure.
        group: group of each entry, shape (E,).
        stratum: stratum of each entry.
        share: w of each stratum.
        size: number of groups F.
    """
    if view.units is None:
        return np.ones(size)
    above, below = formula.parts(view)
    whole = sum_by(view.group, below, view.size)
    value = sum_by(view.group, above, view.size) / whole
    of_unit = view.units.add(share[stratum[view.group]] * (above - value[view.group] * below) / whole[view.group])
    pairs, person = joint(np.column_stack([group[view.units.group], view.units.cluster]))
    squares, of_person = sum_by(person, of_unit**2), sum_by(person, of_unit) ** 2
    apart, together, busy = (sum_by(pairs[:, 0], part, size) for part in (squares, of_person, of_person**2))
    if not apart.sum() > 0:
        return np.ones(size)
    pooled = float(together.sum() / apart.sum())
    own = np.divide(together, apart, out=np.full(size, pooled), where=apart > 0)
    many = np.divide(together**2, busy, out=np.zeros(size), where=busy > 0)
    return drawn_to_all(own, many, pooled)
