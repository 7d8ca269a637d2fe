"""Distance covariance where an attribute is truly continuous, so that there are as many cells as rows.

All of these are the coupled absolute difference of `stats.kernel` with a coupling between rows instead of cells,

.. math:: Q = \\sum_{k,l} \\omega_k \\omega_l \\, C(M)_{kl} \\, |f_k - f_l|, \\qquad
          g_k = 2 \\omega_k \\sum_l \\omega_l \\, C(M)_{kl} \\, \\mathrm{sign}(f_k - f_l)

with :math:`C(M)_{kl} = M_{kl} - r_k - r_l + t`, :math:`r = M \\omega`, :math:`t = \\omega^\\top r`. The parts of g
that the centring makes are running sums over the sorted predictions, so only two numbers a row depend on how M is made:

.. math:: r_k = \\sum_l \\omega_l M_{kl}, \\qquad b_k = \\sum_l \\omega_l M_{kl} \\, \\mathrm{sign}(f_k - f_l)

One attribute in one column has them in O(n log n) (`continuous_distance_covariance`); several attributes have them in
O(n²) time but O(n) memory (`blocked_distance_covariance`); and `sampled_error` estimates from random pairs of rows what
is lost when quantile cells stand in for the exact places.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from fairaudit.cells import sum_by
from fairaudit.errors import OptionError
from fairaudit.stats.kernel import mean_absolute_differences

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
BlockedKind = Literal["ccdcov", "sum", "jdcov"]

ROWS = 256
"""Rows that one task of the blocked sum takes; no result depends on it."""
PAIRS = 1 << 17
"""Sampled pairs whose distances are held at once; no result depends on it."""


def continuous_distance_covariance(
    prediction: Floats, attribute: Floats, weight: Floats, unbiased: bool = False
) -> tuple[float, Floats]:
    r"""Squared distance covariance of predictions with one continuous attribute, and its gradient.

    .. math:: \sum_{k,l} \omega_k \omega_l \, (|s_k - s_l| - r_k - r_l + t) \, |f_k - f_l|

    with :math:`r_k = \sum_l \omega_l |s_k - s_l|` and :math:`t = \sum_k \omega_k r_k` (V-statistic). The unbiased
    version (U-statistic, equal weights) is, with the row sums R and the sum T of the n × n distances,

    .. math:: \frac{1}{n(n-3)} \sum_{k \ne l} |f_k - f_l| \left(|s_k - s_l| - \frac{R_k + R_l}{n-2}
              + \frac{T}{(n-1)(n-2)}\right)

    Args:
        prediction: f, shape (n,), unit of the model's output, finite.
        attribute: s, shape (n,), encoded (min–max scaled: no unit), finite.
        weight: omega, shape (n,), non-negative, sums to 1; all 1/n for the unbiased version.
        unbiased: the U-statistic, for n ≥ 4, instead of the V-statistic.

    Returns:
        dCov², unit of `prediction` times unit of `attribute`: ≥ 0 up to rounding, 0 where all predictions or all places
        are equal, in the population 0 only under independence; of either sign if unbiased. And its gradient in f,
        shape (n,); where predictions tie, the symmetric subgradient (sign(0) = 0). Adding a constant to f changes
        neither; multiplying f by a > 0 multiplies the value and leaves the gradient.

    Two sorts and a pass with a Fenwick tree over the ranks of s: O(n log n) time, O(n) memory. The sums are those of
    Huo & Székely 2016, doi:10.1080/00401706.2015.1054435; the unbiased form is Székely & Rizzo's 2014,
    doi:10.1214/14-AOS1255.
    """
    if unbiased and (len(weight) < 4 or np.ptp(weight) > 1e-9 * weight.max()):
        raise ValueError("the unbiased distance covariance needs four rows or more, of equal weights")
    order = np.argsort(prediction, kind="stable")
    # Distances see no shift of s; taking out the mean keeps their digits.
    place = (attribute - weight @ attribute)[order]
    ordered, mass = prediction[order], weight[order]
    rank = np.empty(len(order), dtype=np.intp)
    rank[np.argsort(place)] = np.arange(1, len(order) + 1)
    mean = mean_absolute_differences(place, mass)
    balance = _sweep()(ordered, rank, place, mass) - mean
    value, slope = _doubly_centred(ordered, mass, mean, balance, unbiased)
    gradient = np.empty_like(slope)
    gradient[order] = slope
    return value, gradient


def blocked_distance_covariance(
    prediction: Floats, attributes: Sequence[Floats], weight: Floats, kind: BlockedKind, c: float = 1.0
) -> tuple[float, Floats]:
    r"""Dependence of predictions on several attributes of any type, from all pairs of rows, and its gradient.

    .. math:: \sum_{k,l} \omega_k \omega_l \, C(M)_{kl} \, |f_k - f_l|

    With :math:`D_j` the Euclidean distances in attribute j and :math:`U_j = -C(D_j)`, M is :math:`\sqrt{\sum_j D_j^2}`
    for ``ccdcov`` (distance of the concatenated encoding), :math:`\sum_j D_j` for ``sum`` and
    :math:`-\prod_j (U_j + c)`, entry by entry, for ``jdcov``, whose constant (dependence among the attributes alone,
    which has no gradient) is left out. They equal `stats.coupling` on cells that hold equal rows only.

    Args:
        prediction: f, shape (n,), unit of the model's output, finite.
        attributes: d ≥ 1 encoded attributes, each of shape (n, columns), finite.
        weight: omega, shape (n,), non-negative, sums to 1.
        kind: ``ccdcov``, ``sum`` or ``jdcov``.
        c: weight of lower orders in JdCov², > 0; a pair of f with one attribute counts c^(d−1), all blocks together 1.

    Returns:
        The measure (V-statistic), unit of `prediction`, 0 where all predictions are equal, not below 0 except for
        ``jdcov`` without its constant; and its gradient in f, shape (n,). Where predictions tie, the symmetric
        subgradient (sign(0) = 0).

    O(n² · columns) time on all processors, O(n) memory. Each row's sum is made by one thread in one order, so the
    result does not depend on the number of threads. A sum is cheaper attribute by attribute.
    """
    if kind not in get_args(BlockedKind):
        raise OptionError(f"there is no blocked sum for '{kind}'; choose one of {', '.join(get_args(BlockedKind))}")
    order = np.argsort(prediction, kind="stable")
    ordered, mass = prediction[order], weight[order]
    places = [np.asarray(attribute, dtype=np.float64)[order] for attribute in attributes]
    if kind == "ccdcov":
        places = [np.column_stack(places)]
    means = [_mean_distances(place, mass) for place in places] if kind == "jdcov" else []
    mean, balance = _all_pairs(places, mass, *_ties(ordered), means, c)
    value, slope = _doubly_centred(ordered, mass, mean, balance)
    gradient = np.empty_like(slope)
    gradient[order] = slope
    return value, gradient


def sampled_error(
    prediction: Floats,
    exact_attributes: Sequence[Floats],
    cell_attributes: Sequence[Floats],
    weight: Floats,
    pairs: int,
    seed: int,
) -> tuple[float, float]:
    r"""What the exact CCdCov² adds to that of a coarser encoding (quantile cells), estimated, and its standard error.

    Both measures are linear in the distances D (exact) and D' (of the cells), and double centring may be moved to the
    other factor, where it is cheap:

    .. math:: \mathrm{CCdCov}^2 - \mathrm{CCdCov}'^2 = \sum_{k,l} \omega_k \omega_l \, (D_{kl} - D'_{kl}) \, h_{kl},
              \qquad h_{kl} = |f_k - f_l| - a_k - a_l + \bar a

    with :math:`a_k = \sum_l \omega_l |f_k - f_l|` and its mean exact, from all rows. The estimate is the mean of
    :math:`(D_{kl} - D'_{kl}) h_{kl}` over pairs drawn with replacement, both ends by ω. It is unbiased for the
    difference between the two V-statistics *of these rows*, at any number of pairs (a subsample of rows would add its
    own bias of order 1/m); how these rows vary is not part of the error.

    Args:
        prediction: f, shape (n,), unit of the model's output, finite.
        exact_attributes: encoded attributes, each of shape (n, columns).
        cell_attributes: the same attributes with each row at the place of its cell, of the same shapes.
        weight: omega, shape (n,), non-negative, sums to 1.
        pairs: number of pairs to draw, ≥ 2.
        seed: of the draw; the same seed gives the same estimate.

    Returns:
        The estimate of CCdCov²(exact) − CCdCov²(cells), unit of `prediction`: to be added to the value on cells, 0
        where the encodings are equal. And its standard error, falling with the square root of `pairs`.

    O(n log n + pairs · (columns + log n)) time, O(n + pairs) memory.
    """
    if pairs < 2:
        raise OptionError(f"{pairs} pairs are too few for a standard error; draw 2 or more")
    exact, cell = np.column_stack(exact_attributes), np.column_stack(cell_attributes)
    mean = mean_absolute_differences(prediction, weight)
    overall = weight @ mean
    one, other = np.random.default_rng(seed).choice(len(weight), size=(2, pairs), p=weight)
    terms = np.empty(pairs)
    for start in range(0, pairs, PAIRS):
        part = slice(start, start + PAIRS)
        here, there = one[part], other[part]
        centred = np.abs(prediction[here] - prediction[there]) - mean[here] - mean[there] + overall
        terms[part] = (_between(exact, here, there) - _between(cell, here, there)) * centred
    return float(terms.mean()), float(terms.std(ddof=1) / np.sqrt(pairs))


def _between(places: Floats, one: Ints, other: Ints) -> Floats:
    """Euclidean distances between rows of an encoding."""
    distance: Floats = np.sqrt(np.sum((places[one] - places[other]) ** 2, axis=1))
    return distance


def _ties(ordered: Floats) -> tuple[Ints, Ints]:
    """For each of some sorted values the number below it, and the number not above it."""
    return np.searchsorted(ordered, ordered, "left"), np.searchsorted(ordered, ordered, "right")


def _doubly_centred(
    prediction: Floats, weight: Floats, mean: Floats, balance: Floats, unbiased: bool = False
) -> tuple[float, Floats]:
    r"""Q and its gradient from the r and b of the uncentred matrix, all in the order of increasing predictions.

    .. math:: g_k = 2 \omega_k \left(b_k - r_k \sigma_k - \sum_l \omega_l r_l \, \mathrm{sign}(f_k - f_l)
              + t \sigma_k\right), \qquad \sigma_k = \sum_l \omega_l \, \mathrm{sign}(f_k - f_l)

    The unbiased version with ω = 1/n multiplies r by n/(n−2), t by n²/((n−1)(n−2)) and all by n/(n−3); its diagonal
    never counts, because sign(0) = 0. Q = Σ f_k g_k, with the mean of f, which costs digits, taken out.
    """
    first, last = _ties(prediction)

    def below_less_above(amount: Floats) -> Floats:
        running = np.concatenate([[0.0], np.cumsum(amount)])
        balance: Floats = running[first] + running[last] - running[-1]
        return balance

    n = len(prediction)
    single, double, scale = (n / (n - 2), n**2 / ((n - 1) * (n - 2)), n / (n - 3)) if unbiased else (1.0, 1.0, 1.0)
    rank, total = below_less_above(weight), float(weight @ mean)
    slope = balance - single * (mean * rank + below_less_above(weight * mean)) + double * total * rank
    slope *= 2 * scale * weight
    return float((prediction - weight @ prediction) @ slope), slope


def _mean_distances(places: Floats, weight: Floats) -> Floats:
    """Weighted mean Euclidean distance of each row to all others, shape (n,); places of shape (n, columns)."""
    if places.shape[1] == 1:
        return mean_absolute_differences(places[:, 0], weight)
    distinct, level = np.unique(places, axis=0, return_inverse=True)
    level = level.reshape(-1)
    mass = sum_by(level, weight, len(distinct))
    nowhere = np.zeros(len(distinct), dtype=np.intp)
    mean, _ = _all_pairs([distinct], mass, nowhere, nowhere, [], 1.0)
    return mean[level]


def _all_pairs(
    places: Sequence[Floats], weight: Floats, first: Ints, last: Ints, means: Sequence[Floats], c: float
) -> tuple[Floats, Floats]:
    """The r and b of all rows, from all pairs of rows.

    Args:
        places: encoded attributes, each of shape (n, columns), in the order of increasing predictions.
        weight: omega, shape (n,).
        first: number of rows with a smaller prediction, shape (n,).
        last: number of rows with no larger prediction, shape (n,).
        means: mean distances r of each attribute, each of shape (n,), for a product; empty for a sum of distances.
        c: weight of lower orders in a product.

    The compiled pass lets go of the interpreter's lock, so plain threads do. Numba's own would abort the process where
    its user forks or calls from two threads at once.
    """
    columns = np.ascontiguousarray(np.column_stack(places).T)
    bounds = np.cumsum([0, *(place.shape[1] for place in places)])
    rows = np.array(means).reshape(len(means), len(weight))
    totals = rows @ weight
    mean, balance = np.empty(len(weight)), np.empty(len(weight))
    block = _block()

    def work(start: int) -> None:
        part = slice(start, start + ROWS)
        block(
            columns, bounds, weight, first[part], last[part], rows, totals, float(c), start, mean[part], balance[part]
        )

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(work, range(0, len(weight), ROWS)))
    return mean, balance


# The compiled functions call no other compiled function that they would have to close over: Numba's cache on disk is
# keyed by the bytes of what a function closes over, which for a compiled function differ in each process.


@cache
def _sweep() -> Callable[[Floats, Ints, Floats, Floats], Floats]:
    """The compiled pass over the sorted rows: Σ ω_l |s_k − s_l| over f_l < f_k plus the same over f_l ≤ f_k.

    A Fenwick tree over the ranks of s keeps the sums of ω and of ωs of the rows passed, so that with W and S those of
    all of them, and W_≤ and S_≤ those of them with smaller s, one sum is s_k (2 W_≤ − W) − 2 S_≤ + S.
    """
    import numba

    @numba.njit(cache=True, nogil=True)
    def sweep(prediction: Any, rank: Any, place: Any, weight: Any) -> Any:
        rows = prediction.shape[0]
        tree = np.zeros((rows + 1, 2))
        mass, moment = 0.0, 0.0
        result = np.zeros(rows)
        start = 0
        while start < rows:
            stop = start + 1
            while stop < rows and prediction[stop] == prediction[start]:
                stop += 1
            for half in range(2):
                if half == 1:  # a tie is below for one half: its rows are read before and after all are entered
                    for row in range(start, stop):
                        mass += weight[row]
                        moment += weight[row] * place[row]
                        node = rank[row]
                        while node <= rows:
                            tree[node, 0] += weight[row]
                            tree[node, 1] += weight[row] * place[row]
                            node += node & -node
                    if stop == start + 1:  # alone, at distance 0 of itself
                        result[start] *= 2
                        break
                for row in range(start, stop):
                    nearer, moved = 0.0, 0.0
                    node = rank[row]
                    while node > 0:
                        nearer += tree[node, 0]
                        moved += tree[node, 1]
                        node -= node & -node
                    result[row] += place[row] * (2 * nearer - mass) - 2 * moved + moment
            start = stop
        return result

    compiled: Callable[[Floats, Ints, Floats, Floats], Floats] = sweep
    return compiled


@cache
def _block() -> Callable[..., None]:
    """The compiled sums of some rows with all rows; strips of columns that fit the nearest cache."""
    import numba

    strip = 512

    # Sums may be regrouped, which lets them run on vector registers; nothing else is relaxed.
    @numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})
    def block(
        columns: Any,
        bounds: Any,
        weight: Any,
        first: Any,
        last: Any,
        means: Any,
        totals: Any,
        c: float,
        origin: int,
        mean: Any,
        balance: Any,
    ) -> None:
        rows, n = first.shape[0], weight.shape[0]
        product = means.shape[0] > 0
        distance, entry = np.empty(strip), np.empty(strip)
        mean[:] = 0.0
        balance[:] = 0.0
        for start in range(0, n, strip):
            width = min(strip, n - start)
            for row in range(rows):
                here = origin + row
                for i in range(width):
                    entry[i] = -1.0 if product else 0.0
                for attribute in range(bounds.shape[0] - 1):
                    left, right = bounds[attribute], bounds[attribute + 1]
                    for column in range(left, right):
                        mine = columns[column, here]
                        theirs = columns[column, start : start + width]
                        if right == left + 1:
                            for i in range(width):
                                distance[i] = abs(mine - theirs[i])
                        elif column == left:
                            for i in range(width):
                                distance[i] = (mine - theirs[i]) * (mine - theirs[i])
                        else:
                            for i in range(width):
                                distance[i] += (mine - theirs[i]) * (mine - theirs[i])
                    if right > left + 1:
                        for i in range(width):
                            distance[i] = np.sqrt(distance[i])
                    if product:
                        offset = c + means[attribute, here] - totals[attribute]
                        theirs = means[attribute, start : start + width]
                        for i in range(width):
                            entry[i] *= offset + theirs[i] - distance[i]
                    else:
                        for i in range(width):
                            entry[i] += distance[i]
                lower = min(max(first[row] - start, 0), width)
                upper = min(max(last[row] - start, 0), width)
                below, tied, above = 0.0, 0.0, 0.0
                for i in range(lower):
                    below += entry[i] * weight[start + i]
                for i in range(lower, upper):
                    tied += entry[i] * weight[start + i]
                for i in range(upper, width):
                    above += entry[i] * weight[start + i]
                mean[row] += below + tied + above
                balance[row] += below - above

    compiled: Callable[..., None] = block
    return compiled
