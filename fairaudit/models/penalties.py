"""Fairness penalties as functions: predictions in, value and gradient out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fairaudit.cells import Cells, cells, sum_by
from fairaudit.errors import OptionError, RoleError
from fairaudit.roles import Protected
from fairaudit.stats.coupling import Blocks, Kind, blocks, coupling
from fairaudit.stats.kernel import mean_absolute_differences, weighted_absolute_differences

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Penalty = Callable[[Floats], tuple[float, Floats]]

PENALTY_NAMES = ("none", "dcov", "sum", "ccdcov", "jdcov")


def penalty(protected: object, kind: Kind = "ccdcov", weight: Floats | None = None) -> Penalty:
    r"""A function of predictions that gives their dependence on protected attributes, and its gradient.

    The exact biased measure over all rows, :math:`\sum_{kl} \omega_k \omega_l W_{c_k c_l} |f_k - f_l|`, W the coupling
    of the measure (see `fairaudit.stats.coupling`); the part of JdCov² that no prediction can change is left out.

    Args:
        protected: data frame of the protected attributes, n rows: text and two-valued columns are categories, other
            numbers are continuous (each distinct value a cell up to 256, quantile cells beyond).
        kind: ``ccdcov`` (concatenated), ``jdcov`` (joint), ``sum`` (of the single ones), or ``dcov:NAME`` (one
            attribute; ``dcov`` where there is only one).
        weight: row weights, shape (n,), ≥ 0; None: all equal.

    Returns:
        A function from f, shape (n,), to the value, in the unit of f and ≥ 0 but for rounding (JdCov² with three or
        more blocks may be negative), and its gradient, shape (n,). Evaluating it costs O(n log n + nK).

    Source: Lee, Antonio, Avanzi, Marchi & Zhou (2025), Machine Learning with Multitype Protected Attributes.

    >>> import pandas as pd
    >>> dependence = penalty(pd.DataFrame({"z": [0, 1, 0, 1]}), "dcov")
    >>> value, gradient = dependence(np.array([0.0, 1.0, 0.0, 1.0]))
    >>> round(value, 6)
    0.25
    """
    from fairaudit.data.sources import from_frame
    from fairaudit.data.table import role_table
    from fairaudit.roles import Roles

    frame = from_frame(protected).frame.assign(**{"(rows)": 0.0})
    names = tuple(str(name) for name in frame.columns[:-1])
    table = role_table(frame, Roles(prediction="(rows)", protected=tuple(map(Protected, names))))
    size = len(frame)
    if weight is None:
        weight = np.ones(size)
    weight = np.asarray(weight, dtype=np.float64)
    if weight.shape != (size,) or not np.isfinite(weight).all() or weight.min() < 0 or weight.sum() <= 0:
        raise RoleError(f"weight must hold {size} finite numbers that are not negative and not all 0")
    return dependence_penalty(cells(table.protected, table.specs), kind, weight / weight.sum())


@dataclass(frozen=True, eq=False)
class DependencePenalty:
    """A penalty on encoded cells: callable, and able to say what chance alone would give."""

    blocks: Blocks
    """Cells of the rows."""
    kind: Kind
    """The measure, in full."""
    weight: Floats
    """ω, shape (n,), sums to 1."""

    @cached_property
    def matrix(self) -> Floats:
        """The coupling W, shape (K, K)."""
        mass = sum_by(self.blocks.cell, self.weight, len(self.blocks.levels))
        return coupling(self.kind, self.blocks, mass).matrix

    def take(self, rows: Ints) -> DependencePenalty:
        """The penalty on some of the rows."""
        weight = self.weight[rows]
        return DependencePenalty(replace(self.blocks, cell=self.blocks.cell[rows]), self.kind, weight / weight.sum())

    def __call__(self, prediction: Floats) -> tuple[float, Floats]:
        """Value and gradient for predictions of shape (n,)."""
        prediction = np.asarray(prediction, dtype=np.float64)
        if prediction.shape != self.weight.shape:
            raise ValueError(f"predictions have shape {prediction.shape}; {self.weight.shape} is needed")
        if not np.isfinite(prediction).all():
            raise ValueError("predictions must be finite")
        return weighted_absolute_differences(prediction, self.blocks.cell, self.weight, self.matrix)

    def excess(self, prediction: Floats) -> float:
        """Value − its mean when the predictions are shuffled: about 0 under independence."""
        value, _ = self(prediction)
        square = self.weight**2
        pairs = 1 - square.sum()
        distance = self.weight @ mean_absolute_differences(prediction, self.weight) / pairs if pairs > 0 else 0.0
        return float(value + square @ np.diagonal(self.matrix)[self.blocks.cell] * distance)


def dependence_penalty(protected: Cells, kind: Kind, weight: Floats) -> DependencePenalty:
    """The penalty of that kind on encoded attributes; weights sum to 1."""
    kind = resolve(kind, [attribute.name for attribute in protected.attributes])
    if kind == "none":
        raise OptionError(f"'none' is no penalty; choose one of {', '.join(PENALTY_NAMES[1:])}, or dcov:NAME")
    made = blocks(protected)
    if kind.startswith("dcov:"):
        made = made.only(kind.removeprefix("dcov:"))
    return DependencePenalty(made, kind, weight)


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
