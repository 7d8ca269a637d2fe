"""The equation of a model: mean loss + λ · penalty + α · inconsistency, on the rows of some data.

What GLM, boosting and network share of it is here; they differ in how linear predictors come about, and in how the
objective is lowered.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, Generic, Self, TypeVar

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.distance.penalty import DependencePenalty
from fairaudit.models.family import Family, null_deviance
from fairaudit.models.guides.guidance import Guidance

Solution = TypeVar("Solution")
"""What a kind of model is fitted to: coefficients, trees, or weights of a network."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Objective(ABC, Generic[Solution]):
    r"""The objective with its data, to be minimised at any strength λ.

    .. math:: \sum_k \omega_k \, \ell(y_k, \eta_k) + \lambda \, Q(\mu) + \alpha \, d(q, p)
    """

    family: Family
    """Loss ℓ, and link from η to what the penalty sees, μ."""
    outcome: Floats
    """y, shape (n,): numbers (with exposure the rate) or codes of classes."""
    weight: Floats
    """ω, shape (n,), > 0, sums to 1."""
    penalty: DependencePenalty | None
    """Q; None: none."""
    offset: Floats | None = None
    """Added to the linear predictor, shape (n,)."""
    guidance: Guidance | None = None
    """The consistency loss α · d(q, p), part of the objective at any λ, 0 included; None: none."""

    @abstractmethod
    def solve(self, strength: float, start: Solution | None = None) -> Solution:
        """The solution at a strength, from a nearby one; a penalised one needs the plain one at least."""

    fresh: ClassVar[bool] = False
    """Whether a penalised solution begins with the plain one, wherever else it may start."""

    @property
    def threads(self) -> int | None:
        """How many of its solutions, or of those of its folds, may be worked out at a time; None: one a core."""
        return None

    @property
    def alone(self) -> Self:
        """The same problem, to be solved in one thread beside others."""
        return self

    def polish(self, plain: Solution) -> Solution:
        """A plain solution to the last digits; the same where there is nothing to gain."""
        return plain

    @abstractmethod
    def balanced(self, solution: Solution) -> Solution:
        """The solution with its intercepts shifted so that on these rows as much is predicted as there was: what is
        judged and kept (decision 26). Solutions that others start from stay as they are."""

    @abstractmethod
    def linear(self, solution: Solution) -> Floats:
        """Linear predictors η, shape (n,) or (n, m)."""

    @abstractmethod
    def importance(self, solution: Solution) -> Floats:
        """I_j = Σ ω |φ_j| of the factors on these rows, shape (J,)."""

    def surplus(self, linear: Floats) -> Floats:
        """What to add to the intercepts so that Σ ω μ = Σ ω y at linear predictors η, shape () or (m,).

        Nothing where the penalty is of decisions at a threshold: a shift of all predictions would make other decisions
        than those that it made alike.
        """
        if self.penalty is not None and self.penalty.threshold is not None:
            return np.zeros(linear.shape[1:])
        return self.family.balance(self.outcome, linear, self.weight)

    def mean(self, solution: Solution) -> Floats:
        """Fitted means, as the penalty sees them."""
        return self.family.mean(self.linear(solution))

    def losses(self, solution: Solution) -> Floats:
        """Loss of each row, shape (n,)."""
        return self.family.loss(self.outcome, self.linear(solution))

    def half_deviance(self, solution: Solution) -> float:
        """Mean half deviance: 0 for a perfect prediction."""
        return float(self.weight @ (self.losses(solution) - self.family.least(self.outcome)))

    def excess(self, solution: Solution, *, scale_free: bool | None = None) -> float:
        """Dependence over its noise floor; of prediction vectors summed over the classes.

        Per distance standard deviation of the predictions if `scale_free`; None: as the penalty is.
        """
        assert self.penalty is not None
        return self.penalty.excess(self.mean(solution), scale_free=scale_free)

    def average(self, values: Floats) -> float:
        """Σ ω v of values of the rows, shape (n,)."""
        return float(self.weight @ values)

    def by_predictors(self, linear: Floats, strength: float) -> tuple[float, Floats]:
        """Mean loss + λ · penalty at linear predictors η, and its gradient by η, shape of η."""
        value = self.average(self.family.loss(self.outcome, linear))
        slope = np.asarray((self.weight * self.family.gradient(self.outcome, linear).T).T)
        if strength and self.penalty is not None:
            dependence, gradient = self.penalty(self.family.mean(linear))
            value += strength * dependence
            slope += strength * self.family.pull(linear, gradient)
        return value, slope

    def start(self) -> Floats:
        """Intercepts of the constant model, shape () or (m,)."""
        intercept = self.family.start(self.outcome, self.weight)
        return intercept if self.offset is None else np.asarray(intercept - self.weight @ self.offset)

    def null_losses(self, intercept: Floats | None = None) -> Floats:
        """Loss of each row in the constant model, shape (n,): that of these rows, or of others by its intercepts."""
        columns = (self.family.columns,) if self.family.several else ()
        nothing, constant = np.zeros((len(self.outcome), *columns)), self.start() if intercept is None else intercept
        return self.family.loss(self.outcome, self.family.linear(nothing, constant, self.offset))

    def null_loss(self) -> float:
        """Mean loss of the constant model."""
        return float(self.weight @ self.null_losses())

    def size_of_loss(self) -> float:
        """Size of the mean loss, > 0: that of the constant model, but where it happens to be near 0 in the unit of the
        outcome (Poisson: a mean of e)."""
        return max(abs(self.null_loss()), 1e-3 * null_deviance(self.family, self.outcome, self.weight))

    def guided(self, strength: float) -> Self:
        """The same problem with another α; with a consistency loss only."""
        assert self.guidance is not None
        return replace(self, guidance=replace(self.guidance, strength=strength))

    def take(self, rows: Ints) -> Self:
        """The same problem on some of the rows, their weights scaled to sum to 1."""
        weight = self.weight[rows]
        return replace(
            self,
            outcome=self.outcome[rows],
            weight=weight / weight.sum(),
            penalty=None if self.penalty is None else self.penalty.take(rows),
            offset=some(self.offset, rows),
        )


Values = TypeVar("Values", Floats, Ints)


def some(values: Values | None, rows: Ints) -> Values | None:
    """Some rows of a column, if there is one."""
    return None if values is None else values[rows]
