"""Couplings: the matrix between cells that turns the coupled absolute difference into each dependence measure.

Q(f; W) = Σ ω_k ω_l W[c_k, c_l] |f_k − f_l| is dCov² for W = C(D), the doubly centred distances of an attribute; the sum
of marginals for Σ C(D_j); CCdCov² for the distances of the concatenated encoding; and JdCov² for −C(Π_j (U_j + c)) with
U_j = −C(D_j) (Lee et al. 2025; Chakraborty & Zhang 2019, doi:10.1080/01621459.2018.1513364, whose sign this is).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.distance.kernel import table_absolute_differences, weighted_absolute_differences
from fairaudit.errors import OptionError
from fairaudit.scoretable.cells import Cells, distances_between, joint, sum_by

Kind = Literal["sum", "ccdcov", "jdcov", "interaction"] | str
"""A measure; ``dcov:NAME`` is dCov² with one attribute."""

FEW_VALUES = 256
"""Distinct predictions up to which a value is read off a table, without the compiled pass."""
PENALTIES = ("dcov:NAME", "sum", "ccdcov", "jdcov", "interaction")


@dataclass(frozen=True, eq=False)
class Blocks:
    """Joint cells of some rows and, per attribute, the distances between them: what every coupling is made of."""

    names: tuple[str, ...]
    """Attribute of each block."""
    distances: tuple[Floats, ...]
    """Distance of each pair of cells in each attribute, d arrays of shape (K, K)."""
    levels: Ints
    """Level of each cell in each attribute, shape (K, d)."""
    cell: Ints
    """Cell of each row, shape (n,)."""

    @property
    def concatenated(self) -> Floats:
        """Euclidean distance of each pair of cells in all attributes together, shape (K, K)."""
        total: Floats = np.sqrt(np.sum(np.square(self.distances), axis=0))
        return total

    def level(self, name: str) -> tuple[Ints, Ints]:
        """For one attribute a joint cell that has each level, and the level of each joint cell, counted from 0."""
        _, first, level = np.unique(self.levels[:, self.names.index(name)], return_index=True, return_inverse=True)
        return first.astype(np.intp), level.astype(np.intp)

    def only(self, name: str) -> Blocks:
        """The blocks of one attribute alone, with its own few cells instead of the joint ones."""
        first, level = self.level(name)
        distance = self.distances[self.names.index(name)][np.ix_(first, first)]
        return Blocks((name,), (distance,), np.arange(len(first), dtype=np.intp)[:, None], level[self.cell])


def blocks(cells: Cells) -> Blocks:
    """The joint cells that occur in the rows, and their distances."""
    present, cell = joint(cells.levels)
    distances = []
    for attribute, level in zip(cells.attributes, present.T, strict=True):
        between = distances_between(attribute.coordinates)
        distances.append(between[np.ix_(level, level)])
    return Blocks(tuple(attribute.name for attribute in cells.attributes), tuple(distances), present, cell)


@dataclass(frozen=True, eq=False)
class Coupling:
    """A dependence measure: Q(f; matrix) + constant."""

    matrix: Floats
    """W, shape (K, K), symmetric."""
    constant: float
    """The part that no prediction can change: dependence among the attributes themselves (JdCov²), else 0."""

    def value(self, prediction: Floats, cell: Ints, weight: Floats) -> float:
        """The measure for these predictions: Q(f; W) + constant, unit of the prediction."""
        values, point = np.unique(prediction, return_inverse=True)
        if len(values) > FEW_VALUES:
            return weighted_absolute_differences(prediction, cell, weight, self.matrix)[0] + self.constant
        mass = sum_by(point * len(self.matrix) + cell, weight, len(values) * len(self.matrix))
        return float(table_absolute_differences(values, mass.reshape(len(values), -1), self.matrix)) + self.constant


def coupling(kind: Kind, blocks: Blocks, mass: Floats, c: float = 1.0) -> Coupling:
    """The coupling of a biased (V-statistic) measure.

    Args:
        kind: ``dcov:NAME``, ``sum``, ``ccdcov``, ``jdcov``, ``interaction`` (the terms of JdCov² with the prediction
            and at least two attributes) or ``interaction:m`` (those with exactly m attributes).
        blocks: the cells and their distances.
        mass: weight of each cell, shape (K,), sums to 1.
        c: weight of lower orders in JdCov², > 0; a pair of f with one attribute counts c^(d−1), all blocks together 1.

    Returns:
        W and the constant. W is doubly centred: Σ_h W[g, h] mass[h] = 0.
    """

    def centre(matrix: Floats) -> Floats:
        by_cell = matrix @ mass
        return matrix - by_cell[:, None] - by_cell[None, :] + mass @ by_cell

    if kind.startswith("dcov:"):
        return Coupling(centre(blocks.distances[_index(kind, blocks.names)]), 0.0)
    if kind == "ccdcov":
        return Coupling(centre(blocks.concatenated), 0.0)
    marginals = [centre(distance) for distance in blocks.distances]
    if kind == "sum":
        return Coupling(np.sum(marginals, axis=0), 0.0)
    product = products([-marginal for marginal in marginals], term_weights(kind, len(marginals), c))
    constant = 0.0
    if kind == "jdcov" and len(marginals) > 1:  # one attribute has nothing to depend on
        constant = float(c * (mass @ product @ mass) - c ** (len(marginals) + 1))
    return Coupling(-centre(product), constant)


def unbiased_coupling(kind: Kind, blocks: Blocks, rows: Floats, c: float = 1.0) -> Coupling:
    """The coupling of an unbiased (U-statistic) measure; to be used with weights 1/n.

    With C̃(M)_kl = M_kl − R_k/(n−2) − R_l/(n−2) + T/((n−1)(n−2)) off the diagonal, R the row sums off the diagonal, the
    measures are Σ_{k≠l} |f_k − f_l| C̃(D)_kl / (n(n−3)) and Σ_kl Π(U + c) / (n(n−3)) − c^{d+1} n/(n−3), whose diagonal
    (each term c^{d+1}) is included.

    Args:
        kind: as in `coupling`, without ``interaction``.
        blocks: the cells and their distances.
        rows: number of rows in each cell, shape (K,); n ≥ 4 in all.
        c: as in `coupling`.

    Returns:
        W and the constant; every entry depends on the two cells only, also between two rows of one cell.
    """
    n = float(rows.sum())
    scale = n / (n - 3)

    def centre(between: Floats) -> Floats:
        """C̃ of a hollow matrix whose entry for two different rows depends on their cells."""
        by_cell = between @ rows - np.diagonal(between)
        total = float(rows @ by_cell)
        return between - (by_cell[:, None] + by_cell[None, :]) / (n - 2) + total / ((n - 1) * (n - 2))

    if kind.startswith("dcov:"):
        return Coupling(scale * centre(blocks.distances[_index(kind, blocks.names)]), 0.0)
    if kind == "ccdcov":
        return Coupling(scale * centre(blocks.concatenated), 0.0)
    marginals = [centre(distance) for distance in blocks.distances]
    if kind == "sum":
        return Coupling(scale * np.sum(marginals, axis=0), 0.0)
    if kind == "jdcov":
        product = products([-marginal for marginal in marginals], term_weights(kind, len(marginals), c))
        off_diagonal = float(rows @ product @ rows - rows @ np.diagonal(product))
        diagonal = n * c ** len(marginals)
        constant = c * (off_diagonal + diagonal) / (n * (n - 3)) - c ** (len(marginals) + 1) * scale
        return Coupling(-scale * centre(product), constant)
    raise OptionError(f"'{kind}' has no unbiased version here")


def term_weights(kind: Kind, attributes: int, c: float) -> Floats:
    """Weight of the terms with m of d attributes in a measure that is made of products: c^(d−m), or 0; shape (d + 1,).

    ``jdcov`` has the terms of all m, ``interaction`` those of m ≥ 2 and ``interaction:m`` those of one m.
    """
    order = np.arange(attributes + 1)
    name, _, chosen = kind.partition(":")
    if name not in ("jdcov", "interaction"):
        raise OptionError(f"penalty '{kind}' is unknown; choose one of none, {', '.join(PENALTIES)}")
    present = np.ones(attributes + 1, dtype=bool) if name == "jdcov" else order == int(chosen) if chosen else order >= 2
    weights: Floats = np.where(present, c ** (attributes - order).astype(np.float64), 0.0)
    return weights


def products(blocks: Sequence[Floats], weights: Floats) -> Floats:
    """Σ_m a_m e_m(U_1, …, U_d) entry by entry, e_m the elementary symmetric polynomials.

    With all a_m = c^(d−m) it is Π (U_j + c).
    """
    terms = [np.ones_like(blocks[0])] + [np.zeros_like(blocks[0]) for _ in blocks]
    for count, block in enumerate(blocks, 1):
        for order in range(count, 0, -1):
            terms[order] = terms[order] + block * terms[order - 1]
    total: Floats = np.sum([weight * term for weight, term in zip(weights, terms, strict=True)], axis=0)
    return total


def _index(kind: str, names: tuple[str, ...]) -> int:
    name = kind.removeprefix("dcov:")
    if name not in names:
        raise OptionError(f"'{kind}': '{name}' is not a protected attribute; they are: {', '.join(names)}")
    return names.index(name)
