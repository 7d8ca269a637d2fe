"""Laws of estimates: between which limits the truth lies, for one group, two groups, and the farthest of many.

Every law is an estimate in each of G groups and a function of a tail: the probability with which the truth may lie
below the lower limit, and the same for the upper. From limits of single groups follow those of differences and ratios
(`pairs`), so that a measure has to state its law once. None has width 0 where the truth is not known, none leaves the
domain of its measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import ndtr, stdtrit

from fairaudit.arrays import Floats


class Law(Protocol):
    """Independent estimates of one quantity in G groups, and where the truth may lie."""

    @property
    def value(self) -> Floats:
        """The estimates, shape (G,)."""

    @property
    def error(self) -> Floats:
        """Standard error of each estimate if the groups do not differ, shape (G,)."""

    def limits(self, tail: float) -> tuple[Floats, Floats]:
        """Lower and upper limit of each group, shape (G,) twice; either is wrong with about this probability."""

    def parts(self, tail: float) -> tuple[Floats, Floats]:
        """Limits as they enter a difference or ratio of two groups, in which the errors of both average out."""

    def strict(self, tail: float) -> tuple[Floats, Floats]:
        """Limits that also hold far in the tail, where approximations fail: for statements about many pairs at once."""


@dataclass(frozen=True, eq=False)
class Opposite:
    """The law of 1 − a share, from that of the share."""

    law: Law

    @property
    def value(self) -> Floats:
        """The estimates, shape (G,)."""
        opposite: Floats = 1 - self.law.value
        return opposite

    @property
    def error(self) -> Floats:
        """Their standard errors: those of the share."""
        return self.law.error

    def limits(self, tail: float) -> tuple[Floats, Floats]:
        """See `Law.limits`."""
        return self._turned(self.law.limits(tail))

    def parts(self, tail: float) -> tuple[Floats, Floats]:
        """See `Law.parts`."""
        return self._turned(self.law.parts(tail))

    def strict(self, tail: float) -> tuple[Floats, Floats]:
        """See `Law.strict`."""
        return self._turned(self.law.strict(tail))

    def _turned(self, limits: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        low, high = limits
        return 1 - high, 1 - low


def student_tail(tail: Floats | float, freedom: Floats | float) -> Floats:
    r"""The normal tail that reaches as far as Student's at the same probability: Φ(t_ν⁻¹(tail)).

    Args:
        tail: probability, in (0, 0.5).
        freedom: degrees of freedom ν of an estimated variance, > 0; infinity where it is known.

    Returns:
        A smaller probability; the same where ν is infinite.
    """
    known = np.isinf(freedom)
    reach = stdtrit(np.where(known, 1.0, freedom), tail)
    result: Floats = np.where(known, tail, ndtr(reach))
    return result


def two_sided(law: Law, confidence: float) -> tuple[Floats, Floats]:
    """Limits of each group that enclose the truth with this confidence, shape (G,) twice."""
    return law.limits((1 - confidence) / 2)
