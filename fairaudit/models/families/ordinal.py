"""Ordered levels: proportional odds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from fairaudit.arrays import Floats, Ints
from fairaudit.models.family import LARGEST_LOG, Classes, bounded, over_classes
from fairaudit.models.logistic import slope, softplus

CLOSEST = 1e-12
"""Least distance of two thresholds that counts; keeps a step so wild that they round to one finite."""

if TYPE_CHECKING:
    from torch import Tensor


class Ordinal(Classes):
    r"""K ordered levels: proportional odds.

    .. math:: \operatorname{logit} P(y \ge k) = \eta_k = a_k + x^T \beta, \quad a_1 > a_2 > \dots > a_{K-1}

    so that features shift the whole distribution. Two levels give logistic regression. Source: McCullagh (1980),
    doi:10.1111/j.2517-6161.1980.tb01109.x (whose thresholds are −a_k).
    """

    name, link, scale = "ordinal", "cumulative logit", "log-odds"
    tasks, usual = ("ordinal",), "ordinal"
    ordered = shared = True

    def mean(self, eta: Floats) -> Floats:
        """The expected level Σ_k k P(y = k) = Σ_k P(y ≥ k), in 0..K−1, shape (n,)."""
        return np.asarray(expit(eta) @ np.ones(eta.shape[1]))  # faster by half than a sum along rows

    def tensor_mean(self, eta: Tensor) -> Tensor:
        """The expected level."""
        import torch

        return torch.sigmoid(eta).sum(dim=1)

    def probabilities(self, eta: Floats) -> Floats:
        """Probability of each level, shape (n, K)."""
        above = np.pad(expit(eta), ((0, 0), (1, 1)), constant_values=((0, 0), (1, 0)))
        return np.asarray(-np.diff(above, axis=1))

    def pull(self, eta: Floats, gradient: Floats) -> Floats:
        """dμ/dη_k = P(y ≥ k) P(y < k)."""
        return np.asarray(gradient[:, None] * slope(eta))

    @over_classes
    def loss(self, y: Floats, eta: Floats) -> Floats:
        """−log P(y), P(y) = σ(u) − σ(l) = σ(u) σ(−l) (1 − e^{l−u}), which does not cancel; ∞ where levels cross."""
        upper, lower = self._ends(y, eta)
        loss = softplus(-upper) + softplus(lower) - np.log(-np.expm1(-np.maximum(upper - lower, CLOSEST)))
        return np.where(upper >= lower, loss, np.inf)

    def tensor_loss(self, y: Tensor, eta: Tensor) -> Tensor:
        """−log(σ(u) − σ(l)) without cancelling; beyond the outer levels η is ±1,000, where σ is 0 or 1 exactly."""
        import torch

        far = torch.full_like(eta[:, :1], 1e3)
        padded = torch.cat([far, eta, -far], dim=1)
        upper, lower = (padded.gather(1, (y.long() + step)[:, None])[:, 0] for step in (0, 1))
        zero = torch.zeros_like(upper)
        return torch.logaddexp(zero, -upper) + torch.logaddexp(zero, lower) - torch.log(-torch.expm1(lower - upper))

    @over_classes
    def gradient(self, y: Floats, eta: Floats) -> Floats:
        """By u: −q − σ(−u); by l: q + σ(l), q = 1 / (e^{u−l} − 1); summed over both 1 less: σ(u) + σ(l) − 1."""
        upper, lower = self._ends(y, eta)
        between = self._odds(upper, lower)
        by_eta = np.zeros(len(y) * (self.count + 1))
        place = self._places(y)
        by_eta[place], by_eta[place + 1] = -between - expit(-upper), between + expit(lower)
        return by_eta.reshape(len(y), -1)[:, 1:-1]

    def curvature(self, y: Floats, eta: Floats) -> Floats:
        """By u: q (1 + q) + σ(u) σ(−u); by l: q (1 + q) + σ(l) σ(−l); mixed: −q (1 + q)."""
        upper, lower = self._ends(y, eta)
        between = self._odds(upper, lower)
        mixed = between * (1 + between)
        rows, low = np.arange(len(y)), y.astype(np.intp)
        whole = np.zeros((len(y), self.count + 1, self.count + 1))
        whole[rows, low, low] = mixed + slope(upper)
        whole[rows, low + 1, low + 1] = mixed + slope(lower)
        whole[rows, low, low + 1] = whole[rows, low + 1, low] = -mixed
        return whole[:, 1:-1, 1:-1]

    @over_classes
    def tree_curvature(self, y: Floats, eta: Floats) -> Floats:
        """By a shift of all η of a row, Σ `curvature`: σ(u) σ(−u) + σ(l) σ(−l), shape (n,)."""
        upper, lower = self._ends(y, eta)
        return np.asarray(slope(upper) + slope(lower))

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

    def tensor_bound(self, free: Tensor) -> Tensor:
        """Decreasing intercepts."""
        import torch

        steps = torch.cumsum(torch.exp(bounded(free[1:])), dim=0)
        return free[0] - torch.cat([torch.zeros_like(free[:1]), steps])

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

    def _places(self, y: Floats) -> Ints:
        """Where the own level stands in a flat table of K + 1 columns."""
        return np.arange(0, len(y) * (self.count + 1), self.count + 1) + y.astype(np.intp)

    def _odds(self, upper: Floats, lower: Floats) -> Floats:
        """1 / (e^{u−l} − 1), 0 at the outer levels."""
        with np.errstate(over="ignore"):
            return np.asarray(1 / np.expm1(np.maximum(upper - lower, CLOSEST)))
