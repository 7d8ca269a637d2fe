r"""How far a model's importance distribution is from a reference over the factors, with the gradient.

With importances I ≥ 0 of J factors, r = I / ΣI their shares and ε = `SMOOTHING`, the importance distribution is

.. math:: p_j = \frac{I_j + \varepsilon \sum I}{\sum_k (I_k + \varepsilon \sum I)}
    = \frac{r_j + \varepsilon}{1 + J \varepsilon}

so that no share is 0, and the unit of I does not matter. A *consistency loss* is d(q, p) for a reference q that is made
in the same way from weights, or the Plackett–Luce likelihood for one that only orders the factors. All are in nats.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import rel_entr

from fairaudit.arrays import Floats, Ints
from fairaudit.errors import OptionError
from fairaudit.explaining.attribution import shares as shares_of
from fairaudit.measures.divergence import jensen_shannon
from fairaudit.options import DIVERGENCES

Distance = Callable[[Floats, Floats], tuple[float, Floats]]

SMOOTHING = 1e-3
"""ε, a share of the total importance: a factor of no importance has p of about that, not 0, and KL(q‖p) is finite."""


def distribution(importance: Floats) -> Floats:
    """The importance distribution p of importances, shape (..., J): positive, sums to 1; even where all are 0."""
    return np.asarray((shares_of(importance) + SMOOTHING) / (1 + importance.shape[-1] * SMOOTHING))


def pull(importance: Floats, gradient: Floats) -> Floats:
    """From a gradient by p to that by the importances, both of shape (J,); 0 where all importances are 0."""
    total = float(importance.sum())
    if total <= 0:
        return np.zeros_like(gradient)
    return np.asarray((gradient - importance @ gradient / total) / (total * (1 + len(importance) * SMOOTHING)))


def kl(reference: Floats, shares: Floats) -> tuple[float, Floats]:
    """KL(q‖p) = Σ q log(q/p), nats, ≥ 0, 0 where p = q; and its gradient by p.

    It is large where p has little of what q has much of: no factor of the reference may be missed.

    Args:
        reference: q, shape (J,), positive, sums to 1.
        shares: p, shape (J,), positive, sums to 1.
    """
    return _sum(rel_entr(reference, shares)), -reference / shares


def reverse_kl(reference: Floats, shares: Floats) -> tuple[float, Floats]:
    """KL(p‖q) = Σ p log(p/q), nats, ≥ 0, 0 where p = q; and its gradient by p.

    It is large where p has much of what q has little of: no factor may matter that the reference rules out.
    """
    return _sum(rel_entr(shares, reference)), np.log(shares / reference) + 1


def js(reference: Floats, shares: Floats) -> tuple[float, Floats]:
    """½ KL(q‖m) + ½ KL(p‖m), m = ½ (q + p), nats, in [0, log 2], 0 where p = q; and its gradient by p, ½ log(p/m)."""
    value = float(jensen_shannon(np.stack([reference, shares]) / 2)) * float(np.log(2))
    return value, 0.5 * np.log(2 * shares / (reference + shares))


def balanced(reference: Floats, shares: Floats) -> tuple[float, Floats]:
    r"""Both KL divergences, each weighted by the other's share of their sum, so that they always weigh the same.

    .. math:: \frac{b}{a+b} a + \frac{a}{a+b} b = \frac{2ab}{a+b}, \quad
        a = \mathrm{KL}(q \Vert p), \; b = \mathrm{KL}(p \Vert q)

    their harmonic mean: nats, ≥ 0, 0 where p = q, symmetric in p and q, and at most twice the smaller of the two, so
    that one missed factor does not outweigh all others. Near p = q it equals each of them to second order.
    """
    (a, by_a), (b, by_b) = kl(reference, shares), reverse_kl(reference, shares)
    if a + b <= 0:
        return 0.0, np.zeros_like(shares)
    return 2 * a * b / (a + b), 2 * (b**2 * by_a + a**2 * by_b) / (a + b) ** 2


DISTANCES: dict[str, Distance] = {"kl": kl, "reverse-kl": reverse_kl, "js": js, "balanced": balanced}
"""Divergences of shares from the shares of a reference."""
PLACKETT_LUCE = "plackett-luce"


def plackett_luce(tier: Ints, shares: Floats) -> tuple[float, Floats]:
    r"""Mean negative log-likelihood of an order of tiers, nats a choice; and its gradient by p.

    .. math:: -\frac1C \sum_{j:\, \text{below } j \ne \emptyset}
        \log \frac{p_j}{p_j + \sum_{l \text{ below } j} p_l}

    where l is below j if its tier is a later one, and C counts the factors that have any below them. With one factor a
    tier this is the Plackett–Luce likelihood of the order: factors are drawn one by one, with chances p, from those
    left. Factors of one tier are not compared with each other. It is not 0 where the order holds, but falls on as the
    shares part further; where all shares are even, each choice costs the log of the number of candidates.

    Source: Plackett (1975), doi:10.2307/2346567; the tiers are ours.

    Args:
        tier: of each factor, shape (J,); smaller numbers are more important, and there are at least two.
        shares: p, shape (J,), positive.
    """
    below = (tier[:, None] < tier).astype(np.float64)
    chosen = below.any(axis=1)
    candidates = shares + below @ shares
    inverse = np.where(chosen, 1 / candidates, 0.0)
    gradient = inverse + below.T @ inverse - np.where(chosen, 1 / shares, 0.0)
    choices = int(chosen.sum())
    return _sum(np.log(candidates[chosen] / shares[chosen])) / choices, np.asarray(gradient / choices)


@dataclass(frozen=True, eq=False)
class Reference:
    """What is known of the importance of a model's factors."""

    tier: Ints
    """Tier of each factor, shape (J,), from 0, the most important."""
    weight: Floats | None = None
    """Weights as given, shape (J,), ≥ 0, not all 0; None where only the order is known."""

    @property
    def shares(self) -> Floats | None:
        """q, shape (J,), smoothed as p is; None where only the order is known."""
        return None if self.weight is None else distribution(self.weight / self.weight.max())  # whose sum is finite

    @property
    def divergence(self) -> str:
        """What measures the distance from it unless something else is asked for."""
        return PLACKETT_LUCE if self.weight is None else "kl"


