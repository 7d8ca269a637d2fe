"""How much each factor tells about each protected attribute: which of them may stand in for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.data.roles import Protected
from fairaudit.distance.coupling import Blocks, blocks, coupling, unbiased_coupling
from fairaudit.distance.kernel import mean_under_shuffling
from fairaudit.measures.dependence import CONSTANT, chi_square_p_value
from fairaudit.results import Proxy
from fairaudit.scoretable.cells import Cells, cells, joint, sum_by

if TYPE_CHECKING:
    import pandas as pd


FEWEST = 4
"""Rows that a bias-corrected distance correlation needs."""


def proxies(factors: pd.DataFrame, protected: Cells, weight: Floats, count: Floats | None = None) -> list[Proxy]:
    """Squared distance correlation of each factor with each protected attribute.

    Args:
        factors: n rows; numbers are continuous, all else categories; missing values are a level of their own.
        protected: the attributes of the same rows.
        weight: ω, shape (n,), sums to 1.
        count: how many rows each of these stands for, shape (n,); None: one.

    Distances are taken between levels: exact up to 256 distinct numbers, quantile cells beyond. O(n + K³) for K levels.
    """
    import pandas as pd

    attributes = [blocks(protected.only(each.name)) for each in protected.attributes]
    effective = 1 / float(weight @ (weight if count is None else weight / count))
    correlations = []
    for name, column in factors.items():
        number = pd.api.types.is_numeric_dtype(column) and bool(column.notna().any())
        spec = Protected(str(name), "continuous" if number else "categorical")
        own = blocks(cells({spec.name: column}, [spec], weight))
        for other, attribute in zip(attributes, protected.attributes, strict=True):
            value, why = correlation(own, other, weight, count)
            p_value = None if value is None else chi_square_p_value(value, effective)
            correlations.append(
                Proxy(factor=str(name), attribute=attribute.name, dcor_sq=value, p_value=p_value, why=why)
            )
    return correlations


def correlation(
    one: Blocks, other: Blocks, weight: Floats, count: Floats | None = None
) -> tuple[float | None, str | None]:
    r"""Bias-corrected squared distance correlation of two attributes, or None with the reason.

    .. math:: \frac{\sum_{kl} A_{kl} W_{kl}}{\sqrt{V_A V_B}}

    A the distances in one, W the centred distances in the other, summed over pairs of levels: with U-centring for equal
    weights, else the excess over the mean under shuffling in place of the numerator, with biased variances V.

    Source: Székely & Rizzo (2014), doi:10.1214/14-AOS1255.
    """
    people = np.ones(len(weight)) if count is None else count
    n, each = int(people.sum()), weight / people
    equal = n >= FEWEST and bool(np.ptp(each) <= 1e-12 * each.max())
    mass = sum_by(one.cell, weight, len(one.levels)), sum_by(other.cell, weight, len(other.levels))
    present, cell = joint(np.column_stack([one.cell, other.cell]))
    together = np.zeros((len(mass[0]), len(mass[1])))
    together[tuple(present.T)] = sum_by(cell, weight)
    sides = [_centred(each, share, n if equal else None) for each, share in zip((one, other), mass, strict=True)]
    (_, first), (matrix, second) = sides
    if min(first, second) <= 0:
        return None, CONSTANT
    value = float(np.sum((together.T @ one.between[0] @ together) * matrix))
    if not equal:
        rows = sum_by(one.cell, people, len(one.levels))
        mean = float(rows @ one.between[0] @ rows) / (n * (n - 1))
        value -= mean_under_shuffling(np.diagonal(matrix)[other.cell], weight**2 / people, mean)
    return value / float(np.sqrt(first * second)), None


def _centred(block: Blocks, mass: Floats, n: int | None) -> tuple[Floats, float]:
    """Centred distances of the levels, and the distance variance; unbiased for n rows of one weight."""
    kind = f"dcov:{block.names[0]}"
    if n is None:
        matrix = coupling(kind, block, mass).matrix
        return matrix, float(mass @ matrix**2 @ mass)
    rows = mass * n
    matrix, scale = unbiased_coupling(kind, block, rows).matrix, n / (n - 3)
    squares = matrix**2
    return matrix, float(rows @ squares @ rows - rows @ np.diagonal(squares)) / (scale * n * n)
