"""Logistic recalibration: by how much predicted probabilities would have to be moved and stretched to be right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, expit

from fairaudit.arrays import Floats

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
    """Likelihood ratio test of a = 0 and b = 1."""


def recalibrate(logit: Floats, events: Floats, people: Floats) -> CalibrationLine | None:
    r"""The likeliest a and b of a group, and the likeliest a where b is 1 (Cox 1958, doi:10.1093/biomet/45.3-4.562).

    .. math:: \ell(a, b) = \sum_k x_k \eta_k - n_k \log(1 + e^{\eta_k}), \quad \eta_k = a + b \, \mathrm{logit}(p_k)

    Args:
        logit: of the predictions, finite, shape (L,).
        events: x, people with the outcome at each, shape (L,); under weights by what they are worth.
        people: n, all people at each, shape (L,).

    Returns:
        None where all or none have the outcome. Errors by the information, as of a logistic regression.
    """
    if not 0 < events.sum() < people.sum():
        return None
    plain = np.ones((len(logit), 1))
    shift, shift_error = _newton(plain, events, people, logit)
    varied = np.ptp(logit) > 1e-12 * max(1.0, float(np.abs(logit).max()))
    both, errors = (
        _newton(np.column_stack([plain, logit]), events, people, np.zeros_like(logit))
        if varied
        else (np.array([shift[0], np.nan]), np.array([np.nan, np.nan]))
    )
    known = bool(np.isfinite(both).all() and abs(both[1]) < LIMIT)
    best = _likelihood(both[0] + both[1] * logit, events, people) if known else np.nan
    statistic = 2 * (best - _likelihood(logit, events, people))
    return CalibrationLine(
        float(shift[0]),
        float(shift_error[0]),
        float(both[1]) if known else np.nan,
        float(errors[1]) if known else np.nan,
        float(chdtrc(2, max(statistic, 0.0))) if known else np.nan,
    )


def _likelihood(eta: Floats, events: Floats, people: Floats) -> float:
    return float(events @ eta - people @ np.logaddexp(0.0, eta))


def _newton(columns: Floats, events: Floats, people: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """Coefficients and their standard errors; NaN where the likelihood has no maximum."""
    count = columns.shape[1]
    beta = np.zeros(count)
    at = _likelihood(offset, events, people)
    for _ in range(STEPS):
        share = expit(offset + columns @ beta)
        gradient = columns.T @ (events - people * share)
        information = (columns * (people * share * (1 - share))[:, None]).T @ columns
        if not np.linalg.det(information) > 1e-300 or np.linalg.cond(information) > 1e14:
            return np.full(count, np.nan), np.full(count, np.nan)
        step = np.linalg.solve(information, gradient)
        while (reached := _likelihood(offset + columns @ (beta + step), events, people)) < at - 1e-9 * abs(at):
            step /= 2
        beta, at = beta + step, reached
        if np.abs(step).max() < TOLERANCE * (1 + np.abs(beta).max()):
            return beta, np.sqrt(np.diag(np.linalg.inv(information)))
        if np.abs(beta).max() > LIMIT:
            break
    return np.full(count, np.nan), np.full(count, np.nan)
