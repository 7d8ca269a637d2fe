"""What chance alone gives: statistics of tables in which the values were shuffled over the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.chance.equality import TIE
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import Moved, shuffled_tables, total
from fairaudit.scoretable.table import ScoreTable

Statistic = Callable[[Floats], Floats]
"""Tables of mass (..., points, cells) → one number each, larger where dependence is stronger."""

FITTED = 199
"""Draws from which a law is fitted to them."""
LEAST_SKEWNESS = 0.01
"""Skewness below which the law is nearly normal, and hard to compute."""


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
    def spread_known(self) -> bool:
        """Whether there are draws enough to vary: two."""
        return len(self.draws) > 1

    @property
    def at_limit(self) -> bool:
        """Whether no shuffle reaches the statistic, so that its p-value is the smallest that so many can give."""
        return bool(len(self.draws)) and not self._reached.any()

    @property
    def _reached(self) -> Flags:
        reached: Flags = self.draws >= self.observed - TIE * abs(self.observed)
        return reached

    @property
    def counted(self) -> float | None:
        """(1 + #{draws ≥ observed}) / (B + 1); None without draws."""
        if not len(self.draws):
            return None
        return float((1 + self._reached.sum()) / (len(self.draws) + 1))

    @property
    def p_value(self) -> float | None:
        """The same; where no draw reaches the statistic, twice the tail of `pearson_tail` if that is smaller, but not
        below 1/(B + 1)², as a law that is fitted to B draws is not known farther out.

        At a level below 1/(B + 1) both must agree, at a level above it nothing is changed: so a small p-value can
        survive a correction for many hypotheses without as many more draws.
        """
        counted = self.counted
        if counted is None or not self._beyond:
            return counted
        return min(counted, max(2 * pearson_tail(self.observed, self.draws), counted**2))

    @property
    def p_error(self) -> float | None:
        """Monte Carlo standard error of the p-value; 0 where it is that of a law; None without draws."""
        p_value = self.p_value
        if p_value is None:
            return None
        return 0.0 if p_value != self.counted else float(np.sqrt(p_value * (1 - p_value) / (len(self.draws) + 1)))

    @property
    def _beyond(self) -> bool:
        """Whether no draw reaches the statistic, of as many as a law can be fitted to."""
        return self.at_limit and len(self.draws) >= FITTED and float(np.ptp(self.draws)) > 0


def pearson_tail(observed: float, draws: Floats) -> float:
    r"""Probability of a value as large, by the gamma law moved and scaled to mean, variance and skewness of the draws.

    .. math:: P\left( \Gamma_k \ge k + z \sqrt k \right), \quad k = 4/\gamma^2, \quad z = (x - m)/s

    Pearson's type III: a divergence or distance covariance of shuffled data is nearly a weighted sum of χ². From 499
    draws, and without a heavy tail of what is measured, the share of null values below a level α of .001 to .0001 that
    is also beyond all draws is .8 to 1.3 α for divergences, and 1 to 5 α for distance covariances: hence twice the tail
    (decision 43).

    Args:
        observed: x.
        draws: of a null distribution that varies, shape (B,).
    """
    mean, spread = float(draws.mean()), float(draws.std(ddof=1))
    skewness = max(float(((draws - mean) ** 3).mean()) / spread**3, LEAST_SKEWNESS)
    shape, z = 4 / skewness**2, (observed - mean) / spread
    return float(gammaincc(shape, max(shape + z * np.sqrt(shape), 0.0)))


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
