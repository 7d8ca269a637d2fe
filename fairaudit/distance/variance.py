"""Distance variance: how far values lie apart, by the same doubly centred distances as every distance covariance.

dVar² is dCov² of something with itself: of predictions it is what dCov² is divided by to be free of their scale.
"""

from __future__ import annotations

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.distance.kernel import centring, doubly_centred, mean_absolute_differences

NOTHING = 1e-14
"""Distance variance, as a share of the squared range, up to which all values are taken as equal: it is rounding."""


def distance_variance(spread: float, mean: Floats, weight: Floats, rows: float | None = None) -> float:
    r"""Distance variance of places: :math:`\sum \omega \omega \, C(D)^2`, or for n rows of one weight the unbiased
    :math:`\sum_{k \ne l} \tilde C(D)^2 / (n (n - 3))`.

    Args:
        spread: :math:`\sum \omega \, \|x - \bar x\|^2` of the places (`cells.spread_of`); twice that is Σ ωω D².
        mean: weighted mean distance of each to all others, shape (n,).
        weight: ω, shape (n,), sums to 1.
        rows: n for the unbiased version; None for the biased one.

    Returns:
        dVar², unit of the places squared: 0 where all are equal, not negative unless unbiased.
    """
    single, double, scale = centring(rows)
    return scale * (2 * spread - 2 * single * float(weight @ mean**2) + double * float(weight @ mean) ** 2)


def manhattan(columns: Floats) -> Floats:
    """Distance Σ_c |f_c − f'_c| between all pairs of points, shape (M, M), from their columns, shape (M, C)."""
    result = np.zeros((len(columns), len(columns)))
    for column in columns.T:
        result += np.abs(column[:, None] - column)
    return result


def vector_variance(columns: Floats, mass: Floats, rows: float | None = None) -> float:
    """Distance variance of vectors under Σ_c |f_c − f'_c|, as `distance_variance` that of places.

    Args:
        columns: distinct vectors, shape (M, C); of twins the variance is as if they were one.
        mass: their mass, shape (M,), sums to 1.
        rows: n for the unbiased version; None for the biased one.

    O(M²) time and memory: there is no sort for the products of two columns.
    """
    far = manhattan(columns)
    mean = far @ mass
    single, double, scale = centring(rows)
    squares = float(mass @ far**2 @ mass)
    return scale * (squares - 2 * single * float(mass @ mean**2) + double * float(mass @ mean) ** 2)


def distance_deviation(prediction: Floats, weight: Floats) -> tuple[float, Floats]:
    r"""Distance standard deviation of predictions, the root of dVar², and its gradient.

    .. math:: \sigma(f) = \sqrt{\sum_{k,l} \omega_k \omega_l \, C(F)_{kl}^2}, \quad F_{kl} = |f_k - f_l|, \qquad
        \frac{\partial \sigma}{\partial f_k} = \frac{1}{\sigma} \cdot 2 \omega_k
        \sum_l \omega_l \, C(F)_{kl} \, \mathrm{sign}(f_k - f_l)

    as dVar² = Σ ωω C(F) F is the coupled sum of f with the coupling C(F), of degree one in each of the two.

    Args:
        prediction: f, shape (n,), finite.
        weight: ω, shape (n,), non-negative, sums to 1.

    Returns:
        σ, unit of f, ≥ 0: of degree one, so that a f + b has the σ of f times \|a\|; 0 where all predictions are equal.
        And its gradient, shape (n,), that of ties the symmetric one; zeros where σ is 0.

    Source: Edelmann, Richards & Vogel (2020), doi:10.1214/19-AOS1935. One sort: O(n log n).
    """
    order = np.argsort(prediction)
    ordered, mass = prediction[order], weight[order]
    centred = ordered - mass @ ordered
    # Σ ω_l |f_k − f_l| sign(f_k − f_l) is f_k less the mean, so that only the mean distances are left to be found.
    variance, slope = doubly_centred(centred, mass, mean_absolute_differences(centred, mass), centred)
    gradient = np.zeros_like(slope)
    spread = float(np.ptp(ordered))
    if not spread or not variance > NOTHING * spread**2:
        return 0.0, gradient
    deviation = float(np.sqrt(variance))
    gradient[order] = slope / deviation
    return deviation, gradient
