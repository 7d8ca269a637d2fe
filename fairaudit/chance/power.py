"""Which gaps a table would find: the power of the tests that all groups are equal, and the gap at which it is enough.

Of all ways in which two groups can lie a gap apart, the hardest to see is that all others lie between them, at their
common mean. So a power stated here is that of the worst case: whatever the other groups do, it is at least as large.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtr, chdtri, ndtr

from fairaudit.chance.equality import equal_shares
from fairaudit.streams import Stream

TARGET = 0.8
"""Power at which a gap counts as one that is found (Cohen 1988)."""
_PLACES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
"""Places and weights of Gauss and Legendre, by which the law of a difference is summed."""
HALVINGS = 30
"""Steps in which a gap is found by bisection."""
DRAWS = 499
"""Shuffles behind each p-value of a simulated table, where the test needs any."""
MOST_PEOPLE = 10**9
"""People in a group beyond which no number of them is sought."""


def power(gap: float, null_error: float, error: float, groups: int, level: float) -> float:
    r"""Probability that the test of equal groups rejects where two of them lie a gap apart, the others at their mean.

    .. math:: P(T^2 + \chi^2_{G - 2} \ge c), \quad T \sim N(\delta / s_0, s_1^2 / s_0^2),
        \quad P(\chi^2_{G - 1} \ge c) = \alpha

    Args:
        gap: δ ≥ 0, the true difference of the two.
        null_error: s₀ > 0, standard error of their difference as the test sees it, if all groups are equal.
        error: s₁ > 0, its standard error in truth.
        groups: G ≥ 2.
        level: α of the test, in (0, 1).

    Returns:
        α at a gap of 0 (if both errors are equal), towards 1 as the gap grows.
    """
    critical = float(chdtri(groups - 1, level))
    centre, spread = gap / null_error, error / null_error
    if groups == 2:
        reach = np.sqrt(critical)
        return float(ndtr((centre - reach) / spread) + ndtr((-centre - reach) / spread))
    # t = √c sin θ, so that the law of χ² has no edge at the ends; only where T has any weight.
    ends = np.clip((centre + np.array([-9.0, 9.0]) * spread) / np.sqrt(critical), -1.0, 1.0)
    low, high = np.arcsin(ends)
    angle = (low + high) / 2 + (high - low) / 2 * _PLACES
    t = np.sqrt(critical) * np.sin(angle)
    density = np.exp(-(((t - centre) / spread) ** 2) / 2) / (spread * np.sqrt(2 * np.pi))
    missed = chdtr(groups - 2, np.maximum(critical - t**2, 0.0)) * density * np.sqrt(critical) * np.cos(angle)
    return max(1 - float(_WEIGHTS @ missed) * float(high - low) / 2, 0.0)  # the sum is right to 1e-4


def detectable_gap(first: float, second: float, groups: int, level: float, target: float = TARGET) -> float:
    """The smallest gap between two groups that is found with a target power, whatever the others do.

    Args:
        first: standard error of the estimate in one of the two, > 0.
        second: in the other.
        groups: number of groups that are tested, G ≥ 2.
        level: of the test.
        target: power, in (level, 1).
    """
    error = float(np.hypot(first, second))
    return _least(lambda gap: power(gap, error, error, groups, level), target, 60 * error)


def share_power(share: float, first: float, second: float, gap: float, groups: int, level: float) -> float:
    """Power of the test of equal shares where two groups lie a gap apart about a common share; of both directions the
    smaller.

    Args:
        share: share of the two groups together, in (0, 1); where a group would leave [0, 1] both are moved.
        first: people in one of the two groups.
        second: people in the other.
        gap: true difference of their shares, in [0, 1].
        groups: number of groups that are tested.
        level: of the test.
    """
    return min(_one_way(share, *sizes, gap, groups, level) for sizes in ((first, second), (second, first)))


def _one_way(share: float, above: float, below: float, gap: float, groups: int, level: float) -> float:
    high, low = shares_apart(share, above, below, gap)
    common = (above * high + below * low) / (above + below)
    null_error = np.sqrt(common * (1 - common) * (1 / above + 1 / below))
    error = np.sqrt(high * (1 - high) / above + low * (1 - low) / below)
    if not null_error > 0:
        return 0.0
    return power(gap, float(null_error), max(float(error), 1e-12), groups, level)


def shares_apart(share: float, above: float, below: float, gap: float) -> tuple[float, float]:
    """Shares of two groups that lie a gap apart and together have a share, as far as both stay within [0, 1]."""
    high = share + gap * below / (above + below)
    high = min(max(high, gap), 1.0)
    return high, max(high - gap, 0.0)


def detectable_share_gap(
    share: float, first: float, second: float, groups: int, level: float, target: float = TARGET
) -> float | None:
    """The smallest gap between the shares of two groups that is found with a target power; None where not even a gap of
    100 points is."""
    if share_power(share, first, second, 1.0, groups, level) < target or not 0 < share < 1:
        return None
    return _least(lambda gap: share_power(share, first, second, gap, groups, level), target, 1.0)


def people_needed(share: float, gap: float, groups: int, level: float, target: float = TARGET) -> int | None:
    """People whom each of G groups of one size needs, so that a gap of shares is found with a target power; None: more
    than `MOST_PEOPLE`."""

    def enough(people: float) -> bool:
        return share_power(share, people, people, gap, groups, level) >= target

    few, many = 1, MOST_PEOPLE
    if not enough(many):
        return None
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if enough(middle) else (middle, many)
    return many


@dataclass(frozen=True)
class Simulated:
    """How often the audit's own test found a gap in tables that were drawn with it."""

    power: float
    """Share of the tables."""
    error: float
    """Its Monte Carlo standard error."""


def simulated_power(
    share: float, sizes: tuple[int, ...], pair: tuple[int, int], gap: float, level: float, tables: int, seed: int
) -> Simulated:
    """Power of the test of equal shares that an audit makes, from tables drawn with a gap between two of the groups.

    Args:
        share: share of the two together, and of every other group.
        sizes: people in each group.
        pair: places of the two groups; the one with the higher share is that for which power is lower.
        gap: difference of their shares.
        level: of the test.
        tables: number of tables drawn.
        seed: of the draws.
    """
    groups = len(sizes)
    ways = [pair, pair[::-1]]
    above, below = min(ways, key=lambda way: _one_way(share, sizes[way[0]], sizes[way[1]], gap, groups, level))
    rates = np.full(groups, share)
    rates[above], rates[below] = shares_apart(share, sizes[above], sizes[below], gap)
    common = (sizes[above] * rates[above] + sizes[below] * rates[below]) / (sizes[above] + sizes[below])
    rates[[place for place in range(groups) if place not in pair]] = common
    rng = Stream.POWER.generator(seed)
    people = np.array(sizes, dtype=np.float64)
    rejected: dict[tuple[int, ...], bool] = {}
    found = 0
    for counts in rng.binomial(np.array(sizes), rates, size=(tables, groups)):
        key = tuple(int(count) for count in counts)
        if key not in rejected:
            test = equal_shares(counts.astype(np.float64), people, DRAWS, rng)
            rejected[key] = test.p_value <= level
        found += rejected[key]
    share_found = found / tables
    return Simulated(share_found, float(np.sqrt(max(share_found * (1 - share_found), 1 / tables) / tables)))


def _least(reached: Callable[[float], float], target: float, most: float) -> float:
    """The smallest number up to `most` at which an increasing function reaches a target."""
    low, high = 0.0, most
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) >= target else (middle, high)
    return high
