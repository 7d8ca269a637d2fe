"""The search for subgroups that stand out, as it stands in the result, and what is said of it.

Two statements, of opposite kind. *This subgroup stands out*: it was chosen among all by the data, so its p-value and
its interval hold for all of them at once. *No subgroup lies farther out than this*: whichever truly is the farthest is
one subgroup, fixed before the data, so that the smallest of all single limits is below the truth with their certainty.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from msgspec import structs
from scipy.special import ndtr

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.searches import Extremes, Side, sided
from fairaudit.errors import OptionError
from fairaudit.measures.group_values import of_groups
from fairaudit.measures.measure import Measure
from fairaudit.measures.subgroups import Searched
from fairaudit.measures.totals import lines_about, searchable
from fairaudit.options import Options
from fairaudit.results import Subgroup, SubgroupBound, Subgroups, SubgroupSearch
from fairaudit.results.words import class_of, direction, of_class_name
from fairaudit.scoretable.cells import Attribute, joint, sum_by
from fairaudit.scoretable.classes import against_rest
from fairaudit.scoretable.conjunctions import Condition, conjunctions
from fairaudit.scoretable.facets import facets
from fairaudit.scoretable.table import ScoreTable
from fairaudit.streams import Stream

LISTED = 10
"""Subgroups that a search lists."""
LADDER = (1, 2, 5)
"""Steps of the sizes for which limits are stated, and their multiples of ten."""


def subgroups(
    table: ScoreTable, options: Options, favourable: str | None, asked: frozenset[str] | None
) -> Subgroups | None:
    """The search over subgroups of a score table; None where it was not asked for.

    Args:
        table: the score table, of all attributes that are searched.
        options: depth, smallest subgroup, permutations and confidence.
        favourable: which way is good for a person; None: nobody said.
        asked: measures that are wanted; None: all that are searched.
    """
    if not options.search:
        return None
    if table.classes:
        return _of_class(table, options, favourable, asked)
    own = facets(table.cells())
    bands = [each.band[own.levels[:, place]] for place, each in enumerate(own.attributes)]
    cells, cell = joint(np.column_stack(bands))
    people = sum_by(cell, table.rows, len(cells))
    found = conjunctions(own.attributes, cells, people, options.search, options.search_min)
    searches = [
        _Search(
            measure,
            Searched(kind, lines_about(table, measure, cell), len(cells), found, options.search_min),
            _side(measure, favourable),
            table,
            options,
        ).result()
        for measure in searched(table)
        if (kind := searchable(measure)) is not None and (asked is None or measure.name in asked)
    ]
    names = [attribute.name for attribute in own.attributes]
    depth = min(options.search, len(names))
    return Subgroups(depth=depth, fewest=options.search_min, over=names, searches=searches)


def _of_class(
    table: ScoreTable, options: Options, favourable: str | None, asked: frozenset[str] | None
) -> Subgroups | None:
    """The search over the binary table of the class that is good for a person."""
    if favourable is None:
        raise OptionError(
            "a search for subgroups is about one class; name the one that is good for a person with --favourable"
        )
    bases = None if asked is None else frozenset(class_of(name)[0] for name in asked)
    binary = subgroups(against_rest(table, table.classes.index(favourable)), options, "yes", bases)
    assert binary is not None
    named = [structs.replace(each, measure=of_class_name(each.measure, favourable)) for each in binary.searches]
    return structs.replace(binary, searches=named)


def searched(table: ScoreTable) -> list[Measure]:
    """The measures of a table that are searched: of predictions and decisions, and of outcomes where these are what is
    measured; the mean prediction only where there are no decisions."""
    measures = []
    for measure in of_groups(table):
        of_outcomes = measure.needs == ("outcome",)
        told_by_decisions = measure.needs == ("prediction",) and table.decision is not None
        if measure.searched and of_outcomes == (table.subject == "outcome") and not told_by_decisions:
            measures.append(measure)
    return measures


def _side(measure: Measure, favourable: str | None) -> Side:
    """Which values are bad for a person."""
    sides: dict[int, Side] = {1: "lower", -1: "higher", 0: "both"}
    return sides[direction(favourable, measure.good, measure.better)]


@dataclass(frozen=True, eq=False)
class _Search:
    """One measure searched."""

    measure: Measure
    of: Searched
    side: Side
    table: ScoreTable
    options: Options

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        """The attributes that subgroups combine."""
        return facets(self.table.cells()).attributes

    def result(self) -> SubgroupSearch:
        """The search as it stands in the result."""
        of = self.of
        bare = SubgroupSearch(
            measure=self.measure.name,
            side=self.side,
            contrast=of.contrast,
            overall=of.overall,
            subgroups=len(of.kept),
            p_value=None,
            why=self._why(),
        )
        if bare.why is not None:
            return bare
        drawn = None
        if self.options.permutations:
            rng = Stream.SUBGROUP_SHUFFLES.generator(self.options.seed, self.measure.number)
            drawn = of.drawn(self.options.permutations, rng)
        p_values = None if drawn is None else drawn.p_values(of.scores, self.side, of.tails)
        limits = of.limits(self._tail(drawn))
        farthest, place, ends = self._farthest(limits)
        return SubgroupSearch(
            measure=self.measure.name,
            side=self.side,
            contrast=of.contrast,
            overall=of.overall,
            subgroups=len(of.kept),
            p_value=None if p_values is None else float(p_values.min()),
            p_error=None if drawn is None or p_values is None else drawn.p_error(float(p_values.min())),
            worst=[self._subgroup(place, p_values, limits) for place in self._clearest()],
            bounds=self._bounds(),
            farthest=farthest,
            farthest_cell=None if place is None else of.subgroups.cell(int(of.kept[place]), self.attributes),
            farthest_interval=ends,
        )

    def _why(self) -> str | None:
        """Why nothing can be searched."""
        if not len(self.of.kept):
            basis = self.measure.basis.words
            return f"no subgroup has {self.options.search_min} {basis} while others are outside it"
        return None if self.of.varies else "all people have the same value"

    def _tail(self, drawn: Extremes | None) -> float:
        """Tail at which the limits of all subgroups hold together: Bonferroni's, or that of the scores within which
        chance leaves all of them. As subgroups overlap the latter is larger, and right where limits are exact; limits
        of means are not, far out, so that they take the smaller one."""
        error = 1 - self.options.confidence
        tail = error / 2 / len(self.of.kept)
        if drawn is None:
            return tail
        of_draws = float(ndtr(-drawn.reach(self.options.confidence)))
        return min(tail, of_draws) if self.of.kind == "mean" else max(tail, of_draws)

    def _clearest(self) -> list[int]:
        """The subgroups that stand out most, of those that contain one another only the first."""
        far = sided(self.of.scores, self.side)
        listed: list[int] = []
        for place in np.argsort(-far, kind="stable"):
            if len(listed) == LISTED or far[place] <= 0:
                break
            mine = self.of.subgroups.conditions[self.of.kept[place]]
            others = (self.of.subgroups.conditions[self.of.kept[other]] for other in listed)
            if not any(_contains(mine, other) or _contains(other, mine) for other in others):
                listed.append(int(place))
        return listed

    def _subgroup(self, place: int, p_values: Floats | None, limits: tuple[Floats, Floats]) -> Subgroup:
        of = self.of
        compared, low, high = (float(column[place]) for column in (of.against_all, *limits))
        known = np.isfinite(compared)
        return Subgroup(
            cell=of.subgroups.cell(int(of.kept[place]), self.attributes),
            n=int(of.people[place]),
            share=float(min(of.inside.weight[place] / of.everyone.weight[0], 1.0)),
            value=float(of.value[place]),
            compared=compared if known else None,
            interval=(low, high) if known and np.isfinite(low) and np.isfinite(high) else None,
            score=float(of.scores[place]),
            p_value=None if p_values is None else float(p_values[place]),
        )

    def _bounds(self) -> list[SubgroupBound]:
        """Limits below or above which no subgroup of at least so many people lies."""
        error = 1 - self.options.confidence
        low, high = self.of.limits(error / 2 if self.side == "both" else error)
        people, attributes = self.of.people, self.attributes

        def end(column: Floats, large: Ints, sign: int, wanted: bool) -> tuple[float | None, dict[str, str] | None]:
            farthest = int(large[np.argmax(sign * column[large])])
            if not wanted or not np.isfinite(column[farthest]):
                return None, None
            return float(column[farthest]), self.of.subgroups.cell(int(self.of.kept[farthest]), attributes)

        bounds = []
        for size in _sizes(self.options.search_min, float(people.max())):
            large = np.flatnonzero(people >= size)
            below, below_cell = end(low, large, -1, self.side != "higher")
            above, above_cell = end(high, large, 1, self.side != "lower")
            bounds.append(
                SubgroupBound(
                    people=size,
                    subgroups=len(large),
                    low=below,
                    low_cell=below_cell,
                    high=above,
                    high_cell=above_cell,
                )
            )
        return bounds

    def _farthest(self, together: tuple[Floats, Floats]) -> tuple[float | None, int | None, tuple[float, float] | None]:
        """How far the farthest subgroup lies, as a ratio of at most about 1, which one, and the interval of the true
        ratio: its lower end is the smallest of all single limits, its upper one holds for all subgroups at once."""
        compared = self.of.against_all
        if self.of.contrast == "difference" or not np.isfinite(compared).all():
            return None, None, None
        alone = self.of.limits((1 - self.options.confidence) / 2)
        ratios, lows, highs = [], [], []
        if self.side != "higher":
            ratios.append(compared)
            lows.append(alone[0])
            highs.append(together[1])
        if self.side != "lower":
            ratios.append(_inverse(compared))
            lows.append(_inverse(alone[1]))
            highs.append(_inverse(together[0]))
        nearest = np.min(ratios, axis=0)
        place = int(np.argmin(nearest))
        return float(nearest[place]), place, (float(np.min(lows)), float(np.min(highs)))


def _inverse(ratio: Floats) -> Floats:
    return np.divide(1.0, ratio, out=np.full_like(ratio, np.inf), where=ratio > 0)


def _sizes(fewest: int, most: float) -> list[int]:
    """The smallest size and the steps of the ladder above it, as far as there are subgroups."""
    steps = [step * 10**power for power in range(13) for step in LADDER]
    return [fewest, *(step for step in steps if fewest < step <= most)]


def _contains(whole: tuple[Condition, ...], part: tuple[Condition, ...]) -> bool:
    """Whether every condition of the one follows from those of the other."""
    stricter = {each.attribute: each.bands for each in part}
    return all(each.attribute in stricter and np.isin(stricter[each.attribute], each.bands).all() for each in whole)
