"""What a family of outcomes is: the loss that a model minimises, its link, and what a penalty sees of its predictions.

A model turns the features of a row into linear predictors η, and the family turns η into a distribution of the outcome.
GLM, boosting and network share the families; they differ in how η comes about. Most families have one η per row, shape
(n,); the multinomial one has one per class, shape (n, K), and the ordinal one per threshold, shape (n, K − 1), all of
which share what the features say and differ by their intercepts (`Family.shared`).

Each family has its loss, its mean and its intercepts twice, for NumPy arrays and for torch tensors, side by side in one
file of the folder `families`. Tests hold them equal. Torch is imported where the second form is used.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from fairaudit.arrays import Floats, Ints
from fairaudit.errors import FitError, OptionError
from fairaudit.scoretable.cells import sum_by

if TYPE_CHECKING:
    from torch import Tensor

LARGEST_LOG = 30.0
"""Bound on the linear predictor of a log link, far outside any rate; keeps a wild line-search step finite."""
FARTHEST = 25.0
"""Log of the mean outcome up to which a log link is fitted: the bound must lie far outside the predictions."""
CERTAIN = 0.999
"""Classes are separated when each training row's own class has a fitted probability above this."""


class Family(ABC):
    """A distribution of the outcome with its link."""

    name: ClassVar[str]
    link: str
    scale: str
    """Unit of the linear predictor, in words."""
    outcomes: str
    """The outcomes that can occur, in words."""
    tasks: ClassVar[tuple[str, ...]] = ()
    """Tasks whose outcomes the family fits."""
    usual: ClassVar[str | None] = None
    """The task for which it is the usual family."""
    labels: ClassVar[bool] = False
    """Whether the outcome is a class, coded 0..K−1; else a number."""
    most_classes: ClassVar[int | None] = None
    """Most classes that it can have; None: no bound."""
    ordered: ClassVar[bool] = False
    """Whether its classes have an order."""
    several: ClassVar[bool] = False
    """Whether the features say one number for each class; else one a row."""
    shared: ClassVar[bool] = False
    """Whether the columns of η differ by their intercepts only."""
    positive: ClassVar[bool] = False
    """Whether outcomes below 0 cannot occur; for numbers."""
    power: float | None = None
    """Variance as a power of the mean, for numbers: 0 Gaussian, 1 Poisson, 2 gamma."""
    degree: ClassVar[int] = 2
    """Power of the outcome's unit that the loss is in, where the link is the identity: 2 for squares."""
    caution: str = ""
    """What a reader of a report must know of the predictions, as a sentence; empty: nothing."""

    @classmethod
    def of(cls, number: float | None, power: float, classes: int) -> Self:
        """The family with its number.

        Args:
            number: what stands after the name, as in ``tweedie:1.3``; None: nothing.
            power: the option of that name; for the Tweedie family.
            classes: K; for families of classes.
        """
        if number is not None:
            raise OptionError(f"family '{cls.name}:{number:g}': {cls.name} takes no number; write {cls.name}")
        return cls()

    def fitted_to(self, y: Floats, weight: Floats) -> Self:
        """The family as a model is fitted to these outcomes: the same, unless something depends on their spread."""
        return self

    @property
    def columns(self) -> int:
        """How many numbers the features say of a row: 1, or one for each class."""
        return 1

    @abstractmethod
    def mean(self, eta: Floats) -> Floats:
        """What a penalty sees: the mean (or P(y = 1)), shape (n,); the class probabilities, shape (n, K), of the
        multinomial; the expected level, shape (n,), of the ordinal family, as that is what an audit measures."""

    def bounded(self, eta: Floats) -> Floats:
        """η as the mean is made of it: the same, unless a link is cut far outside any outcome."""
        return eta

    @abstractmethod
    def tensor_mean(self, eta: Tensor) -> Tensor:
        """`mean` for tensors."""

    @abstractmethod
    def pull(self, eta: Floats, gradient: Floats) -> Floats:
        """From a gradient by the mean to that by η (chain rule), shapes of the mean and of η."""

    @abstractmethod
    def loss(self, y: Floats, eta: Floats) -> Floats:
        """Loss of each row, shape (n,): half the deviance up to a constant of the outcome."""

    @abstractmethod
    def tensor_loss(self, y: Tensor, eta: Tensor) -> Tensor:
        """`loss` for tensors: outcomes or codes of classes, shape (n,), and linear predictors, shape (n,) or (n, m)."""

    def least(self, y: Floats) -> Floats:
        """Loss of a perfect prediction, shape (n,): loss − least is half the deviance."""
        return np.zeros(len(y))

    @abstractmethod
    def gradient(self, y: Floats, eta: Floats) -> Floats:
        """First derivative of the loss by η, shape of η."""

    @abstractmethod
    def curvature(self, y: Floats, eta: Floats) -> Floats:
        """Second derivative of the loss by η: shape (n,), or (n, m, m) for m linear predictors."""

    def tree_curvature(self, y: Floats, eta: Floats) -> Floats:
        """Curvature of the loss by what trees are grown for: shape (n,), or (n, K) for one tree a class.

        The second derivative, or where that vanishes for most rows, the curvature of a parabola above the loss.
        """
        return self.curvature(y, eta)

    @abstractmethod
    def start(self, y: Floats, weight: Floats) -> Floats:
        """Intercepts of the constant model, shape () or (m,); weights sum to 1."""

    @abstractmethod
    def support(self, y: Floats) -> bool:
        """Whether all outcomes can occur."""

    def balance(self, y: Floats, eta: Floats, weight: Floats) -> Floats:
        """What to add to η so that Σ ω μ = Σ ω y, shape () or (m,); 0 where a prediction is no mean of the outcome.

        Args:
            y: outcomes, shape (n,).
            eta: linear predictors, shape (n,) or (n, m).
            weight: ω, shape (n,), sums to 1.
        """
        return np.zeros(eta.shape[1:])

    def expected(self, y: Floats, eta: Floats) -> Floats:
        """Outcomes that a model stays near one of linear predictors η by: the mean of those that η says, so that the
        loss is the expected one, least at η. Of classes the probabilities, shape (n, K), else shape (n,); of a
        quantile, which says nothing of the mean, the outcomes y themselves."""
        return self.mean(eta)

    def probabilities(self, eta: Floats) -> Floats:
        """Probability of each class, shape (n, K)."""
        raise OptionError(f"probabilities are offered by the families of classes only, not by {self.name}")

    def likeliest(self, eta: Floats) -> Ints:
        """Code of the likeliest class, shape (n,)."""
        return np.asarray(self.probabilities(eta).argmax(axis=1), dtype=np.intp)

    def score(self, y: Any, predicted: NDArray[Any], weight: Any = None) -> float:
        """How good predictions are, at most 1: accuracy for classes, else the share of the deviance explained."""
        from sklearn.metrics import accuracy_score, d2_tweedie_score  # a tenth of the time to import an estimator

        if self.labels:
            return float(accuracy_score(y, predicted, sample_weight=weight))
        return float(d2_tweedie_score(y, predicted, sample_weight=weight, power=self.power))

    def linear(self, location: Floats, intercept: Floats, offset: Floats | None = None) -> Floats:
        """Linear predictors η, shape (n,) or (n, m).

        Args:
            location: what the features say, shape (n,); (n, K) for the multinomial family.
            intercept: shape (), or (m,) for m linear predictors.
            offset: added to the linear predictor, shape (n,); None: 0.
        """
        if offset is not None:
            location = location + offset
        return np.asarray((location[:, None] if self.shared else location) + intercept)

    def separated(self, losses: Floats) -> bool:
        """Whether a model of these losses, shape (n,), is certain of the class of every row: without a ridge the loss
        of such rows would have no finite optimum."""
        return self.labels and float(losses.max()) < -np.log(CERTAIN)

    def free(self, intercept: Floats) -> Floats:
        """Intercepts as numbers without constraint, for a solver."""
        return intercept

    def bound(self, free: Floats) -> Floats:
        """Intercepts from numbers without constraint."""
        return free

    def tensor_bound(self, free: Tensor) -> Tensor:
        """`bound` for tensors."""
        return free

    def pull_free(self, free: Floats, gradient: Floats) -> Floats:
        """From a gradient by the intercepts to that by the numbers without constraint."""
        return gradient


