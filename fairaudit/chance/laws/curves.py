"""Limits of a calibration error: a mean absolute deviation that noise enlarges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.chance.laws.distances import curve_error_limits
from fairaudit.streams import Stream

DRAWS = 499
"""Draws of the noise. They are the same for all curves, so that like curves have like limits."""


@dataclass(frozen=True, eq=False)
class Curves:
    """Mean absolute deviations of curves of groups without common rows."""

    deviation: Floats
    """Observed less predicted rate in each bin, shape (G, M); 0 in an empty one."""
    share: Floats
    """Share of each bin in its group, shape (G, M), rows summing to 1."""
    noise: Floats
    """Standard error of each deviation, shape (G, M)."""

    @property
    def value(self) -> Floats:
        """Σ share · |deviation|."""
        result: Floats = (self.share * np.abs(self.deviation)).sum(axis=1)
        return result

    @property
    def error(self) -> Floats:
        """Standard deviation of what noise alone gives."""
        result: Floats = np.sqrt((1 - 2 / np.pi) * ((self.share * self.noise) ** 2).sum(axis=1))
        return result

    @property
    def floor(self) -> Floats:
        """Mean of what noise alone gives, shape (G,)."""
        result: Floats = np.sqrt(2 / np.pi) * (self.share * self.noise).sum(axis=1)
        return result

    def limits(self, tail: float) -> tuple[Floats, Floats]:
        """Limits along the line through each curve; see `curve_error_limits`."""
        draws = Stream.CURVE_LIMITS.generator(0).normal(size=(DRAWS, self.share.shape[1]))
        ends = [
            curve_error_limits(deviation, share, noise, draws, tail)
            for deviation, share, noise in zip(self.deviation, self.share, self.noise, strict=True)
        ]
        low, high = np.array(ends).reshape(-1, 2).T
        return low, np.minimum(high, 1.0)

    def parts(self, tail: float) -> tuple[Floats, Floats]:
        """The same."""
        return self.limits(tail)

    def strict(self, tail: float) -> tuple[Floats, Floats]:
        """The same."""
        return self.limits(tail)
