"""Limits of a mean, also where values are skewed: amounts, errors, mean predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from fairaudit.arrays import Floats, Ints
from fairaudit.scoretable.cells import sum_by

UNDERSTATED = 1.5
"""By how much the skewness of a small sample is taken to understate that of its source. Chosen by simulation: without
it a 95% interval of a lognormal mean (σ = 1) of 25 rows covers 92%, with it 94%, and normal means keep their 95%."""


def mean_limits(value: Floats, error: Floats, skewness: Floats, freedom: Floats, tail: float) -> tuple[Floats, Floats]:
    r"""Limits of a mean from its studentised deviation, straightened by Hall's transformation.

    T = (mean − truth) / error is skewed the other way than the values, so that Student's limits of a lognormal mean are
    too low. With a the skewness of the mean, T + a T²/3 + a² T³/27 + a/6 is nearly normal, and

    .. math:: \hat\theta - s \, g(\pm t), \quad g(x) = \frac{3}{a} \left( \sqrt[3]{1 + a (x - a/6)} - 1 \right),

    t Student's quantile (Hall 1992, doi:10.1111/j.2517-6161.1992.tb01872.x).

    Args:
        value: means θ̂, shape (G,).
        error: their standard errors s, ≥ 0.
        skewness: a, third cumulant of the mean over s³: γ/√n for n equally weighted values of skewness γ.
        freedom: degrees of freedom of s, > 0.
        tail: probability of either error, in (0, 0.5).

    Returns:
        Limits; value ∓ t s where a is 0.
    """
    reach = -stdtrit(freedom, tail)
    straight = np.abs(skewness) < 1e-6
    bend = np.where(straight, 1.0, skewness)

    def quantile(at: Floats) -> Floats:
        bent = 3 / bend * (np.cbrt(1 + bend * (at - bend / 6)) - 1)
        result: Floats = np.where(straight, at, bent)
        return result

    return value - error * quantile(reach), value - error * quantile(-reach)


@dataclass(frozen=True, eq=False)
class Moments:
    """What the limits of a weighted mean are made of, in each of G groups."""

    error: Floats
    """Standard error of the mean, shape (G,)."""
    skewness: Floats
    """Skewness of the mean, enlarged for what a sample understates, shape (G,)."""
    effective: Floats
    """Effective number of rows (Σω)²/Σω², shape (G,)."""


def moments(bearing: Floats, weight: Floats, rows: Floats, group: Ints, size: int) -> Moments:
    r"""Standard error and skewness of a weighted mean, or ratio, in each group, from how each line bears on it.

    .. math:: s^2 = \frac{m}{m - 1} \sum_k b_k^2, \quad
        a = 1.5 \frac{\sqrt{m (m - 1)}}{m - 2} \frac{\sum_k b_k^3}{(\sum_k b_k^2)^{3/2}}, \quad
        m = 1 / \sum_k \omega_k^2,

    sums over rows, ω the weights as shares of their group, m the effective number of rows (Kish 1965). For equal
    weights the usual estimates, but for the 1.5 of `UNDERSTATED`.

    Args:
        bearing: Σ b over the rows of each line, shape (L,): ω (y − mean) for a mean, (y − ratio · x) / Σ x for a ratio.
        weight: weight of each line, all its rows together, shape (L,), ≥ 0.
        rows: number of rows of each line, shape (L,), > 0; they are alike.
        group: group of each line, shape (L,).
        size: number of groups G.
    """
    squares = sum_by(group, weight**2 / rows, size)
    mass = sum_by(group, weight, size)
    effective = np.divide(mass**2, squares, out=np.zeros_like(squares), where=squares > 0)
    second = sum_by(group, bearing**2 / rows, size)
    third = sum_by(group, bearing**3 / rows**2, size)
    spare = np.maximum(effective - 1, 1e-9)
    raw = np.divide(third, second**1.5, out=np.zeros_like(third), where=second > 0)
    enlarged = UNDERSTATED * np.sqrt(effective * spare) / np.maximum(effective - 2, 1.0)
    return Moments(np.sqrt(second * effective / spare), enlarged * raw, effective)


@dataclass(frozen=True, eq=False)
class Means:
    """Means of groups without common rows."""

    value: Floats
    """Mean of each group, shape (G,)."""
    error: Floats
    """Standard errors, shape (G,)."""
    skewness: Floats
    """Skewness of the means, shape (G,)."""
    freedom: Floats
    """Degrees of freedom of the errors, > 0, shape (G,)."""
    domain: tuple[float, float] = (-np.inf, np.inf)
    """Between which numbers the truth lies for certain."""

    def limits(self, tail: float) -> tuple[Floats, Floats]:
        """Limits by Hall's transformation; see `Law`."""
        low, high = mean_limits(self.value, self.error, self.skewness, self.freedom, tail)
        return np.clip(low, *self.domain), np.clip(high, *self.domain)

    def parts(self, tail: float) -> tuple[Floats, Floats]:
        """The same."""
        return self.limits(tail)

    def strict(self, tail: float) -> tuple[Floats, Floats]:
        """The same."""
        return self.limits(tail)


@dataclass(frozen=True, eq=False)
class Roots:
    """Root mean squares: the roots of a law of means."""

    squares: Means
    """Law of the mean squares, domain [0, ∞)."""

    @property
    def value(self) -> Floats:
        """Root of each mean."""
        return np.sqrt(self.squares.value)

    @property
    def error(self) -> Floats:
        """That of the mean square over twice the root."""
        return self.squares.error / np.maximum(2 * self.value, 1e-300)

    def limits(self, tail: float) -> tuple[Floats, Floats]:
        """Roots of the limits; see `Law`."""
        low, high = self.squares.limits(tail)
        return np.sqrt(low), np.sqrt(high)

    def parts(self, tail: float) -> tuple[Floats, Floats]:
        """The same."""
        return self.limits(tail)

    def strict(self, tail: float) -> tuple[Floats, Floats]:
        """The same."""
        return self.limits(tail)
