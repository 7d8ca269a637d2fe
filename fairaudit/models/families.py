"""Families of outcomes: what a model minimises without a penalty, and what a penalty sees of its predictions.

A model turns the features of a row into linear predictors η, and the family turns η into a distribution of the outcome.
GLM, boosting and network share the families; they differ in how η comes about. Most families have one η per row, shape
(n,); the multinomial has one per class, shape (n, K), and the ordinal one per threshold, shape (n, K − 1), all of which
share what the features say and differ by their intercepts (`Family.shared`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, logsumexp, softmax, xlogy

from fairaudit.arrays import Floats
from fairaudit.errors import FitError, OptionError
from fairaudit.scoretable.cells import sum_by

LARGEST_LOG = 30.0
"""Bound on the linear predictor of a log link, far outside any rate; keeps a wild line-search step finite."""
FARTHEST = 25.0
"""Log of the mean outcome up to which a log link is fitted: the bound must lie far outside the predictions."""
CLOSEST = 1e-12
"""Least distance of two thresholds that counts; keeps a step so wild that they round to one finite."""
CERTAIN = 0.999
"""Classes are separated when each training row's own class has a fitted probability above this."""
LARGEST_POWER = 3.0
"""Largest Tweedie power; the variance is μ³ there, as of the inverse Gaussian."""


class Family(ABC):
    """A distribution of the outcome with its link."""

    name: str
    link: str
    scale: str
    """Unit of the linear predictor, in words."""
    outcomes: str
    """The outcomes that can occur, in words."""
    labels: ClassVar[bool] = False
    """Whether the outcome is a class, coded 0..K−1; else a number."""
    shared: ClassVar[bool] = False
    """Whether the columns of η differ by their intercepts only."""
    power: float | None = None
    """Variance as a power of the mean, for numbers: 0 Gaussian, 1 Poisson, 2 gamma."""

    @abstractmethod
    def mean(self, eta: Floats) -> Floats:
        """What a penalty sees: the mean (or P(y = 1)), shape (n,); the class probabilities, shape (n, K), of the
        multinomial; the expected level, shape (n,), of the ordinal family, as that is what an audit measures."""

    @abstractmethod
    def pull(self, eta: Floats, gradient: Floats) -> Floats:
        """From a gradient by the mean to that by η (chain rule), shapes of the mean and of η."""

    @abstractmethod
    def loss(self, y: Floats, eta: Floats) -> Floats:
        """Loss of each row, shape (n,): half the deviance up to a constant of the outcome."""

    def least(self, y: Floats) -> Floats:
        """Loss of a perfect prediction, shape (n,): loss − least is half the deviance."""
        return np.zeros(len(y))

    @abstractmethod
    def gradient(self, y: Floats, eta: Floats) -> Floats:
        """First derivative of the loss by η, shape of η."""

    @abstractmethod
    def curvature(self, y: Floats, eta: Floats) -> Floats:
        """Second derivative of the loss by η: shape (n,), or (n, m, m) for m linear predictors."""

    @abstractmethod
    def start(self, y: Floats, weight: Floats) -> Floats:
        """Intercepts of the constant model, shape () or (m,); weights sum to 1."""

    @abstractmethod
    def support(self, y: Floats) -> bool:
        """Whether all outcomes can occur."""

    def probabilities(self, eta: Floats) -> Floats:
        """Probability of each class, shape (n, K)."""
        raise OptionError(f"probabilities are offered by the families of classes only, not by {self.name}")

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

    def pull_free(self, free: Floats, gradient: Floats) -> Floats:
        """From a gradient by the intercepts to that by the numbers without constraint."""
        return gradient


class Binomial(Family):
    """Two classes, 0 and 1: logistic regression."""

    name, link, scale, outcomes = "binomial", "logit", "log-odds", "0 and 1"
    labels = True

    def mean(self, eta: Floats) -> Floats:
        """P(y = 1)."""
        return np.asarray(expit(eta))

    def pull(self, eta: Floats, gradient: Floats) -> Floats:
        """dμ/dη = μ (1 − μ)."""
        return np.asarray(gradient * expit(eta) * expit(-eta))

    def loss(self, y: Floats, eta: Floats) -> Floats:
        """−log P(y)."""
        return np.logaddexp(0, eta) - y * eta

    def gradient(self, y: Floats, eta: Floats) -> Floats:
        """μ − y, exact where it is small."""
        return np.asarray((1 - y) * expit(eta) - y * expit(-eta))

    def curvature(self, y: Floats, eta: Floats) -> Floats:
        """μ (1 − μ)."""
        return np.asarray(expit(eta) * expit(-eta))

    def start(self, y: Floats, weight: Floats) -> Floats:
        """Log-odds of 1."""
        return np.asarray(logit(weight @ y))

    def support(self, y: Floats) -> bool:
        """0 and 1."""
        return bool(np.isin(y, (0, 1)).all())

    def probabilities(self, eta: Floats) -> Floats:
        """Probabilities of 0 and 1, each exact where it is small."""
        return np.column_stack([expit(-eta), expit(eta)])


