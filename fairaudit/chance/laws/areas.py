"""Limits of the area under the curve: how well scores tell outcomes apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from fairaudit.arrays import Floats
from fairaudit.chance.laws import student_tail

OWN_VARIANCE = 10.0
"""Rows of the rarer outcome at which DeLong's variance and the model's count the same."""
HALVINGS = 40
LARGEST = 1e300
"""Quantile that stands for an infinite one, as a product with a variance of 0 shall be 0."""


def model_variance(area: Floats, positives: Floats, negatives: Floats) -> Floats:
    r"""Variance of an area for exponential scores (Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747).

    .. math:: \frac{\theta (1 - \theta)}{m n}
        \left( 1 + (m - 1) \frac{1 - \theta}{2 - \theta} + (n - 1) \frac{\theta}{1 + \theta} \right)

    Args:
        area: θ, in [0, 1].
        positives: m, rows with the outcome, > 0.
        negatives: n, rows without, > 0.

    Returns:
        The variance; 0 only where θ is 0 or 1.
    """
    spread = 1 + (positives - 1) * (1 - area) / (2 - area) + (negatives - 1) * area / (1 + area)
    result: Floats = area * (1 - area) * spread / (positives * negatives)
    return result


def area_limits(
    area: Floats, positives: Floats, negatives: Floats, variance: Floats, tail: Floats | float
) -> tuple[Floats, Floats]:
    r"""Score limits of an area: all θ with |area − θ| ≤ t √(φ V(θ)), V the model's variance.

    Newcombe's method (2006, doi:10.1002/sim.2324), which has width where the area is 1 and never leaves [0, 1], with
    the scale of the data: φ is the ratio of DeLong's variance (1988, doi:10.2307/2531595) to the model's at the
    estimate, within 1 and 4, to the power k/(k + 10) for k rows of the rarer outcome; t is Student's with
    k − 1 degrees. DeLong's variance alone is 0 for a perfect area and covers 81% with 4% of positives.

    Args:
        area: the estimate, in [0, 1], shape (G,).
        positives: rows with the outcome, or their effective number, > 0.
        negatives: rows without.
        variance: DeLong's variance, with divisors m − 1 and n − 1, ≥ 0.
        tail: probability of either error, in (0, 0.5).

    Returns:
        Limits in [0, 1], of positive width.
    """
    fewer = np.minimum(positives, negatives)
    # Of one row of the rarer outcome the tail may be none at all; any finite z then reaches to the ends.
    z = np.minimum(-ndtri(student_tail(tail, np.maximum(fewer - 1, 1.0))), LARGEST)
    model = model_variance(np.clip(area, 1e-3, 1 - 1e-3), positives, negatives)
    scale = np.clip(variance / model, 1.0, 4.0) ** (fewer / (fewer + OWN_VARIANCE))

    def furthest(end: float) -> Floats:
        kept, lost = area.copy(), np.full_like(area, end)
        for _ in range(HALVINGS):
            middle = (kept + lost) / 2
            near = np.abs(area - middle) <= z * np.sqrt(scale * model_variance(middle, positives, negatives))
            kept, lost = np.where(near, middle, kept), np.where(near, lost, middle)
        return kept

    return furthest(0.0), furthest(1.0)


@dataclass(frozen=True, eq=False)
class Areas:
    """Areas under the curve of groups without common rows."""

    value: Floats
    """Area in each group, shape (G,)."""
    positives: Floats
    """Effective number of rows with the outcome, shape (G,)."""
    negatives: Floats
    """Effective number of rows without, shape (G,)."""
    variance: Floats
    """DeLong's variance, shape (G,)."""

    @property
    def error(self) -> Floats:
        """Root of DeLong's variance, or of the model's at the mean area where that is larger."""
        model = model_variance(np.full_like(self.value, self.value.mean()), self.positives, self.negatives)
        return np.sqrt(np.maximum(self.variance, model))

    def limits(self, tail: float) -> tuple[Floats, Floats]:
        """Score limits; see `Law`."""
        return area_limits(self.value, self.positives, self.negatives, self.variance, tail)

    def parts(self, tail: float) -> tuple[Floats, Floats]:
        """The same."""
        return self.limits(tail)

    def strict(self, tail: float) -> tuple[Floats, Floats]:
        """The same."""
        return self.limits(tail)
