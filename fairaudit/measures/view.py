"""Sums over groups, and the formulas that a measure is made of: what every number about groups is computed from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.chance.bootstrap import Segments, line_sums
from fairaudit.scoretable.cells import joint, sum_by
from fairaudit.scoretable.grid import Grid, grid, members, total
from fairaudit.scoretable.table import ScoreTable


@dataclass(frozen=True, eq=False)
class Units:
    """The rows of each cluster within each group: what is independent where rows are not."""

    index: Ints
    """Unit of each segment, shape (S,)."""
    group: Ints
    """Group of each unit, shape (U,)."""
    cluster: Ints
    """Cluster of each unit, from 0, shape (U,)."""

    def add(self, values: Floats) -> Floats:
        """Sums over the segments of each unit, shape (U,)."""
        return sum_by(self.index, values, len(self.group))

    @property
    def spanning(self) -> bool:
        """Whether a cluster has rows in several groups."""
        return len(self.group) > int(self.cluster.max(initial=-1)) + 1

    def by_group(self, values: Floats, size: int) -> Floats:
        """Values of units by cluster and group, shape (C, G); 0 where a cluster has no rows."""
        clusters = int(self.cluster.max(initial=-1)) + 1
        return sum_by(self.cluster * size + self.group, values, clusters * size).reshape(clusters, size)


@dataclass(frozen=True, eq=False)
class View:
    """Sums over one set of groups, as observed or in the replicates; what a measure is computed from."""

    table: ScoreTable
    grid: Grid
    segments: Segments
    sums: dict[str, Floats]
    """Sum → shape (S,) or (R, S); see `chance.bootstrap.Segments`, and for all rows ``weight``, their plain weight."""
    group: Ints
    """Group of each segment, shape (S,)."""
    size: int
    """Number of groups G."""
    calibrated: Floats | None = None
    """Probability that each grid point stands for, shape (M,); None where the value itself is a probability."""

    @cached_property
    def units(self) -> Units | None:
        """The clusters in each group, where rows are in clusters and each segment is a line."""
        if self.table.cluster is None:
            return None
        code = np.unique(self.table.cluster[self.segments.first], return_inverse=True)[1].astype(np.intp)
        pairs, index = joint(np.column_stack([self.group, code]))
        return Units(index, pairs[:, 0], pairs[:, 1])

    @cached_property
    def members(self) -> list[Ints]:
        """The segments of each group, in their order."""
        return members(self.group, self.size)

    def squares(self, values: Floats) -> Floats:
        """Sum by group, shape (G,), of the squares of what rows, or clusters, have of the values of lines, (S,)."""
        if self.units is None:
            return sum_by(self.group, values**2 / self.sums["rows"], self.size)
        return sum_by(self.units.group, self.units.add(values) ** 2, self.size)

    def of_line(self, column: Floats | None) -> Floats:
        """A column of the table at each segment, shape (S,); the same for all lines of a segment."""
        assert column is not None
        return column[self.segments.first]

    @property
    def decided(self) -> Flags:
        """Segments with a positive decision."""
        return self.of_line(self.table.decision) > 0

    @property
    def positive(self) -> Flags:
        """Segments with a positive outcome."""
        return self.of_line(self.table.outcome) > 0

    def total(self, name: str, where: Flags | None = None) -> Floats:
        """Sum over the segments of each group, shape (..., G)."""
        values = self.sums[name] if where is None else self.sums[name] * where
        return total(values, self.group, self.size)

    def rows(self, where: Flags | None = None) -> Floats:
        """Observed rows of each group, shape (G,)."""
        rows = self.segments.observed["rows"]
        return total(rows if where is None else rows * where, self.group, self.size)

    def weighed_rows(self, where: Flags) -> Floats:
        """Observed rows of each group that have any weight, shape (G,)."""
        rows = np.where(self.table.mass > 0, self.table.rows, 0.0)
        return total(total(rows, self.segments.line, len(self.group)) * where, self.group, self.size)

    def by_point(self, name: str, where: Flags | None = None) -> Floats:
        """Sums by group and grid point, shape (..., G, M)."""
        points = len(self.grid.values)
        index = self.group * points + self.grid.index[self.segments.first]
        values = self.sums[name] if where is None else self.sums[name] * where
        return total(values, index, self.size * points).reshape(*values.shape[:-1], self.size, points)

    def by_bin(self, values: Floats) -> Floats:
        """Sums of values of the segments by group and calibration bin, shape (..., G, B)."""
        bins = int(self.grid.bin.max(initial=0)) + 1
        index = self.group * bins + self.grid.bin[self.segments.first]
        return total(values, index, self.size * bins).reshape(*values.shape[:-1], self.size, bins)


def all_rows(table: ScoreTable) -> View:
    """A table as one group, each of its lines a segment of its own and each distinct value a point of the grid."""
    line = np.arange(len(table), dtype=np.intp)
    own = grid(table.value, table.weight, points=len(table))
    sums = line_sums(table) | {"rows": table.rows, "weight": table.row_weight}
    return View(table, own, Segments(line, line, sums, {}), sums, np.zeros(len(table), dtype=np.intp), 1)


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """The quotient, NaN where the denominator is not positive."""
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)


Bearing = Callable[[], Floats]
"""A function that gives how each segment of a single group bears on a value, shape (S,), summing to 0: the sum over its
rows of share × influence, the influence being the derivative of the value in the share of a row. With n rows in a
segment, √Σ bearing² / n is the standard error of the value."""


class Formula(Protocol):
    """How a measure is computed, in groups and over all rows."""

    def __call__(self, view: View) -> Floats:
        """Value in each group, shape (..., G); NaN where it is not defined."""
        ...

    def over_all(self, view: View) -> tuple[float, Bearing]:
        """Value in the only group of a view, NaN where it is not defined, and how each segment bears on it."""
        ...


def over_all(above: Floats, below: Floats) -> tuple[float, Bearing]:
    """Σ a / Σ b of all segments, and (a − value · b) / Σ b of each."""
    whole = float(below.sum())
    value = float(above.sum()) / whole if whole > 0 else np.nan
    return value, lambda: (above - value * below) / whole


@dataclass(frozen=True)
class Quotient:
    """Σ a / Σ b over the rows of a group."""

    above: Callable[[View], Floats]
    """a of each segment, shape (..., S)."""
    below: Callable[[View], Floats]
    """b of each segment, shape (..., S)."""

    def __call__(self, view: View) -> Floats:
        """Value in each group, shape (..., G); NaN where Σ b is not positive."""
        above, below = (total(part(view), view.group, view.size) for part in (self.above, self.below))
        return divide(above, below)

    def parts(self, view: View) -> tuple[Floats, Floats]:
        """a and b of each segment, shape (..., S)."""
        return self.above(view), self.below(view)

    def over_all(self, view: View) -> tuple[float, Bearing]:
        """The quotient of all segments, and (a − value · b) / Σ b of each."""
        return over_all(*self.parts(view))


@dataclass(frozen=True)
class Root:
    """Square root of a quotient."""

    square: Quotient

    def __call__(self, view: View) -> Floats:
        """Value in each group, shape (..., G)."""
        return np.sqrt(self.square(view))

    def over_all(self, view: View) -> tuple[float, Bearing]:
        """The root of all segments; each bears as on the square / (2 · value), or not at all where the value is 0."""
        square, bearing = self.square.over_all(view)
        root = float(np.sqrt(square))
        return root, lambda: bearing() / (2 * root) if root > 0 else np.zeros(len(view.group))


@dataclass(frozen=True)
class Share:
    """Mass of a part of the rows of a group within a whole of them."""

    part: Callable[[View], Flags]
    """The rows that count, by segment."""
    whole: Callable[[View], Flags] | None = None
    """The rows among which they are counted; None: all."""

    def parts(self, view: View) -> tuple[Floats, Floats]:
        """Masses of the part and of the whole in each segment, shape (..., S)."""
        part, mass = self.part(view), view.sums["mass"]
        if self.whole is None:
            return mass * part, mass
        whole = self.whole(view)
        return mass * (part & whole), mass * whole

    def counted(self, view: View) -> Flags:
        """The segments that count, of those among which they are counted."""
        return self.part(view) if self.whole is None else self.part(view) & self.whole(view)

    def __call__(self, view: View) -> Floats:
        """Share in each group, shape (..., G), in [0, 1]; NaN where the whole is empty."""
        part, whole = (total(mass, view.group, view.size) for mass in self.parts(view))
        return divide(part, whole)

    def over_all(self, view: View) -> tuple[float, Bearing]:
        """The share of all segments, and (part − share · whole) / Σ whole of each."""
        return over_all(*self.parts(view))


def summed(name: str) -> Callable[[View], Floats]:
    """One of the sums of a view by its name, as a part of a quotient."""
    return lambda view: view.sums[name]


def calibrated_points(table: ScoreTable, grid: Grid) -> Floats:
    """Outcome rate of all rows at each grid point, shape (M,): the probability that a score there stands for."""
    assert table.outcome_sum is not None
    mass = sum_by(grid.index, table.mass)
    plain = np.full_like(mass, table.outcome_sum.sum() / table.mass.sum())
    return np.divide(sum_by(grid.index, table.outcome_sum), mass, out=plain, where=mass > 0)
