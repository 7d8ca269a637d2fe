"""The value of each measure in each group, with bootstrap replicates drawn from the score table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.bootstrap import Segments
from fairaudit.chance.equality import EqualityTest
from fairaudit.chance.laws import Law, two_sided
from fairaudit.chance.laws.curves import Curves
from fairaudit.chance.laws.means import Means
from fairaudit.measures.catalogue import BY_NUMBER, MEASURES
from fairaudit.measures.certainty import lines_of
from fairaudit.measures.information import Information, effective_basis, information
from fairaudit.measures.measure import Measure, Need
from fairaudit.measures.view import Formula, View, all_rows, calibrated_points, divide
from fairaudit.options import Options
from fairaudit.results import GroupValue
from fairaudit.scoretable.grid import Grid, Groups, in_chunks
from fairaudit.scoretable.table import ScoreTable
from fairaudit.text import rows_in_words

FEW_EVENTS = 5
"""Events, or rows without one, below which a rate is marked: with so few a single person more or less changes it by a
fifth, and laws of large numbers say nothing."""


@dataclass(frozen=True, eq=False)
class GroupValues:
    """One measure in all groups of one grouping."""

    measure: Measure
    value: Floats
    """Shape (G,); NaN where it could not be measured."""
    rows: Floats
    """Rows that each value rests on, shape (G,)."""
    why: tuple[str | None, ...]
    """Why a value is missing."""
    drawn: Callable[[], Floats]
    """Makes `replicates`, which an audit does not need."""
    events: Floats | None = None
    """People with the property, or events, behind each value, shape (G,); None: it is no rate."""
    view: View | None = None
    """The lines of the groups that have a value; None where no intervals are wanted."""

    @cached_property
    def fit(self) -> Ints:
        """The groups that have a value."""
        return np.flatnonzero([why is None for why in self.why])

    @cached_property
    def law(self) -> Law | None:
        """Law of the values of those groups; None where no intervals are wanted, or there are no groups."""
        known = self.measure.known
        return None if self.view is None or known is None or not len(self.fit) else known.law(self.view)

    @cached_property
    def replicates(self) -> Floats:
        """Bootstrap values, shape (R, G), of rows that are compared with themselves; see `chance.bootstrap`."""
        return self.drawn()

    def equality(self, draws: int, rng: np.random.Generator) -> EqualityTest | None:
        """The test that those groups are equal; None where no intervals are wanted."""
        known = self.measure.known
        if self.view is None or known is None or known.test is None:
            return None
        return known.test(self.view, (draws, rng))

    def limits(self, confidence: float) -> tuple[Floats, Floats]:
        """Interval of each group, shape (G,) twice; NaN where there is none."""
        low, high = np.full(len(self.value), np.nan), np.full(len(self.value), np.nan)
        if self.law is not None:
            low[self.fit], high[self.fit] = two_sided(self.law, confidence)
        return low, high

    def results(self, confidence: float) -> list[GroupValue]:
        """The values as they stand in a result."""
        low, high = self.limits(confidence)
        return [
            GroupValue(
                value=float(value) if why is None else None,
                interval=None if np.isnan(a) else (float(a), float(b)),
                floor=None if np.isnan(floor) else float(floor),
                excess=None if np.isnan(floor) else float(value - floor),
                n=int(rows),
                events=None if np.isnan(events) else int(events),
                few=None if why is not None else self._few(events, rows, apart),
                why=why,
            )
            for value, a, b, floor, rows, events, apart, why in zip(
                self.value, low, high, self._floor, self.rows, self._events, self._apart, self.why, strict=True
            )
        ]

    @property
    def _floor(self) -> Floats:
        """What noise alone gives in each group, shape (G,); NaN where it does not enlarge the measure."""
        floor = np.full(len(self.value), np.nan)
        if isinstance(self.law, Curves):
            floor[self.fit] = self.law.floor
        return floor

    @property
    def _apart(self) -> Floats:
        """Rows of each group that are not 0, of a mean where most are, shape (G,); else infinite."""
        apart = np.full(len(self.value), np.inf)
        if isinstance(self.law, Means) and self.law.apart is not None:
            apart[self.fit] = self.law.apart
        return apart

    @property
    def _events(self) -> Floats:
        return np.full(len(self.value), np.nan) if self.events is None else self.events

    def _few(self, events: float, rows: float, apart: float) -> str | None:
        """What a rate or a mean rests on, where that is next to nothing; None elsewhere."""
        if apart < FEW_EVENTS:
            return f"rests on {apart:.0f} of {rows_in_words(rows, self.measure.basis.words)}: all others are 0"
        others = rows - events if self.measure.proportion else np.inf
        if np.isnan(events) or min(events, others) >= FEW_EVENTS:
            return None
        if not self.measure.proportion:
            return f"rests on {events:.0f} event{'' if events == 1 else 's'}"
        return f"rests on {events:.0f} of {rows_in_words(rows, self.measure.basis.words)}"


def held(table: ScoreTable) -> frozenset[Need]:
    """What a table holds that measures need."""
    predicted = table.subject == "prediction"
    between = predicted and table.task == "binary" and table.value.min() >= 0 and table.value.max() <= 1
    between = between or table.probabilities is not None
    there: dict[Need, bool] = {
        "prediction": predicted,
        "probability": between,
        "decision": table.decision is not None,
        "outcome": table.outcome_sum is not None,
        "gamma": table.power == 2,
        "tweedie": table.power is not None and table.power != 2,
    }
    return frozenset(need for need, holds in there.items() if holds)


def of_groups(table: ScoreTable) -> list[Measure]:
    """The measures with a value in each group that a table's task and columns allow, in the order of their ids."""
    there = held(table)
    return [
        measure
        for measure in BY_NUMBER
        if measure.of_groups is not None
        and table.task in measure.tasks
        and there.issuperset(measure.needs)
        and not measure.of_top
    ]


