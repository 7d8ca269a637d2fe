"""Recalibration: predictions moved to what people with such predictions had on average, in their order.

A model may predict right on average and yet too much for those of whom it predicts much: a penalty that pulls
predictions together, or a loss that bends them, does that. A model is autocalibrated where E(y | f) = f.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.errors import OptionError

if TYPE_CHECKING:
    from fairaudit.models.family import Family
    from fairaudit.models.strength.search import Fold

LINKS = ("identity", "log")
"""Links of the families that can be recalibrated: those of numbers and amounts, whose prediction is a mean."""


@dataclass(frozen=True, eq=False)
class Isotonic:
    r"""A non-decreasing function of predictions, piecewise linear between its knots and constant beyond them.

    The isotonic regression of the outcome on predictions of rows that were not fitted on: the non-decreasing m of least
    :math:`\sum_k \omega_k (y_k - m(f_k))^2` (Barlow et al. 1972), the same for every Bregman loss, as are the deviances
    of these families (Robertson, Wright & Dykstra 1988). Source for insurance: Wüthrich & Ziegel (2024),
    doi:10.1080/03461238.2023.2246743.
    """

    place: Floats
    """Predictions at the knots, increasing, shape (m,)."""
    value: Floats
    """What becomes of them, not decreasing, shape (m,)."""

    def __call__(self, mean: Floats) -> Floats:
        """The recalibrated predictions, shape (n,)."""
        return np.interp(mean, self.place, self.value)

    def balanced(self, mean: Floats, outcome: Floats, weight: Floats, link: str) -> Isotonic:
        """The same, shifted (of amounts multiplied) so that on some rows as much is predicted as there was."""
        predicted, observed = float(weight @ self(mean)), float(weight @ outcome)
        if link == "log":
            return Isotonic(self.place, self.value * (observed / predicted))
        return Isotonic(self.place, self.value + observed - predicted)


def isotonic(mean: Floats, outcome: Floats, weight: Floats, link: str) -> Isotonic:
    """The isotonic regression of outcomes on predictions.

    Args:
        mean: predictions f of rows that were not fitted on, shape (n,).
        outcome: y, shape (n,).
        weight: ω, shape (n,), > 0.
        link: of the family; with ``log`` no value falls below the mean outcome over n, as a prediction of 0 allows
            nothing ever to happen.
    """
    from sklearn.isotonic import IsotonicRegression

    least = float(weight @ outcome / weight.sum()) / len(outcome) if link == "log" else None
    fitted = IsotonicRegression(y_min=least, out_of_bounds="clip").fit(mean, outcome, weight)
    return Isotonic(np.asarray(fitted.X_thresholds_, dtype=np.float64), np.asarray(fitted.y_thresholds_, np.float64))


def unseen_means(parts: list[Fold], strength: float, size: int) -> Floats:
    """What models of the other folds predict of each row, shape (n,), at a strength."""
    mean = np.empty(size)
    for part in parts:
        state: Any = part.fitted.solve(0.0)
        solution = part.fitted.solve(strength, state) if strength else part.fitted.polish(state)
        mean[part.rows] = part.held.mean(part.fitted.balanced(solution))
    return mean


def check_family(family: type[Family]) -> None:
    """Refuse a family whose prediction is no mean of numbers."""
    if family.labels or family.link not in LINKS or family.name == "quantile":
        raise OptionError(
            f"recalibrate is for counts and amounts, whose prediction is a mean; the family is {family.name}"
        )
