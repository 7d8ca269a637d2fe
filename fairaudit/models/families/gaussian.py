"""Numbers with constant variance: least squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.models.family import Identity

if TYPE_CHECKING:
    from torch import Tensor


class Gaussian(Identity):
    """Numbers with constant variance: least squares."""

    name = "gaussian"
    tasks, usual = ("regression",), "regression"
    power = 0.0

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

    def balance(self, y: Floats, eta: Floats, weight: Floats) -> Floats:
        """The mean residual."""
        return np.asarray(weight @ (y - eta))

    def start(self, y: Floats, weight: Floats) -> Floats:
        """The mean."""
        return np.asarray(weight @ y)