@dataclass(frozen=True, eq=False)
class ConsistencyLoss:
    """d(q, p) as a function of importances: callable, value and gradient."""

    reference: Reference
    divergence: str

    def __post_init__(self) -> None:
        """Refuse a divergence that the reference does not allow."""
        if self.divergence not in DIVERGENCES:
            raise OptionError(f"divergence '{self.divergence}' is unknown; choose one of {', '.join(DIVERGENCES)}")
        if self.divergence != PLACKETT_LUCE and self.reference.weight is None:
            raise OptionError(
                f"divergence {self.divergence} needs weights, but the knowledge is an order; use {PLACKETT_LUCE}, or"
                " give weights"
            )
        if self.divergence == PLACKETT_LUCE and len(np.unique(self.reference.tier)) < 2:
            raise OptionError("the knowledge sets no factor above another, so that there is no order to follow")

    def of_shares(self, shares: Floats) -> tuple[float, Floats]:
        """Value and gradient for an importance distribution p, shape (J,)."""
        if self.divergence == PLACKETT_LUCE:
            return plackett_luce(self.reference.tier, shares)
        reference = self.reference.shares
        assert reference is not None
        return DISTANCES[self.divergence](reference, shares)

    def __call__(self, importance: Floats) -> tuple[float, Floats]:
        """Value and gradient for importances I, shape (J,), ≥ 0: d(q, p(I)) does not change with the unit of I."""
        value, gradient = self.of_shares(distribution(importance))
        return value, pull(importance, gradient)


def agreement(tier: Ints, shares: Floats) -> float | None:
    """Share of the pairs of factors which an order tells apart that the shares put in that order, in [0, 1].

    Args:
        tier: of each factor, shape (J,); smaller numbers are more important.
        shares: importance of each factor, shape (J,); a tie counts half.

    Returns:
        1 where the order holds throughout, about ½ by chance; None where the order tells no pair apart.
    """
    above = tier[:, None] < tier
    if not above.any():
        return None
    sign = np.sign(shares[:, None] - shares)[above]
    return float((1 + sign.mean()) / 2)


def _sum(values: Floats) -> float:
    return float(values.sum())