class Identity(Family):
    """A family of numbers under the identity link: what a penalty sees is the linear predictor."""

    link, scale, outcomes = "identity", "unit of the outcome", "finite numbers"

    def mean(self, eta: Floats) -> Floats:
        """η itself."""
        return eta

    def tensor_mean(self, eta: Tensor) -> Tensor:
        """η itself."""
        return eta

    def pull(self, eta: Floats, gradient: Floats) -> Floats:
        """dμ/dη = 1."""
        return gradient

    def support(self, y: Floats) -> bool:
        """Finite numbers."""
        return bool(np.isfinite(y).all())


def over_classes(of: Callable[[Any, Floats, Floats], Floats]) -> Callable[[Any, Floats, Floats], Floats]:
    """A function of codes of classes, shape (n,), and η that also takes probabilities of the classes, shape (n, K): its
    mean over them, row by row."""

    @wraps(of)
    def mean(self: Classes, y: Floats, eta: Floats) -> Floats:
        if y.ndim == 1:
            return of(self, y, eta)
        parts = (of(self, np.full(len(y), float(code)), eta).T * share for code, share in enumerate(y.T))
        return np.asarray(sum(parts).T)

    return mean


class Classes(Family):
    """A family of K classes with several linear predictors a row."""

    labels = True

    def __init__(self, count: int) -> None:
        self.count = count
        self.outcomes = f"whole numbers from 0 to {count - 1}"

    @classmethod
    def of(cls, number: float | None, power: float, classes: int) -> Self:
        """The family of so many classes."""
        if number is not None:
            raise OptionError(f"family '{cls.name}:{number:g}': the labels say how many classes; write {cls.name}")
        return cls(classes)

    def expected(self, y: Floats, eta: Floats) -> Floats:
        """Probabilities, shape (n, K)."""
        return self.probabilities(eta)

    def support(self, y: Floats) -> bool:
        """Codes of the classes."""
        return bool(np.isin(y, np.arange(self.count)).all())

    def _shares(self, y: Floats, weight: Floats) -> Floats:
        return sum_by(y.astype(np.intp), weight, self.count)