class Gaussian(Family):
    """Numbers with constant variance: least squares."""

    name, link, scale, outcomes = "gaussian", "identity", "unit of the outcome", "finite numbers"
    power = 0.0

    def mean(self, eta: Floats) -> Floats:
        """η itself."""
        return eta

    def pull(self, eta: Floats, gradient: Floats) -> Floats:
        """dμ/dη = 1."""
        return gradient

    def loss(self, y: Floats, eta: Floats) -> Floats:
        """½ (y − μ)²."""
        return np.asarray(0.5 * (y - eta) ** 2)

    def gradient(self, y: Floats, eta: Floats) -> Floats:
        """μ − y."""
        return eta - y

    def curvature(self, y: Floats, eta: Floats) -> Floats:
        """1."""
        return np.ones_like(eta)

    def start(self, y: Floats, weight: Floats) -> Floats:
        """The mean."""
        return np.asarray(weight @ y)

    def support(self, y: Floats) -> bool:
        """Finite numbers."""
        return bool(np.isfinite(y).all())


class Power(Family):
    r"""Amounts with variance μ^p and a log link: Poisson (p = 1), gamma (p = 2), Tweedie (p between 1 and 3).

    .. math:: \ell(y, \eta) = -y \, \theta_p(\mu) + \kappa_p(\mu), \quad
        \theta_p = \frac{\mu^{1-p}}{1-p}, \; \kappa_p = \frac{\mu^{2-p}}{2-p}, \; \mu = e^\eta

    with log μ in place of θ₁ and κ₂. The canonical link of the gamma is not the log: its loss has another derivative
    than mean − outcome, (μ − y) μ^{1−p}. Between 1 and 2 the outcome may be 0 (compound Poisson–gamma: yearly claim
    amounts); from 2 on it must be positive. Up to p = 2 the loss is convex in η. Source: Jørgensen (1987),
    doi:10.1111/j.2517-6161.1987.tb01685.x.
    """

    link, scale = "log", "log mean"

    def __init__(self, name: str, power: float) -> None:
        self.name, self.power = name, power
        self.outcomes = "finite numbers that are not negative" if power < 2 else "finite numbers above 0"
        if power == 1:
            self.scale = "log rate"

    def mean(self, eta: Floats) -> Floats:
        """exp(η), η bounded by ±`LARGEST_LOG`."""
        return np.exp(np.clip(eta, -LARGEST_LOG, LARGEST_LOG))

    def pull(self, eta: Floats, gradient: Floats) -> Floats:
        """dμ/dη = μ."""
        return gradient * self.mean(eta)

    def loss(self, y: Floats, eta: Floats) -> Floats:
        """−y θ(μ) + κ(μ)."""
        p, mean = self._power, self.mean(eta)
        theta = eta if p == 1 else mean ** (1 - p) / (1 - p)
        kappa = eta if p == 2 else mean ** (2 - p) / (2 - p)
        return np.asarray(kappa - y * theta)

    def least(self, y: Floats) -> Floats:
        """−y θ(y) + κ(y), its limit where y = 0."""
        p = self._power
        if p == 1:
            return np.asarray(y - xlogy(y, y))
        if p == 2:
            return np.asarray(1 + np.log(y))
        return np.asarray(y ** (2 - p) / (2 - p) - y ** (2 - p) / (1 - p))

    def gradient(self, y: Floats, eta: Floats) -> Floats:
        """(μ − y) μ^{1−p}."""
        mean = self.mean(eta)
        return np.asarray((mean - y) * mean ** (1 - self._power))

    def curvature(self, y: Floats, eta: Floats) -> Floats:
        """(2 − p) μ^{2−p} − (1 − p) y μ^{1−p}; its mean is μ^{2−p}."""
        p, mean = self._power, self.mean(eta)
        return np.asarray(((2 - p) * mean - (1 - p) * y) * mean ** (1 - p))

    def start(self, y: Floats, weight: Floats) -> Floats:
        """Log of the mean."""
        return np.asarray(np.log(weight @ y))

    def support(self, y: Floats) -> bool:
        """Numbers that are not negative (p < 2) or positive."""
        return bool((np.isfinite(y) & (y >= 0 if self._power < 2 else y > 0)).all())

    @property
    def _power(self) -> float:
        assert self.power is not None
        return self.power


