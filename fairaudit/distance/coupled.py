"""A dependence measure on given rows: predictions in, value and gradient out, by the cheapest exact way.

The fit, the audit and the tests of independence all take their measures from `coupled`. The ways, all exact for the
levels or places that they are given:

* `OnCells`: any measure, a K × K coupling between cells, O(n log n + nK) (`stats.kernel`);
* `OnLine`: one number with more levels than that pays for, O(n log n) (`stats.line`);
* `Agreement`: dCov² and CCdCov² of many cells that differ by categories, O(n log n + n 2^p N) (`stats.agreement`);
* `Pairs`: several attributes of which one is truly continuous, on request, O(n²) (`stats.pairs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.distance import agreement
from fairaudit.distance.coupling import Blocks, Coupling, Kind, blocks, coupling, unbiased_coupling
from fairaudit.distance.kernel import (
    cluster_distance,
    mean_under_shuffling,
    pair_distance,
    weighted_absolute_differences,
)
from fairaudit.distance.line import continuous_distance_covariance, line_means
from fairaudit.distance.pairs import Encoded, Pairs
from fairaudit.errors import OptionError
from fairaudit.scoretable.cells import MOST_CELLS, Cells, joint, sum_by

LINE = 128
"""Levels of a number beyond which sorting beats cells."""
FEW = 64
"""Cells up to which nothing beats cells."""


class Coupled(Protocol):
    """A measure with everything fixed but the predictions."""

    @property
    def weight(self) -> Floats:
        """ω, shape (n,), sums to 1."""
        ...

    @property
    def constant(self) -> float:
        """The part that no prediction can change: dependence among the attributes (JdCov²), else 0."""
        ...

    @property
    def diagonal(self) -> Floats:
        """The coupling of each row with itself, shape (n,)."""
        ...

    @property
    def mean(self) -> Floats:
        """Weighted mean distance of each row to all others, shape (n,); of no meaning for products (JdCov²)."""
        ...

    def __call__(self, prediction: Floats) -> tuple[float, Floats]:
        """The measure without its constant, and its gradient, for predictions of shape (n,)."""
        ...


@dataclass(frozen=True, eq=False)
class OnCells:
    """A measure by a coupling between cells."""

    blocks: Blocks
    """Cells of the rows, and the distances between them."""
    weight: Floats
    coupling: Coupling

    @property
    def constant(self) -> float:
        """See `Coupled`."""
        return self.coupling.constant

    @property
    def diagonal(self) -> Floats:
        """See `Coupled`."""
        return np.diagonal(self.coupling.matrix)[self.blocks.cell]

    @property
    def mean(self) -> Floats:
        """See `Coupled`."""
        distances = self.blocks.concatenated
        by_cell: Floats = distances @ sum_by(self.blocks.cell, self.weight, len(distances))
        return by_cell[self.blocks.cell]

    def __call__(self, prediction: Floats) -> tuple[float, Floats]:
        """See `Coupled`."""
        return weighted_absolute_differences(prediction, self.blocks.cell, self.weight, self.coupling.matrix)


@dataclass(frozen=True, eq=False)
class OnLine:
    """dCov² with one number, at the places of the rows themselves."""

    attribute: Floats
    """Encoded, shape (n, 1), or (n, 2) with missing values (see `line.continuous_distance_covariance`)."""
    weight: Floats
    rows: float | None = None
    constant: float = 0.0

    @cached_property
    def mean(self) -> Floats:
        """See `Coupled`."""
        return line_means(self.attribute, self.weight)

    @property
    def diagonal(self) -> Floats:
        """See `Coupled`."""
        own: Floats = self.weight @ self.mean - 2 * self.mean
        return own

    def __call__(self, prediction: Floats) -> tuple[float, Floats]:
        """See `Coupled`."""
        return continuous_distance_covariance(prediction, self.attribute, self.weight, self.rows)


@dataclass(frozen=True, eq=False)
class Sum:
    """Measures added up."""

    parts: Sequence[Coupled]
    weight: Floats
    constant: float = 0.0

    @property
    def diagonal(self) -> Floats:
        """See `Coupled`."""
        total: Floats = np.sum([part.diagonal for part in self.parts], axis=0)
        return total

    @property
    def mean(self) -> Floats:
        """See `Coupled`."""
        total: Floats = np.sum([part.mean for part in self.parts], axis=0)
        return total

    def __call__(self, prediction: Floats) -> tuple[float, Floats]:
        """See `Coupled`."""
        made = [part(prediction) for part in self.parts]
        return sum(value for value, _ in made), np.sum([slope for _, slope in made], axis=0)


def coupled(
    cells: Cells, kind: Kind, weight: Floats, c: float = 1.0, rows: float | None = None, pairwise: bool = False
) -> Coupled:
    """A measure on the rows of `cells`, by the cheapest way.

    Args:
        cells: encoded attributes of n rows, or of lines that stand for rows alike in all.
        kind: as in `coupling.coupling`.
        weight: ω, shape (n,), sums to 1.
        c: weight of lower orders in JdCov².
        rows: number of rows for the unbiased version (``dcov:NAME``, ``sum``, ``ccdcov``, ``jdcov``), which needs the
            same weight for each; None: biased.
        pairwise: take the exact places of numbers in measures of several attributes, too, from all pairs of rows;
            otherwise they stand at their quantile cells there.
    """
    names = [attribute.name for attribute in cells.attributes]
    if kind == "sum":
        return Sum([coupled(cells, f"dcov:{name}", weight, c, rows) for name in names], weight)
    if kind.startswith("dcov:") or len(names) == 1:
        if kind.startswith("dcov:"):
            cells = cells.only(kind.removeprefix("dcov:"))
        kind = f"dcov:{cells.attributes[0].name}"
        if cells.attributes[0].kind == "continuous" and (
            not cells.exact or len(cells.attributes[0].coordinates) > LINE
        ):
            return OnLine(cells.coordinates(0), weight, rows)
    elif pairwise and not cells.exact:
        return Pairs(encoded(cells, weight), weight, kind, c, rows)
    count = len(joint(cells.levels)[0])
    plain = kind == "ccdcov" or kind.startswith("dcov:")
    if plain and count > FEW and 2 * agreement.cost(cells) <= count:
        return agreement.agreement(cells, weight, rows)
    if count > MOST_CELLS:
        raise OptionError(
            f"'{kind}' needs a coupling between {count:,} cells of the protected attributes; at most {MOST_CELLS:,} are"
            " kept: cut numbers into bands, merge rare categories, or choose sum or ccdcov"
        )
    made = blocks(cells)
    mass = sum_by(made.cell, weight, count)
    matrix = coupling(kind, made, mass, c) if rows is None else unbiased_coupling(kind, made, mass * rows, c)
    return OnCells(made, weight, matrix)


def encoded(cells: Cells, weight: Floats) -> Encoded:
    """The encoding of the rows themselves, with the mean distances in each attribute."""
    names = [attribute.name for attribute in cells.attributes]
    return Encoded(
        [cells.coordinates(position) for position in range(len(names))],
        [coupled(cells, f"dcov:{name}", weight).mean for name in names],
    )


def floor(
    measure: Coupled,
    prediction: Floats,
    weight_sq: Floats | None = None,
    rows: Floats | None = None,
    cluster: Ints | None = None,
) -> float:
    """Mean of the measure, with its constant, when the predictions are shuffled over the rows; exact.

    Args:
        measure: a biased measure.
        prediction: f, shape (n,).
        weight_sq: sum of squared weights of each line; None: each is one row.
        rows: number of rows of each line; None: each is one row.
        cluster: code of the cluster of each line, which moves as a whole; `weight_sq` is then of clusters. None: rows
            move alone.
    """
    if cluster is None:
        distance = pair_distance(prediction, np.ones(len(prediction)) if rows is None else rows)
    else:
        distance = cluster_distance(prediction, measure.weight, cluster)
    squares = measure.weight**2 if weight_sq is None else weight_sq
    return mean_under_shuffling(measure.diagonal, squares, distance) + measure.constant
