r"""Evidence about rates that grows look by look and may be read after each: tests by betting.

At every look a bet is laid against a claim about the rates of one or two groups. The bet is chosen before the outcomes
of the look are seen, and its mean pay-off is at most 1 while the claim holds; so the capital is a supermartingale that
begins at 1, and

.. math:: P(\text{the capital ever reaches } 1/\alpha) \le \alpha

(Ville 1939; Ramdas, Grünwald, Vovk and Shafer 2023, doi:10.1214/23-STS894). No sample need be large, rates may drift in
any way that keeps the claim, and nobody need say beforehand when to stop. Needed are that the rows of a look are
independent of each other given what was seen before, and that the sizes of the groups do not depend on their outcomes.

*The bet.* A claim is a half-plane C of rates, :math:`p_1 \le s \, p_2 + d`, which is a rate, a difference or a ratio
held against a bound. Against it stand rates q outside of C; r is the point of C with the smallest
:math:`\sum_g n_g \mathrm{KL}(q_g \| r_g)`. The pay-off is the likelihood ratio of q and r. For every p in C its mean is

.. math:: \prod_g \left( 1 + \frac{(p_g - r_g)(q_g - r_g)}{r_g (1 - r_g)} \right)^{n_g}
    \le \exp \sum_g n_g \frac{(p_g - r_g)(q_g - r_g)}{r_g (1 - r_g)} \le 1,

the last because the gradient of the sum of divergences at r points away from C (Turner, Ly and Grünwald 2024,
doi:10.1016/j.jspi.2023.106116, for one row of each group at a time; the line above is for any number).

*A change after years.* Capital that was lost while all was well would have to be won back. So the capital is spread
over the looks at which to begin, :math:`w_s = 1 / (s (s + 1))` on look s, which sums to 1 over all looks to come; and
over several sizes of what is looked for. The mixture needs no memory: :math:`M_t = e_t (M_{t-1} + w_t)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairaudit.arrays import Floats, Ints

EFFECTS = np.array([0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32])
"""How far beyond the claim the rates are that are bet on, each with an equal share of the capital."""
CENTRES = np.linspace(0.1, 0.9, 9)
"""Rates about which the first look bets, when none is known."""
MEMORY = 0.95
"""Weight of a look in the estimate about which the next one bets, relative to the look after it."""
NEAREST = 1e-4
"""How near to 0 and 1 rates that are bet on may be."""
NEWTON_STEPS = 3
"""Steps after which the root of a cubic, near enough by its formula, is exact to rounding."""


@dataclass(frozen=True, eq=False)
class Counts:
    """One rate in several groups, look by look."""

    yes: Floats
    """Rows that count, shape (T, G), whole numbers."""
    of: Floats
    """Rows among which they are counted, shape (T, G), whole numbers; 0 where a look has none of a group."""

    def of_groups(self, groups: Ints) -> Counts:
        """Some of the groups, in the order given."""
        return Counts(self.yes[:, groups], self.of[:, groups])

    @property
    def opposite(self) -> Counts:
        """The rate of the rows that do not count."""
        return Counts(self.of - self.yes, self.of)

    @property
    def pooled(self) -> Floats:
        """The rate over all looks, shape (G,); NaN without rows."""
        total = self.of.sum(axis=0)
        rate: Floats = np.divide(self.yes.sum(axis=0), total, out=np.full(len(total), np.nan), where=total > 0)
        return rate

    def expected(self) -> Floats:
        """What was known of each rate before each look, recent looks counting more, shape (T, G); NaN where nothing."""
        known = np.full(self.of.shape, np.nan)
        yes, of = np.zeros(self.of.shape[1]), np.zeros(self.of.shape[1])
        for look in range(len(self.of)):
            known[look] = np.where(of > 0, (yes + 0.5) / (of + 1), np.nan)
            yes, of = MEMORY * yes + self.yes[look], MEMORY * of + self.of[look]
        return known


def against_rate(counts: Counts, bound: float) -> Floats:
    """Log capital after each look against the claim that a rate is at most `bound`, shape (T, G).

    Args:
        counts: of each group.
        bound: in (0, 1); at or beyond 1 nothing is bet.
    """
    if bound >= 1:
        return np.zeros(counts.of.shape)
    q = np.clip(bound + EFFECTS, NEAREST, 1 - NEAREST)
    bets = q > bound
    q, r = np.where(bets, q, 0.5), np.where(bets, max(bound, NEAREST**2), 0.5)
    return _capital(_log_ratio(counts.yes[..., None], counts.of[..., None], q, r))


def against_line(first: Counts, second: Counts, slope: float, shift: float) -> Floats:
    r"""Log capital after each look against the claim :math:`p_1 \le s \, p_2 + d` of pairs of groups, shape (T, M).

    Args:
        first: of the first group of each pair.
        second: of the second, likewise.
        slope: s > 0; 1 for a difference.
        shift: d; 0 for a ratio.
    """
    if shift >= 1 or slope + shift <= 0:  # the claim holds whatever the rates are, or never: nothing is bet
        return np.zeros(first.of.shape)
    there = (first.of > 0) & (second.of > 0)
    known = first.expected(), second.expected()
    fresh = there & (np.isnan(known[0]) | np.isnan(known[1]))
    gains = np.zeros((*first.of.shape, len(EFFECTS)))
    for chosen, centres in ((there & ~fresh, None), (fresh, CENTRES)):
        one, other = (
            _Side(
                counts.yes[chosen][:, None, None],
                counts.of[chosen][:, None, None],
                rate[chosen][:, None, None] if centres is None else centres[:, None],
            )
            for counts, rate in zip((first, second), known, strict=True)
        )
        gains[chosen] = _log_mean(_bet(one, other, slope, shift), axis=1)
    return _capital(gains)


@dataclass(frozen=True, eq=False)
class _Side:
    """One group in some looks, arrays that broadcast to (looks, centres, effects)."""

    yes: Floats
    of: Floats
    about: Floats
    """Rate about which is bet."""

    @property
    def variance(self) -> Floats:
        """Of its rate in a look, if that is what is bet about."""
        return self.about * (1 - self.about) / self.of


def _bet(first: _Side, second: _Side, slope: float, shift: float) -> Floats:
    """Log pay-off of the bets on `EFFECTS` about some rates; see the module.

    The rates that are bet on are those nearest to what is known, in standard errors, at which p₁ lies so far beyond the
    line.
    """
    lacking = EFFECTS - (first.about - slope * second.about - shift)
    step = lacking / (first.variance + slope**2 * second.variance)
    q_1 = np.clip(first.about + first.variance * step, NEAREST, 1 - NEAREST)
    q_2 = np.clip(second.about - slope * second.variance * step, NEAREST, 1 - NEAREST)
    r_2 = _nearest(q_1, first.of, q_2, second.of, slope, shift)
    r_1, r_2 = (np.clip(r, NEAREST**2, 1 - NEAREST**2) for r in (slope * r_2 + shift, r_2))
    gain = _log_ratio(first.yes, first.of, q_1, r_1) + _log_ratio(second.yes, second.of, q_2, r_2)
    return np.where(q_1 > slope * q_2 + shift, gain, 0.0)


def _nearest(q_1: Floats, of_1: Floats, q_2: Floats, of_2: Floats, slope: float, shift: float) -> Floats:
    """Second rate of the point on the line that is nearest to q in Σ n KL(q ‖ r).

    The derivative along the line, cleared of its denominators, is a cubic with three real roots, of which the middle
    one lies between 0 and 1 (its signs there, and where either rate is 0 or 1, alternate).
    """
    s, d = slope, shift
    square = of_1 * s * (-(q_1 - d) - s) - of_2 * s * (q_2 * s + 1 - 2 * d)
    line = of_1 * s * (q_1 - d) + of_2 * (q_2 * s * (1 - 2 * d) - d * (1 - d))
    cube, level = s**2 * (of_1 + of_2), of_2 * q_2 * d * (1 - d)
    a, b, c = square / cube, line / cube, level / cube
    size = np.sqrt(np.maximum(a**2 / 9 - b / 3, 1e-300))
    angle = np.arccos(np.clip((-(a**3) / 27 + a * b / 6 - c / 2) / size**3, -1, 1))
    x = 2 * size * np.cos(angle / 3 - 2 * np.pi / 3) - a / 3
    for _ in range(NEWTON_STEPS):
        slant = (3 * x + 2 * a) * x + b
        step = np.divide(((x + a) * x + b) * x + c, slant, out=np.zeros_like(x), where=slant != 0)
        x = x - step
    nearest: Floats = x
    return nearest


def _log_ratio(yes: Floats, of: Floats, q: Floats, r: Floats) -> Floats:
    """Log likelihood ratio of two rates."""
    ratio: Floats = yes * np.log(q / r) + (of - yes) * np.log((1 - q) / (1 - r))
    return ratio


def _capital(gains: Floats) -> Floats:
    """Log capital after each look, from the log pay-offs of the looks, shape (T, M, J); the J are mixed."""
    capital, after = np.asarray(-np.inf), np.empty(gains.shape[:2])
    for look, gain in enumerate(gains):
        capital = gain + np.logaddexp(capital, -np.log((look + 1.0) * (look + 2.0)))
        after[look] = _log_mean(capital, axis=1)
    return after


def _log_mean(values: Floats, axis: int) -> Floats:
    top = values.max(axis=axis, keepdims=True)
    mean: Floats = np.log(np.exp(values - top).mean(axis=axis)) + np.squeeze(top, axis)
    return mean
