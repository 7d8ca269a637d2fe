"""Limits of differences and ratios of two groups, and of the largest and smallest of all, from those of single ones.

The pair that is farthest apart was chosen by the data. With one interval for that pair alone, twenty groups that do not
differ at all show a gap "beyond 0" more often than not. So the lower limit of the largest gap holds for all pairs at
once. Its upper limit needs no such width: whichever pair is truly farthest apart is *one* pair, fixed before the data.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.special import ndtr, ndtri

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.laws import Law
from fairaudit.results import Interval
from fairaudit.streams import Stream

HALVINGS = 40
"""Bisections that find a quantile to 1e-11."""
Limits = tuple[Floats, Floats]
"""Lower and upper limit."""


def difference(first: Floats, of_first: Limits, second: Floats, of_second: Limits) -> Limits:
    r"""Limits of θ₁ − θ₂ from those of each (MOVER; with Wilson's limits Newcombe's hybrid score interval).

    .. math:: d - \sqrt{(\theta_1 - l_1)^2 + (u_2 - \theta_2)^2}, \quad
        d + \sqrt{(u_1 - \theta_1)^2 + (\theta_2 - l_2)^2}

    Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I; Zou and Donner 2008,
    doi:10.1002/sim.3095. Symmetric: θ₂ − θ₁ has the limits of θ₁ − θ₂, negated and exchanged.
    """
    (low_1, high_1), (low_2, high_2), gap = of_first, of_second, first - second
    return gap - np.hypot(first - low_1, high_2 - second), gap + np.hypot(high_1 - first, second - low_2)


def ratio(first: Floats, of_first: Limits, second: Floats, of_second: Limits) -> Limits:
    r"""Limits of θ₁/θ₂ from those of each, all at least 0 (MOVER-R; Donner and Zou 2012, doi:10.1177/0962280210387400).

    .. math:: \frac{l_1 (2 \theta_1 - l_1)}{p + \sqrt{p^2 - l_1 u_2 (2 \theta_1 - l_1) (2 \theta_2 - u_2)}}, \quad
        \frac{p + \sqrt{p^2 - u_1 l_2 (2 \theta_1 - u_1) (2 \theta_2 - l_2)}}{l_2 (2 \theta_2 - l_2)}, \quad
        p = \theta_1 \theta_2,

    the lower one written so that it has no 0/0. Where θ₂ may be 0 the upper limit is infinite; where θ₁ is 0 the lower
    one is 0. 1 lies between the limits of the ratio exactly where 0 lies between those of the difference.
    """
    (low_1, high_1), (low_2, high_2), product = of_first, of_second, first * second

    def root(one: Floats, other: Floats) -> Floats:
        with np.errstate(invalid="ignore"):  # 0 times infinity: of such limits that of the ratio has no root
            inside = product**2 - one * other * (2 * first - one) * (2 * second - other)
        return np.sqrt(np.maximum(inside, 0.0))

    above = low_1 * (2 * first - low_1)
    beneath = product + root(low_1, high_2)
    low = np.divide(above, beneath, out=np.zeros_like(beneath), where=(beneath > 0) & (above > 0))
    divisor = low_2 * (2 * second - low_2)
    high = np.divide(product + root(high_1, low_2), divisor, out=np.full_like(beneath, np.inf), where=divisor > 0)
    return low, high


Contrast = Callable[[Floats, Limits, Floats, Limits], Limits]
"""Limits of a difference or ratio from those of both sides."""


def pair_error(law: Law, first: int, second: int, confidence: float, contrast: Contrast = difference) -> float | None:
    """Standard error of the contrast of two groups named beforehand, from the width of its interval; None where that
    is infinite."""
    low, high = law.parts((1 - confidence) / 2)
    sides = (np.array([first]), np.array([second]))
    (one, of_one), (other, of_other) = ((law.value[side], (low[side], high[side])) for side in sides)
    start, stop = contrast(one, of_one, other, of_other)
    error = float(stop[0] - start[0]) / (2 * float(-ndtri((1 - confidence) / 2)))
    return error if np.isfinite(error) else None


@lru_cache(maxsize=512)
def range_tail(groups: int, error: float) -> float:
    r"""Tail at which the differences of all pairs of so many groups hold together, but for this error.

    Φ(−q/√2) with q the quantile of the range of that many standard normal numbers,

    .. math:: P(\text{range} \le q) = G \int \varphi(x) \left( \Phi(x) - \Phi(x - q) \right)^{G - 1} dx

    (Tukey 1953): exact where all errors are equal, safe where they are not (Hayter 1984, doi:10.1214/aos/1176346392).

    Args:
        groups: G ≥ 2.
        error: probability that any pair is missed, in (0, 1).

    Returns:
        A tail, at most error / 2; that for two groups.
    """
    if groups == 2:
        return error / 2
    low, high = 0.01, 14.0
    for _ in range(HALVINGS):  # SciPy's root finders are slower to import than this is
        width = (low + high) / 2
        low, high = (width, high) if _wider(groups, width) > error else (low, width)
    return float(ndtr(-high / np.sqrt(2)))


def range_error(groups: int, tail: float) -> float:
    """Probability that any pair is missed at this tail: the inverse of `range_tail`."""
    return 2 * tail if groups == 2 else min(max(_wider(groups, -np.sqrt(2) * float(ndtri(tail))), 0.0), 1.0)


def _wider(groups: int, width: float) -> float:
    """Probability that the range of so many standard normal numbers is wider."""
    points = np.linspace(-8.0, 8.0 + 40.0 / groups, 2001)
    density = np.exp(-(points**2) / 2) / np.sqrt(2 * np.pi)
    within = ndtr(points) - ndtr(points - width)
    return 1 - groups * float(np.trapezoid(density * within ** (groups - 1), points))


def largest_gap(law: Law, confidence: float, strict: bool = False) -> Interval:
    """Limits of the largest difference between two of the groups.

    Args:
        law: of G ≥ 2 groups.
        confidence: probability that the largest true gap lies between the limits.
        strict: whether neither limit may be wrong more often than its half of the error, as a verdict needs it.

    Returns:
        Lower limit ≥ 0: the largest of all pairs, at the tail of `range_tail`; and the upper limit: the largest of all
        pairs, each at its own tail. For two groups those of `difference`, cut at 0.
    """
    low, high = _over_pairs(law, confidence, strict, difference)
    return max(float(np.max(low)), 0.0), float(np.max(high))


def smallest_ratio(law: Law, confidence: float, strict: bool = False) -> Interval | None:
    """Limits of the smallest ratio of two groups.

    Args:
        law: of G ≥ 2 groups, of a quantity ≥ 0.
        confidence: probability that the smallest true ratio lies between the limits.
        strict: as in `largest_gap`.

    Returns:
        Limits in [0, 1], as for the largest gap; None where every group is 0, so that nothing is known of a ratio.
    """
    if not (law.value > 0).any():
        return None

    def to_upper(upper: Floats, of_upper: Limits, lower: Floats, of_lower: Limits) -> Limits:
        return ratio(lower, of_lower, upper, of_upper)[::-1]

    high, low = _over_pairs(law, confidence, strict, to_upper)
    return float(np.min(low)), min(float(np.min(high)), 1.0)


def mean_range(error: Floats) -> float:
    r"""Mean of the largest gap between groups that do not differ: the floor of a largest gap.

    .. math:: \int 1 - \prod_g \Phi(x / s_g) - \prod_g \Phi(-x / s_g) \, dx

    Args:
        error: standard errors s of G ≥ 2 independent normal estimates, ≥ 0, shape (G,).

    Returns:
        1.128 s for two groups of the same error, 2.059 s for four (Tippett 1925, doi:10.1093/biomet/17.3-4.364).
    """
    widest = float(error.max())
    if widest <= 0:
        return 0.0
    points = np.linspace(-9.0, 9.0, 1201) * widest
    below = ndtr(points[:, None] / np.maximum(error, widest * 1e-9))
    return float(np.trapezoid(1 - below.prod(axis=1) - (1 - below).prod(axis=1), points))


def mean_smallest_ratio(value: Floats, error: Floats) -> float:
    """Mean of the smallest ratio of two groups that do not differ: what chance alone gives, in [0, 1].

    Args:
        value: estimates ≥ 0, not all 0, shape (G,); their mean by precision stands for all groups.
        error: their standard errors, shape (G,).
    """
    if not error.max() > 0:
        return 1.0
    precision = 1 / np.maximum(error, error.max() * 1e-6) ** 2
    common = float(precision @ value / precision.sum())
    draws = Stream.RATIO_FLOOR.generator(0).normal(size=(1000, len(value)))  # for all alike, so that like has like
    seen = np.maximum(common + draws * error, 0.0)
    highest = seen.max(axis=1)
    return float(np.divide(seen.min(axis=1), highest, out=np.ones_like(highest), where=highest > 0).mean())


def _over_pairs(law: Law, confidence: float, strict: bool, contrast: Contrast) -> tuple[Floats, Floats]:
    """Of an upper and a lower group: the first limit of a contrast so that all pairs hold together, and its second at
    its own tail; not of all pairs, but of those with the extremes: see `_farthest`."""
    error, count = 1 - confidence, len(law.value)
    alone = law.strict(error / 2) if strict else law.parts(error / 2)
    together = alone if count == 2 else law.strict(range_tail(count, error))

    def pairs(limits: Limits, wide: bool) -> Limits:
        (low, high), (upper, lower) = limits, _farthest(law.value, limits, wide)
        first, second = (side.ravel() for side in np.meshgrid(upper, lower, indexing="ij"))
        first, second = first[first != second], second[first != second]
        return contrast(law.value[first], (low[first], high[first]), law.value[second], (low[second], high[second]))

    return pairs(together, wide=False)[0], pairs(alone, wide=True)[1]


def _farthest(value: Floats, limits: Limits, wide: bool) -> tuple[Ints, Ints]:
    """Groups of which one pair has the extreme limit of all pairs: candidates for the upper group, and for the lower.

    The limits of `difference` and `ratio` grow with the upper group's estimate and fall with the lower one's; the limit
    that is nearer to no difference lies the nearer the farther the two groups' limits reach towards each other, and the
    other one the farther the farther they reach away. So a group that another one exceeds in its estimate and
    its reach belongs to no extreme pair, unless with that other one: two outer layers of groups are enough, a few dozen
    of thousands.

    Args:
        value: estimate of each group, shape (G,).
        limits: of each.
        wide: whether the limit that lies farther from no difference is sought.
    """
    down, up = value - limits[0], limits[1] - value
    return (_outer(value, up), _outer(-value, down)) if wide else (_outer(value, -down), _outer(-value, -up))


def _outer(value: Floats, reach: Floats) -> Ints:
    """The groups that no other one exceeds both in their value and their reach, and those of the rest."""
    order = np.lexsort((-reach, -value))
    layers = []
    for _ in range(2):
        farthest = np.maximum.accumulate(reach[order])
        beyond = np.append(True, farthest[1:] > farthest[:-1])[: len(order)]
        layers.append(order[beyond])
        order = order[~beyond]
    return np.concatenate(layers)
