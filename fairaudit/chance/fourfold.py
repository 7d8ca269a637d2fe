"""Two groups and one share, as statisticians before a court or a regulator read them: the fourfold table.

Every function takes people with the property, x, and all people, n, of a group and of its reference, as numbers or
arrays of one shape. Under weights both are effective numbers of people, and need not be whole.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ndtri

from fairaudit.arrays import Floats
from fairaudit.chance.equality import TINY
from fairaudit.chance.exact import no_likelier
from fairaudit.results.verdict import FOUR_FIFTHS

WHOLE = 1e-9
"""What rounding may add to a whole number of people."""
HALVINGS = 42
"""Steps in which a limit is found by bisection, each half as wide as the one before."""
FARTHEST = 16.0
"""Natural logarithm of the largest ratio that a limit may be, 9 million; beyond, there is none."""


def standard_deviations(x: Floats, n: Floats, x_ref: Floats, n_ref: Floats) -> Floats:
    r"""Standard deviations between two shares, by the variance that they have if they are equal.

    .. math:: \frac{p - p_r}{\sqrt{\bar p (1 - \bar p) (1/n + 1/n_r)}}, \quad \bar p = \frac{x + x_r}{n + n_r}

    Below 0 the group has the lower share. Its square is Pearson's χ² without a correction for continuity. Courts have
    called more than "two or three standard deviations" suspect (Castaneda v. Partida, 430 U.S. 482, 496 n. 17, 1977;
    Hazelwood School District v. United States, 433 U.S. 299, 308 n. 14, 1977): a practice, no rule of law.

    Returns:
        Shape of the arguments; 0 where nobody or everybody has the property.
    """
    pooled = (x + x_ref) / (n + n_ref)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_ref))
    gap: Floats = x / n - x_ref / n_ref
    return np.divide(gap, error, out=np.zeros_like(gap), where=error > 0)


def shortfall(x: Floats, n: Floats, x_ref: Floats, n_ref: Floats) -> Floats:
    r"""People of the group who lack the property if both groups are to have the share of the two together.

    .. math:: n \bar p - x

    Above 0 the group has too few; the reference has as many too many.
    """
    return n * (x + x_ref) / (n + n_ref) - x


def to_four_fifths(x: Floats, n: Floats, x_ref: Floats, n_ref: Floats) -> Floats:
    r"""How many more people of the group with the property would give it four fifths of the share of the reference.

    .. math:: \max(0, \lceil 0.8 \, n \, x_r / n_r - x \rceil)

    The reference stays as it is: nobody of it loses the property. 0 where the group has as much already.
    """
    lacking: Floats = np.maximum(np.ceil(FOUR_FIFTHS * n * x_ref / n_ref - x - WHOLE), 0.0)
    return lacking


def fisher(x: int, n: int, x_ref: int, n_ref: int) -> float:
    """Two-sided p-value of Fisher's exact test: the sum over all tables of the same margins that are no more likely."""
    return min(max(float(no_likelier(x, n + n_ref, x + x_ref, n).sum()), TINY), 1.0)


def risk_ratio_limits(
    x: Floats, n: Floats, x_ref: Floats, n_ref: Floats, tail: Floats | float
) -> tuple[Floats, Floats]:
    r"""Score limits of the ratio φ of two shares (Koopman 1984, doi:10.2307/2531405): all φ with

    .. math:: \frac{(x - n \tilde p)^2}{n \tilde p (1 - \tilde p)}
        + \frac{(x_r - n_r \tilde p_r)^2}{n_r \tilde p_r (1 - \tilde p_r)} \le z^2,

    p̃ and p̃ᵣ the likeliest shares with that ratio. One of them is 1 where all of a group have the property; then it is
    what it was seen to be, and adds nothing.

    Args:
        tail: probability of either error, in (0, 0.5).

    Returns:
        Limits ≥ 0; the lower one is 0 where x is 0, the upper one infinite where x_ref is 0.
    """

    def shares(ratio: Floats) -> tuple[Floats, Floats]:
        linear = ratio * (n + x_ref) + x + n_ref
        root = np.sqrt(np.maximum(linear**2 - 4 * ratio * (n + n_ref) * (x + x_ref), 0.0))
        reference = 2 * (x + x_ref) / (linear + root)
        return np.minimum(ratio * reference, 1.0), np.minimum(reference, 1.0)

    return _limits(shares, (x, n), (x_ref, n_ref), x * n_ref, x_ref * n, tail)


def odds_ratio_limits(
    x: Floats, n: Floats, x_ref: Floats, n_ref: Floats, tail: Floats | float
) -> tuple[Floats, Floats]:
    r"""Score limits of the ratio ψ of two odds (Cornfield 1956, without a correction for continuity): all ψ with

    .. math:: \frac{(x - n \tilde p)^2}{n \tilde p (1 - \tilde p)}
        + \frac{(x_r - n_r \tilde p_r)^2}{n_r \tilde p_r (1 - \tilde p_r)} \le z^2,

    p̃ and p̃ᵣ the likeliest shares with that ratio of odds, which together have x + xᵣ people.

    Returns:
        Limits ≥ 0; 0 below where the sample's ratio is 0, infinite above where it is infinite, and both where nobody or
        everybody has the property, which tells nothing.
    """
    both = x + x_ref

    def shares(ratio: Floats) -> tuple[Floats, Floats]:
        square = n_ref * (ratio - 1)
        linear = n * ratio + n_ref - both * (ratio - 1)
        root = np.sqrt(np.maximum(linear**2 + 4 * square * both, 0.0))
        reference = 2 * both / (linear + root)
        return reference * ratio / (1 + reference * (ratio - 1)), reference

    return _limits(shares, (x, n), (x_ref, n_ref), x * (n_ref - x_ref), x_ref * (n - x), tail)


def _limits(
    shares: Callable[[Floats], tuple[Floats, Floats]],
    group: tuple[Floats, Floats],
    reference: tuple[Floats, Floats],
    above: Floats,
    below: Floats,
    tail: Floats | float,
) -> tuple[Floats, Floats]:
    """The ratios below and above that of the sample, `above` / `below`, at which Pearson's statistic for the likeliest
    shares with that ratio reaches z²."""
    z_sq = np.asarray(ndtri(tail)) ** 2
    seen = np.clip(np.log(np.maximum(above, TINY)) - np.log(np.maximum(below, TINY)), -FARTHEST, FARTHEST)

    kept = np.stack([seen, seen])  # below and above, both at a time
    lost = np.stack([np.full_like(seen, -FARTHEST), np.full_like(seen, FARTHEST)])
    for _ in range(HALVINGS):
        middle = (kept + lost) / 2
        share, of_reference = shares(np.exp(middle))
        near = _pearson(*group, share) + _pearson(*reference, of_reference) <= z_sq
        kept, lost = np.where(near, middle, kept), np.where(near, lost, middle)
    low, high = np.exp(kept)
    return np.where(above > 0, low, 0.0), np.where(below > 0, high, np.inf)


def _pearson(x: Floats, n: Floats, share: Floats) -> Floats:
    """Square of what a share leaves of x, over its variance; 0 where it leaves nothing."""
    off = (x - n * share) ** 2
    return np.divide(off, n * share * (1 - share), out=np.where(off > 0, np.inf, 0.0), where=share * (1 - share) > 0)
