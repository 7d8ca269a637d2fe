"""Fairness penalties as functions: predictions in, value and gradient out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fairaudit.cells import Cells, sum_by
from fairaudit.errors import OptionError
from fairaudit.stats.continuous import continuous_distance_covariance
from fairaudit.stats.coupling import Blocks, Kind, blocks, coupling
from fairaudit.stats.kernel import mean_absolute_differences, mean_under_shuffling, weighted_absolute_differences

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Penalty = Callable[[Floats], tuple[float, Floats]]

PENALTY_NAMES = ("none", "dcov", "sum", "ccdcov", "jdcov")


@dataclass(frozen=True, eq=False)
class Part:
    """One coupled sum: a measure among the rows of one stratum, times the stratum's share."""

    rows: Ints
    """Positions of the stratum's rows, shape (m,)."""
    share: float
    """Share of the stratum in the weight of all strata."""
    cell: Ints
    """Cell of each of its rows, shape (m,)."""
    weight: Floats
    """ω within the stratum, shape (m,), sums to 1."""
    matrix: Floats
    """The coupling W, shape (K, K)."""

    def __call__(self, prediction: Floats) -> tuple[float, Floats]:
        """Value and gradient for the stratum's predictions."""
        return weighted_absolute_differences(prediction, self.cell, self.weight, self.matrix)

    @property
    def diagonal(self) -> Floats:
        """Coupling of each row with itself, shape (m,)."""
        return np.diagonal(self.matrix)[self.cell]


@dataclass(frozen=True, eq=False)
class ContinuousPart:
    """dCov² with one attribute that has too many values for cells: exact in O(m log m)."""

    rows: Ints
    share: float
    place: Floats
    """Encoded attribute, shape (m,)."""
    weight: Floats

    def __call__(self, prediction: Floats) -> tuple[float, Floats]:
        """Value and gradient for the stratum's predictions."""
        return continuous_distance_covariance(prediction, self.place, self.weight)

    @property
    def diagonal(self) -> Floats:
        """Doubly centred distance of each row to itself, shape (m,)."""
        mean = mean_absolute_differences(self.place, self.weight)
        own: Floats = self.weight @ mean - 2 * mean
        return own


def _excess(part: Part | ContinuousPart, prediction: Floats) -> float:
    """Value − its mean when the stratum's predictions are shuffled."""
    distance = float(part.weight @ mean_absolute_differences(prediction, part.weight))
    return part(prediction)[0] - mean_under_shuffling(part.diagonal, part.weight**2, distance)


