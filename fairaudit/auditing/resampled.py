"""A score table with what resampling needs: grid, groups, bootstrap replicates and shuffles, each made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.auditing.parts import binary_parts
from fairaudit.chance.bootstrap import Segments, segments
from fairaudit.chance.shuffles import Merged, Null, Statistic, null_distributions
from fairaudit.chance.simultaneous import reach
from fairaudit.measures.catalogue import MEASURES, divergences
from fairaudit.measures.conditional import conditional_dependence
from fairaudit.measures.dependence import DependenceMeasures, dependence_measures
from fairaudit.measures.divergence import Density, density, grid_points, jensen_shannon
from fairaudit.measures.group_values import GroupValues, group_values, held, with_parts
from fairaudit.measures.measure import Measure, OfDistributions
from fairaudit.measures.spread import rounding, uf_name, unfairness_index
from fairaudit.options import Options
from fairaudit.results import ConditionalDependence, Interval, Subject
from fairaudit.scoretable.classes import vector_grid
from fairaudit.scoretable.facets import facets
from fairaudit.scoretable.grid import Grid, Groups, grid, groups
from fairaudit.scoretable.table import ScoreTable
from fairaudit.streams import Stream

EXPOSURE_CLASSES = 16
"""Classes of the time at risk within which outcomes are shuffled."""


@dataclass(frozen=True, eq=False)
class Resampled:
    """A score table, its replicates and its shuffles; every measure of an audit is taken from here."""

    table: ScoreTable
    options: Options
    asked: frozenset[str] | None = None
    """Measures that are wanted, by name; None: all. The others are left out, and what only they need is not drawn."""
    aligned: bool = False
    """Whether replicates are drawn over lines in their order, alike for two tables whose lines are the same rows."""
    called: Mapping[str, Measure] | None = None
    """Measure → what it is called, where the table is a binary one of classes; see `parts`."""

    def wants(self, *names: str) -> bool:
        """Whether any of these measures is asked for."""
        return self.asked is None or not self.asked.isdisjoint(names)

    @cached_property
    def divergences(self) -> dict[str, OfDistributions]:
        """The divergences that are wanted, by name."""
        return {name: apart for name, apart in divergences().items() if self.wants(name)}

    def _random(self, stream: Stream) -> np.random.Generator:
        return stream.generator(self.options.seed)

    @cached_property
    def grid(self) -> Grid:
        """Grid of the measured values; of classes that of their vectors."""
        if self.table.classes:
            return vector_grid(self.table)
        return grid(self.table.value, self.table.weight, grid_points(self.options.density))

    @cached_property
    def segments(self) -> Segments:
        """Sums of the table and their bootstrap replicates."""
        draws = (
            self.options.bootstrap if self.called is None or self.aligned else 0
        )  # a part has laws, and no divergence
        return segments(self.table, self.grid, draws, self._random(Stream.REPLICATES), self.aligned)

    @cached_property
    def groups(self) -> list[Groups]:
        """The groups of every single attribute and intersection."""
        return facets(self.table.cells()).all_groups()

    @cached_property
    def finest(self) -> Ints:
        """Joint group of each line in all attributes, shape (L,): every group is made of some of them."""
        table = self.table
        return groups(table.attributes, table.level, tuple(range(len(table.attributes)))).index

    @cached_property
    def measured(self) -> list[dict[str, GroupValues]]:
        """Every measure that is asked for, and those it is made of, in the groups of each grouping."""
        needed = None if self.asked is None else with_parts(self.asked)
        probability = "probability" in held(self.table)
        own = [
            group_values(self.table, self.grid, self.segments, chosen, self.options, probability, needed, self.called)
            for chosen in self.groups
        ]
        for part in self.parts:
            for whole, binary in zip(own, part.measured, strict=True):
                whole.update(binary)
        return own

    @cached_property
    def parts(self) -> list[Resampled]:
        """The binary tables of classes, each measured as far as is asked; none for other tasks."""
        return [
            Resampled(part.table, self.options, frozenset(part.measures), self.aligned, called=part.measures)
            for part in binary_parts(self.table, self.asked)
        ]

    def taken_from(self, measure: str) -> tuple[Resampled, str]:
        """Of which table a measure is taken, and its name there: of one class, that of a binary table."""
        for part in self.parts:
            for name, of_classes in (part.called or {}).items():
                if of_classes.name == measure:
                    return part, name
        return self, measure

    @cached_property
    def density(self) -> Density:
        """How the measured values become distributions; of classes those of the class that is told."""
        if self.table.classes:
            return Density("discrete", self.grid.values.astype(np.intp), None)
        return density(self.options.density, self.grid, self.table.weight)

    @cached_property
    def dependence(self) -> DependenceMeasures:
        """The dependence measures."""
        return dependence_measures(self.table, self.options.exact)

    def dependence_interval(self, kind: str, centre: float, scale: float | None) -> Interval | None:
        """Normal interval of a measure of dependence, divided by a scale, about a value; as all, not without a
        bootstrap."""
        if not scale or not self.options.bootstrap:
            return None
        half = reach(self.options.confidence, 1) * self.dependence.standard_error(kind, self.grid) / scale
        return centre - half, centre + half

    def conditional(self, parity: str) -> ConditionalDependence | None:
        """The dependence within strata; None where there are none."""
        options = self.options
        return conditional_dependence(
            self.table, parity, options.permutations, self._random(Stream.STRATA_SHUFFLES), options.exact
        )

    @cached_property
    def variance(self) -> float:
        """Var(f), weighted; 0 where the values differ by rounding only, as do expected counts of one rate, divided by
        their exposures."""
        weight, value = self.table.weight, self.table.value
        if np.ptp(value) <= rounding(value):
            return 0.0
        return float(weight @ (value - weight @ value) ** 2)

    def spread(self, weighted: bool) -> float:
        """Var(f) as the unfairness index takes it: with divisor n − 1 for the unweighted one, as published."""
        n = self.table.rows.sum()
        return self.variance if weighted else self.variance * float(n / max(n - 1, 1))

    @cached_property
    def nulls(self) -> dict[str, Null]:
        """Null distributions of all asked for that depends on the measured values, from the same shuffles."""
        # Groups see bands; the finer cells of dependence, and the time of shuffling them, are for a whole audit.
        cell = self.finest if self.asked is not None else self.dependence.blocks.cell
        views = self.dependence.views(self.grid) if self.asked is None else []
        _, first = np.unique(cell, return_index=True)
        of_groups = []
        for chosen in self.groups:
            name = "|".join(chosen.by)
            statistics = _of_divergences(self.divergences, self.density, name)
            if self.table.task in MEASURES[uf_name(False)].tasks and self.variance > 0:
                for weighted in (False, True):
                    if self.wants(uf_name(weighted)):
                        statistics[f"{uf_name(weighted)}:{name}"] = self._unfairness(weighted)
            of_groups.append(Merged(chosen.index[first], statistics))
        draws, point, rng = self.options.permutations, self.grid.index, self._random(Stream.SHUFFLES)
        like = self._like_exposure(self.table.subject)
        if self.table.cluster is not None:
            # People move with all their rows, so that cells change their masses; the values are centred instead.
            views = self.dependence.views(self.grid, centred=True) if self.asked is None else []
            seen = [*views, *of_groups]
            return null_distributions(self.table, point, cell, seen, draws, rng, moved="cell", like=like)
        if self.table.equal_weights:
            return null_distributions(self.table, point, cell, [*views, *of_groups], draws, rng, like=like)
        # Distance covariances need cells of the same mass throughout; for all others value and weight stay together.
        parted = null_distributions(self.table, point, cell, views, draws, rng, like=like)
        rng = self._random(Stream.GROUP_SHUFFLES)
        return parted | null_distributions(self.table, point, cell, of_groups, draws, rng, moved="cell", like=like)

    def _like_exposure(self, subject: Subject) -> Ints | None:
        """Class of lines with about the same time at risk, for outcomes: a count per unit of time varies more where
        that is short, so that rows of unlike times are not exchangeable."""
        if subject != "outcome" or self.table.exposure is None:
            return None
        return grid(self.table.exposure, self.table.weight, EXPOSURE_CLASSES).index

    def _unfairness(self, weighted: bool) -> Statistic:
        return lambda tables: unfairness_index(tables, self.grid.values, self.spread(weighted), weighted)

    def other_nulls(self, own: Grid, subject: Subject) -> dict[str, Null]:
        """Null distributions of the divergences of another subject on its own grid."""
        finest = self.finest
        _, first = np.unique(finest, return_index=True)
        shape = discrete(own)
        views = [
            Merged(chosen.index[first], _of_divergences(self.divergences, shape, "|".join(chosen.by)))
            for chosen in self.groups
        ]
        draws, like = self.options.permutations, self._like_exposure(subject)
        rng = self._random(Stream.OTHER_SHUFFLES)
        return null_distributions(self.table, own.index, finest, views, draws, rng, moved="cell", like=like)

    def other_subjects(self) -> list[Subject]:
        """Decision and outcome, where they are discrete and not what is measured already."""
        table = self.table
        found: list[Subject] = []
        if table.decision is not None and table.subject == "prediction" and not _told_already(table):
            found.append("decision")
        if table.outcome is not None and table.subject != "outcome":
            found.append("outcome")
        return found


def _told_already(table: ScoreTable) -> bool:
    """Whether decisions are the classes that predictions tell."""
    return bool(table.classes and table.decision is not None and np.array_equal(table.value, table.decision))


def discrete(own: Grid) -> Density:
    """The distribution over the points of a grid: single values, or bins of equal mass where there are many."""
    return Density(
        "discrete" if own.exact else f"bins:{len(own.values)}", np.arange(len(own.values), dtype=np.intp), None
    )


def _of_divergences(divergences: Mapping[str, OfDistributions], shape: Density, by: str) -> dict[str, Statistic]:
    """Each divergence as a statistic of shuffled tables, named by itself and the grouping."""
    return {f"{name}:{by}": _statistic(apart.value, shape) for name, apart in divergences.items()}


def _statistic(divergence: Callable[[Floats], Floats], shape: Density) -> Statistic:
    return lambda tables: divergence(shape(np.swapaxes(tables, -1, -2)))


def divergence_excess(table: ScoreTable, options: Options) -> float | None:
    """Jensen–Shannon divergence between the groups of all attributes over its noise floor, in bits; nothing else."""
    resampled = Resampled(table, options)
    finest = resampled.finest
    size = int(finest.max()) + 1
    view = Merged(np.arange(size, dtype=np.intp), {"jsd": _statistic(jensen_shannon, resampled.density)})
    rng = Stream.DIVERGENCE_SHUFFLES.generator(options.seed)
    null = null_distributions(table, resampled.grid.index, finest, [view], options.permutations, rng)["jsd"]
    return None if null.floor is None else null.observed - null.floor
