"""Classes without order: softmax regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp, softmax

from fairaudit.arrays import Floats
from fairaudit.models.family import Classes, over_classes

if TYPE_CHECKING:
    from torch import Tensor


EVEN = 1e-9
"""Log of expected over observed share up to which nothing is shifted: that is the rounding of a fit."""
ROUNDS = 100
"""Most rounds by which shares of classes are made even."""


class Multinomial(Classes):
    """K classes without order, one linear predictor each: softmax regression, symmetric in the classes."""

    name, link, scale = "multinomial", "softmax", "log-odds"
    several = True
    tasks, usual = ("multiclass",), "multiclass"

    @property
    def columns(self) -> int:
        """One for each class."""
        return self.count

    def mean(self, eta: Floats) -> Floats:
        """Class probabilities, shape (n, K)."""
        return np.asarray(softmax(eta, axis=1))

    def tensor_mean(self, eta: Tensor) -> Tensor:
        """Class probabilities."""
        import torch

        return torch.softmax(eta, dim=1)

    def probabilities(self, eta: Floats) -> Floats:
        """The same."""
        return self.mean(eta)

    def pull(self, eta: Floats, gradient: Floats) -> Floats:
        """dp_k/dη_l = p_k (1{k = l} − p_l)."""
        p = self.mean(eta)
        return np.asarray(p * (gradient - (p * gradient).sum(axis=1, keepdims=True)))

    @over_classes
    def loss(self, y: Floats, eta: Floats) -> Floats:
        """−log P(y)."""
        return np.asarray(logsumexp(eta, axis=1) - np.take_along_axis(eta, y.astype(np.intp)[:, None], axis=1)[:, 0])

    def tensor_loss(self, y: Tensor, eta: Tensor) -> Tensor:
        """−log P(y)."""
        import torch

        return torch.logsumexp(eta, dim=1) - eta.gather(1, y.long()[:, None])[:, 0]

    @over_classes
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

    @over_classes
    def tree_curvature(self, y: Floats, eta: Floats) -> Floats:
        """The diagonal, p (1 − p): each class has trees of its own."""
        return np.asarray(np.einsum("nkk->nk", self.curvature(y, eta)))

    def balance(self, y: Floats, eta: Floats, weight: Floats) -> Floats:
        """By class, centred: each is predicted as often as it occurred. Iterative proportional fitting."""
        share, shift = self._shares(y, weight), np.zeros(self.count)
        for _ in range(ROUNDS):
            step = np.log(share / np.maximum(weight @ self.mean(eta + shift), np.finfo(np.float64).tiny))
            if np.abs(step).max() <= EVEN:
                break
            shift += step - step.mean()
        return shift

    def start(self, y: Floats, weight: Floats) -> Floats:
        """Logs of the shares, centred."""
        logs = np.log(self._shares(y, weight))
        return np.asarray(logs - logs.mean())
