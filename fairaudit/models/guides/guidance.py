"""The consistency loss in a fit: α · d(q, p), p the importance distribution of the model's factors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.models.family import Family
from fairaudit.models.guides.consistency import ConsistencyLoss

SOFTNESS = 1e-3
"""Where |φ| is rounded off in a fit, in units of the linear predictor: |φ| has a kink at 0, where solvers get stuck."""
APPROACH = (1 / 64, 1 / 8, 1.0)
"""Shares of α by which a fit goes from the plain model to the guided one: the loss is not convex, and each fit stays in
the valley of the one before."""


@dataclass(frozen=True, eq=False)
class Guidance:
    """α · d(q, p) as a function of importances: callable, value and gradient."""

    strength: float
    """α ≥ 0, loss per nat."""
    consistency: ConsistencyLoss

    def __call__(self, importance: Floats) -> tuple[float, Floats]:
        """Value and gradient for importances, shape (J,)."""
        value, gradient = self.consistency(importance)
        return self.strength * value, self.strength * gradient


@dataclass(frozen=True, eq=False)
class LinearImportance:
    r"""Importances of the factors of a linear model, and the way back to its coefficients.

    .. math:: \phi_{ij} = \sum_c s_{cj} x_{ic} \beta_c, \qquad
        I_j = \sum_i \omega_i \bigl(\sqrt{\phi_{ij}^2 + u^2} - u\bigr)

    with s the share of column c that belongs to factor j, and u = `SOFTNESS` units: at most u below Σ ω |φ|, and 0 for
    a factor without effect. Of several linear predictors the importances are summed over them.
    """

    matrix: Floats
    """Design X, shape (n, p), columns centred."""
    weight: Floats
    """ω, shape (n,), sums to 1."""
    share: Floats
    """s, shape (p, J)."""
    unit: float
    """Unit of the linear predictor: 1 on a log or logit scale."""

    @cached_property
    def columns(self) -> list[slice | Ints]:
        """Columns of each factor: a slice, which costs no copy, where they are next to each other."""
        places = [np.flatnonzero(factor) for factor in self.share.T]
        return [
            slice(int(own[0]), int(own[-1]) + 1) if len(own) and len(own) == own[-1] - own[0] + 1 else own
            for own in places
        ]

    def parts(self, coefficients: Floats) -> Floats:
        """φ, shape (J, n), or (J, n, K), for coefficients of shape (p,) or (p, K)."""
        return np.stack(
            [
                self.matrix[:, columns] @ (self.share[columns, factor] * coefficients[columns].T).T
                for factor, columns in enumerate(self.columns)
            ]
        )

    def __call__(self, coefficients: Floats) -> tuple[Floats, Callable[[Floats], Floats]]:
        """I, shape (J,), and the way back: from a gradient by I to that by the coefficients."""
        soft = SOFTNESS * self.unit
        parts = self.parts(coefficients)
        sizes = np.sqrt(parts**2 + soft**2)
        importance = mean_sizes(sizes - soft, self.weight)

        def pull(gradient: Floats) -> Floats:
            slope = np.zeros_like(coefficients)
            for factor, columns in enumerate(self.columns):
                by_part = (self.weight * (parts[factor] / sizes[factor]).T).T
                own = (self.share[columns, factor] * (self.matrix[:, columns].T @ by_part).T).T
                slope[columns] += gradient[factor] * own
            return slope

        return importance, pull


def mean_sizes(sizes: Floats, weight: Floats) -> Floats:
    """Importances I_j = Σ ω_i |φ_ij|, shape (J,), from sizes |φ| of shape (J, n), or summed over the last axis."""
    whole = sizes if sizes.ndim == 2 else sizes.sum(axis=2)
    return np.asarray(whole @ weight)


def ridge_unit(family: Family, outcome: Floats, weight: Floats) -> float:
    """Loss per squared unit of linear predictors: 1 but where the loss is not squared; then no unit matters, either."""
    return float(unit(family, outcome, weight) ** (family.degree - 2))


def unit(family: Family, outcome: Floats, weight: Floats) -> float:
    """The unit of linear predictors: a standard deviation of the outcome under the identity link, else 1."""
    if family.link != "identity":
        return 1.0
    return float(np.sqrt(weight @ (outcome - weight @ outcome) ** 2))
