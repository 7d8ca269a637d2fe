"""Limits of a share: rates of selection, of errors, of outcomes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtri

from fairaudit.arrays import Floats
from fairaudit.chance.laws import student_tail

FEW = 1.5
"""Events, in units of z², below which the score's lower limit gives way to the exact one. At 1 (Brown, Cai and
DasGupta's choice) the lower limit is still wrong in 7% of samples at the worst rate, at 1.5 in 6%."""


def score_limits(share: Floats, size: Floats, tail: Floats | float) -> tuple[Floats, Floats]:
    r"""Wilson's score limits of a share (1927, doi:10.1080/01621459.1927.10502953).

    .. math:: \frac{p + z^2/2n \mp z \sqrt{p (1 - p)/n + z^2/4n^2}}{1 + z^2/n}

    Args:
        share: p, in [0, 1], shape (G,).
        size: n, the number of people, or the effective number under weights; > 0, need not be whole.
        tail: probability of either error, in (0, 0.5).

    Returns:
        Limits in [0, 1]: 0 and z²/(n + z²) where there is no event; of width 0 nowhere.
    """
    z_sq = ndtri(tail) ** 2
    middle = share + z_sq / (2 * size)
    half = np.sqrt(z_sq * (share * (1 - share) / size + z_sq / (4 * size**2)))
    low, high = ((middle + sign * half) / (1 + z_sq / size) for sign in (-1, 1))
    return np.where(share <= 0, 0.0, np.maximum(low, 0.0)), np.where(share >= 1, 1.0, np.minimum(high, 1.0))


def mended_limits(share: Floats, size: Floats, tail: Floats | float) -> tuple[Floats, Floats]:
    r"""Wilson's score limits of a share, mended where events are few.

    For one or two events the lower limit lies too high: a rate just below it is missed in up to 16% of samples. While a
    rate lies below the upper limit of *no* event, it cannot be missed from above, so all of the error, twice the tail,
    may go below: there the lower limit is the exact one at twice the tail (Brown, Cai and DasGupta 2001,
    doi:10.1214/ss/1009213286). The upper limit likewise where nearly all are events.

    Args:
        share: p, in [0, 1], shape (G,).
        size: n, > 0.
        tail: probability of either error, in (0, 0.5).

    Returns:
        Limits in [0, 1]. Two-sided at 95% they hold for 92 to 99% of samples of 10 to 1,000 people, whatever the rate,
        and for 95 to 98% on average over the rates.
    """
    few, (low, high) = FEW * ndtri(tail) ** 2, score_limits(share, size, tail)
    exact_low, exact_high = exact_limits(share, size, 2 * np.asarray(tail))
    low = np.where(share * size < few, np.minimum(low, exact_low), low)
    return low, np.where((1 - share) * size < few, np.maximum(high, exact_high), high)


def exact_limits(share: Floats, size: Floats, tail: Floats | float) -> tuple[Floats, Floats]:
    r"""Exact limits of a share (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404).

    .. math:: I^{-1}_{tail}(x, n - x + 1), \quad 1 - I^{-1}_{tail}(n - x, x + 1), \quad x = n p,

    I the regularised incomplete beta function, so that n and x need not be whole.

    Args:
        share: p, in [0, 1], shape (G,).
        size: n, > 0.
        tail: probability that either error exceeds for no true share.

    Returns:
        Limits in [0, 1]; 0 below where there is no event, 1 above where there are only events.
    """
    return _exact_lower(share, size, tail), 1 - _exact_lower(1 - share, size, tail)


def _exact_lower(share: Floats, size: Floats, tail: Floats | float) -> Floats:
    some = share > 0
    events = np.where(some, share * size, 1.0)
    others = np.where(some, (1 - share) * size, 1.0)
    result: Floats = np.where(some, betaincinv(events, np.maximum(others, 0.0) + 1, tail), 0.0)
    return result


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of groups without common people."""

    value: Floats
    """Share in each group, in [0, 1], shape (G,)."""
    size: Floats
    """People in each group, or their effective number, shape (G,)."""
    freedom: float = np.inf
    """Degrees of freedom of the size, where it was estimated from clusters."""

    @property
    def error(self) -> Floats:
        """√(p (1 − p)/n), p the share of all groups together."""
        pooled = float(self.size @ self.value / self.size.sum())
        return np.sqrt(pooled * (1 - pooled) / self.size)

    def limits(self, tail: float) -> tuple[Floats, Floats]:
        """Mended score limits; see `Law`."""
        return mended_limits(self.value, self.size, student_tail(tail, self.freedom))

    def parts(self, tail: float) -> tuple[Floats, Floats]:
        """Wilson's limits, which give Newcombe's interval of a difference; see `Law`."""
        return score_limits(self.value, self.size, student_tail(tail, self.freedom))

    def strict(self, tail: float) -> tuple[Floats, Floats]:
        """Exact limits; see `Law`."""
        return exact_limits(self.value, self.size, student_tail(tail, self.freedom))


@dataclass(frozen=True, eq=False)
class Shifted:
    """Shares less a number that is known, such as a predicted rate."""

    share: Shares
    """The shares."""
    shift: Floats
    """What is taken off in each group, shape (G,)."""

    @property
    def value(self) -> Floats:
        """Share less the number."""
        return self.share.value - self.shift

    @property
    def error(self) -> Floats:
        """That of the shares."""
        return self.share.error

    def limits(self, tail: float) -> tuple[Floats, Floats]:
        """Limits of the shares, moved; see `Law`."""
        return self._moved(self.share.limits(tail))

    def parts(self, tail: float) -> tuple[Floats, Floats]:
        """Likewise; see `Law`."""
        return self._moved(self.share.parts(tail))

    def strict(self, tail: float) -> tuple[Floats, Floats]:
        """Likewise; see `Law`."""
        return self._moved(self.share.strict(tail))

    def _moved(self, limits: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        return limits[0] - self.shift, limits[1] - self.shift
