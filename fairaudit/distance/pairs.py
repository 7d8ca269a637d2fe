r"""Distance covariance from all pairs of rows, for several attributes of which one is truly continuous.

The coupling is then one between rows. :math:`M_{kl}` is the Euclidean distance of the concatenated encodings
(CCdCov²), or :math:`-\sum_m a_m \, e_m(U_1, \dots, U_d)` entry by entry, with :math:`U_j = -C(D_j)`, the elementary
symmetric polynomials :math:`e_m` and the weights of `coupling.term_weights` (JdCov², :math:`-\prod_j (U_j + c)`, and
its interaction terms).

`Pairs` is exact, in O(n²) time and O(n) memory; `sampled_error` estimates from random pairs what is lost when quantile
cells stand in for the exact places.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.compiled import jit
from fairaudit.distance.coupling import Kind, products, term_weights
from fairaudit.distance.kernel import centring, doubly_centred, mean_absolute_differences, ties
from fairaudit.errors import OptionError
from fairaudit.streams import Stream

ROWS = 256
"""Rows that one task of the blocked sum takes; no result depends on it."""
SAMPLED = 1 << 17
"""Sampled pairs whose distances are held at once; no result depends on it."""


@dataclass(frozen=True, eq=False)
class Encoded:
    """Encoded attributes of n rows, kept as blocks."""

    attributes: Sequence[Floats]
    """d ≥ 1 encoded attributes, each of shape (n, columns), finite."""
    means: Sequence[Floats]
    """Weighted mean distance of each row to all others in each attribute, each of shape (n,)."""

    def entries(self, one: Ints, other: Ints, terms: Floats, weight: Floats) -> Floats:
        """The uncentred M of some pairs of rows; without terms the distance of the concatenated encoding."""
        squares = [np.sum((places[one] - places[other]) ** 2, axis=1) for places in self.attributes]
        if not len(terms):
            distance: Floats = np.sqrt(np.sum(squares, axis=0))
            return distance
        return -products(
            [
                mean[one] + mean[other] - weight @ mean - np.sqrt(square)
                for square, mean in zip(squares, self.means, strict=True)
            ],
            terms,
        )


@dataclass(frozen=True, eq=False)
class Pairs:
    r"""A measure of dependence on several attributes of any type, from all pairs of rows.

    .. math:: \sum_{k,l} \omega_k \omega_l \, C(M)_{kl} \, |f_k - f_l|

    It equals `stats.coupling` on cells that hold equal rows only. O(n² · columns) time on all processors, O(n) memory.
    Each row's sum is made by one thread in one order, so the result does not depend on the number of threads.
    """

    encoded: Encoded
    """The attributes."""
    weight: Floats
    """ω, shape (n,), non-negative, sums to 1."""
    kind: Kind
    """``ccdcov``, ``jdcov``, ``interaction`` or ``interaction:m``."""
    c: float = 1.0
    """Weight of lower orders in JdCov², > 0; a pair of f with one attribute counts c^(d−1), all blocks together 1."""
    rows: float | None = None
    """n ≥ 4 for the unbiased version, every row of the same weight (see `kernel.doubly_centred`); None: biased."""

    @cached_property
    def _terms(self) -> Floats:
        return np.empty(0) if self.kind == "ccdcov" else term_weights(self.kind, len(self.encoded.attributes), self.c)

    @cached_property
    def _own(self) -> Floats:
        """M of each row with itself by the formula for two rows, shape (n,)."""
        if not len(self._terms):
            return np.zeros(len(self.weight))
        single, double, _ = centring(self.rows)
        return -products(
            [2 * single * mean - double * (self.weight @ mean) for mean in self.encoded.means], self._terms
        )

    @cached_property
    def mean(self) -> Floats:
        """r, the weighted mean of M of each row with all others, shape (n,); the unbiased one without its diagonal."""
        nowhere = np.zeros(len(self.weight), dtype=np.intp)
        mean, _ = self._sums(np.arange(len(self.weight)), nowhere, nowhere)
        return mean

    @property
    def diagonal(self) -> Floats:
        """C(M) of each row with itself, shape (n,)."""
        own: Floats = self._own - 2 * self.mean + self.weight @ self.mean
        return own

    @property
    def constant(self) -> float:
        """JdCov² of the attributes alone, times c, which no prediction can change; 0 for the other measures."""
        d = len(self.encoded.attributes)
        if self.kind != "jdcov" or d == 1:
            return 0.0
        inner = -float(self.weight @ self.mean)
        if self.rows is None:
            return self.c * inner - self.c ** (d + 1)
        n = self.rows
        return (self.c * (n * inner + self.c**d) - self.c ** (d + 1) * n) / (n - 3)

    def __call__(self, prediction: Floats) -> tuple[float, Floats]:
        """The measure without its constant, and its gradient in f.

        Args:
            prediction: f, shape (n,), unit of the model's output, finite.

        Returns:
            Value, unit of `prediction`, 0 where all predictions are equal, not below 0 except for products and unbiased
            versions; and gradient, shape (n,). Where predictions tie, the symmetric subgradient (sign(0) = 0).
        """
        order = np.argsort(prediction, kind="stable")
        ordered = prediction[order]
        mean, balance = self._sums(order, *ties(ordered))
        value, slope = doubly_centred(ordered, self.weight[order], mean, balance, self.rows)
        gradient = np.empty_like(slope)
        gradient[order] = slope
        return value, gradient

    def _sums(self, order: Ints, first: Ints, last: Ints) -> tuple[Floats, Floats]:
        """The r and b of all rows in a new order, from all pairs of rows.

        The compiled pass lets go of the interpreter's lock, so plain threads do. Numba's own would abort the process
        where its user forks or calls from two threads at once.
        """
        places = [attribute[order] for attribute in self.encoded.attributes]
        if not len(self._terms):
            places = [np.column_stack(places)]
        single, double, _ = centring(self.rows)
        means = (
            np.array([single * mean[order] for mean in self.encoded.means]) if len(self._terms) else np.empty((0, 0))
        )
        totals = np.array([double * (self.weight @ mean) for mean in self.encoded.means])
        columns = np.ascontiguousarray(np.column_stack(places).T)
        bounds = np.cumsum([0, *(place.shape[1] for place in places)])
        weight = self.weight[order]
        mean, balance = np.empty(len(weight)), np.empty(len(weight))
        block = _block()

        def work(start: int) -> None:
            part = slice(start, start + ROWS)
            block(
                columns, bounds, weight, first[part], last[part], means, totals, self._terms, start, mean[part],
                balance[part],
            )  # fmt: skip

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(work, range(0, len(weight), ROWS)))
        if self.rows is not None:  # the unbiased version knows no pair of a row with itself
            mean -= self._own[order] / self.rows
        return mean, balance


def sampled_error(
    prediction: Floats,
    exact: Encoded,
    coarse: Encoded,
    weight: Floats,
    kind: Kind,
    pairs: int,
    seed: int,
    c: float = 1.0,
) -> tuple[float, float]:
    r"""What the exact measure adds to that of a coarser encoding (quantile cells), estimated, and its standard error.

    Both measures are linear in M (exact) and M' (of the cells), and double centring may be moved to the other factor,
    where it is cheap:

    .. math:: Q - Q' = \sum_{k,l} \omega_k \omega_l \, (M_{kl} - M'_{kl}) \, h_{kl},
              \qquad h_{kl} = |f_k - f_l| - a_k - a_l + \bar a

    with :math:`a_k = \sum_l \omega_l |f_k - f_l|` and its mean exact, from all rows. The estimate is the mean of
    :math:`(M_{kl} - M'_{kl}) h_{kl}` over pairs drawn with replacement, both ends by ω. It is unbiased for the
    difference between the two V-statistics *of these rows*, at any number of pairs (a subsample of rows would add its
    own bias of order 1/m); how these rows vary is not part of the error.

    Args:
        prediction: f, shape (n,), unit of the model's output, finite.
        exact: the attributes as they are.
        coarse: the same attributes with each row at the place of its cell.
        weight: omega, shape (n,), non-negative, sums to 1.
        kind: ``ccdcov``, ``jdcov`` or ``interaction``.
        pairs: number of pairs to draw, ≥ 2.
        seed: of the draw; the same seed gives the same estimate.
        c: weight of lower orders in JdCov².

    Returns:
        The estimate of Q(exact) − Q(cells), unit of `prediction`: to be added to the value on cells, 0 where the
        encodings are equal. And its standard error, falling with the square root of `pairs`.

    O(n log n + pairs · (columns + log n)) time, O(n + pairs) memory.
    """
    if pairs < 2:
        raise OptionError(f"{pairs} pairs are too few for a standard error; draw 2 or more")
    factors = np.empty(0) if kind == "ccdcov" else term_weights(kind, len(exact.attributes), c)
    mean = mean_absolute_differences(prediction, weight)
    overall = weight @ mean
    one, other = Stream.PAIRS.generator(seed).choice(len(weight), size=(2, pairs), p=weight)
    terms = np.empty(pairs)
    for start in range(0, pairs, SAMPLED):
        part = slice(start, start + SAMPLED)
        here, there = one[part], other[part]
        centred = np.abs(prediction[here] - prediction[there]) - mean[here] - mean[there] + overall
        gained = exact.entries(here, there, factors, weight) - coarse.entries(here, there, factors, weight)
        terms[part] = gained * centred
    return float(terms.mean()), float(terms.std(ddof=1) / np.sqrt(pairs))


# The compiled functions call no other compiled function that they would have to close over: Numba's cache on disk is
# keyed by the bytes of what a function closes over, which for a compiled function differ in each process.


@cache
def _block() -> Callable[..., None]:
    """The compiled sums of some rows with all rows; strips of columns that fit the nearest cache."""
    strip = 512

    # Sums may be regrouped, which lets them run on vector registers; nothing else is relaxed.
    @jit(fastmath={"reassoc", "nsz"})
    def block(
        columns: Any,
        bounds: Any,
        weight: Any,
        first: Any,
        last: Any,
        means: Any,
        totals: Any,
        terms: Any,
        origin: int,
        mean: Any,
        balance: Any,
    ) -> None:
        rows, n = first.shape[0], weight.shape[0]
        attributes = bounds.shape[0] - 1
        product = terms.shape[0] > 0
        distance, entry = np.empty(strip), np.empty(strip)
        order = np.empty((attributes + 1, strip))
        mean[:] = 0.0
        balance[:] = 0.0
        for start in range(0, n, strip):
            width = min(strip, n - start)
            for row in range(rows):
                here = origin + row
                for i in range(width):
                    order[0, i] = 1.0
                for attribute in range(attributes):
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
                    if product:  # one more attribute in the elementary symmetric polynomials of U
                        offset = means[attribute, here] - totals[attribute]
                        theirs = means[attribute, start : start + width]
                        for i in range(width):
                            distance[i] = offset + theirs[i] - distance[i]
                            order[attribute + 1, i] = 0.0
                        for m in range(attribute + 1, 0, -1):
                            for i in range(width):
                                order[m, i] += distance[i] * order[m - 1, i]
                if product:
                    for i in range(width):
                        entry[i] = 0.0
                    for m in range(attributes + 1):
                        for i in range(width):
                            entry[i] -= terms[m] * order[m, i]
                else:
                    for i in range(width):
                        entry[i] = distance[i]
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
