"""What chance alone gives: statistics of tables in which the values were shuffled over the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import Moved, shuffled_tables, total
from fairaudit.scoretable.table import ScoreTable

Statistic = Callable[[Floats], Floats]
"""Tables of mass (..., points, cells) → one number each, larger where dependence is stronger."""

TIE = 1e-9
"""Relative difference below which two statistics count as equal: shuffled discrete data often tie exactly."""


@dataclass(frozen=True, eq=False)
class Null:
    """A statistic on the grid, and its values under shuffling."""

    observed: float
    """The statistic of the observed table."""
    draws: Floats
    """The statistic of each shuffled table, shape (B,)."""

    @property
    def floor(self) -> float | None:
        """Mean under shuffling: what chance alone gives; None without draws."""
        return float(self.draws.mean()) if len(self.draws) else None

    @property
    def at_limit(self) -> bool:
        """Whether no shuffle reaches the statistic, so that its p-value is the smallest that so many can give."""
        return bool(len(self.draws)) and not self._reached.any()

    @property
    def _reached(self) -> Flags:
        reached: Flags = self.draws >= self.observed - TIE * abs(self.observed)
        return reached

    @property
    def p_value(self) -> float | None:
        """(1 + #{draws ≥ observed}) / (B + 1); None without draws."""
        if not len(self.draws):
            return None
        return float((1 + self._reached.sum()) / (len(self.draws) + 1))


@dataclass(frozen=True, eq=False)
class Merged:
    """Statistics that see the cells merged into groups."""

    group: Ints
    """Group of each cell, shape (K,)."""
    statistics: Mapping[str, Statistic]
    """Name → function of tables (..., points, groups)."""


def null_distributions(
    table: ScoreTable,
    point: Ints,
    cell: Ints,
    views: Sequence[Merged],
    draws: int,
    rng: np.random.Generator,
    moved: Moved = "value",
    like: Ints | None = None,
) -> dict[str, Null]:
    """Observed value and null distribution of several statistics, from the same shuffles.

    Args:
        table: the score table.
        point: grid point of each line's value, shape (L,).
        cell: cell of each line, shape (L,).
        views: the statistics, by the groups that they see.
        draws: number of shuffles.
        rng: source of the permutations.
        moved: what of a row of unequal mass moves; see `shuffled_tables`.
        like: class of each line within which rows are shuffled; None: among all rows.
    """
    shape = int(point.max()) + 1, int(cell.max()) + 1
    flat = sum_by(point * shape[1] + cell, table.weight, shape[0] * shape[1])
    seen = {name: float(value) for name, value in _evaluate(flat.reshape(shape), views).items()}
    drawn: dict[str, list[Floats]] = {name: [] for name in seen}
    for tables in shuffled_tables(table, point, cell, shape, draws, rng, moved, like):
        for name, values in _evaluate(tables, views).items():
            drawn[name].append(values)
    return {name: Null(seen[name], np.concatenate([np.empty(0), *drawn[name]])) for name in seen}


def _evaluate(tables: Floats, views: Sequence[Merged]) -> dict[str, Floats]:
    result = {}
    for view in views:
        merged = total(tables, view.group, int(view.group.max()) + 1)
        for name, statistic in view.statistics.items():
            result[name] = statistic(merged)
    return result
