"""Limits of a rate of events: claim frequencies, and actual over expected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammainccinv, gammaincinv

from fairaudit.arrays import Floats
from fairaudit.chance.laws import student_tail

SHRINKAGE = 20.0
"""Events by which a group's own dispersion is drawn to that of all groups."""


def event_limits(events: Floats, expected: Floats, tail: Floats | float) -> tuple[Floats, Floats]:
    r"""Exact limits of a rate of Poisson events (Garwood 1936, doi:10.1093/biomet/28.3-4.437).

    .. math:: P^{-1}_{tail}(x) / e, \quad P^{-1}_{1 - tail}(x + 1) / e,

    P the regularised lower incomplete gamma function.

    Args:
        events: x ≥ 0, shape (G,); need not be whole.
        expected: e > 0: the exposure for a rate, expected events for actual over expected.
        tail: probability that either error exceeds for no true rate.

    Returns:
        Limits ≥ 0; 0 below and −ln(tail)/e above where there is no event.
    """
    some = events > 0
    low = np.where(some, gammaincinv(np.where(some, events, 1.0), tail), 0.0)
    high = gammainccinv(events + 1, tail)  # not by 1 − tail, which is 1 where a tail of Student's is a small normal one
    return low / expected, high / expected


def dispersion(events: Floats, variance: Floats) -> Floats:
    r"""Variance of the number of events in each group, as a multiple of the Poisson distribution's, at least 1.

    .. math:: \phi_g = \max(1, (v_g + 20 \phi) / (x_g + 20)), \quad \phi = \max(1, \sum_g v_g / \sum_g x_g)

    A ratio of sums, as rare events make a mean of squared Pearson residuals useless: its weight falls on the rows of
    least exposure. A group with few events takes the dispersion of all of them.

    Args:
        events: x, shape (G,).
        variance: v, estimated variance of x from the rows, shape (G,); 0 where no row has an event.

    Returns:
        φ ≥ 1, shape (G,); all 1 where there is no event.
    """
    total = float(events.sum())
    pooled = max(1.0, float(variance.sum()) / total) if total > 0 else 1.0
    own: Floats = (variance + SHRINKAGE * pooled) / (events + SHRINKAGE)
    return np.maximum(own, 1.0)


def overdispersion(expected: Floats, poisson: Floats, variance: Floats) -> Floats:
    """Variance of weighted counts over their sum, in each group: that of an event's weight, times its dispersion.

    Args:
        expected: Σ weight · expected count, shape (G,).
        poisson: Σ weight² · expected count, their variance if counts were Poisson's.
        variance: their variance as estimated from the rows.
    """
    scale = np.divide(poisson, expected, out=np.ones_like(expected), where=expected > 0)  # weight of an event
    return scale * dispersion(poisson / scale**2, variance / scale**2)


@dataclass(frozen=True, eq=False)
class Events:
    """Rates of events of groups without common rows."""

    events: Floats
    """Number of events x in each group, shape (G,)."""
    expected: Floats
    """Exposure or expected events e in each group, > 0, shape (G,)."""
    spread: Floats
    """Variance of x as a multiple of the Poisson distribution's, ≥ 1, shape (G,)."""
    freedom: Floats | float = np.inf
    """Degrees of freedom of the spread, where it was estimated from clusters."""

    @property
    def value(self) -> Floats:
        """Events per expected one."""
        return self.events / self.expected

    @property
    def error(self) -> Floats:
        """√(φ r/e), r the rate of all groups together."""
        common = float(self.events.sum() / self.expected.sum())
        result: Floats = np.sqrt(self.spread * common / self.expected)
        return result

    def limits(self, tail: float) -> tuple[Floats, Floats]:
        """Limits of x/φ independent events among e/φ; see `Law`."""
        return event_limits(self.events / self.spread, self.expected / self.spread, student_tail(tail, self.freedom))

    def parts(self, tail: float) -> tuple[Floats, Floats]:
        """The same."""
        return self.limits(tail)

    def strict(self, tail: float) -> tuple[Floats, Floats]:
        """The same, as they are exact."""
        return self.limits(tail)
