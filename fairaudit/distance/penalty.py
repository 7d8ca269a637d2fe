"""Fairness penalties as functions: predictions in, value and gradient out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import expit

from fairaudit.arrays import Floats, Ints
from fairaudit.distance.coupled import Coupled, coupled, floor
from fairaudit.distance.coupling import Kind
from fairaudit.distance.variance import distance_deviation
from fairaudit.errors import OptionError
from fairaudit.options import GROUP_WEIGHTS, GroupWeight, one_of
from fairaudit.scoretable.cells import Cells, joint, sum_by

Penalty = Callable[[Floats], tuple[float, Floats]]

PENALTY_NAMES = ("none", "dcov", "sum", "ccdcov", "jdcov", "dcor")
OF_ONE = ("dcov", "dcor")
"""Penalties that may name one attribute: ``dcov:NAME``."""
LEAST_SHARE = 0.01
"""Share of the weight from which a group counts in full where groups count alike; a smaller one says too little."""
SMOOTHNESS = 0.05
"""Width in which a smoothed decision goes from no to yes, unit of the prediction (a probability)."""


@dataclass(frozen=True, eq=False)
class StratumPart:
    """The measure among the rows of one stratum."""

    rows: Ints
    """Positions of the stratum's rows, shape (m,)."""
    share: float
    """Share of the stratum in the weight of all strata."""
    measure: Coupled
    """The measure on these rows."""
    scale_free: bool = False
    """Whether it is divided by the distance standard deviation of the predictions."""
    count: Floats | None = None
    """How many rows each of these stands for, shape (m,); None: one."""

    @property
    def weight_sq(self) -> Floats:
        """Σ ω² over the rows that each of these stands for, shape (m,)."""
        square: Floats = self.measure.weight**2
        return square if self.count is None else square / self.count

    def __call__(self, prediction: Floats) -> tuple[float, Floats]:
        """Value and gradient for the predictions of these rows, shape (m,)."""
        value, slope = self.measure(prediction)
        if not self.scale_free:
            return value, slope
        deviation, of_deviation = distance_deviation(prediction, self.measure.weight)
        if not deviation:
            return 0.0, of_deviation
        ratio = value / deviation
        return ratio, (slope - ratio * of_deviation) / deviation

    def excess(self, prediction: Floats, *, scale_free: bool) -> float:
        """Value − its mean when the predictions are shuffled, per distance standard deviation where it is scale-free.

        Shuffles keep that deviation where the rows have equal weights, and to first order where they do not.
        """
        noise = floor(self.measure, prediction, self.weight_sq, self.count)
        excess = self.measure(prediction)[0] + self.measure.constant - noise
        if not scale_free:
            return excess
        deviation, _ = distance_deviation(prediction, self.measure.weight)
        return excess / deviation if deviation else 0.0