def with_parts(asked: Collection[str]) -> frozenset[str]:
    """Measures that are asked for, and those that they are made of."""
    return frozenset(asked).union(*(MEASURES[name].largest_of for name in asked if name in MEASURES))


def group_values(
    table: ScoreTable,
    grid: Grid,
    segments: Segments,
    groups: Groups,
    options: Options,
    probability: bool,
    asked: frozenset[str] | None = None,
    called: Mapping[str, Measure] | None = None,
) -> dict[str, GroupValues]:
    """Every measure in every group of one grouping.

    Args:
        table: the score table.
        grid: grid of its values.
        segments: its sums and replicates.
        groups: the groups.
        options: smallest group.
        probability: whether the values are probabilities of the outcome.
        asked: measures that are wanted; None: all.
        called: measure → what it is called here, with the same formula: of a class against the rest, say.
    """
    calibrated = None
    if not probability and table.task == "binary" and table.outcome_sum is not None:
        calibrated = calibrated_points(table, grid)
    view = View(table, grid, segments, segments.observed, groups.index[segments.first], len(groups), calibrated)
    plain = [measure for measure in of_groups(table) if asked is None or measure.name in asked]
    wanted = [(called or {}).get(measure.name, measure) for measure in plain]
    worth = information(table, groups.index, len(groups))
    known: dict[tuple[int, ...], View] = {}

    def lines(fit: Ints) -> View:
        """Lines of some groups, which most measures share."""
        if tuple(fit) not in known:
            known[tuple(fit)] = lines_of(table, grid, groups.index, fit, calibrated)
        return known[tuple(fit)]

    result = {}
    for measure in wanted:
        values = _values(measure, view, groups, worth, options.min_group)
        result[measure.name] = replace(values, view=lines(values.fit)) if options.bootstrap else values
    return result


def _values(measure: Measure, view: View, groups: Groups, worth: Information, least: int) -> GroupValues:
    assert measure.of_groups is not None
    gridded, rows = measure.of_groups(view), measure.basis.rows(view)
    value = gridded
    if measure.ties and not view.grid.exact:  # the grid ties neighbours
        assert measure.of_rows is not None
        value = _from_lines(measure.of_rows, view.table, groups)
    effective = effective_basis(view, measure.basis.rows, worth)
    about = "" if worth.people is None else "people"
    why = tuple(_why(*each, measure.basis.words, least, about) for each in zip(value, rows, effective, strict=True))
    events = None if measure.events is None else np.round(measure.events(view))
    return GroupValues(measure, value, rows, why, partial(_replicates, measure, view, gridded, value), events)


def _replicates(measure: Measure, view: View, gridded: Floats, value: Floats) -> Floats:
    """A measure in each replicate and group, shape (R, G).

    Those of a biased measure are centred on its value; those of one that ties see the grid and keep their spread about
    the exact value.
    """
    formula = measure.of_groups
    assert formula is not None
    width = view.size * len(view.grid.values)
    drawn = [formula(replace(view, sums=sums)) for sums in in_chunks(view.segments.replicates, width)]
    replicates = np.concatenate([np.empty((0, view.size)), *drawn])
    if measure.biased:
        centre = divide(np.nansum(replicates, axis=0), np.isfinite(replicates).sum(axis=0))
        replicates = np.maximum(replicates + (gridded - centre), 0)
    return replicates + (value - gridded)


def _from_lines(formula: Formula, table: ScoreTable, groups: Groups) -> Floats:
    """Value of a formula in each group from the single lines of the table, shape (G,)."""
    return np.array([formula(all_rows(table.take(mine)))[0] for mine in groups.members])


def _why(value: float, rows: float, effective: float, basis: str, least: int, about: str) -> str | None:
    why = too_few(rows, effective, basis, least, about)
    return why if why is not None or np.isfinite(value) else f"not defined for these {basis}"


def too_few(rows: float, effective: float, basis: str, least: int, about: str = "") -> str | None:
    """Why some rows say too little to be compared; None where they are enough.

    Args:
        rows: how many there are.
        effective: independent rows of equal weight that they are worth.
        basis: what they are called.
        least: how many are needed, at least 1.
        about: ``people`` where several rows may be about one; else empty.
    """
    least = max(least, 1)
    if effective >= least:
        return None
    if rows < least:
        return f"{rows_in_words(rows, basis)}; {least} are needed"
    worth = f"about {effective:.0f} people" if about else f"by their weights worth {effective:.0f}"
    return f"{rows_in_words(rows, basis)}, {worth}; {least} are needed"
