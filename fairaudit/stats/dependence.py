"""Distance covariances of a score table: value, unbiased value, floor, correlation, p-value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairaudit.cells import sum_by
from fairaudit.results import Dependence, DependenceReport, JointDependence
from fairaudit.scoretable import ScoreTable
from fairaudit.stats.coupling import Blocks, Coupling, blocks, coupling, unbiased_coupling
from fairaudit.stats.grid import Grid
from fairaudit.stats.kernel import mean_absolute_differences, mean_under_shuffling, table_absolute_differences
from fairaudit.stats.permutation import Merged, Null, Statistic

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

UNEQUAL = "the unbiased estimator is defined for rows of equal weight only"
TOO_FEW = "the unbiased estimator needs at least 4 rows"
CONSTANT = "all values are equal"


@dataclass(frozen=True, eq=False)
class DependenceMeasures:
    """The dependence measures of one score table, ready to be evaluated and shuffled."""

    table: ScoreTable
    """The score table."""
    blocks: Blocks
    """Joint cells of its lines."""
    distance: Floats
    """Mean distance of each line's value to all others, shape (L,)."""

    def views(self, grid: Grid) -> list[Merged]:
        """The statistic of each measure as a function of tables of mass, for its permutation test."""

        def statistic(kind: str) -> dict[str, Statistic]:
            matrix = self._coupling(kind).matrix
            return {kind: lambda tables: table_absolute_differences(grid.values, tables, matrix)}

        result = [Merged(self.blocks.level(name)[1], statistic(f"dcov:{name}")) for name in self.blocks.names]
        joint = np.arange(len(self.blocks.distances[0]), dtype=np.intp)
        return [*result, Merged(joint, statistic("ccdcov") | statistic("jdcov"))]

    def report(self, nulls: dict[str, Null]) -> DependenceReport:
        """All measures, with p-values from the null distributions of `views`."""
        return DependenceReport(
            dcov=[self.single(f"dcov:{name}", nulls) for name in self.blocks.names],
            ccdcov=self.single("ccdcov", nulls),
            jdcov=self._joint(nulls),
            error_bound=self._error_bound(),
        )

    def _blocks(self, kind: str) -> Blocks:
        return self.blocks.only(kind.removeprefix("dcov:")) if kind.startswith("dcov:") else self.blocks

    def _coupling(self, kind: str) -> Coupling:
        blocks = self._blocks(kind)
        return coupling(kind, blocks, sum_by(blocks.cell, self.table.weight))

    def _value(self, coupling: Coupling, cell: Ints) -> float:
        return coupling.value(self.table.value, cell, self.table.weight)

    def _unbiased(self, kind: str) -> float | None:
        n = self.table.rows.sum()
        if not self.table.equal_weights or n < 4:
            return None
        blocks = self._blocks(kind)
        measure = unbiased_coupling(kind, blocks, sum_by(blocks.cell, self.table.rows))
        return measure.value(self.table.value, blocks.cell, self.table.rows / n)

    def _why_biased(self, unbiased: float | None) -> str | None:
        if unbiased is not None:
            return None
        return TOO_FEW if self.table.equal_weights else UNEQUAL

    def _floor(self, coupling: Coupling, cell: Ints) -> float:
        """Mean of the measure when the values are shuffled over the rows."""
        distance = float(self.table.weight @ self.distance)
        diagonal = np.diagonal(coupling.matrix)[cell]
        return mean_under_shuffling(diagonal, self.table.weight_sq, distance) + coupling.constant

    def single(self, kind: str, nulls: dict[str, Null]) -> Dependence:
        """dCov² (``dcov:NAME``) or CCdCov² (``ccdcov``), with the p-value of its null distribution if there is one."""
        label = kind.removeprefix("dcov:") if kind.startswith("dcov:") else " × ".join(self.blocks.names)
        blocks = self._blocks(kind)
        measure = self._coupling(kind)
        biased = self._value(measure, blocks.cell)
        floor = self._floor(measure, blocks.cell)
        unbiased = self._unbiased(kind)
        correlation, why = self._correlation(kind, unbiased, biased - floor)
        return Dependence(
            attribute=label,
            unbiased=unbiased,
            biased=biased,
            floor=floor,
            excess=biased - floor,
            dcor_sq=correlation,
            p_value=nulls[kind].p_value if kind in nulls else None,
            why=why or self._why_biased(unbiased),
        )

    def _joint(self, nulls: dict[str, Null]) -> JointDependence:
        measure = self._coupling("jdcov")
        biased = self._value(measure, self.blocks.cell)
        floor = self._floor(measure, self.blocks.cell)
        unbiased = self._unbiased("jdcov")
        return JointDependence(
            unbiased=unbiased,
            biased=biased,
            attributes_only=measure.constant,
            pairs=self._value(self._coupling("sum"), self.blocks.cell),
            interaction=self._value(self._coupling("interaction"), self.blocks.cell),
            interaction_by_order={
                str(order): self._value(self._coupling(f"interaction:{order}"), self.blocks.cell)
                for order in range(2, len(self.blocks.names) + 1)
            },
            floor=floor,
            excess=biased - floor,
            p_value=nulls["jdcov"].p_value if "jdcov" in nulls else None,
            why=self._why_biased(unbiased),
        )

    def _correlation(self, kind: str, unbiased: float | None, excess: float) -> tuple[float | None, str | None]:
        """Bias-corrected dCor² (Székely & Rizzo 2014, doi:10.1214/14-AOS1255); for unequal weights the excess over the
        geometric mean of the biased distance variances, which agrees to first order."""
        blocks = self._blocks(kind)
        distances = blocks.concatenated
        table = self.table
        if unbiased is None:
            mass = sum_by(blocks.cell, table.weight)
            of_cells = _variance(distances, mass)
            spread = 2 * (table.weight @ table.value**2 - (table.weight @ table.value) ** 2)
            mean = table.weight @ self.distance
            of_value = spread - 2 * table.weight @ self.distance**2 + mean**2
        else:
            n = table.rows.sum()
            of_cells = _unbiased_variance(distances, sum_by(blocks.cell, table.rows))
            sums = n * self.distance
            centred = table.value - table.weight @ table.value
            squares = 2 * n * (table.rows @ centred**2) - 2 * (table.rows @ centred) ** 2
            whole = table.rows @ sums
            of_value = squares - 2 * (table.rows @ sums**2) / (n - 2) + whole**2 / ((n - 1) * (n - 2))
            of_value /= n * (n - 3)
        if of_value <= 1e-14 * np.ptp(table.value) ** 2 or of_cells <= 0:
            return None, CONSTANT
        return (excess if unbiased is None else unbiased) / float(np.sqrt(of_cells * of_value)), None

    def _error_bound(self) -> float | None:
        """4 Σ ω_k A_k δ_k + 4 δ̄ Σ ω_k A_k, δ_k the displacement of row k, A_k its mean distance to the others."""
        if self.table.displacement is None:
            return None
        weight, moved = self.table.weight, self.table.displacement
        return float(4 * weight @ (self.distance * moved) + 4 * (weight @ moved) * (weight @ self.distance))


def dependence_measures(table: ScoreTable) -> DependenceMeasures:
    """Prepare the dependence measures of a score table."""
    return DependenceMeasures(
        table=table,
        blocks=blocks(table.cells()),
        distance=mean_absolute_differences(table.value, table.weight),
    )


def _variance(distances: Floats, mass: Floats) -> float:
    """Biased distance variance Σ ωω C(D)² of cells."""
    by_cell = distances @ mass
    centred = distances - by_cell[:, None] - by_cell[None, :] + mass @ by_cell
    return float(mass @ centred**2 @ mass)


def _unbiased_variance(distances: Floats, rows: Floats) -> float:
    """Unbiased distance variance Σ_{k≠l} C̃(D)² / (n(n−3)) of cells."""
    n = rows.sum()
    by_cell = distances @ rows
    whole = rows @ by_cell
    centred = distances - (by_cell[:, None] + by_cell[None, :]) / (n - 2) + whole / ((n - 1) * (n - 2))
    return float((rows @ centred**2 @ rows - rows @ np.diagonal(centred) ** 2) / (n * (n - 3)))
