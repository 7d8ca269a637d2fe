"""Exact tests that two groups have the same share, for the small tables where laws of large numbers fail."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from fairaudit.arrays import Floats

LARGEST = 60_000
"""Product of the two group sizes up to which the unconditional test is made; beyond, the mid-p test has its size."""
RATES = 96
"""Common rates at which the unconditional test seeks its worst case."""
MANY = 100_000
"""Counts up to which all that can be are summed; of more those whose probability is no number above 0."""
BLOCK = 128
"""Counts in a block of which the ends alone are looked at first, where counts are more than the square of it."""
NO_PART = 1e-25
"""Share of a probability that adds nothing to it."""
TIE = 1e-9
"""Relative difference up to which two outcomes of a table are equally far from equality."""


def two_shares(first: int, of_first: int, second: int, of_second: int) -> float:
    r"""P-value that two groups have the same share: unconditional and exact, by the order of Fisher's mid-p.

    .. math:: \sup_\pi P_\pi \left( T(X_1, X_2) \le T(x_1, x_2) \right), \quad X_g \sim \mathrm{Binomial}(n_g, \pi),

    T the mid-p-value of Fisher's test, two-sided by the distance of the counts from equal shares. Boschloo's idea
    (1970, doi:10.1111/j.1467-9574.1970.tb00104.x): rejects more often than Fisher's test wherever that rejects, and
    in at most 5% of samples at the level of 5%.

    Args:
        first: events in the first group.
        of_first: its size.
        second: events in the second group.
        of_second: its size.

    Returns:
        P-value in (0, 1]; beyond `LARGEST` T itself, whose size is at most 5.8% there.
    """
    if of_first * of_second > LARGEST:
        return _mid_p_of_large(first, of_first, second, of_second)
    statistic = mid_p_table(of_first, of_second)
    region = (statistic <= statistic[first, second] * (1 + TIE)).astype(np.float64)
    rates = (np.arange(RATES) + 0.5) / RATES
    near = (first + second + 1) / (of_first + of_second + 2)  # rare events need rates below 1/RATES
    rarer = np.geomspace(0.05, 1, 24)
    rates = np.concatenate([rates, near * rarer, 1 - (1 - near) * rarer])
    chances = np.einsum("px,xy,py->p", _binomial(of_first, rates), region, _binomial(of_second, rates), optimize=True)
    return min(float(chances.max()), 1.0)


@lru_cache(maxsize=64)
def mid_p_table(of_first: int, of_second: int) -> Floats:
    r"""Mid-p-value of Fisher's test for every pair of counts, shape (n₁ + 1, n₂ + 1).

    Given the sum s the first count is hypergeometric; T is the probability of counts farther from s n₁/(n₁ + n₂), and
    half of that of counts equally far. 0.5 where s leaves no choice.
    """
    one, two = np.arange(of_first + 1)[:, None], np.arange(of_second + 1)[None, :]
    total = one + two
    log = _choose(of_first, one) + _choose(of_second, two) - _choose(of_first + of_second, total)
    far = np.abs(one - total * (of_first / (of_first + of_second)))
    rounded = np.round(far, 9)
    order = np.lexsort((-rounded.ravel(), total.ravel()))
    chance, sums = np.exp(log).ravel()[order], total.ravel()[order]
    starts = np.concatenate([[True], (np.diff(sums) != 0) | (np.diff(rounded.ravel()[order]) != 0)])
    tie = np.cumsum(starts) - 1
    of_tie = np.bincount(tie, weights=chance)
    whole = np.cumsum(chance)
    before = whole - chance
    table_starts = np.concatenate([[0], np.flatnonzero(np.diff(sums)) + 1])
    base = before[table_starts][np.searchsorted(table_starts, np.arange(len(sums)), side="right") - 1]
    farther = before[np.flatnonzero(starts)][tie] - base
    result = np.empty(chance.shape)
    result[order] = farther + of_tie[tie] / 2
    return result.reshape(of_first + 1, of_second + 1)


def _mid_p_of_large(first: int, of_first: int, second: int, of_second: int) -> float:
    total, everyone = first + second, of_first + of_second
    counts = possible_counts(everyone, total, of_first)
    law = hypergeometric(counts, everyone, total, of_first)
    far = np.abs(counts - total * of_first / everyone)
    mine = abs(first - total * of_first / everyone)
    weight = np.where(far > mine * (1 + TIE), 1.0, np.where(far >= mine * (1 - TIE), 0.5, 0.0))
    return float(law @ weight)


def hypergeometric_tails(events: Floats, everyone: float, total: float, size: Floats) -> tuple[Floats, Floats]:
    """Probabilities of at most, and of at least, so many events in each group, given how many all have, shape (G,)
    twice.

    Args:
        events: events in each group, whole, shape (G,).
        everyone: people of all groups.
        total: events of all groups.
        size: people in each group, whole, shape (G,).
    """
    below, above = np.empty(len(size)), np.empty(len(size))
    for place, (mine, people) in enumerate(zip(events, size, strict=True)):
        counts = possible_counts(everyone, total, people)
        law = hypergeometric(counts, everyone, total, people)
        below[place], above[place] = law[counts <= mine].sum(), law[counts >= mine].sum()
    return np.minimum(below, 1.0), np.minimum(above, 1.0)


def possible_counts(everyone: float, total: float, size: float) -> NDArray[Any]:
    r"""Counts of the events among some people whose probability is a double above 0, given how many all have.

    Where they are more than `MANY`, those are left out that lie so far from the mean that their probability is below
    the smallest double: by Hoeffding's bound (1963, doi:10.1080/01621459.1963.10500830, for draws without replacement
    too) :math:`2 e^{-2 t^2 / n} < 10^{-325}` from :math:`t = \sqrt{375 n}` on, n the smaller of people and events.

    Args:
        everyone: all people.
        total: events of all people.
        size: people among whom they are counted.
    """
    least, most = max(0, total - (everyone - size)), min(size, total)
    if most - least > MANY:
        mean, reach = size * (total / everyone), (375 * most) ** 0.5
        least, most = max(least, round(mean - reach)), min(most, round(mean + reach))
    return np.arange(least, most + 1)


def no_likelier(count: float, everyone: float, total: float, size: float) -> Floats:
    """Probabilities of all counts that are no likelier than one of them, as far as they add to its own; in their order.

    Of many counts those are left out that lie in blocks whose ends are both likelier, and whose ends are both next to
    impossible beside it: probabilities rise up to the likeliest count and fall from there on.

    Args:
        count: the events among some people.
        everyone: all people.
        total: events of all people.
        size: people among whom they are counted.
    """
    counts = possible_counts(everyone, total, size)
    most = hypergeometric(np.array([count]), everyone, total, size) * (1 + TIE)
    if len(counts) > BLOCK**2:
        ends = np.minimum(np.arange(0, len(counts) + BLOCK, BLOCK), len(counts) - 1)
        law = hypergeometric(counts[ends], everyone, total, size)
        lower, higher = np.minimum(law[:-1], law[1:]), np.maximum(law[:-1], law[1:])
        blocks = np.flatnonzero((lower <= most) & (higher >= most * NO_PART))
        places = (blocks[:, None] * BLOCK + np.arange(BLOCK)).ravel()
        counts = counts[places[places < len(counts)]]
    law = hypergeometric(counts, everyone, total, size)
    return law[law <= most]


def hypergeometric(counts: NDArray[Any], everyone: float, total: float, size: float) -> Floats:
    """Probability of so many of the events among so many people, given how many all have; shape of the counts.

    Args:
        counts: events that can be: at least total − (everyone − size), at most size and total.
        everyone: all people.
        total: events of all people.
        size: people among whom they are counted.
    """
    log = _choose(size, counts) + _choose(everyone - size, total - counts) - _choose(everyone, np.asarray(total))
    return np.exp(log)


def _choose(of: float, count: NDArray[Any]) -> Floats:
    result: Floats = gammaln(of + 1) - gammaln(count + 1) - gammaln(of - count + 1)
    return result


def _binomial(size: int, rates: Floats) -> Floats:
    """Probabilities of 0..n events at each rate, shape (P, n + 1)."""
    counts = np.arange(size + 1)
    log = _choose(size, counts) + counts * np.log(rates)[:, None] + (size - counts) * np.log1p(-rates)[:, None]
    return np.exp(log)