class Classes(Family):
    """A family of K classes with several linear predictors a row."""

    labels = True

    def __init__(self, count: int) -> None:
        self.count = count
        self.outcomes = f"whole numbers from 0 to {count - 1}"

    def support(self, y: Floats) -> bool:
        """Codes of the classes."""
        return bool(np.isin(y, np.arange(self.count)).all())

    def _shares(self, y: Floats, weight: Floats) -> Floats:
        return sum_by(y.astype(np.intp), weight, self.count)


class Multinomial(Classes):
    """K classes without order, one linear predictor each: softmax regression, symmetric in the classes."""

    name, link, scale = "multinomial", "softmax", "log-odds"

    def mean(self, eta: Floats) -> Floats:
        """Class probabilities, shape (n, K)."""
        return np.asarray(softmax(eta, axis=1))

    def probabilities(self, eta: Floats) -> Floats:
        """The same."""
        return self.mean(eta)

    def pull(self, eta: Floats, gradient: Floats) -> Floats:
        """dp_k/dη_l = p_k (1{k = l} − p_l)."""
        p = self.mean(eta)
        return np.asarray(p * (gradient - (p * gradient).sum(axis=1, keepdims=True)))

    def loss(self, y: Floats, eta: Floats) -> Floats:
        """−log P(y)."""
        return np.asarray(logsumexp(eta, axis=1) - np.take_along_axis(eta, _column(y), axis=1)[:, 0])

    def gradient(self, y: Floats, eta: Floats) -> Floats:
        """p − 1{y}, exact where it is small."""
        slope, rows, own = self.mean(eta), np.arange(len(y)), y.astype(np.intp)
        slope[rows, own] = 0.0
        slope[rows, own] = -slope.sum(axis=1)
        return slope

    def curvature(self, y: Floats, eta: Floats) -> Floats:
        """diag(p) − p pᵀ."""
        p = self.mean(eta)
        whole: Floats = p[:, :, None] * (np.eye(self.count) - p[:, None, :])
        return whole

    def start(self, y: Floats, weight: Floats) -> Floats:
        """Logs of the shares, centred."""
        logs = np.log(self._shares(y, weight))
        return np.asarray(logs - logs.mean())


