"""The coupled absolute difference: the one sum behind every distance covariance of this package.

.. math:: Q(f; W) = \\sum_{k,l} \\omega_k \\omega_l \\, W_{c_k c_l} \\, |f_k - f_l|

`weighted_absolute_differences` gives value and gradient row by row; `table_absolute_differences` gives the value alone
from a table of masses, for many tables at once. `stats.coupling` makes the W of each measure.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.compiled import jit
from fairaudit.scoretable.cells import sum_by


def weighted_absolute_differences(
    prediction: Floats, cell: Ints, weight: Floats, coupling: Floats
) -> tuple[float, Floats]:
    r"""Sum of coupled absolute differences between predictions, and its gradient.

    .. math:: \sum_{k,l} \omega_k \omega_l \, W_{c_k c_l} \, |f_k - f_l|

    The sum is homogeneous of degree one in f, so its value is :math:`\sum_k f_k g_k` with the gradient

    .. math:: g_k = 2 \omega_k \sum_h W_{c_k h} \, (\text{mass of cell h below } f_k - \text{mass above } f_k)

    Args:
        prediction: f, shape (n,), unit of the model's output, finite.
        cell: c, shape (n,), integers in [0, K): the joint protected group of each row.
        weight: omega, shape (n,), non-negative, sums to 1.
        coupling: W, shape (K, K), symmetric.

    Returns:
        The sum, unit of `prediction`, any sign, 0 where all predictions are equal; and its gradient, shape (n,). Where
        predictions tie, the subgradient taken is the symmetric one (sign(0) = 0). Adding a constant to f changes
        neither; multiplying f by a > 0 multiplies the value and leaves the gradient.

    One sort, then one pass that keeps W · (mass below − mass above): O(n log n + nK) time, O(n + K²) memory.
    """
    # The gradient sums to zero, so a common shift of f is free; taking out the mean keeps the digits of the value.
    centred = prediction - weight @ prediction
    slope = 2 * weight * coupled_signs(centred, cell, weight, coupling)
    return float(centred @ slope), slope


def coupled_signs(prediction: Floats, cell: Ints, amount: Floats, coupling: Floats) -> Floats:
    r"""For each row the coupled amount of all rows below it less that of all above.

    .. math:: b_k = \sum_l a_l \, W_{c_k c_l} \, \mathrm{sign}(f_k - f_l)

    Args:
        prediction: f, shape (n,), finite.
        cell: c, shape (n,), integers in [0, K).
        amount: a, shape (n,), of any sign.
        coupling: W, shape (K, K), symmetric.

    Returns:
        b, shape (n,), sign(0) = 0.
    """
    order = np.argsort(prediction)
    in_order = prediction[order], cell[order], amount[order]
    signs = np.empty_like(prediction)
    signs[order] = _walk()(*in_order, np.ascontiguousarray(coupling, dtype=np.float64))
    return signs


def coupled_distances(prediction: Floats, cell: Ints, weight: Floats, coupling: Floats) -> Floats:
    r"""For each row its coupled distance to all rows, from distances without their row means.

    .. math:: h_k = \sum_l \omega_l \, W_{c_k c_l} \, C(F)_{kl}, \qquad F_{kl} = |f_k - f_l|

    What a row bears on the coupled sum Q = Σ ω h of a doubly centred W: half the derivative of Q by its weight, and so
    the first-order term of its sampling error (Hoeffding 1948, doi:10.1214/aoms/1177730196).

    Args:
        prediction: f, shape (n,), finite.
        cell: c, shape (n,), integers in [0, K).
        weight: omega, shape (n,), non-negative, sums to 1.
        coupling: W, shape (K, K), symmetric, Σ_h W[g, h] · mass of cell h = 0.

    Returns:
        h, shape (n,), unit of f times that of W.

    Two passes as of `weighted_absolute_differences`.
    """
    centred = prediction - weight @ prediction
    distance = centred * coupled_signs(centred, cell, weight, coupling)
    distance -= coupled_signs(centred, cell, weight * centred, coupling)
    # W is doubly centred, so that of the means of F only those of the other rows are left.
    mean = mean_absolute_differences(centred, weight)
    return np.asarray(distance - (coupling @ sum_by(cell, weight * mean, len(coupling)))[cell])


@cache
def _walk() -> Callable[..., Floats]:
    """The compiled pass over the sorted rows. Numba is imported here because it costs a third of a second."""

    # No helper function: a compiled function that closes over another is not found again in Numba's cache on disk.
    # Weights and columns are named before the inner loops, or the compiler must fear aliases and cannot vectorise.
    @jit()
    def walk(prediction: Any, cell: Any, weight: Any, coupling: Any) -> Any:
        rows, cells = prediction.shape[0], coupling.shape[0]
        mass = np.zeros(cells)
        for row in range(rows):
            mass[cell[row]] += weight[row]
        balance = np.zeros(cells)  # W · (mass below − mass above) at the present value
        for part in range(cells):
            factor, column = mass[part], coupling[part]
            for other in range(cells):
                balance[other] -= factor * column[other]
        result = np.empty(rows)
        start = 0
        while start < rows:
            stop = start + 1
            while stop < rows and prediction[stop] == prediction[start]:
                stop += 1
            halves = 1 if stop == start + 1 else 2
            for half in range(halves):  # a tie is neither above nor below: its rows are read between the two halves
                for row in range(start, stop):
                    factor, column = weight[row] * (3 - halves), coupling[cell[row]]
                    if halves == 1:  # no tie: both halves of the step at once
                        result[row] = balance[cell[row]] + weight[row] * column[cell[row]]
                    for other in range(cells):
                        balance[other] += factor * column[other]
                if halves == 2 and half == 0:
                    for row in range(start, stop):
                        result[row] = balance[cell[row]]
            start = stop
        return result

    compiled: Callable[..., Floats] = walk
    return compiled


def table_absolute_differences(values: Floats, mass: Floats, coupling: Floats) -> Floats:
    r"""The same sum from tables of masses, for many tables at once; no gradient.

    With :math:`F_v` the masses of the cells at or below the v-th value and m their totals,

    .. math:: Q = 2 \sum_v (f_{v+1} - f_v) \; F_v^\top W (m - F_v)

    Args:
        values: the distinct predictions f in increasing order, shape (V,).
        mass: mass of each (value, cell), shape (..., V, K); each table sums to 1.
        coupling: W, shape (K, K), symmetric.

    Returns:
        Q of each table, shape (...).

    O(VK²) time a table, in matrix products.
    """
    below = np.cumsum(mass, axis=-2)
    above = below[..., -1:, :] - below
    gaps = np.diff(values)
    lower = below[..., :-1, :]
    # One product of all tables' rows: many small ones are eight times slower for hundreds of cells.
    coupled = (lower.reshape(-1, lower.shape[-1]) @ coupling).reshape(lower.shape)
    crossing = np.einsum("...vk,...vk->...v", coupled, above[..., :-1, :])
    total: Floats = 2 * (crossing @ gaps)
    return total


def mean_absolute_differences(values: Floats, weight: Floats) -> Floats:
    r"""Weighted mean distance of each value to all others, :math:`r_k = \sum_l \omega_l |f_k - f_l|`.

    Args:
        values: f, shape (n,).
        weight: omega, shape (n,), non-negative, sums to 1.

    Returns:
        r, shape (n,), unit of `values`, ≥ 0; 0 where all values are equal.

    One sort: O(n log n).
    """
    if not len(values):
        return np.zeros(0)
    centred = values - weight @ values
    order = np.argsort(centred)
    ordered, ordered_weight = centred[order], weight[order]
    mass = np.cumsum(ordered_weight)
    moment = np.cumsum(ordered_weight * ordered)
    result = np.empty_like(centred)
    result[order] = ordered * (2 * mass - mass[-1]) - 2 * moment + moment[-1]
    return result


def mean_under_shuffling(diagonal: Floats, weight_sq: Floats, distance: float) -> float:
    r"""Mean of a doubly centred coupled sum when the predictions are shuffled over the rows, which keep their weights.

    .. math:: -\sum_k \omega_k^2 W_{c_k c_k} \cdot \bar A

    Exact, whatever the weights: any two different rows have the same mean distance Ā under shuffling, so only the sum
    of the coupling off the diagonal counts, and a doubly centred one sums to 0.

    Args:
        diagonal: coupling of each row (or line) with itself, shape (n,).
        weight_sq: sum of squared weights of each row (or line), shape (n,).
        distance: Ā, see `pair_distance`.
    """
    return float(-(weight_sq @ diagonal) * distance)


def pair_distance(values: Floats, rows: Floats) -> float:
    r"""Mean distance of two different rows, :math:`\sum_{k \ne l} |f_k - f_l| / (n (n - 1))`; 0 of a single one.

    Args:
        values: f of each line, shape (L,).
        rows: rows of each line, shape (L,), of sum n.
    """
    n = float(rows.sum())
    return float(rows @ mean_absolute_differences(values, rows / n)) / (n - 1) if n > 1 else 0.0


def cluster_distance(values: Floats, weight: Floats, cluster: Ints) -> float:
    r"""Mean distance of rows of two different clusters less that of two rows of one, by weight.

    Takes the place of the distance of two different rows where clusters move as wholes, each within one cell: what lies
    within them stays on the diagonal of the coupling.

    Args:
        values: f of each line, shape (L,).
        weight: omega, shape (L,), sums to 1.
        cluster: code of each line's cluster, shape (L,), from 0.
    """
    within = within_clusters(values, weight, cluster)
    together = float(np.sum(np.bincount(cluster, weight) ** 2))
    if together >= 1:
        return 0.0
    between = float(weight @ mean_absolute_differences(values, weight)) - within
    return between / (1 - together) - within / together


def within_clusters(values: Floats, weight: Floats, cluster: Ints) -> float:
    r"""Sum of the distances of values of the same cluster, :math:`\sum_{kl: c_k = c_l} \omega_k \omega_l |f_k - f_l|`.

    Args:
        values: f, shape (n,).
        weight: omega, shape (n,), non-negative.
        cluster: code of each row's cluster, shape (n,).

    One sort: O(n log n).
    """
    order = np.lexsort((values, cluster))
    value, mass, code = values[order] - np.mean(values), weight[order], cluster[order]
    starts = np.flatnonzero(np.append(True, code[1:] != code[:-1]))
    lengths = np.diff(np.append(starts, len(code)))

    def before(amount: Floats) -> Floats:
        """Sum of the amounts of the same cluster up to and with each row."""
        running = np.cumsum(amount)
        result: Floats = running - np.repeat(running[starts] - amount[starts], lengths)
        return result

    return 2 * float(mass @ (value * before(mass) - before(mass * value)))


def ties(ordered: Floats) -> tuple[Ints, Ints]:
    """For each of some sorted values the number below it, and the number not above it."""
    return np.searchsorted(ordered, ordered, "left"), np.searchsorted(ordered, ordered, "right")


def below_less_above(amount: Floats, first: Ints, last: Ints) -> Floats:
    """For each sorted row the sum of an amount over all rows below less that over all above; `ties` gives both ends."""
    running = np.concatenate([[0.0], np.cumsum(amount)])
    balance: Floats = running[first] + running[last] - running[-1]
    return balance


def doubly_centred(
    prediction: Floats, weight: Floats, mean: Floats, balance: Floats, rows: float | None = None
) -> tuple[float, Floats]:
    r"""The coupled sum of any matrix M between rows, from two numbers a row; for sorted predictions.

    With :math:`C(M)_{kl} = M_{kl} - r_k - r_l + t`, :math:`r = M \omega`, :math:`t = \omega^\top r`,

    .. math:: Q = \sum_{k,l} \omega_k \omega_l \, C(M)_{kl} \, |f_k - f_l|, \qquad
              g_k = 2 \omega_k \left(b_k - r_k \sigma_k - \sum_l \omega_l r_l \, \mathrm{sign}(f_k - f_l)
              + t \sigma_k\right), \qquad \sigma_k = \sum_l \omega_l \, \mathrm{sign}(f_k - f_l)

    so that only r and b depend on how M is made. The unbiased version of n rows multiplies r by n/(n−2), t by
    n²/((n−1)(n−2)) and all by n/(n−3).

    Args:
        prediction: f in increasing order, shape (m,).
        weight: omega, shape (m,), sums to 1.
        mean: r, shape (m,); for the unbiased version without the diagonal.
        balance: :math:`b_k = \sum_l \omega_l M_{kl} \, \mathrm{sign}(f_k - f_l)`, shape (m,).
        rows: n ≥ 4 for the unbiased version, every row of the same weight (a line of m stands for some of them, alike
            in all); None for the biased one.

    Returns:
        Q, unit of f times that of M, and its gradient, shape (m,). Q = Σ f_k g_k, with the mean of f, which costs
        digits, taken out.
    """
    tied = ties(prediction)
    single, double, scale = centring(rows)
    rank, total = below_less_above(weight, *tied), float(weight @ mean)
    slope = balance - single * (mean * rank + below_less_above(weight * mean, *tied)) + double * total * rank
    slope *= 2 * scale * weight
    return float((prediction - weight @ prediction) @ slope), slope


def centring(rows: float | None) -> tuple[float, float, float]:
    """Factors of r, of t and of the whole sum that make a doubly centred sum of n rows unbiased; 1 for a biased one."""
    if rows is None:
        return 1.0, 1.0, 1.0
    return rows / (rows - 2), rows**2 / ((rows - 1) * (rows - 2)), rows / (rows - 3)
