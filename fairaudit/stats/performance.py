"""How good predictions are, next to how fair they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtr, xlogy

from fairaudit.cells import sum_by
from fairaudit.results import Task

Floats = NDArray[np.float64]

RPS_COUNTS = 11
"""The ranked probability score of counts sums over k = 0..10, as published."""


def performance(
    task: Task,
    outcome: Floats,
    prediction: Floats | None,
    *,
    decision: Floats | None = None,
    exposure: Floats | None = None,
    weight: Floats | None = None,
) -> dict[str, float | None]:
    """The metrics of a task, each a mean over rows weighted by `weight`.

    Args:
        task: kind of outcome.
        outcome: y, shape (n,).
        prediction: f, shape (n,): probability or score, number, or expected count; None for decisions alone.
        decision: 0/1, shape (n,).
        exposure: time at risk, shape (n,); the expected count already includes it.
        weight: row weights, shape (n,).

    Returns:
        Metric → value; None where it is not defined (log loss of a score, AUC of one class).
    """
    weight = np.ones_like(outcome) if weight is None else weight
    share = weight / weight.sum()
    result: dict[str, float | None] = {}
    if task == "binary":
        if decision is not None:
            result["accuracy"] = float(share @ (decision == outcome))
        if prediction is not None:
            result |= _binary(outcome, prediction, share)
    elif task == "count" and prediction is not None:
        result |= _count(outcome, prediction, share, exposure)
    elif prediction is not None:
        error = outcome - prediction
        spread = float(share @ (outcome - share @ outcome) ** 2)
        result["rmse"] = float(np.sqrt(share @ error**2))
        result["mae"] = float(share @ np.abs(error))
        result["r2"] = 1 - float(share @ error**2) / spread if spread > 0 else None
        if task == "ordinal":
            result["accuracy"] = float(share @ (np.round(prediction) == outcome))
    return result


def _binary(outcome: Floats, prediction: Floats, share: Floats) -> dict[str, float | None]:
    result: dict[str, float | None] = {"auc": area_under_curve(outcome, prediction, share)}
    if prediction.min() >= 0 and prediction.max() <= 1:
        result["brier"] = float(share @ (outcome - prediction) ** 2)
        with np.errstate(divide="ignore"):
            loss = -(xlogy(outcome, prediction) + xlogy(1 - outcome, 1 - prediction))
        result["log_loss"] = float(share @ loss) if np.isfinite(loss).all() else None
    return result


def area_under_curve(outcome: Floats, prediction: Floats, share: Floats) -> float | None:
    """Probability that a positive row scores above a negative one, ties counting half; None if one class is absent."""
    _, point = np.unique(prediction, return_inverse=True)
    positive, negative = sum_by(point, share * outcome), sum_by(point, share * (1 - outcome))
    pairs = positive.sum() * negative.sum()
    return float(positive @ (np.cumsum(negative) - negative / 2) / pairs) if pairs > 0 else None


def _count(outcome: Floats, expected: Floats, share: Floats, exposure: Floats | None) -> dict[str, float | None]:
    result: dict[str, float | None] = {"poisson_deviance": None, "rps": None}
    if expected.min() > 0:
        ratio = np.divide(outcome, expected)
        result["poisson_deviance"] = float(2 * share @ (xlogy(outcome, ratio) - outcome + expected))
        counts = np.arange(RPS_COUNTS)
        off = pdtr(counts[None, :], expected[:, None]) - (outcome[:, None] <= counts[None, :])
        result["rps"] = float(share @ (off**2).sum(axis=1))
    at_risk = share if exposure is None else share * exposure
    result["frequency"] = float(share @ outcome / at_risk.sum())
    total = float(share @ expected)
    result["actual_expected"] = float(share @ outcome) / total if total > 0 else None
    return result
