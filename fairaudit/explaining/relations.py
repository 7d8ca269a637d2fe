r"""Which factor is primary to which: strict partial orders from importances that are known up to an error.

With importance shares p of a model and the covariance C of their errors, factor j is primary to k where

.. math:: p_j - p_k > z \sqrt{C_{jj} + C_{kk} - 2 C_{jk}}

This is a strict partial order whatever p and C are. Nothing is primary to itself, as 0 > 0 is false; and the root is a
seminorm of the contrast e_j − e_k, so that the margins of j over k and of k over l add up to at least that of j over l.
A meet of strict partial orders is one again, so what all models say is one, too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from fairaudit.arrays import Flags, Floats


def critical(confidence: float) -> float:
    """z: a normal error is within ± z standard deviations with this probability, in (0, 1)."""
    return float(norm.ppf((1 + confidence) / 2))


def error_covariance(replicates: Floats, parts: Floats, part_replicates: Floats) -> Floats:
    r"""Covariance of the errors of importance shares, for new rows and a new fit.

    .. math:: C = R + \frac{(K-1)^2}{K} \bigl[ B - \bar R \bigr]_+

    R is the covariance of bootstrap replicates of the shares over all rows; B that between the K folds, of which each
    was measured with a model fitted without it; R̄ the mean of the folds' own bootstrap covariances, as B holds that
    noise as well; [·]₊ the nearest positive semidefinite matrix. The factor is that of the grouped jackknife: models
    fitted on K − 1 of K parts share most of their rows and differ less than models of new data would.

    Args:
        replicates: shares over all rows, shape (R, J).
        parts: shares in each fold, shape (K, J).
        part_replicates: their replicates, shape (K, R, J).

    Returns:
        Shape (J, J), positive semidefinite.
    """
    count = len(parts)
    within = np.mean([_covariance(each) for each in part_replicates], axis=0)
    values, vectors = np.linalg.eigh(_covariance(parts) - within)
    fitted = (vectors * np.maximum(values, 0)) @ vectors.T
    return np.asarray(_covariance(replicates) + (count - 1) ** 2 / count * fitted)


def precedence(shares: Floats, covariance: Floats, z: float) -> Flags:
    """Whether factor j is primary to k, shape (J, J).

    Args:
        shares: p, shape (J,).
        covariance: C, shape (J, J), positive semidefinite.
        z: margin in standard errors, ≥ 0.
    """
    variance = np.diagonal(covariance)
    squares = variance[:, None] + variance - 2 * covariance
    margin = z * np.sqrt(np.maximum(squares, 0))
    return closed(np.subtract.outer(shares, shares) > margin)


def closed(order: Flags) -> Flags:
    """The transitive closure of an acyclic relation: rounding may leave out a pair that follows from two others."""
    while True:
        more = order | (order @ order)
        if (more == order).all():
            return order
        order = more


def direct(order: Flags) -> Flags:
    """The transitive reduction of a strict partial order: the pairs that follow from no two others."""
    reduced: Flags = order & ~(order @ order)
    return reduced


def depth(order: Flags) -> NDArray[np.intp]:
    """Length of the longest chain above each factor, shape (J,); 0 for those to which nothing is primary."""
    level = np.zeros(len(order), dtype=np.intp)
    for _ in range(len(order)):
        above = np.where(order, level[:, None] + 1, 0).max(axis=0, initial=0)
        level = np.maximum(level, above)
    return level


def _covariance(values: Floats) -> Floats:
    return np.atleast_2d(np.cov(values, rowvar=False))
