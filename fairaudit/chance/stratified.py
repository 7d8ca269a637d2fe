"""Tables of two outcomes by group and stratum: what is common to the strata, and whether anything is.

Events and people by stratum and group, shape (S, G) each. A stratum in which a group has nobody adds nothing to what is
said of that group. Under weights the people are effective numbers, which need not be whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtri

from fairaudit.arrays import Flags, Floats
from fairaudit.chance.equality import TIE, TINY
from fairaudit.chance.exact import hypergeometric
from fairaudit.chance.shuffles import Null
from fairaudit.scoretable.contingency import contingency_tables

FAR_ENOUGH = 5.0
"""Events by which the expected number must lie within its range for the χ² law (Mantel and Fleiss 1980,
American Journal of Epidemiology 112)."""
FEWEST_FITTED = 1.0
"""Fitted people in every entry of every table from which the χ² law of homogeneity is taken."""


@dataclass(frozen=True)
class Common:
    """A number common to all strata, with limits; NaN where nothing is known of it."""

    value: float
    low: float
    high: float


UNKNOWN = Common(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class StratifiedTest:
    """Outcome of a test over all strata."""

    statistic: float
    """About χ² of `freedom` degrees if the hypothesis holds; NaN where nothing can be tested."""
    freedom: int
    """Degrees of freedom."""
    p_value: float
    """P-value, > 0; 1 where nothing varies; NaN where it is not known."""
    method: str
    """``chi-square``, ``exact``, ``permutation``, or ``none`` where nothing varies."""
    error: float = 0.0
    """Monte Carlo standard error of the p-value; 0 where nothing was drawn."""


@dataclass(frozen=True, eq=False)
class TwoGroups:
    """Two groups in S strata. Letters as in the fourfold table: a of n₁ and c of n₂ have the event, m of N in all."""

    first: Floats
    """a, shape (S,)."""
    of_first: Floats
    """n₁."""
    second: Floats
    """c."""
    of_second: Floats
    """n₂."""

    @property
    def people(self) -> Floats:
        """N in each stratum; 1 where there is nobody, so that nothing is divided by 0."""
        whole = self.of_first + self.of_second
        return np.where(whole > 0, whole, 1.0)

    def odds_ratio(self, tail: float) -> Common:
        r"""The common odds ratio of Mantel and Haenszel, with limits from the variance of its logarithm.

        .. math:: \hat\psi = \frac{\sum R}{\sum S}, \quad R = a d / N, \; S = b c / N, \quad
            \frac{\sum P R}{2 (\sum R)^2} + \frac{\sum (P S + Q R)}{2 \sum R \sum S} + \frac{\sum Q S}{2 (\sum S)^2},

        P = (a + d)/N, Q = (b + c)/N (Robins, Breslow and Greenland 1986, doi:10.2307/2531052): right for few large
        strata and for many small ones. 1: equal odds. Not known where one of the sums is 0.

        Args:
            tail: probability of either error.
        """
        a, c, n = self.first, self.second, self.people
        b, d = self.of_first - a, self.of_second - c
        r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
        up, down = float(r.sum()), float(s.sum())
        if not (up > 0 and down > 0):
            return UNKNOWN
        variance = (p @ r) / (2 * up**2) + (p @ s + q @ r) / (2 * up * down) + (q @ s) / (2 * down**2)
        return _about(np.log(up / down), float(np.sqrt(variance)), tail)

    def risk_ratio(self, tail: float) -> Common:
        r"""The common ratio of the two shares, with limits from the variance of its logarithm.

        .. math:: \frac{\sum a n_2 / N}{\sum c n_1 / N}, \quad
            \frac{\sum (n_1 n_2 m - a c N) / N^2}{\sum (a n_2 / N) \sum (c n_1 / N)}

        (Greenland and Robins 1985, doi:10.2307/2530643). 1: equal shares. Not known where one of the sums is 0.

        Args:
            tail: probability of either error.
        """
        n, m = self.people, self.first + self.second
        up, down = float((self.first * self.of_second / n).sum()), float((self.second * self.of_first / n).sum())
        if not (up > 0 and down > 0):
            return UNKNOWN
        spread = ((self.of_first * self.of_second * m - self.first * self.second * n) / n**2).sum()
        return _about(np.log(up / down), float(np.sqrt(max(spread, 0.0) / (up * down))), tail)

    def risk_difference(self, tail: float) -> Common:
        r"""The common difference of the two shares, weighted by n₁n₂/N, with limits by inverting its score.

        .. math:: \hat\delta = \frac{\sum (a n_2 - c n_1)/N}{\sum n_1 n_2 / N}, \quad
            \mathrm{Var}(\delta) = \frac{\delta \sum P + \sum Q}{(\sum n_1 n_2/N)^2}, \quad
            P = \frac{n_1^2 c - n_2^2 a + n_1 n_2 (n_2 - n_1)/2}{N^2}, \;
            Q = \frac{a (n_2 - c) + c (n_1 - a)}{2 N}

        The variance, right for few large strata and for many small ones, is that of Sato, Greenland and Robins
        (1989, Biometrics 45); the limits are those δ that lie z of its standard errors away, the variance taken
        at δ itself (Klingenberg 2014, doi:10.1002/sim.6122). In [−1, 1]; 0: equal shares. Not known where no stratum
        holds both groups, nor its limits where all people of the strata are alike.

        Args:
            tail: probability of either error.
        """
        a, c, n_1, n_2, n = self.first, self.second, self.of_first, self.of_second, self.people
        weight = float((n_1 * n_2 / n).sum())
        if not weight > 0:
            return UNKNOWN
        value = float(((a * n_2 - c * n_1) / n).sum()) / weight
        linear = float(((n_1**2 * c - n_2**2 * a + n_1 * n_2 * (n_2 - n_1) / 2) / n**2).sum())
        constant = float(((a * (n_2 - c) + c * (n_1 - a)) / (2 * n)).sum())
        reach = ndtri(tail) ** 2 / weight**2
        # The variance is 0 as well where all of one group have the event and none of the other; the limits differ then.
        if not (constant > 0 and value * linear + constant >= -TIE * constant):
            return Common(value, np.nan, np.nan)
        middle = value + reach * linear / 2
        half = np.sqrt(max(middle**2 - value**2 + reach * constant, 0.0))
        return Common(value, max(float(middle - half), -1.0), min(float(middle + half), 1.0))

    def homogeneity(self) -> StratifiedTest:
        r"""Test of Breslow and Day that the odds ratio is the same in all strata, with Tarone's correction.

        .. math:: \sum_s \frac{(a_s - A_s)^2}{V_s} - \frac{(\sum a_s - \sum A_s)^2}{\sum V_s}, \quad
            V = \left( \frac{1}{A} + \frac{1}{m - A} + \frac{1}{n_1 - A} + \frac{1}{n_2 - m + A} \right)^{-1}

        with A the events of the first group that the common odds ratio of Mantel and Haenszel gives with the margins of
        the stratum; χ² with one degree less than there are strata with both groups and both outcomes (Breslow and Day
        1980; Tarone 1985, doi:10.1093/biomet/72.1.91). The p-value is not known where a fitted entry is below
        `FEWEST_FITTED`: the law does not hold there.
        """
        m, n = self.first + self.second, self.of_first + self.of_second
        used: Flags = (self.of_first > 0) & (self.of_second > 0) & (m > 0) & (m < n)
        odds = self.odds_ratio(0.025).value
        if used.sum() < 2 or not np.isfinite(odds):
            return StratifiedTest(np.nan, 0, np.nan, "none")
        a, n_1, n_2, m = self.first[used], self.of_first[used], self.of_second[used], m[used]
        linear = n_2 - m + odds * (n_1 + m)
        fitted = 2 * odds * n_1 * m / (linear + np.sqrt(np.maximum(linear**2 + 4 * (1 - odds) * odds * n_1 * m, 0.0)))
        entries = np.array([fitted, m - fitted, n_1 - fitted, n_2 - m + fitted])
        variance = 1 / (1 / np.maximum(entries, 1e-300)).sum(axis=0)
        missed = a - fitted
        statistic = float((missed**2 / variance).sum() - missed.sum() ** 2 / variance.sum())
        freedom = int(used.sum()) - 1
        known = entries.min() >= FEWEST_FITTED
        p_value = max(float(chdtrc(freedom, statistic)), TINY) if known else np.nan
        return StratifiedTest(statistic, freedom, p_value, "chi-square" if known else "none")


def _about(log: float, error: float, tail: float) -> Common:
    reach = -float(ndtri(tail)) * error
    return Common(float(np.exp(log)), float(np.exp(log - reach)), float(np.exp(log + reach)))


def same_within_strata(events: Floats, size: Floats, draws: int, rng: np.random.Generator) -> StratifiedTest:
    r"""Test of Cochran, Mantel and Haenszel that a share is the same in all groups within every stratum.

    .. math:: T' V^{-} T, \quad T_g = \sum_s \left( x_{sg} - m_s \frac{n_{sg}}{N_s} \right), \quad
        V_{gh} = \sum_s \frac{m_s (N_s - m_s)}{N_s - 1} \frac{n_{sg}}{N_s} \left( \delta_{gh} - \frac{n_{sh}}{N_s}
        \right)

    χ² with the rank of V as degrees of freedom, one less than there are groups (Landis, Heyman and Koch 1978,
    doi:10.2307/1402373); for two groups the usual statistic, without correction for continuity. It is strong against a
    difference that goes one way in all strata, and blind to one that goes either way by turns. Where events are few
    (see `FAR_ENOUGH`) the p-value is exact for two groups, the law of Σ a being that of a sum of hypergeometric
    numbers, and for more of them that of people shuffled within each stratum.

    Args:
        events: x, people with the event, shape (S, G), whole where there are draws.
        size: n, people, shape (S, G), ≥ 0.
        draws: shuffles; 0: always the χ² law, as for effective numbers.
        rng: source of the shuffles.
    """
    people, m = size.sum(axis=1), events.sum(axis=1)
    used = (people > 1) & (m > 0) & (m < people) & ((size > 0).sum(axis=1) > 1)
    if not used.any():
        return StratifiedTest(0.0, 0, 1.0, "none")
    x, n, people, m = events[used], size[used], people[used, None], m[used, None]
    part, scale = n / people, m * (people - m) / (people - 1)
    expected = m * part
    variance = np.diag((scale * part).sum(axis=0)) - np.einsum("sg,sh->gh", scale * part, part)
    inverse = np.linalg.pinv(variance, rcond=1e-9, hermitian=True)
    freedom = int(np.linalg.matrix_rank(variance, tol=1e-9 * variance.max(), hermitian=True))

    def statistic(total: Floats) -> Floats:
        deviation = total - expected.sum(axis=0)
        result: Floats = np.einsum("...g,gh,...h->...", deviation, inverse, deviation)
        return result

    seen = float(statistic(x.sum(axis=0)))
    law = StratifiedTest(seen, freedom, max(float(chdtrc(freedom, seen)), TINY), "chi-square")
    least, most = np.maximum(0.0, m - (people - n)), np.minimum(m, n)
    room = np.minimum((expected - least).sum(axis=0), (most - expected).sum(axis=0))
    there = n.sum(axis=0) > 0
    if draws == 0 or room[there].min() >= FAR_ENOUGH:
        return law
    if there.sum() == 2:
        p_value = _exact(x[:, there][:, 0], n[:, there][:, 0], people[:, 0], m[:, 0])
        return StratifiedTest(seen, freedom, p_value, "exact")
    drawn = np.zeros((draws, n.shape[1]))
    for events_of, sizes, total in zip(m[:, 0], n, people[:, 0], strict=True):
        own = sizes > 0
        drawn[:, own] += contingency_tables(np.array([events_of, total - events_of]), sizes[own], draws, rng)[:, 0]
    null = Null(seen, statistic(drawn))
    assert null.p_value is not None
    return StratifiedTest(seen, freedom, null.p_value, "permutation", null.p_error or 0.0)


def _exact(events: Floats, size: Floats, people: Floats, total: Floats) -> float:
    """Chance of Σ a at least as far from its mean as observed, given all margins."""
    law, start = np.ones(1), 0
    for n, everyone, m in np.round(np.column_stack([size, people, total])).astype(int):
        least, most = max(0, m - (everyone - n)), min(m, n)
        law = np.convolve(law, hypergeometric(np.arange(least, most + 1), everyone, m, n))
        start += least
    mean = float((total * size / people).sum())
    far = np.abs(start + np.arange(len(law)) - mean)
    mine = abs(float(events.sum()) - mean)
    return float(np.clip(law[far >= mine - TIE * max(mine, 1.0)].sum(), TINY, 1.0))