@dataclass(frozen=True, eq=False)
class DependencePenalty:
    r"""The dependence of predictions on encoded attributes: callable, and able to say what chance alone would give.

    .. math:: \sum_s \pi_s \, Q(f_s; W_s)

    over strata s with shares π: one stratum is demographic parity; strata of the outcome are equalised odds, of its
    positive level alone equal opportunity; strata of an admissible column are conditional parity.

    The kinds ``dcor`` and ``dcor:NAME`` are free of scale: CCdCov² (with one attribute dCov²) and dCov² of a stratum
    divided by the distance standard deviation of its predictions,

    .. math:: Q(f_s; W_s) / \sqrt{\mathrm{dVar}^2(f_s)} = \mathrm{dCor}^2(f_s, s) \sqrt{\mathrm{dVar}^2(s)},

    of degree zero in f: pulling all predictions towards their mean lowers nothing. The second root does not depend on
    f. Where all predictions of a stratum are equal the value and its gradient are 0, the value of independence.
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
    pairwise: bool = False
    """Whether measures of several attributes take the exact places of numbers, too, from all pairs of rows."""
    group_weight: GroupWeight = "size"
    """Whether a group (a joint band of the attributes) counts by its ``size``, or all groups alike (``equal``), but
    one of less than `LEAST_SHARE` by its share of that."""
    threshold: float | None = None
    """Where given, the penalty is of the decision f ≥ threshold, smoothed, instead of the prediction."""
    count: Floats | None = None
    """How many rows each one stands for, whose weight is their sum, shape (n,); None: one. What chance gives depends on
    it; the penalty does not."""

    @cached_property
    def parts(self) -> list[StratumPart]:
        """The strata with a weight."""
        strata = [np.arange(len(self.weight), dtype=np.intp)]
        if self.strata is not None:
            strata = [np.flatnonzero(self.strata == stratum) for stratum in np.unique(self.strata[self.strata >= 0])]
        masses = [float(self.weight[rows].sum()) for rows in strata]
        return [
            StratumPart(
                rows,
                mass / sum(masses),
                self._measure(rows),
                self.scale_free,
                None if self.count is None else self.count[rows],
            )
            for rows, mass in zip(strata, masses, strict=True)
            if mass > 0
        ]

    @property
    def scale_free(self) -> bool:
        """Whether the scale of the predictions does not matter."""
        return is_scale_free(self.kind)

    def _measure(self, rows: Ints) -> Coupled:
        protected, weight = self.protected.take(rows), self.weight[rows] / self.weight[rows].sum()
        if self.group_weight == "equal":
            weight = alike(protected, weight)
        return coupled(protected, unscaled(self.kind), weight, self.c, pairwise=self.pairwise)

    def take(self, rows: Ints) -> DependencePenalty:
        """The penalty on some of the rows."""
        weight = self.weight[rows]
        strata = None if self.strata is None else self.strata[rows]
        count = None if self.count is None else self.count[rows]
        protected = self.protected.take(rows)
        return replace(self, protected=protected, weight=weight / weight.sum(), strata=strata, count=count)

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
        seen, slope_of_seen = self._seen(prediction)
        for part in self.parts:
            amount, slope = part(seen[part.rows])
            value += part.share * amount
            gradient[part.rows] += part.share * slope
        return value, gradient * slope_of_seen

    def seen(self, prediction: Floats) -> Floats:
        """What the measure is of: the prediction, or where there is a threshold the smoothed decision."""
        return self._seen(prediction)[0]

    def _seen(self, prediction: Floats) -> tuple[Floats, Floats | float]:
        """The prediction, or the smoothed decision σ((f − threshold) / `SMOOTHNESS`); and its derivative."""
        if self.threshold is None:
            return prediction, 1.0
        seen = expit((prediction - self.threshold) / SMOOTHNESS)
        return seen, seen * (1 - seen) / SMOOTHNESS

    def excess(self, prediction: Floats, *, scale_free: bool | None = None) -> float:
        """Value − its mean when the predictions are shuffled within their strata: about 0 under independence.

        Of predictions of shape (n, classes) the sum over the classes.

        Args:
            prediction: shape (n,) or (n, classes).
            scale_free: whether each stratum's is divided by the distance standard deviation of its predictions, which
                makes dCor² of dCov² but for a constant factor; None: as the kind of this penalty is.
        """
        if prediction.ndim == 2:
            return sum(self.excess(column, scale_free=scale_free) for column in prediction.T)
        seen = self.seen(prediction)
        free = self.scale_free if scale_free is None else scale_free
        return sum(part.share * part.excess(seen[part.rows], scale_free=free) for part in self.parts)


def alike(protected: Cells, weight: Floats) -> Floats:
    r"""Row weights by which groups count alike, shape (n,), sum to 1.

    .. math:: \omega'_k \propto \omega_k / \max(\pi_{g(k)}, \text{least share})

    π the share of the group, a joint band of the attributes. Small groups weigh little in a distance covariance, and
    decide the largest gap; this is the uniform π of `stats.divergence`, for a penalty.
    """
    bands = [attribute.band[level] for attribute, level in zip(protected.attributes, protected.levels.T, strict=True)]
    group = joint(np.column_stack(bands))[1]
    even = weight / np.maximum(sum_by(group, weight)[group], LEAST_SHARE)
    return np.asarray(even / even.sum())


def is_scale_free(kind: Kind) -> bool:
    """Whether a penalty is of degree zero in the predictions: ``dcor`` and ``dcor:NAME``."""
    return kind.partition(":")[0] == "dcor"


def unscaled(kind: Kind) -> Kind:
    """The measure of degree one that a penalty is made of: ``ccdcov`` of ``dcor``, ``dcov:NAME`` of ``dcor:NAME``."""
    if not is_scale_free(kind):
        return kind
    return "ccdcov" if kind == "dcor" else f"dcov:{kind.removeprefix('dcor:')}"


def dependence_penalty(
    protected: Cells,
    kind: Kind,
    weight: Floats,
    strata: Ints | None = None,
    c: float = 1.0,
    pairwise: bool = False,
    group_weight: GroupWeight = "size",
    threshold: float | None = None,
    count: Floats | None = None,
) -> DependencePenalty:
    """The penalty of that kind on encoded attributes; weights sum to 1."""
    kind = resolve(kind, [attribute.name for attribute in protected.attributes])
    if kind == "none":
        raise OptionError(f"'none' is no penalty; choose one of {', '.join(PENALTY_NAMES[1:])}, dcov:NAME or dcor:NAME")
    if not 0 < c < np.inf:
        raise OptionError(f"c is {c:g}; it must be positive")
    one_of(group_weight, "group weight", GROUP_WEIGHTS)
    if threshold is not None and not np.isfinite(threshold):
        raise OptionError(f"the threshold of decisions is {threshold:g}; a finite number is needed")
    return DependencePenalty(protected, kind, weight, strata, c, pairwise, group_weight, threshold, count)


def resolve(kind: Kind, names: list[str]) -> Kind:
    """The measure in full: ``dcov`` alone is that of the only attribute, ``dcor`` of a single one that of its dCov².
    Refuses what is not a penalty."""
    if kind == "dcov":
        if len(names) > 1:
            raise OptionError(
                f"penalty dcov is for one attribute; name it, as in dcov:{names[0]}, or choose sum, ccdcov, jdcov or"
                " dcor"
            )
        return f"dcov:{names[0]}"
    if kind == "dcor" and len(names) == 1:
        return f"dcor:{names[0]}"
    name, colon, attribute = kind.partition(":")
    if colon and name in OF_ONE:
        if attribute not in names:
            raise OptionError(f"penalty '{kind}': the protected attributes are: {', '.join(names)}")
        return kind
    if kind not in PENALTY_NAMES:
        raise OptionError(
            f"penalty '{kind}' is unknown; choose one of {', '.join(PENALTY_NAMES)}, or dcov:NAME or dcor:NAME"
        )
    return kind