class Ordinal(Classes):
    r"""K ordered levels: proportional odds.

    .. math:: \operatorname{logit} P(y \ge k) = \eta_k = a_k + x^T \beta, \quad a_1 > a_2 > \dots > a_{K-1}

    so that features shift the whole distribution. Two levels give logistic regression. Source: McCullagh (1980),
    doi:10.1111/j.2517-6161.1980.tb01109.x (whose thresholds are −a_k).
    """

    name, link, scale = "ordinal", "cumulative logit", "log-odds"
    shared = True

    def mean(self, eta: Floats) -> Floats:
        """The expected level Σ_k k P(y = k) = Σ_k P(y ≥ k), in 0..K−1, shape (n,)."""
        return np.asarray(expit(eta).sum(axis=1))

    def probabilities(self, eta: Floats) -> Floats:
        """Probability of each level, shape (n, K)."""
        above = np.pad(expit(eta), ((0, 0), (1, 1)), constant_values=((0, 0), (1, 0)))
        return np.asarray(-np.diff(above, axis=1))

    def pull(self, eta: Floats, gradient: Floats) -> Floats:
        """dμ/dη_k = P(y ≥ k) P(y < k)."""
        return np.asarray(gradient[:, None] * expit(eta) * expit(-eta))

    def loss(self, y: Floats, eta: Floats) -> Floats:
        """−log P(y), P(y) = σ(u) − σ(l) = σ(u) σ(−l) (1 − e^{l−u}), which does not cancel; ∞ where levels cross."""
        upper, lower = self._ends(y, eta)
        loss = np.logaddexp(0, -upper) + np.logaddexp(0, lower) - np.log(-np.expm1(-np.maximum(upper - lower, CLOSEST)))
        return np.where(upper >= lower, loss, np.inf)

    def gradient(self, y: Floats, eta: Floats) -> Floats:
        """By u: −q − σ(−u); by l: q + σ(l), q = 1 / (e^{u−l} − 1); summed over both 1 less: σ(u) + σ(l) − 1."""
        upper, lower = self._ends(y, eta)
        between = self._odds(upper, lower)
        slope = np.zeros(len(y) * (self.count + 1))
        place = self._places(y)
        slope[place], slope[place + 1] = -between - expit(-upper), between + expit(lower)
        return slope.reshape(len(y), -1)[:, 1:-1]

    def curvature(self, y: Floats, eta: Floats) -> Floats:
        """By u: q (1 + q) + σ(u) σ(−u); by l: q (1 + q) + σ(l) σ(−l); mixed: −q (1 + q)."""
        upper, lower = self._ends(y, eta)
        between = self._odds(upper, lower)
        mixed = between * (1 + between)
        rows, low = np.arange(len(y)), y.astype(np.intp)
        whole = np.zeros((len(y), self.count + 1, self.count + 1))
        whole[rows, low, low] = mixed + expit(upper) * expit(-upper)
        whole[rows, low + 1, low + 1] = mixed + expit(lower) * expit(-lower)
        whole[rows, low, low + 1] = whole[rows, low + 1, low] = -mixed
        return whole[:, 1:-1, 1:-1]

    def shift_curvature(self, y: Floats, eta: Floats) -> Floats:
        """Second derivative by a shift of all η of a row, Σ `curvature`: σ(u) σ(−u) + σ(l) σ(−l), shape (n,)."""
        upper, lower = self._ends(y, eta)
        return np.asarray(expit(upper) * expit(-upper) + expit(lower) * expit(-lower))

    def start(self, y: Floats, weight: Floats) -> Floats:
        """Log-odds of the shares at or above each level."""
        shares = self._shares(y, weight)
        return np.asarray(np.log(np.cumsum(shares[:0:-1])[::-1]) - np.log(np.cumsum(shares)[:-1]))

    def free(self, intercept: Floats) -> Floats:
        """The first, and the logs of the steps down; a step that rounds to 0 (a level of hardly any weight) is
        `CLOSEST`."""
        return np.append(intercept[:1], np.log(np.maximum(-np.diff(intercept), CLOSEST)))

    def bound(self, free: Floats) -> Floats:
        """Decreasing intercepts."""
        steps = np.exp(np.clip(free[1:], -LARGEST_LOG, LARGEST_LOG))
        return np.asarray(free[0] - np.append(0.0, np.cumsum(steps)))

    def pull_free(self, free: Floats, gradient: Floats) -> Floats:
        """Each step moves all intercepts after it."""
        after = np.cumsum(gradient[::-1])[::-1]
        return np.append(after[0], -np.exp(np.clip(free[1:], -LARGEST_LOG, LARGEST_LOG)) * after[1:])

    def _ends(self, y: Floats, eta: Floats) -> tuple[Floats, Floats]:
        """η of reaching the own level, and of passing it."""
        padded = np.empty((len(eta), self.count + 1))
        padded[:, 0], padded[:, 1:-1], padded[:, -1] = np.inf, eta, -np.inf
        place = self._places(y)
        return padded.ravel()[place], padded.ravel()[place + 1]

    def _places(self, y: Floats) -> NDArray[np.intp]:
        """Where the own level stands in a flat table of K + 1 columns."""
        return np.arange(0, len(y) * (self.count + 1), self.count + 1) + y.astype(np.intp)

    def _odds(self, upper: Floats, lower: Floats) -> Floats:
        """1 / (e^{u−l} − 1), 0 at the outer levels."""
        with np.errstate(over="ignore"):
            return np.asarray(1 / np.expm1(np.maximum(upper - lower, CLOSEST)))


def _column(y: Floats) -> NDArray[np.intp]:
    return y.astype(np.intp)[:, None]


FAMILIES = ("binomial", "gaussian", "poisson", "gamma", "tweedie", "ordinal", "multinomial")
CLASSIFIERS = ("binomial", "ordinal", "multinomial")
"""Families whose outcome is a class."""


def family(name: str, power: float = 1.5, classes: int = 2) -> Family:
    """The family of that name.

    Args:
        name: one of `FAMILIES`.
        power: p of the Tweedie family, 1 to 3; ignored by the others.
        classes: number of classes K of the ordinal and multinomial families; ignored by the others.
    """
    if name == "tweedie":
        if not 1 <= power <= LARGEST_POWER:
            raise OptionError(f"power is {power:g}; it must lie between 1 (Poisson) and {LARGEST_POWER:g}")
        return Power(name, float(power))
    amounts = {"poisson": 1.0, "gamma": 2.0}
    if name in amounts:
        return Power(name, amounts[name])
    if name in ("binomial", "gaussian"):
        return Binomial() if name == "binomial" else Gaussian()
    if name in ("ordinal", "multinomial"):
        return Ordinal(classes) if name == "ordinal" else Multinomial(classes)
    raise OptionError(f"family '{name}' is unknown; choose one of {', '.join(FAMILIES)}")


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


def null_deviance(chosen: Family, outcome: Floats, weight: Floats) -> float:
    """Half the mean deviance of the constant model, > 0 for an outcome that varies: the scale of the loss."""
    constant = chosen.start(outcome, weight)
    eta = np.broadcast_to(constant, (len(outcome), *constant.shape))
    return float(weight @ (chosen.loss(outcome, eta) - chosen.least(outcome)))
