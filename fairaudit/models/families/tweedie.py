"""Amounts: variance μ^p and a log link, for any p from 1 to 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.special import xlogy

from fairaudit.arrays import Floats
from fairaudit.errors import OptionError
from fairaudit.models.family import LARGEST_LOG, Family, bounded

LARGEST_POWER = 3.0
"""Largest Tweedie power; the variance is μ³ there, as of the inverse Gaussian."""

if TYPE_CHECKING:
    from torch import Tensor


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
    positive = True

    def __init__(self, power: float) -> None:
        self.power = power
        self.outcomes = "finite numbers that are not negative" if power < 2 else "finite numbers above 0"
        if power == 1:
            self.scale = "log rate"

    def mean(self, eta: Floats) -> Floats:
        """exp(η), η bounded by ±`LARGEST_LOG`."""
        return np.exp(self.bounded(eta))

    def bounded(self, eta: Floats) -> Floats:
        """η within ±`LARGEST_LOG`."""
        return np.asarray(np.clip(eta, -LARGEST_LOG, LARGEST_LOG))

    def tensor_mean(self, eta: Tensor) -> Tensor:
        """exp(η), bounded likewise."""
        import torch

        return torch.exp(bounded(eta))

    def pull(self, eta: Floats, gradient: Floats) -> Floats:
        """dμ/dη = μ."""
        return gradient * self.mean(eta)

    def loss(self, y: Floats, eta: Floats) -> Floats:
        """−y θ(μ) + κ(μ)."""
        p, mean = self._power, self.mean(eta)
        theta = eta if p == 1 else mean ** (1 - p) / (1 - p)
        kappa = eta if p == 2 else mean ** (2 - p) / (2 - p)
        return np.asarray(kappa - y * theta)

    def tensor_loss(self, y: Tensor, eta: Tensor) -> Tensor:
        """−y θ(μ) + κ(μ)."""
        p, mean = self._power, self.tensor_mean(eta)
        theta = eta if p == 1 else mean ** (1 - p) / (1 - p)
        kappa = eta if p == 2 else mean ** (2 - p) / (2 - p)
        return kappa - y * theta

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

    def balance(self, y: Floats, eta: Floats, weight: Floats) -> Floats:
        """Log of observed over expected."""
        return np.asarray(np.log((weight @ y) / (weight @ self.mean(eta))))

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


class Tweedie(Power):
    """Amounts with variance μ^p for a p that is given."""

    name = "tweedie"
    tasks = ("count", "regression")

    @classmethod
    def of(cls, number: float | None, power: float, classes: int) -> Self:
        """The family of that p."""
        power = power if number is None else number
        if not 1 <= power <= LARGEST_POWER:
            raise OptionError(f"power is {power:g}; it must lie between 1 (Poisson) and {LARGEST_POWER:g}")
        return cls(float(power))
