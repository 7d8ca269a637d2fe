"""Limits of what is never negative and is biased upwards by chance: divergences, shares of variance between groups."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtr, chndtrinc, ndtri

from fairaudit.arrays import Floats
from fairaudit.results import Interval

HALVINGS = 12
"""Bisections of the line along which a curve is sought: steps of less than a thousandth."""
LARGE = 2000.0
"""Statistic from which the square root of noncentral χ² is taken as normal."""
STEPS = 8
"""Steps in which the variance of that root and the noncentrality are brought together, each ten times nearer."""


def noncentrality_limits(statistic: float, freedom: float, tail: float) -> Interval:
    r"""Limits of the noncentrality δ of a χ² statistic: all δ with tail ≤ P(χ'²_f(δ) ≤ statistic) ≤ 1 − tail.

    Args:
        statistic: the observed χ², ≥ 0.
        freedom: degrees of freedom f, > 0.
        tail: probability of either error, in (0, 0.5).

    Returns:
        Limits ≥ 0. For a large statistic (√statistic ∓ z √v)² − f + v, with v = (f + 2δ)/(2 (f + δ)) the variance of
        its root: 1/2 where δ is small beside f, 1 where f is small beside δ.
    """
    if statistic > LARGE:
        z = float(-ndtri(tail))
        return _of_large(statistic, freedom, -z), _of_large(statistic, freedom, z)
    least = float(chdtr(freedom, statistic))  # where even δ = 0 is too far, the inverse is not defined
    low, high = (float(chndtrinc(statistic, freedom, p)) if least > p else 0.0 for p in (1 - tail, tail))
    return low, high


def _of_large(statistic: float, freedom: float, reach: float) -> float:
    """The noncentrality whose statistic has a root so many standard deviations away."""
    noncentrality = statistic
    for _ in range(STEPS):
        variance = (freedom + 2 * noncentrality) / (2 * (freedom + noncentrality))
        root = np.sqrt(statistic) + reach * np.sqrt(variance)
        noncentrality = max(float(root**2 - freedom + variance), 0.0)
    return noncentrality


def excess_limits(value: float, null: Floats, spread: float, tail: float) -> Interval:
    r"""Limits of what such a measure is beyond chance.

    Under the null it is about c χ²_f, near it c times a noncentral χ², whose mean is the truth plus the floor:

    .. math:: c = \max\left( \frac{v_0}{2 m_0}, \frac{v}{6 m_0 + 4 e} \right), \quad f = m_0 / c, \quad
        e = \max(x - m_0, 0)

    with m₀, v₀ mean and variance of the shuffles. Farther away c is what the variance v of bootstrap replicates asks
    for (which repeat the noise that is in x already). The limits are c times those of the noncentrality.

    Args:
        value: the measure x ≥ 0.
        null: its values in shuffles, shape (B ≥ 2,).
        spread: variance of its bootstrap replicates, 0 if there are none.
        tail: probability of either error.

    Returns:
        Limits of the excess, ≥ 0, the upper one that of the floor where the value lies below it; 0 and 0 where nothing
        varies.
    """
    floor, variance = float(null.mean()), float(null.var(ddof=1))
    if not (floor > 0 and variance > 0):
        return 0.0, 0.0
    excess = max(value - floor, 0.0)
    scale = max(variance / (2 * floor), spread / (6 * floor + 4 * excess))
    low, _ = noncentrality_limits(value / scale, floor / scale, tail)
    _, high = noncentrality_limits(max(value, floor) / scale, floor / scale, tail)
    return scale * low, scale * high


def curve_error_limits(deviation: Floats, share: Floats, error: Floats, draws: Floats, tail: float) -> Interval:
    r"""Limits of a mean absolute deviation Σ w |c| that is measured with noise, such as a calibration error.

    The truth is sought along a line t · c: its limits are those t ≥ 0 at which Σ w |t c + ε| is as large as what was
    seen in half of `tail` of the draws, and as small. (Half, as the truth may lie off the line, where the interval is
    too short.) Where a deviation is within twice the variance of its noise the bin may well be right, and noise alone
    has made it: the lower limit is sought along the curve without that noise, c = ± √max(ĉ² − 2σ², 0). Along ĉ itself
    it was wrong in a quarter of samples in which one bin of ten is far off. The upper limit is the higher one of both.

    Args:
        deviation: ĉ, seen in each of M bins, shape (M,).
        share: w, share of each bin, sums to 1.
        error: standard error of each bin's deviation, shape (M,).
        draws: standard normal numbers, shape (B, M).
        tail: probability of either error.

    Returns:
        Limits ≥ 0; the lower one is 0 where chance alone gives as much.
    """
    seen = float(share @ np.abs(deviation))
    noise, tail = draws * error, tail / 2
    if not error.max() > 0:
        return seen, seen

    clear = np.sign(deviation) * np.sqrt(np.maximum(deviation**2 - 2 * error**2, 0.0))

    def end(quantile: float, line: Floats) -> float:
        """Mean absolute deviation along a line at which what was seen is this quantile of the draws, by bisection."""
        length = float(share @ np.abs(line))
        inner, outer = 0.0, 3 * seen if length > 0 else 0.0
        for _ in range(HALVINGS):
            middle = (inner + outer) / 2
            grown = quantile_of(np.abs(middle * line / max(length, 1e-300) + noise) @ share, quantile)
            inner, outer = (inner, middle) if grown > seen else (middle, outer)
        return inner

    least = quantile_of(np.abs(noise) @ share, 1 - tail)
    return min(end(1 - tail, clear), seen), max(end(tail, deviation), end(tail, clear), least, seen)


def quantile_of(values: Floats, share: float) -> float:
    """The quantile of some values as `numpy.quantile` interpolates it, which takes ten times as long."""
    place = (len(values) - 1) * share
    below = min(int(place), len(values) - 2)
    low, high = np.partition(values, (below, below + 1))[below : below + 2]
    part = place - below
    return float(low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part))
