"""Distance covariances of a score table: value, unbiased value, floor, correlation, p-value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from fairaudit.arrays import Floats
from fairaudit.chance.equality import TINY
from fairaudit.chance.shuffles import Merged, Null, Statistic
from fairaudit.distance.coupled import Coupled, coupled, encoded, floor
from fairaudit.distance.coupling import MOST_TERMS, Blocks, Coupling, blocks, coupling
from fairaudit.distance.kernel import mean_absolute_differences, table_absolute_differences
from fairaudit.distance.pairs import sampled_error
from fairaudit.distance.variance import NOTHING, distance_variance, manhattan, vector_variance
from fairaudit.measures.measure import ANY, Measure
from fairaudit.measures.spread import rounding
from fairaudit.results import CellError, Dependence, DependenceReport, Interval, JointDependence
from fairaudit.scoretable.cells import spread_of, sum_by
from fairaudit.scoretable.classes import vector_grid
from fairaudit.scoretable.grid import Grid
from fairaudit.scoretable.table import ScoreTable

UNEQUAL = "the unbiased estimator is defined for rows of equal weight only"
CLUSTERED = "the unbiased estimator is defined for independent rows only"
TOO_FEW = "the unbiased estimator needs at least 4 rows"
CONSTANT = "all values are equal"
NOT_ASKED = "not asked for"
PAIRS = 100_000
"""Pairs of rows from which the error of quantile cells is estimated."""


Errors = Callable[[str, float, float | None], Interval | None]
"""Interval of a measure (its kind) about a value, which is the measure divided by a scale."""


@dataclass(frozen=True, eq=False)
class DependenceMeasures:
    """The dependence measures of one score table, ready to be evaluated and shuffled."""

    table: ScoreTable
    """The score table."""
    blocks: Blocks
    """Joint cells of its lines, for shuffled tables."""
    distance: Floats
    """Mean distance of each line's value to all others, shape (L,); of classes that of their vectors, Σ_k |f_k − f'_k|,
    by which each measure is the sum over the classes."""
    pairwise: bool
    """Whether measures of several attributes take the exact places of numbers, too, from all pairs of lines."""

    def views(self, grid: Grid, centred: bool = False) -> list[Merged]:
        """The statistic of each measure as a function of tables of mass, for its permutation test.

        Args:
            grid: grid of the values.
            centred: whether tables may have cells of other masses than the observed one. Then the mass that
                independence would give is taken off: the statistic of the observed table stays, as its coupling is
                centred already.
        """

        def statistic(kind: str) -> dict[str, Statistic]:
            matrix = self._coupling(kind).matrix
            if centred:
                return {kind: lambda tables: _differences(grid.columns, _centred(tables), matrix)}
            return {kind: lambda tables: _differences(grid.columns, tables, matrix)}

        result = [Merged(self.blocks.level(name)[1], statistic(f"dcov:{name}")) for name in self.blocks.names]
        joint = np.arange(len(self.blocks.levels), dtype=np.intp)
        return [*result, Merged(joint, statistic("ccdcov") | statistic("jdcov"))]

    def report(self, nulls: dict[str, Null], errors: Errors | None = None) -> DependenceReport:
        """All measures, with p-values from the null distributions of `views` and intervals from standard errors."""
        return DependenceReport(
            dcov=[self.single(f"dcov:{name}", nulls, errors) for name in self.blocks.names],
            ccdcov=self.single("ccdcov", nulls, errors),
            jdcov=self._joint(nulls, errors),
        )

    def standard_error(self, kind: str, grid: Grid) -> float:
        r"""Standard error of a measure on the grid of the values.

        A V-statistic of the product kernel W ∘ C(F), F the distances of the values, has to second order the variance

        .. math:: 4 \sum_k \omega_k^2 (h_k - \bar h)^2 + 2 (\sum_k \omega_k^2)^2 \, \|W\|^2 \|C(F)\|^2, \quad
            h_k = \sum_l \omega_l W_{kl} C(F)_{kl},

        norms under ω ω (Hoeffding 1948, doi:10.1214/aoms/1177730196). The first term vanishes under independence, the
        second is what is left then.
        """
        table, cell, points = self.table, self.blocks.cell, len(grid.values)
        group = self.blocks.level(kind.removeprefix("dcov:"))[1] if kind.startswith("dcov:") else None
        cell = cell if group is None else group[cell]
        matrix = self._coupling(kind).matrix
        size = len(matrix)
        mass = sum_by(grid.index * size + cell, table.weight, points * size).reshape(points, size)
        far = manhattan(grid.columns)
        share = mass.sum(axis=1)
        mean = far @ share
        centred = far - mean[:, None] - mean + share @ mean
        bearing = (centred @ mass @ matrix)[grid.index, cell]
        squares = float(table.weight_sq.sum())
        far_from_mean = bearing - table.weight @ bearing
        first = 4 * float(table.weight_sq @ far_from_mean**2)
        if table.cluster is not None:
            first = 4 * float(np.sum(sum_by(table.cluster, table.weight * far_from_mean) ** 2))
        columns = mass.sum(axis=0)
        second = 2 * squares**2 * float(columns @ matrix**2 @ columns) * float(share @ centred**2 @ share)
        return float(np.sqrt(first + second))

    def _coupling(self, kind: str) -> Coupling:
        """The coupling between cells, by which shuffled tables are measured."""
        blocks = self.blocks.only(kind.removeprefix("dcov:")) if kind.startswith("dcov:") else self.blocks
        return coupling(kind, blocks, sum_by(blocks.cell, self.table.weight))

    def _measure(self, kind: str) -> Coupled:
        return coupled(self.table.cells(), kind, self.table.weight, pairwise=self.pairwise)

    def _value(self, measure: Coupled) -> float:
        return sum(measure(column)[0] for column in self.table.measured.T) + measure.constant

    def _floor(self, measure: Coupled) -> float:
        table = self.table
        own = (table.weight_sq, table.rows, table.cluster)
        parts = [floor(measure, column, *own) - measure.constant for column in table.measured.T]
        return sum(parts) + measure.constant

    def _unbiased(self, kind: str) -> float | None:
        n = float(self.table.rows.sum())
        if not self.table.exchangeable or n < 4:
            return None
        return self._value(coupled(self.table.cells(), kind, self.table.rows / n, rows=n, pairwise=self.pairwise))

    def _why_biased(self, unbiased: float | None) -> str | None:
        if unbiased is not None:
            return None
        if self.table.cluster is not None:
            return CLUSTERED
        return TOO_FEW if self.table.equal_weights else UNEQUAL

    def single(self, kind: str, nulls: dict[str, Null], errors: Errors | None = None) -> Dependence:
        """dCov² (``dcov:NAME``) or CCdCov² (``ccdcov``), with p-value and interval where they can be made."""
        measure = self._measure(kind)
        biased = self._value(measure)
        least = self._floor(measure)
        unbiased = self._unbiased(kind)
        scale, why = self._scale(kind, measure.mean, unbiased)
        correlation = None if scale is None else (biased - least if unbiased is None else unbiased) / scale
        ends = None if errors is None else errors(kind, biased - least, 1.0)
        around = None if errors is None or correlation is None else errors(kind, correlation, scale)
        return Dependence(
            attribute=kind.removeprefix("dcov:") if kind.startswith("dcov:") else " × ".join(self.blocks.names),
            unbiased=unbiased,
            biased=biased,
            floor=least,
            excess=biased - least,
            dcor_sq=correlation,
            interval=ends,
            dcor_interval=around,
            **(self._tested(nulls[kind], correlation) if kind in nulls else {"p_value": None}),
            why=why or self._why_biased(unbiased),
            error=self._error(kind),
        )

    def _tested(self, null: Null, correlation: float | None) -> dict[str, float | None]:
        """The permutation p-value and its error; where no shuffle reaches so far, that of the χ² law if it is smaller
        still."""
        p_value, error = null.p_value, null.p_error
        if p_value is not None and correlation is not None and null.at_limit:
            law = chi_square_p_value(correlation, 1 / float(self.table.weight_sq.sum()))
            p_value, error = (law, 0.0) if law < p_value else (p_value, error)
        return {"p_value": p_value, "p_error": error}

    def _joint(self, nulls: dict[str, Null], errors: Errors | None) -> JointDependence:
        measure, count = self._measure("jdcov"), len(self.blocks.names)
        biased = self._value(measure)
        least = self._floor(measure)
        unbiased = self._unbiased("jdcov")
        exact = self.pairwise or count == 1 or self.table.cells().exact
        pairs = self._value(
            coupled(self.table.cells() if exact else self.table.cells().at_levels(), "sum", self.table.weight)
        )
        told = count <= MOST_TERMS
        orders = {str(m): self._value(self._measure(f"interaction:{m}")) for m in range(2, count) if told}
        interaction = biased - measure.constant - pairs if count > 1 else 0.0
        if count > 1 and told:  # the terms add up
            orders[str(count)] = interaction - sum(orders.values())
        return JointDependence(
            unbiased=unbiased,
            biased=biased,
            attributes_only=measure.constant,
            pairs=pairs,
            interaction=interaction,
            interaction_by_order=orders,
            floor=least,
            excess=biased - least,
            interval=None if errors is None else errors("jdcov", biased - least, 1.0),
            p_value=nulls["jdcov"].p_value if "jdcov" in nulls else None,
            p_error=nulls["jdcov"].p_error if "jdcov" in nulls else None,
            why=self._why_biased(unbiased),
            error=self._error("jdcov"),
        )

    def _scale(self, kind: str, distance: Floats, unbiased: float | None) -> tuple[float | None, str | None]:
        """What the unbiased dCov² is divided by to give the bias-corrected dCor² (Székely & Rizzo 2014,
        doi:10.1214/14-AOS1255): the geometric mean of the distance variances. For unequal weights the biased ones, by
        which the excess is divided; that agrees to first order."""
        table, cells = self.table, self.table.cells()
        rows = None if unbiased is None else float(table.rows.sum())
        if kind.startswith("dcov:"):
            cells = cells.only(kind.removeprefix("dcov:"))
        elif not self.pairwise and len(cells.attributes) > 1:
            cells = cells.at_levels()
        of_places = distance_variance(cells.spread(table.weight), distance, table.weight, rows)
        if table.classes:
            own = vector_grid(table)
            of_value = vector_variance(own.columns, sum_by(own.index, table.weight), rows)
        else:
            spread = spread_of(table.value[:, None], table.weight)
            of_value = distance_variance(spread, self.distance, table.weight, rows)
        width = float(np.ptp(table.measured, axis=0).max())
        if not np.ptp(cells.levels, axis=0).any():  # of one level the variance is what rounding leaves
            return None, CONSTANT
        if width <= rounding(table.measured) or of_value <= NOTHING * width**2 or of_places <= 0:
            return None, CONSTANT
        return float(np.sqrt(of_places * of_value)), None

    def _error(self, kind: str) -> CellError | None:
        """What quantile cells may cost a measure of several attributes; dCov² alone is exact."""
        table, cells = self.table, self.table.cells()
        if kind.startswith("dcov:") or self.pairwise or cells.exact or len(cells.attributes) == 1:
            return None
        weight, moved = table.weight, cells.displacement
        bound = 4 * weight @ (self.distance * moved) + 4 * (weight @ moved) * (weight @ self.distance)
        exact, placed = encoded(cells, weight), encoded(cells.at_levels(), weight)
        errors = [sampled_error(column, exact, placed, weight, kind, PAIRS, seed=0) for column in table.measured.T]
        estimate, spread = (sum(each) for each in zip(*errors, strict=True))
        return CellError(bound=float(bound) if kind == "ccdcov" else None, estimate=estimate, standard_error=spread)


def _differences(columns: Floats, tables: Floats, matrix: Floats) -> Floats:
    """The measure of tables of masses, shape (..., M, K), summed over the columns of the points, shape (M, C)."""
    if columns.shape[1] == 1:
        return table_absolute_differences(columns[:, 0], tables, matrix)
    result = np.zeros(tables.shape[:-2])
    for column in columns.T:
        order = np.argsort(column, kind="stable")
        result += table_absolute_differences(column[order], tables[..., order, :], matrix)
    return result


def _centred(tables: Floats) -> Floats:
    """Mass of each (value, cell) less what independence would give, shape (..., V, K)."""
    result: Floats = tables - tables.sum(axis=-1, keepdims=True) * tables.sum(axis=-2, keepdims=True)
    return result


def chi_square_p_value(dcor_sq: float, n: float) -> float:
    """P-value of independence, from the bias-corrected dCor² of n rows: n · dCor² + 1 is referred to χ² of one degree.

    Conservative, for large n (Shen, Panda & Vogelstein 2022, doi:10.1080/10618600.2021.1938585).
    """
    return max(float(chdtrc(1, max(n * dcor_sq + 1, 0.0))), TINY)


def not_asked(names: list[str]) -> DependenceReport:
    """The report where no dependence is asked for: numbers that are None, with the reason."""
    nothing: dict[str, None] = dict.fromkeys(("unbiased", "biased", "floor", "excess", "p_value"))
    reports = {
        name: Dependence(attribute=name, dcor_sq=None, why=NOT_ASKED, **nothing) for name in (*names, " × ".join(names))
    }
    joint = JointDependence(
        unbiased=None,
        biased=None,
        attributes_only=None,
        pairs=None,
        interaction=None,
        floor=None,
        excess=None,
        p_value=None,
        why=NOT_ASKED,
    )
    return DependenceReport(dcov=[reports[name] for name in names], ccdcov=reports[" × ".join(names)], jdcov=joint)


def dependence_measures(table: ScoreTable, pairwise: bool = False) -> DependenceMeasures:
    """Prepare the dependence measures of a score table."""
    return DependenceMeasures(
        table=table,
        blocks=blocks(table.cells()),
        distance=np.sum([mean_absolute_differences(column, table.weight) for column in table.measured.T], axis=0),
        pairwise=pairwise,
    )


DEPENDENCE = (
    Measure(
        name="dcov",
        number=52,
        label="distance covariance (dCov²)",
        about="dependence on one attribute; 0 only under independence",
        formula="Σ ω_k ω_l C(D)_kl abs(f_k − f_l), D the distances of one attribute",
        unit="number",
        better="lower",
        tasks=ANY,
        needs=(),
        statistics=("excess", "correlation"),
        kind="dependence",
    ),
    Measure(
        name="ccdcov",
        number=53,
        label="joint dependence (CCdCov²)",
        about="dependence on all attributes at once; 0 only under independence",
        formula="the same, D the Euclidean distances of the concatenated encoding of all attributes",
        unit="number",
        better="lower",
        tasks=ANY,
        needs=(),
        statistics=("excess", "correlation"),
        kind="dependence",
        joint=True,
    ),
    Measure(
        name="within_strata",
        number=57,
        label="dependence within strata",
        about="what the penalty aims at: dependence among rows of a stratum",
        formula="Σ π_s times the penalised measure within stratum s of share π_s, with `--parity` or `--given`",
        unit="number",
        better="lower",
        tasks=ANY,
        needs=(),
        statistics=(),
        kind="dependence",
        joint=True,
    ),
    Measure(
        name="jdcov",
        number=54,
        label="mutual dependence (JdCov²)",
        about="dependence including interactions of the attributes",
        formula="E Π (U_j + 1) − 1 over f and all attributes, U = −C(D) of each",
        unit="number",
        better="lower",
        tasks=ANY,
        needs=(),
        statistics=("excess",),
        kind="dependence",
        joint=True,
    ),
)
