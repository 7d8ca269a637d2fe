r"""Distance covariance where distances only ask which categories agree: many cells at little cost.

Any two categories of an attribute j are equally far apart, at distance :math:`\delta_j`. So the distance between two
cells depends on the *set* of categorical attributes in which they agree, and on the joint levels q of the numeric ones.
By Möbius inversion over the subsets A of the categorical attributes,

.. math:: D_{kl} = \sum_A G_A[q_k, q_l] \, 1[k, l \text{ agree on } A], \qquad
          G_A[q, q'] = \sum_{B \subseteq A} (-1)^{|A| - |B|} \sqrt{d(q, q')^2 + \sum_{j \notin B} \delta_j^2}

With p categorical attributes and N joint numeric levels a row costs :math:`2^p N` instead of the number of cells K.
One attribute with K categories costs 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations
from typing import Any

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.compiled import jit
from fairaudit.distance.kernel import doubly_centred
from fairaudit.scoretable.cells import Cells, distances_between, joint, sum_by


@dataclass(frozen=True, eq=False)
class Agreement:
    """The distances between rows as a sum over subsets A of the categorical attributes; S subsets."""

    number: Ints
    """q, joint level of each row in the numeric attributes, shape (n,), in [0, N)."""
    group: Ints
    """For each subset the group of rows that agree on it, shape (S, n), numbered over all subsets."""
    matrices: Floats
    """G, shape (S, N, N)."""
    weight: Floats
    """ω, shape (n,), non-negative, sums to 1."""
    rows: float | None = None
    """n ≥ 4 for the unbiased version, every row of the same weight (see `kernel.doubly_centred`); None: biased."""
    constant: float = 0.0

    @cached_property
    def mean(self) -> Floats:
        """r, the weighted mean distance of each row to all others, shape (n,)."""
        levels = self.matrices.shape[1]
        mean = np.zeros(len(self.weight))
        for group, matrix in zip(self.group, self.matrices, strict=True):
            mass = sum_by(group * levels + self.number, self.weight, (int(group.max()) + 1) * levels)
            by_group = mass.reshape(-1, levels) @ matrix
            mean += by_group[group, self.number]
        return mean

    @property
    def diagonal(self) -> Floats:
        """Doubly centred distance of each row to itself, shape (n,)."""
        own: Floats = self.weight @ self.mean - 2 * self.mean
        return own

    def __call__(self, prediction: Floats) -> tuple[float, Floats]:
        r"""CCdCov² (of one attribute: dCov²) and its gradient.

        Args:
            prediction: f, shape (n,), unit of the model's output, finite.

        Returns:
            Value, unit of `prediction`, ≥ 0 up to rounding unless unbiased; gradient, shape (n,). Where predictions
            tie, the symmetric subgradient (sign(0) = 0).

        One sort and one pass: O(n log n + n 2^p N) time.
        """
        order = np.argsort(prediction, kind="stable")
        ordered, mass = prediction[order], self.weight[order]
        states = np.ascontiguousarray(self.group[:, order].T)
        balance = _pass()(ordered, self.number[order], states, mass, self.matrices, int(self.group.max()) + 1)
        value, slope = doubly_centred(ordered, mass, self.mean[order], balance, self.rows)
        gradient = np.empty_like(slope)
        gradient[order] = slope
        return value, gradient


def agreement(cells: Cells, weight: Floats, rows: float | None = None) -> Agreement:
    """The structure of the concatenated encoding; an attribute whose categories differ in distance counts as numeric.

    Args:
        cells: attributes of the rows; quantile cells count as they are.
        weight: omega, shape (n,), sums to 1.
        rows: as in `Agreement`.
    """
    apart = [_distance(attribute.coordinates) for attribute in cells.attributes]
    named = [position for position, distance in enumerate(apart) if distance is not None]
    numeric = [position for position in range(len(apart)) if position not in named]
    present, number = joint(cells.levels[:, numeric])
    squares = np.zeros((len(present), len(present)))
    for level, position in zip(present.T, numeric, strict=True):
        squares += distances_between(cells.attributes[position].coordinates)[np.ix_(level, level)] ** 2
    lengths = {position: float(apart[position] or 0.0) ** 2 for position in named}
    subsets = [chosen for size in range(len(named) + 1) for chosen in combinations(named, size)]
    groups, matrices, count = [], [], 0
    for subset in subsets:
        group = joint(cells.levels[:, list(subset)])[1] + count
        count = int(group.max(initial=count)) + 1
        matrix = np.zeros_like(squares)
        for size in range(len(subset) + 1):
            for agreed in combinations(subset, size):
                rest = sum(length for position, length in lengths.items() if position not in agreed)
                matrix += (-1) ** (len(subset) - size) * np.sqrt(squares + rest)
        groups.append(group)
        matrices.append(matrix)
    return Agreement(number, np.array(groups), np.array(matrices), weight, rows)


def cost(cells: Cells) -> int:
    """Products that a row costs, 2^p N."""
    named = [_distance(attribute.coordinates) is not None for attribute in cells.attributes]
    numeric = [position for position, name in enumerate(named) if not name]
    return len(joint(cells.levels[:, numeric])[0]) << sum(named)


def _distance(coordinates: Floats) -> float | None:
    """The one distance between any two different levels; None where there are several."""
    if len(coordinates) < 2:
        return 0.0
    if coordinates.shape[1] == 1:
        return float(np.ptp(coordinates)) if len(coordinates) == 2 else None
    own = np.diagonal(coordinates) if coordinates.shape[0] == coordinates.shape[1] else np.zeros(1)
    if not np.array_equal(coordinates, own[0] * np.eye(len(coordinates))):
        return None
    return float(np.sqrt(2.0) * own[0])


@cache
def _pass() -> Callable[..., Floats]:
    """The compiled pass over the sorted rows: Σ ω_l D_kl sign(f_k − f_l)."""

    @jit()
    def run(prediction: Any, number: Any, group: Any, weight: Any, matrices: Any, groups: Any) -> Any:
        rows, subsets, levels = prediction.shape[0], matrices.shape[0], matrices.shape[1]
        balance = np.zeros((groups, levels))  # mass below − mass above, by group and numeric level
        for row in range(rows):
            for subset in range(subsets):
                balance[group[row, subset], number[row]] -= weight[row]
        result = np.empty(rows)
        start = 0
        while start < rows:
            stop = start + 1
            while stop < rows and prediction[stop] == prediction[start]:
                stop += 1
            for half in range(2):  # a tie is neither above nor below: its rows are read between the two halves
                for row in range(start, stop):
                    for subset in range(subsets):
                        balance[group[row, subset], number[row]] += weight[row]
                if half == 0:
                    for row in range(start, stop):
                        total = 0.0
                        for subset in range(subsets):
                            column, state = matrices[subset, number[row]], balance[group[row, subset]]
                            for level in range(levels):
                                total += column[level] * state[level]
                        result[row] = total
            start = stop
        return result

    compiled: Callable[..., Floats] = run
    return compiled
