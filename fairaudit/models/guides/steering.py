r"""Boosting towards known importances: which factors the next trees prefer follows from those of the trees so far.

Trees have no gradient by which a consistency loss could be lowered. But LightGBM multiplies the gain of each split by a
number of the factor's own, m_j, and attributions of trees add up. So the importances are kept while trees are grown,
and every few rounds the multipliers are set by how far each factor is from where it should be,

.. math:: \log m_j = s \Bigl(4 \, e_j + 0.1 \sum_{\text{so far}} \max(-1, \min(1, e_j))\Bigr), \qquad
    e_j = \log \frac{q_j}{p_j}

a proportional-integral controller: the first term holds each share in its place, the second finds the multipliers at
which it stays there. Where only an order is known there is no q; there e is a step against the gradient of d by the
shares, which makes the sum mirror descent with the entropy as mirror (Beck & Teboulle 2003,
doi:10.1016/S0167-6377(02)00231-6).

s, the *steering strength*, does not depend on α. α chooses among trees of several steering strengths, none included:
those of least loss + α · d.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.models.guides.consistency import PLACKETT_LUCE, ConsistencyLoss, distribution
from fairaudit.models.guides.guidance import mean_sizes

STEERING_STRENGTHS = (0.0, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Steering strengths to choose from."""
FIRST = STEERING_STRENGTHS.index(1.0)
"""Where the search begins."""
REPAID = 2.0
"""How often a strength above the first must repay its price: a fit has few rows by which to judge it."""
PROPORTIONAL = 4.0
"""Weight of the present error e in the logs of the multipliers."""
INTEGRAL = 0.1
"""Weight of the sum of the errors so far."""
EVERY = 5
"""Rounds after which multipliers are set anew."""
STEERED = 5_000
"""Rows whose importances are kept while trees are grown; of more a sample."""
FAINTEST = -30.0
"""Least log of a multiplier, the largest being 0: a factor is put off, never shut out."""


@dataclass(eq=False)
class Steering:
    """The state of the controller in one run."""

    consistency: ConsistencyLoss
    strength: float
    """s > 0."""
    weight: Floats
    """ω of the rows whose importances are kept, shape (m,), sums to 1."""
    contributions: Floats
    """φ of the trees so far on those rows, shape (m, J), or (m, J, K)."""
    accumulated: Floats
    """Sum of e so far, each within ±1, shape (J,)."""

    def add(self, contributions: Floats) -> None:
        """Take further trees into account, by their φ."""
        self.contributions = self.contributions + contributions

    def multipliers(self) -> Floats:
        """Multipliers of the gains for the next rounds, shape (J,), > 0, the largest 1."""
        sizes = np.abs(np.moveaxis(self.contributions, 1, 0))
        errors = error(self.consistency, mean_sizes(sizes, self.weight))
        self.accumulated = self.accumulated + np.clip(errors, -1, 1)
        logs = self.strength * (PROPORTIONAL * errors + INTEGRAL * self.accumulated)
        return np.asarray(np.exp(np.maximum(logs - logs.max(), FAINTEST)))


def error(consistency: ConsistencyLoss, importance: Floats) -> Floats:
    """e, shape (J,): how much larger the log of each share should be; 0 where the weights are met."""
    shares, known = distribution(importance), consistency.reference.shares
    if known is not None and consistency.divergence != PLACKETT_LUCE:
        return np.asarray(np.log(known / shares))
    slope = consistency.of_shares(shares)[1]
    return np.clip(shares @ slope - slope, -1, 1)


def choose(judged: Callable[[float], tuple[float, float]], strength: float) -> float:
    """The steering strength of least loss + α · d: above the first where that repays its price, else down while it
    falls.

    Args:
        judged: loss and d at a steering strength; asked once for each on the way.
        strength: α.
    """
    best = judged(STEERING_STRENGTHS[FIRST])
    for way, least in ((1, REPAID), (-1, 1.0)):
        place = FIRST + way
        while 0 <= place < len(STEERING_STRENGTHS):
            loss, divergence = judged(STEERING_STRENGTHS[place])
            if least * (loss - best[0]) + strength * (divergence - best[1]) >= 0:
                break
            best, place = (loss, divergence), place + way
        if place - way != FIRST:
            return STEERING_STRENGTHS[place - way]
    return STEERING_STRENGTHS[FIRST]
