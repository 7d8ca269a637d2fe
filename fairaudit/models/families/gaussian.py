"""Numbers with constant variance: least squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.models.family import Family

if TYPE_CHECKING:
    from torch import Tensor


class Gaussian(Family):
    """Numbers with constant variance: least squares."""

    name, link, scale, outcomes = "gaussian", "identity", "unit of the outcome", "finite numbers"
    tasks, usual = ("regression",), "regression"
    power = 0.0

    def mean(self, eta: Floats) -> Floats:
        """η itself."""
        return eta

    def tensor_mean(self, eta: Tensor) -> Tensor:
        """η itself."""
        return eta

    def pull(self, eta: Floats, gradient: Floats) -> Floats:
        """dμ/dη = 1."""
        return gradient

    def loss(self, y: Floats, eta: Floats) -> Floats:
        """½ (y − μ)²."""
        return np.asarray(0.5 * (y - eta) ** 2)

    def tensor_loss(self, y: Tensor, eta: Tensor) -> Tensor:
        """½ (y − μ)²."""
        return 0.5 * (y - eta) ** 2

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
