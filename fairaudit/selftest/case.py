"""A published number, and how many of its digits a computed one has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

MOST = 15.0
"""Digits of a double."""


@dataclass(frozen=True)
class Case:
    """One published number beside ours."""

    name: str
    """The number."""
    source: str
    """Where it is published."""
    published: str
    """As it is published: its digits are those that can agree."""
    ours: float
    """What this installation computes."""
    needed: float | None = None
    """Digits that must agree; None: all that are published, up to 12."""
    why: str | None = None
    """Why fewer are needed."""

    @property
    def most(self) -> float:
        """Significant digits that are published, at most those of a double; of 0 and of a whole number, all."""
        number = Decimal(self.published)
        exact = number == number.to_integral_value() and "." not in self.published
        return MOST if exact else min(float(len(number.as_tuple().digits)), MOST) if number else MOST

    @property
    def digits(self) -> float:
        """Digits that agree: all of them where ours rounds to what is published."""
        published = float(self.published)
        if not math.isfinite(self.ours):
            return 0.0
        off = abs(self.ours - published)
        last = Decimal(self.published).as_tuple().exponent
        rounds = self.most < MOST and isinstance(last, int) and off <= 0.5 * 10.0**last * (1 + 1e-9)
        if off == 0 or rounds:
            return self.most
        return max(0.0, min(-math.log10(off / (abs(published) or 1.0)), self.most))

    @property
    def required(self) -> float:
        """Digits that must agree."""
        return min(self.most, 12.0) if self.needed is None else self.needed
