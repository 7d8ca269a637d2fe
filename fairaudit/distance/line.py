"""Distance covariance with one attribute on a line, by sorting: as many distinct places as rows cost no more."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairaudit.arrays import Floats, Ints
from fairaudit.compiled import jit
from fairaudit.distance.kernel import below_less_above, doubly_centred, mean_absolute_differences, ties


def continuous_distance_covariance(
    prediction: Floats, attribute: Floats, weight: Floats, rows: float | None = None
) -> tuple[float, Floats]:
    r"""Squared distance covariance of predictions with one continuous attribute, and its gradient.

    .. math:: \sum_{k,l} \omega_k \omega_l \, (|s_k - s_l| - r_k - r_l + t) \, |f_k - f_l|

    with :math:`r_k = \sum_l \omega_l |s_k - s_l|` and :math:`t = \sum_k \omega_k r_k` (V-statistic). The unbiased
    version (U-statistic, equal weights) is, with the row sums R and the sum T of the n × n distances,

    .. math:: \frac{1}{n(n-3)} \sum_{k \ne l} |f_k - f_l| \left(|s_k - s_l| - \frac{R_k + R_l}{n-2}
              + \frac{T}{(n-1)(n-2)}\right)

    Args:
        prediction: f, shape (m,), unit of the model's output, finite.
        attribute: s encoded, shape (m, 1), finite; or of shape (m, 2), where the second column is 0 for a known value
            and h > 0 for a missing one: all those stand at one place, off the line.
        weight: omega, shape (m,), non-negative, sums to 1.
        rows: n ≥ 4 for the U-statistic of n rows of the same weight; None for the V-statistic.

    Returns:
        dCov², unit of `prediction` times unit of `attribute`: ≥ 0 up to rounding, 0 where all predictions or all places
        are equal, in the population 0 only under independence; of either sign if unbiased. And its gradient in f,
        shape (m,); where predictions tie, the symmetric subgradient (sign(0) = 0). Adding a constant to f changes
        neither; multiplying f by a > 0 multiplies the value and leaves the gradient.

    Two sorts and a pass with a Fenwick tree over the ranks of s: O(n log n) time, O(n) memory. The sums are those of
    Huo & Székely 2016, doi:10.1080/00401706.2015.1054435; the unbiased form is Székely & Rizzo's 2014,
    doi:10.1214/14-AOS1255.
    """
    order = np.argsort(prediction, kind="stable")
    ordered, mass, places = prediction[order], weight[order], attribute[order]
    known = _known(places)
    mean = line_means(places, mass)
    balance = np.empty_like(mean)
    balance[known] = _balance(ordered[known], places[known, 0], mass[known])
    if not known.all():
        # Between a known and a missing value the distance depends on the known one only.
        away = _away(places)
        first, last = ties(ordered)
        balance[known] += away[known] * below_less_above(mass * ~known, first, last)[known]
        balance[~known] = below_less_above(np.where(known, mass * away, 0.0), first, last)[~known]
    value, slope = doubly_centred(ordered, mass, mean, balance, rows)
    gradient = np.empty_like(slope)
    gradient[order] = slope
    return value, gradient


def line_means(attribute: Floats, weight: Floats) -> Floats:
    """Weighted mean distance of each row to all others, shape (m,); arguments as for the distance covariance."""
    known = _known(attribute)
    mean = np.empty(len(weight))
    mass = float(weight[known].sum())
    mean[known] = mass * mean_absolute_differences(attribute[known, 0], weight[known] / (mass or 1.0))
    if not known.all():
        away = _away(attribute)
        mean[known] += away[known] * weight[~known].sum()
        mean[~known] = weight[known] @ away[known]
    return mean


def _known(attribute: Floats) -> NDArray[np.bool_]:
    return np.ones(len(attribute), dtype=bool) if attribute.shape[1] == 1 else attribute[:, 1] == 0


def _away(attribute: Floats) -> Floats:
    """Distance of each row from the place of the missing values."""
    there = attribute[np.argmax(attribute[:, 1])]
    distance: Floats = np.hypot(attribute[:, 0] - there[0], attribute[:, 1] - there[1])
    return distance


def _balance(prediction: Floats, place: Floats, weight: Floats) -> Floats:
    """Σ ω_l |s_k − s_l| sign(f_k − f_l) for sorted predictions."""
    mass = float(weight.sum())
    # Distances see no shift of s; taking out the mean keeps their digits.
    place = place - weight @ place / (mass or 1.0)
    rank = np.empty(len(place), dtype=np.intp)
    rank[np.argsort(place)] = np.arange(1, len(place) + 1)
    # Twice the sum over what is below, less the sum over all.
    every = mass * mean_absolute_differences(place, weight / (mass or 1.0))
    balance: Floats = _sweep()(prediction, rank, place, weight) - every
    return balance


@cache
def _sweep() -> Callable[[Floats, Ints, Floats, Floats], Floats]:
    """The compiled pass over the sorted rows: Σ ω_l |s_k − s_l| over f_l < f_k plus the same over f_l ≤ f_k.

    A Fenwick tree over the ranks of s keeps the sums of ω and of ωs of the rows passed, so that with W and S those of
    all of them, and W_≤ and S_≤ those of them with smaller s, one sum is s_k (2 W_≤ − W) − 2 S_≤ + S.
    """

    @jit()
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
