"""Many statements that hold together: intervals over all pairs of groups at once, and adjusted p-values.

The pair of groups that is farthest apart was chosen by the data, so an interval for that pair alone errs too often
where there are many groups: among twelve equal groups of which some are small, its lower end lies above a modest limit
more often than not. Nor is that pair the best proof of a gap: two large groups may be closer together and yet differ
beyond doubt. Both are mended by bounds that hold for every pair at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from fairaudit.arrays import Floats
from fairaudit.results import Interval


def reach(confidence: float, statements: int) -> float:
    """z such that so many two-sided normal statements hold together with at least this confidence (Bonferroni)."""
    return float(-ndtri((1 - confidence) / (2 * max(statements, 1))))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted by Holm's step-down procedure, in the order given."""
    result = [1.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda each: p_values[each])):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        result[index] = running
    return result


def largest_gap(value: Floats, variance: Floats, confidence: float) -> Interval:
    r"""Bounds on the largest difference between two groups.

    .. math:: \max_{g,h} (\theta_g - \theta_h \mp z s_{gh}), \quad s_{gh}^2 = v_g + v_h

    Args:
        value: estimates θ of G ≥ 2 groups without common rows, shape (G,).
        variance: their variances v, shape (G,), ≥ 0.
        confidence: coverage; z is Bonferroni's over the G (G − 1) / 2 pairs.

    Returns:
        Lower end, ≥ 0, and upper end. For two groups the normal interval of |θ_1 − θ_2|, cut at 0.
    """
    z = reach(confidence, len(value) * (len(value) - 1) // 2)
    ends = [
        (np.max(gap - z * spread), np.max(gap + z * spread))
        for gap, spread in (
            (value[g] - value[others], np.sqrt(variance[g] + variance[others])) for g, others in _others(len(value))
        )
    ]
    low, high = (max(each) for each in zip(*ends, strict=True))
    return max(float(low), 0.0), float(high)


def smallest_ratio(value: Floats, variance: Floats, confidence: float) -> Interval | None:
    r"""Bounds on the smallest ratio of two groups, at most 1 (Fieller 1954, doi:10.1111/j.2517-6161.1954.tb00159.x).

    For one pair the values τ with :math:`(\theta_g - \tau \theta_h)^2 \le z^2 (v_g + \tau^2 v_h)`; the bounds are the
    smallest over all ordered pairs.

    Args:
        value: rates θ ≥ 0 of G ≥ 2 groups without common rows, shape (G,).
        variance: their variances v, shape (G,), ≥ 0.
        confidence: coverage; z is Bonferroni's over the G (G − 1) / 2 pairs.

    Returns:
        Ends in [0, 1]; None where no rate is known to differ from 0, so that nothing is known of a ratio.
    """
    z_sq = reach(confidence, len(value) * (len(value) - 1) // 2) ** 2
    lows, highs = [], []
    for h, others in _others(len(value)):
        below = value[h] ** 2 - z_sq * variance[h]
        if below <= 0:
            continue
        middle = value[others] * value[h]
        half = np.sqrt(np.maximum(middle**2 - below * (value[others] ** 2 - z_sq * variance[others]), 0))
        lows.append(np.min((middle - half) / below))
        highs.append(np.min((middle + half) / below))
    if not lows:
        return None
    # A group that may have rate 0 bounds no ratio from below when it is the divisor: the smallest ratio may be 0 then.
    certain = len(lows) == len(value)
    return float(np.clip(min(lows), 0, 1)) if certain else 0.0, float(np.clip(min(highs), 0, 1))


def _others(count: int) -> Iterator[tuple[int, NDArray[np.intp]]]:
    everyone = np.arange(count)
    return ((each, everyone[everyone != each]) for each in range(count))
