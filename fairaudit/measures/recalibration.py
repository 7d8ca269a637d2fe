"""Logistic recalibration: by how much predicted probabilities would have to be moved and stretched to be right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, expit, fdtrc

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.equality import TINY
from fairaudit.scoretable.cells import sum_by

STEPS = 100
"""Steps of Newton's method at most."""
TOLERANCE = 1e-10
"""Step at which it has met."""
LIMIT = 1e3
"""Slope beyond which there is none: the predictions separate the outcomes."""


@dataclass(frozen=True)
class CalibrationLine:
    """logit P(y = 1) = a + b · logit p, and calibration in the large."""

    shift: float
    """a with b = 1."""
    shift_error: float
    """Its standard error."""
    slope: float
    """b; NaN where it has no finite value."""
    slope_error: float
    """Its standard error."""
    p_value: float
    """Likelihood ratio test of a = 0 and b = 1; of people with several rows Wald's by their covariance (Hotelling)."""
    freedom: float = np.inf
    """Degrees of freedom of the errors: the effective number of people less 1 where they have several rows."""


def recalibrate(logit: Floats, events: Floats, people: Floats, cluster: Ints | None = None) -> CalibrationLine | None:
    r"""The likeliest a and b of a group, and the likeliest a where b is 1 (Cox 1958, doi:10.1093/biomet/45.3-4.562).

    .. math:: \ell(a, b) = \sum_k x_k \eta_k - n_k \log(1 + e^{\eta_k}), \quad \eta_k = a + b \, \mathrm{logit}(p_k)

    Args:
        logit: of the predictions, finite, shape (L,).
        events: x, people with the outcome at each, shape (L,); under weights by what they are worth.
        people: n, all people at each, shape (L,).
        cluster: code of whom each is about, where people have several rows; None: each row is about somebody else.

    Returns:
        None where all or none have the outcome. Errors by the information, as of a logistic regression; in clusters by
        the sandwich of it around what each adds to the gradient (Liang and Zeger 1986, doi:10.1093/biomet/73.1.13).
    """
    if not 0 < events.sum() < people.sum():
        return None
    sums = _Sums(events, people, cluster)
    plain = np.ones((len(logit), 1))
    shift, of_shift = _newton(plain, sums, logit)
    both, covariance = _newton(np.column_stack([plain, logit]), sums, np.zeros_like(logit))
    known = bool(abs(both[1]) < LIMIT)
    if not known:
        p_value = np.nan
    elif cluster is None:
        best = _likelihood(both[0] + both[1] * logit, events, people)
        p_value = float(chdtrc(2, max(2 * (best - _likelihood(logit, events, people)), 0.0)))
    else:
        p_value = _wald(both - [0.0, 1.0], covariance, sums.freedom)
    return CalibrationLine(
        float(shift[0]),
        float(np.sqrt(of_shift[0, 0])),
        float(both[1]) if known else np.nan,
        float(np.sqrt(covariance[1, 1])) if known else np.nan,
        p_value,
        sums.freedom,
    )


@dataclass(frozen=True, eq=False)
class _Sums:
    """What a likelihood is made of."""

    events: Floats
    people: Floats
    cluster: Ints | None

    @property
    def freedom(self) -> float:
        """Effective number of clusters less 1; infinite without them."""
        if self.cluster is None:
            return np.inf
        of_one = sum_by(self.cluster, self.people)
        return max(float(of_one.sum() ** 2 / (of_one**2).sum()) - 1, 1.0)

    def covariance(self, information: Floats, scores: Floats) -> Floats:
        """Covariance of coefficients from the information and what each line adds to the gradient, shape (L, k)."""
        inverse = np.asarray(np.linalg.inv(information), dtype=np.float64)
        if self.cluster is None:
            return inverse
        of_one = np.column_stack([sum_by(self.cluster, column) for column in scores.T])
        result: Floats = inverse @ (of_one.T @ of_one) @ inverse * (self.freedom + 1) / self.freedom
        return result


def _wald(off: Floats, covariance: Floats, freedom: float) -> float:
    """P-value of two coefficients with a covariance over so many clusters, less 1."""
    statistic = float(off @ np.linalg.pinv(covariance) @ off)
    spare = max(freedom - 1, 1.0)
    return max(float(fdtrc(2, spare, statistic * spare / (2 * freedom))), TINY)


def _likelihood(eta: Floats, events: Floats, people: Floats) -> float:
    return float(events @ eta - people @ np.logaddexp(0.0, eta))


def _newton(columns: Floats, sums: _Sums, offset: Floats) -> tuple[Floats, Floats]:
    """Coefficients and their covariance; NaN where the likelihood has no maximum."""
    count, events, people = columns.shape[1], sums.events, sums.people
    nowhere = np.full(count, np.nan), np.full((count, count), np.nan)
    beta = np.zeros(count)
    at = _likelihood(offset, events, people)
    for _ in range(STEPS):
        share = expit(offset + columns @ beta)
        scores = columns * (events - people * share)[:, None]
        gradient = scores.sum(axis=0)
        information = (columns * (people * share * (1 - share))[:, None]).T @ columns
        if not np.linalg.det(information) > 1e-300 or np.linalg.cond(information) > 1e14:
            return nowhere
        step = np.linalg.solve(information, gradient)
        while (reached := _likelihood(offset + columns @ (beta + step), events, people)) < at - 1e-9 * abs(at):
            step /= 2
        beta, at = beta + step, reached
        if np.abs(step).max() < TOLERANCE * (1 + np.abs(beta).max()):
            return beta, sums.covariance(information, scores)
    return nowhere
