r"""Mirror descent on the gain multipliers of boosting: which factors trees prefer, so that their importances move.

Trees have no gradient by which a consistency loss could be lowered. But LightGBM multiplies the gain of each split by a
number of the factor's own, m_j, and a factor with more of it is chosen more often and gains importance at the cost of
the others. So trees are grown with multipliers, attributed, and the multipliers moved against the gradient of d by the
shares,

.. math:: m_j \leftarrow m_j \exp(-\eta \, g_j), \qquad
    g_j = \frac{\partial d}{\partial p_j} - \sum_k p_k \frac{\partial d}{\partial p_k}

g kept within ±1, which is mirror descent with the entropy as mirror (Beck & Teboulle 2003,
doi:10.1016/S0167-6377(02)00231-6). It takes for granted that a share rises with its multiplier; where d has not fallen
after a step, η is halved. The path does not depend on α; α says how far along it to go: the solution is the
one of least loss + α · d, plain trees included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from fairaudit.factors.consistency import distribution
from fairaudit.models.guidance import Guidance

Floats = NDArray[np.float64]
Fitted = TypeVar("Fitted")

STEP = 1.0
"""First η."""
SMALLEST_STEP = 0.1
"""η below which the descent ends."""
STEPS = 12
"""Most steps where trees of the loss alone are grown."""
FEW_STEPS = 4
"""Most steps where trees of loss and penalty are added to them, from the multipliers of those."""
NEGLIGIBLE = 1e-4
"""Nats of divergence that are not worth another fit."""


@dataclass(frozen=True)
class Fit(Generic[Fitted]):
    """Trees of one set of multipliers."""

    solution: Fitted
    loss: float
    """Mean loss (with λ · penalty) on the rows by which fits are judged."""
    importance: Floats
    """Of the factors, shape (J,)."""


def descend(grow: Callable[[Floats], Fit[Fitted]], guidance: Guidance, start: Floats, steps: int = STEPS) -> Fitted:
    """The solution of least loss + α · d along the path of multipliers.

    Args:
        grow: fits trees with multipliers, shape (J,), > 0.
        guidance: α and d.
        start: multipliers to begin with.
        steps: most further fits.
    """
    multipliers, step = start, STEP
    at = grow(multipliers)
    distance = guidance.consistency(at.importance)[0]
    best, least = at, at.loss + guidance.strength * distance
    for _ in range(steps):
        if distance <= NEGLIGIBLE or step < SMALLEST_STEP:
            break
        moved = multipliers * np.exp(-step * direction(guidance, at.importance))
        moved = moved / moved.max()
        tried = grow(moved)
        found = guidance.consistency(tried.importance)[0]
        if tried.loss + guidance.strength * found < least:
            best, least = tried, tried.loss + guidance.strength * found
        step = step if found < distance else step / 2
        multipliers, at, distance = moved, tried, found
    return best.solution


def direction(guidance: Guidance, importance: Floats) -> Floats:
    """g, shape (J,), within ±1."""
    shares = distribution(importance)
    slope = guidance.consistency.of_shares(shares)[1]
    return np.clip(slope - shares @ slope, -1, 1)
