"""Laws of weighted means of independent estimates: rates of groups standardised over strata."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.laws import Law
from fairaudit.chance.laws.events import Events
from fairaudit.chance.laws.means import Means
from fairaudit.chance.laws.shares import Shares

POOLED_PEOPLE = 1.0
"""People of the group's own variance that each stratum's is mixed with: one person alone shows none."""


@singledispatch
def weighted(law: Law, cell: Ints, weight: Floats) -> Law:
    r"""Law of weighted means of a group's estimates, :math:`R_g = \sum_s w_s \theta_{gs}`, one for each of G groups.

    It is a law of the same kind, of people or events as many as give the variance :math:`\sum_s w_s^2 V_{gs}`.

    Args:
        law: of single estimates, each of people of its own.
        cell: place in it of each group and stratum, shape (G, S).
        weight: w > 0, the same for all groups, summing to 1, shape (S,); known numbers.
    """
    raise TypeError(f"no weighted means of {type(law).__name__}")


@weighted.register
def _(law: Shares, cell: Ints, weight: Floats) -> Law:
    r"""R (1 − R) / Σ w² v / n people (Korn and Graubard 1998), with

    .. math:: v = \frac{n p (1 - p) + P (1 - P)}{n}, \quad P = \sum_s n_s p_s / \sum_s n_s,

    unbiased where the strata have one rate, and too large where they differ, the more the smaller they are.
    """
    share, size = law.value[cell], law.size[cell]
    value = share @ weight
    plain = 1 / ((1 / size) @ weight**2)
    common = (size * share).sum(axis=1, keepdims=True) / size.sum(axis=1, keepdims=True)
    spread = size * share * (1 - share) + POOLED_PEOPLE * common * (1 - common)
    variance = (spread / np.maximum(size - 1 + POOLED_PEOPLE, 1e-9) / size) @ weight**2
    people = np.divide(value * (1 - value), variance, out=plain, where=variance > 1e-12)
    return replace(law, value=np.clip(value, 0.0, 1.0), size=people, freedom=_least(law.freedom, cell))


@weighted.register
def _(law: Means, cell: Ints, weight: Floats) -> Law:
    """Third moments add up; the degrees of freedom are Satterthwaite's (1946, doi:10.2307/3002019)."""
    part = weight * law.error[cell]
    second, third = (part**2).sum(axis=1), (part**3 * law.skewness[cell]).sum(axis=1)
    fourth = (part**4 / law.freedom[cell]).sum(axis=1)
    skewness = np.divide(third, second**1.5, out=np.zeros_like(second), where=fourth > 0)
    freedom = np.divide(second**2, fourth, out=np.ones_like(second), where=fourth > 0)
    value: Floats = law.value[cell] @ weight
    return replace(law, value=value, error=np.sqrt(second), skewness=skewness, freedom=freedom, apart=None)


@weighted.register
def _(law: Events, cell: Ints, weight: Floats) -> Law:
    """R²/V events among R/V expected ones, V = Σ w² φ x/e² (Dobson et al. 1991, doi:10.1002/sim.4780100317)."""
    spread, expected = law.spread[cell], law.expected[cell]
    value = law.value[cell] @ weight
    variance = (spread * law.events[cell] / expected**2) @ weight**2
    among = np.divide(value, variance, out=1 / ((spread / expected) @ weight**2), where=variance > 0)
    return replace(
        law, events=value * among, expected=among, spread=np.ones(len(value)), freedom=_least(law.freedom, cell)
    )


@singledispatch
def widened(law: Law, effect: Floats) -> Law:
    """The law with the variance of each estimate enlarged so many times, shape (G,), ≥ 1."""
    raise TypeError(f"no wider {type(law).__name__}")


@widened.register
def _(law: Shares, effect: Floats) -> Law:
    """Fewer people."""
    return replace(law, size=law.size / effect)


@widened.register
def _(law: Means, effect: Floats) -> Law:
    """Larger errors."""
    return replace(law, error=law.error * np.sqrt(effect))


@widened.register
def _(law: Events, effect: Floats) -> Law:
    """Events that come in larger clusters."""
    return replace(law, spread=law.spread * effect)


def _least(freedom: Floats | float, cell: Ints) -> Floats | float:
    """Degrees of freedom of weighted means: the fewest of their parts, which is safe."""
    return freedom[cell].min(axis=1) if isinstance(freedom, np.ndarray) else freedom


def taken(law: Law, places: Ints) -> Law:
    """The law of some of the estimates: every field that has one entry for each is cut to them."""
    held = vars(law)
    cut = {name: values[places] for name, values in held.items() if isinstance(values, np.ndarray)}
    return replace(law, **cut)  # type: ignore[type-var]