@dataclass(frozen=True, eq=False)
class DependencePenalty:
    r"""The dependence of predictions on encoded attributes: callable, and able to say what chance alone would give.

    .. math:: \sum_s \pi_s \, Q(f_s; W_s)

    over strata s with shares π: one stratum is demographic parity; strata of the outcome are equalised odds, of its
    positive level alone equal opportunity; strata of an admissible column are conditional parity.
    """

    protected: Cells
    """Attributes of n rows."""
    kind: Kind
    """The measure, in full."""
    weight: Floats
    """ω, shape (n,), sums to 1."""
    strata: Ints | None = None
    """Stratum of each row, shape (n,); a row with a negative one is left out; None: all rows together."""
    c: float = 1.0
    """Weight of lower orders in JdCov²."""

    @cached_property
    def parts(self) -> list[Part | ContinuousPart]:
        """The coupled sums that make up the penalty."""
        everyone = np.arange(len(self.weight), dtype=np.intp)
        strata = [everyone]
        if self.strata is not None:
            strata = [np.flatnonzero(self.strata == stratum) for stratum in np.unique(self.strata[self.strata >= 0])]
        masses = [float(self.weight[rows].sum()) for rows in strata]
        return [
            self._part(made, kind, rows, mass / sum(masses))
            for rows, mass in zip(strata, masses, strict=True)
            if mass > 0
            for made, kind in self._measures(blocks(self.protected.take(rows)))
        ]

    def _measures(self, made: Blocks) -> list[tuple[Blocks, Kind]]:
        """The measures to add up, each on the cells that it needs: a sum of marginals needs no joint cells."""
        kinds = [f"dcov:{name}" for name in made.names] if self.kind == "sum" else [self.kind]
        return [(made.only(kind.removeprefix("dcov:")) if kind.startswith("dcov:") else made, kind) for kind in kinds]

    def _part(self, made: Blocks, kind: Kind, rows: Ints, share: float) -> Part | ContinuousPart:
        weight = self.weight[rows] / self.weight[rows].sum()
        place = self.protected.place(made.names[0]) if kind.startswith("dcov:") else None
        if place is not None and not self._missing(made.names[0]):
            return ContinuousPart(rows, share, place[rows], weight)
        mass = sum_by(made.cell, weight, len(made.levels))
        return Part(rows, share, made.cell, weight, coupling(kind, made, mass, self.c).matrix)

    def _missing(self, name: str) -> bool:
        """Whether some rows have no value of the attribute; they need a level of their own."""
        return any(each.missing for each in self.protected.attributes if each.name == name)

    def take(self, rows: Ints) -> DependencePenalty:
        """The penalty on some of the rows."""
        weight = self.weight[rows]
        strata = None if self.strata is None else self.strata[rows]
        return DependencePenalty(self.protected.take(rows), self.kind, weight / weight.sum(), strata, self.c)

    def __call__(self, prediction: Floats) -> tuple[float, Floats]:
        """Value and gradient for predictions of shape (n,), or of shape (n, classes): the sum over the classes."""
        prediction = np.asarray(prediction, dtype=np.float64)
        if prediction.ndim == 2 and len(prediction) == len(self.weight):
            columns = [self(column) for column in prediction.T]
            return sum(value for value, _ in columns), np.column_stack([slope for _, slope in columns])
        if prediction.shape != self.weight.shape:
            raise ValueError(f"predictions have shape {prediction.shape}; {self.weight.shape} is needed")
        if not np.isfinite(prediction).all():
            raise ValueError("predictions must be finite")
        value, gradient = 0.0, np.zeros_like(prediction)
        for part in self.parts:
            amount, slope = part(prediction[part.rows])
            value += part.share * amount
            gradient[part.rows] += part.share * slope
        return value, gradient

    def excess(self, prediction: Floats) -> float:
        """Value − its mean when the predictions are shuffled within their strata: about 0 under independence."""
        return sum(part.share * _excess(part, prediction[part.rows]) for part in self.parts)


def dependence_penalty(
    protected: Cells, kind: Kind, weight: Floats, strata: Ints | None = None, c: float = 1.0
) -> DependencePenalty:
    """The penalty of that kind on encoded attributes; weights sum to 1."""
    kind = resolve(kind, [attribute.name for attribute in protected.attributes])
    if kind == "none":
        raise OptionError(f"'none' is no penalty; choose one of {', '.join(PENALTY_NAMES[1:])}, or dcov:NAME")
    if not 0 < c < np.inf:
        raise OptionError(f"c is {c:g}; it must be positive")
    return DependencePenalty(protected, kind, weight, strata, c)


def resolve(kind: Kind, names: list[str]) -> Kind:
    """The measure in full: ``dcov`` alone is that of the only attribute. Refuses what is not a penalty."""
    if kind == "dcov":
        if len(names) > 1:
            raise OptionError(
                f"penalty dcov is for one attribute; name it, as in dcov:{names[0]}, or choose sum, ccdcov or jdcov"
            )
        return f"dcov:{names[0]}"
    if kind.startswith("dcov:"):
        if kind.removeprefix("dcov:") not in names:
            raise OptionError(f"penalty '{kind}': the protected attributes are: {', '.join(names)}")
        return kind
    if kind not in PENALTY_NAMES:
        raise OptionError(f"penalty '{kind}' is unknown; choose one of {', '.join(PENALTY_NAMES)}, or dcov:NAME")
    return kind
