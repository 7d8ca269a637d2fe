"""Rows that stand for all: where the paths of attributions start, and where importances are taken."""

from __future__ import annotations

import numpy as np

from fairaudit.arrays import Floats, Ints

BACKGROUND = 64
"""Training rows from which the paths of attributions start."""
ATTRIBUTED = 512
"""Rows from which importances are taken in a guided fit and where strengths are traced."""
CANDIDATES = 8192
"""Rows among which typical ones are looked for."""


def typical(linear: Floats, matrix: Floats, weight: Floats, count: int) -> Ints:
    r"""Rows that stand for all: so many, some maybe twice, whose columns have nearly the means of all rows.

    One after the other, the row is taken that brings the sum of the rows taken nearest to what their number would give,

    .. math:: \arg\min_i \Bigl\lVert x_i - \bar x + \sum_{\text{taken}} (x_k - \bar x) \Bigr\rVert

    so that the means are off like 1 / count, not like the 1 / √count of rows drawn at random, and any first rows are
    typical too. That matters for attributions: those of a yes/no column against 64 random rows, of which an eighth say
    yes, are off by a third. Of more rows than `CANDIDATES`, so many at equally spaced quantiles of η are looked at.

    Source: herding, Welling (2009), doi:10.1145/1553374.1553517.

    Args:
        linear: η, shape (n,) or (n, m).
        matrix: columns, shape (n, p).
        weight: ω, shape (n,), sums to 1.
        count: how many.

    Returns:
        Positions, shape (count,). Neither the order of the rows matters, nor whether one stands twice or has weight
        two. O(count · n · p) time, n at most `CANDIDATES`.
    """
    rows = np.arange(len(matrix)) if len(matrix) <= CANDIDATES else quantiles(linear, matrix, weight, CANDIDATES)
    centred = matrix[rows] - weight @ matrix
    distance = (centred**2).sum(axis=1)
    taken = np.empty(count, dtype=np.intp)
    for place in range(count):
        taken[place] = np.argmin(distance)
        distance += 2 * (centred @ centred[taken[place]])
    return np.asarray(rows[taken], dtype=np.intp)


def quantiles(linear: Floats, matrix: Floats, weight: Floats, count: int) -> Ints:
    """Rows at equally spaced quantiles of their linear predictors: a stratified sample of so many, some maybe twice.

    Rows of equal η are in the order of their columns, so that neither the order of the rows matters, nor whether a row
    stands twice or has weight two.

    Args:
        linear: η, shape (n,) or (n, m), of which the last predictor is taken.
        matrix: columns, shape (n, p).
        weight: ω, shape (n,), sums to 1.
        count: number of quantiles.
    """
    order = np.lexsort((*matrix.T, linear if linear.ndim == 1 else linear[:, -1]))
    below = np.cumsum(weight[order])
    places = np.searchsorted(below, (np.arange(count) + 0.5) / count * below[-1])
    return np.asarray(order[np.minimum(places, len(order) - 1)], dtype=np.intp)
