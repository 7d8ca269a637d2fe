"""Two classes: logistic regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from fairaudit.arrays import Floats, Ints
from fairaudit.models.family import Family
from fairaudit.models.logistic import slope, softplus

if TYPE_CHECKING:
    from torch import Tensor


EVEN = 1e-9
"""Expected ones over observed ones, less 1, below which nothing is shifted: that is the rounding of a fit."""


class Binomial(Family):
    """Two classes, 0 and 1: logistic regression."""

    name, link, scale, outcomes = "binomial", "logit", "log-odds", "0 and 1"
    tasks, usual = ("binary",), "binary"
    labels, most_classes = True, 2

    def mean(self, eta: Floats) -> Floats:
        """P(y = 1)."""
        return np.asarray(expit(eta))

    def tensor_mean(self, eta: Tensor) -> Tensor:
        """P(y = 1)."""
        import torch

        return torch.sigmoid(eta)

    def pull(self, eta: Floats, gradient: Floats) -> Floats:
        """dμ/dη = μ (1 − μ)."""
        return np.asarray(gradient * slope(eta))

    def loss(self, y: Floats, eta: Floats) -> Floats:
        """−log P(y)."""
        return softplus(eta) - y * eta

    def tensor_loss(self, y: Tensor, eta: Tensor) -> Tensor:
        """−log P(y)."""
        import torch

        return torch.logaddexp(torch.zeros_like(eta), eta) - y * eta

    def gradient(self, y: Floats, eta: Floats) -> Floats:
        """μ − y, exact where it is small."""
        return np.asarray((1 - y) * expit(eta) - y * expit(-eta))

    def curvature(self, y: Floats, eta: Floats) -> Floats:
        """μ (1 − μ)."""
        return slope(eta)

    def balance(self, y: Floats, eta: Floats, weight: Floats) -> Floats:
        """The log-odds by which as many ones are expected as there were."""

        def surplus(shift: float) -> float:
            return float(weight @ expit(eta + shift) - weight @ y)

        if abs(surplus(0.0)) <= EVEN * float(weight @ y):
            return np.zeros(())
        reach = 1.0
        while surplus(-reach) > 0 or surplus(reach) < 0:
            reach *= 2
        return np.asarray(brentq(surplus, -reach, reach, xtol=1e-12))

    def start(self, y: Floats, weight: Floats) -> Floats:
        """Log-odds of 1."""
        return np.asarray(logit(weight @ y))

    def support(self, y: Floats) -> bool:
        """0 and 1."""
        return bool(np.isin(y, (0, 1)).all())

    def probabilities(self, eta: Floats) -> Floats:
        """Probabilities of 0 and 1, each exact where it is small."""
        return np.column_stack([expit(-eta), expit(eta)])

    def likeliest(self, eta: Floats) -> Ints:
        """1 where its odds are at least even."""
        return np.asarray(eta >= 0, dtype=np.intp)
