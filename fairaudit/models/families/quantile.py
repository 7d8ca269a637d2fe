"""A quantile of numbers, such as the median, or the amount that one in ten exceeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import entr, expit

from fairaudit.arrays import Floats
from fairaudit.errors import OptionError
from fairaudit.models.family import Identity
from fairaudit.models.logistic import slope, softplus

if TYPE_CHECKING:
    from torch import Tensor

SMOOTHING = 1e-2
"""Width h of the smoothing as a share of what the constant model loses."""
FAR = 40.0
"""Widths beyond which the smoothed loss is the pinball loss to the last digit."""


class Quantile(Identity):
    r"""The quantile of level τ of numbers: the pinball loss, smoothed in a fit.

    .. math:: \rho(r) = \max(\tau r, (\tau - 1) r), \qquad
        \rho_h(r) = \tau r + h \log(1 + e^{-r / h}), \qquad r = y - \eta

    ρ has a kink at 0 and no curvature elsewhere, with which no solver here could do. ρ_h is convex and smooth, tends to
    ρ as h → 0, and is never far from it: ρ ≤ ρ_h ≤ ρ + h log 2. So the mean pinball loss of a fit to ρ_h is at most
    h log 2 above the least one, whatever the data; h is `SMOOTHING` times what the constant model loses, so this is at
    most 0.7% of that. Losses that are reported are ρ itself (h = 0).

    Source: Koenker & Bassett (1978), doi:10.2307/1913643; ρ_h is smoothing by a logistic kernel, Fernandes, Guerre &
    Horta (2021), doi:10.1080/07350015.2019.1660177.
    """

    name = "quantile"
    tasks, degree = ("regression",), 1

    def __init__(self, level: float, width: float = 0.0) -> None:
        self.level, self.width = level, width
        self.caution = (
            f"A prediction is the quantile of level {level:g} of the outcome, which that share of outcomes does not"
            " exceed: squared errors, R² and the sum of predictions are about means, and do not judge it."
        )

    @classmethod
    def of(cls, number: float | None, power: float, classes: int) -> Self:
        """The quantile of that level; of none the median."""
        level = 0.5 if number is None else number
        if not 0 < level < 1:
            raise OptionError(f"family 'quantile:{level:g}': a level lies between 0 and 1, such as quantile:0.9")
        return cls(level)

    def fitted_to(self, y: Floats, weight: Floats) -> Self:
        """The same quantile, smoothed by the spread of these outcomes."""
        exact = type(self)(self.level)
        return type(self)(self.level, SMOOTHING * float(weight @ exact.loss(y, exact.start(y, weight))))

    def loss(self, y: Floats, eta: Floats) -> Floats:
        """ρ_h(y − η)."""
        rest = y - eta
        if not self.width:
            return np.asarray(np.maximum(self.level * rest, (self.level - 1) * rest))
        return np.asarray(self.level * rest + self.width * softplus(-rest / self.width))

    def tensor_loss(self, y: Tensor, eta: Tensor) -> Tensor:
        """ρ_h(y − η)."""
        import torch

        rest = y - eta
        if not self.width:
            return torch.maximum(self.level * rest, (self.level - 1) * rest)
        return self.level * rest + self.width * torch.logaddexp(torch.zeros_like(rest), -rest / self.width)

    def expected(self, y: Floats, eta: Floats) -> Floats:
        """The outcomes."""
        return y

    def least(self, y: Floats) -> Floats:
        """h times the entropy of τ: the smoothed loss is least beside 0, where its slopes balance."""
        return np.full(len(y), self.width * float(entr(self.level) + entr(1 - self.level)))

    def gradient(self, y: Floats, eta: Floats) -> Floats:
        """σ(−(y − η) / h) − τ; at a kink the middle."""
        rest = y - eta
        below = expit(-rest / self.width) if self.width else (1 - np.sign(rest)) / 2
        return np.asarray(below - self.level)

    def curvature(self, y: Floats, eta: Floats) -> Floats:
        """σ(r/h) σ(−r/h) / h."""
        if not self.width:
            return np.zeros_like(y - eta)
        place = (y - eta) / self.width
        return np.asarray(slope(place) / self.width)

    def tree_curvature(self, y: Floats, eta: Floats) -> Floats:
        """tanh(r/2h) / 2r, between 1/(4h) at 0 and 1/(2|r|) far away: of the parabola that touches ρ_h at r and −r.

        It lies above ρ_h everywhere, so that a leaf's full step lowers the loss; rows at which the loss is straight
        would else have no say in how far a leaf goes. Source: Jaakkola & Jordan (2000), doi:10.1023/A:1008932416310;
        without smoothing Hunter & Lange (2000), doi:10.1080/10618600.2000.10474866.
        """
        size = np.maximum(np.abs(y - eta), max(1e-6 * self.width, np.finfo(np.float64).tiny))
        return np.asarray((np.tanh(size / (2 * self.width)) if self.width else 1.0) / (2 * size))

    def start(self, y: Floats, weight: Floats) -> Floats:
        """The quantile of the outcomes: where as much pulls up as down."""
        if not self.width:
            return np.asarray(np.quantile(y, self.level, weights=weight, method="inverted_cdf"), dtype=np.float64)

        def pulled(place: float) -> float:
            return float(weight @ expit((place - y) / self.width)) - self.level

        ends = y.min() - FAR * self.width, y.max() + FAR * self.width
        return np.asarray(brentq(pulled, *ends, xtol=1e-15 * self.width))

    def score(self, y: Any, predicted: NDArray[Any], weight: Any = None) -> float:
        """Share of the constant model's pinball loss that is explained, at most 1."""
        from sklearn.metrics import d2_pinball_score  # which takes a second, and loads rich

        return float(d2_pinball_score(y, predicted, sample_weight=weight, alpha=self.level))