def bounded(eta: Tensor) -> Tensor:
    """η kept within ±`LARGEST_LOG`, but with derivative 1 everywhere: a wild prediction is pulled back, not stuck."""
    return eta + (eta.clamp(-LARGEST_LOG, LARGEST_LOG) - eta).detach()


def check_outcome(chosen: Family, outcome: Floats) -> None:
    """Refuse outcomes that the family cannot have, that do not vary, or are in a unit too far from 1."""
    check_support(chosen, outcome)
    if np.ptp(outcome) == 0:
        raise FitError(f"the outcome is {outcome[0]:g} in all {len(outcome)} training rows; there is nothing to fit")
    if chosen.link == "log" and abs(np.log(outcome.mean())) > FARTHEST:
        raise FitError(
            f"the outcome (with exposure the rate) is {outcome.mean():.2g} on average, which is out of range for a log"
            " link; give it, or the exposure, in another unit, such as millions"
        )


def check_support(chosen: Family, outcome: Floats) -> None:
    """Refuse outcomes that the family cannot have."""
    if not chosen.support(outcome):
        raise FitError(f"the outcome does not fit the {chosen.name} family, which needs {chosen.outcomes}")


def constant_losses(chosen: Family, outcome: Floats, weight: Floats, new: Floats) -> Floats:
    """Half deviance of each of some outcomes under the constant model, shape (m,), ≥ 0.

    Args:
        chosen: the family.
        outcome: what the constant is fitted to, shape (n,).
        weight: weights, shape (n,), sum to 1.
        new: the outcomes that are judged, shape (m,).
    """
    constant = chosen.start(outcome, weight)
    eta = np.broadcast_to(constant, (len(new), *constant.shape))
    return chosen.loss(new, eta) - chosen.least(new)


def null_deviance(chosen: Family, outcome: Floats, weight: Floats) -> float:
    """Half the mean deviance of the constant model, > 0 for an outcome that varies: the scale of the loss."""
    return float(weight @ constant_losses(chosen, outcome, weight, outcome))
