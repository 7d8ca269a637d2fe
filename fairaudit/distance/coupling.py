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
from fairaudit.memory import ask
from fairaudit.scoretable.cells import Cells, distances_between, joint, sum_by
from fairaudit.scoretable.grid import CHUNK

Kind = Literal["sum", "ccdcov", "jdcov", "interaction"] | str
"""A measure; ``dcov:NAME`` is dCov² with one attribute."""

MATRICES = 6
"""Matrices between cells that a measure of dependence needs at once."""
MOST_TERMS = 8
"""Attributes up to which terms of each order are told apart; the work for all orders grows with the cube of them."""
FEW_VALUES = 256
"""Distinct predictions up to which a value is read off a table, without the compiled pass."""
PENALTIES = ("dcov:NAME", "sum", "ccdcov", "jdcov", "interaction")


@dataclass(frozen=True, eq=False)
class Blocks:
    """Joint cells of some rows and, per attribute, the distances between its levels: what every coupling is made of.

    Distances between cells are K × K, and made when they are needed: kept for each of many attributes they would be
    most of the memory of an audit.
    """

    names: tuple[str, ...]
    """Attribute of each block."""
    between: tuple[Floats, ...]
    """Distance of each pair of levels in each attribute, d arrays of shape (K_j, K_j)."""
    levels: Ints
    """Level of each cell in each attribute, shape (K, d)."""
    cell: Ints
    """Cell of each row, shape (n,)."""

    def distance(self, position: int, rows: slice = slice(None)) -> Floats:
        """Distance in one attribute of each of some cells to each cell, shape (rows, K)."""
        level = self.levels[:, position]
        return self.between[position][np.ix_(level[rows], level)]

    @property
    def concatenated(self) -> Floats:
        """Euclidean distance of each pair of cells in all attributes together, shape (K, K)."""
        squares = np.zeros((len(self.levels), len(self.levels)))
        for position in range(len(self.names)):
            squares += np.square(self.distance(position))
        return np.sqrt(squares, out=squares)

    def level(self, name: str) -> tuple[Ints, Ints]:
        """For one attribute a joint cell that has each level, and the level of each joint cell, counted from 0."""
        _, first, level = np.unique(self.levels[:, self.names.index(name)], return_index=True, return_inverse=True)
        return first.astype(np.intp), level.astype(np.intp)

    def only(self, name: str) -> Blocks:
        """The blocks of one attribute alone, with its own few cells instead of the joint ones."""
        first, level = self.level(name)
        position = self.names.index(name)
        own = self.levels[first, position]
        between = self.between[position][np.ix_(own, own)]
        return Blocks((name,), (between,), np.arange(len(first), dtype=np.intp)[:, None], level[self.cell])


def blocks(cells: Cells) -> Blocks:
    """The joint cells that occur in the rows, and their distances."""
    present, cell = joint(cells.levels)
    ask(
        8 * MATRICES * len(present) ** 2,
        f"distances between {len(present):,} cells of the protected attributes",
        "merge rare levels, cut numbers into bands, or name fewer attributes",
    )
    between = tuple(distances_between(attribute.coordinates) for attribute in cells.attributes)
    return Blocks(tuple(attribute.name for attribute in cells.attributes), between, present, cell)


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

    centre = _Centring(mass)
    simple = _simple(kind, blocks, centre)
    if simple is not None:
        return Coupling(simple, 0.0)
    count = len(blocks.names)
    product = _product(blocks, centre, term_weights(kind, count, c))
    constant = 0.0
    if kind == "jdcov" and count > 1:  # one attribute has nothing to depend on
        constant = float(c * (mass @ product @ mass) - c ** (count + 1))
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

    centre = _Centring(rows, n)
    simple = _simple(kind, blocks, centre)
    if simple is not None:
        return Coupling(scale * simple, 0.0)
    if kind == "jdcov":
        count = len(blocks.names)
        product = _product(blocks, centre, term_weights(kind, count, c))
        off_diagonal = float(rows @ product @ rows - rows @ np.diagonal(product))
        diagonal = n * c**count
        constant = c * (off_diagonal + diagonal) / (n * (n - 3)) - c ** (count + 1) * scale
        return Coupling(-scale * centre(product), constant)
    raise OptionError(f"'{kind}' has no unbiased version here")


@dataclass(frozen=True, eq=False)
class _Centring:
    """Double centring of a matrix between cells; of a hollow one between n rows, if these are given: C̃, whose entry for
    two different rows depends on their cells."""

    mass: Floats
    """Weight of each cell, of sum 1, or its rows, of sum n; shape (K,)."""
    n: float | None = None

    def __call__(self, matrix: Floats) -> Floats:
        """The whole matrix centred."""
        return self.part(matrix, self.means(matrix))

    def means(self, matrix: Floats) -> tuple[Floats, float]:
        """Sum of each row of the matrix over the mass of all cells, and the sum of these."""
        by_cell = matrix @ self.mass
        if self.n is not None:
            by_cell = by_cell - np.diagonal(matrix)
        return by_cell, float(self.mass @ by_cell)

    def part(self, part: Floats, means: tuple[Floats, float], rows: slice = slice(None)) -> Floats:
        """Some rows of a matrix centred, given the means of all of it."""
        by_cell, total = means
        if self.n is None:
            result: Floats = part - by_cell[rows, None] - by_cell[None, :] + total
            return result
        n = self.n
        return part - (by_cell[rows, None] + by_cell[None, :]) / (n - 2) + total / ((n - 1) * (n - 2))


def _simple(kind: Kind, blocks: Blocks, centre: _Centring) -> Floats | None:
    """The coupling of a measure that is made of distances, not of products of them; None for the others."""
    if kind.startswith("dcov:"):
        return centre(blocks.distance(_index(kind, blocks.names)))
    if kind == "ccdcov":
        return centre(blocks.concatenated)
    if kind != "sum":
        return None
    total = np.zeros((len(blocks.levels), len(blocks.levels)))
    for position in range(len(blocks.names)):
        total += centre(blocks.distance(position))
    return total


def _product(blocks: Blocks, centre: _Centring, weights: Floats) -> Floats:
    """Σ_m a_m e_m(U_1, …, U_d), U_j = −C(D_j), shape (K, K): some rows at a time, whose terms take as much memory as
    there are attributes."""
    count, size = len(blocks.names), len(blocks.levels)
    means = [centre.means(blocks.distance(position)) for position in range(count)]
    result = np.empty((size, size))
    height = max(1, CHUNK // (size * (2 * count + 1)))
    for start in range(0, size, height):
        rows = slice(start, start + height)
        marginals = [centre.part(blocks.distance(position, rows), means[position], rows) for position in range(count)]
        result[rows] = products([-marginal for marginal in marginals], weights)
    return result


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

    With all a_m = c^(d−m) it is Π (U_j + c), which is how it is computed of many blocks: in d steps, not d².
    """
    c = float(weights[-2])
    if len(blocks) > MOST_TERMS and np.array_equal(weights, term_weights("jdcov", len(blocks), c)):
        product = blocks[0] + c
        for block in blocks[1:]:
            product *= block + c
        return product
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
