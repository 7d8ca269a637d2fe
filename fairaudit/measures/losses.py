"""How good predictions are, next to how fair they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, pdtr, xlogy

from fairaudit.arrays import Floats
from fairaudit.results import Interval, Task
from fairaudit.scoretable.cells import sum_by

RPS_COUNTS = 11
"""The ranked probability score of counts sums over k = 0..10, as published."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """One metric, and how each row bears on it."""

    value: float | None
    """The metric; None where it is not defined (log loss of a score, AUC of one class)."""
    influence: Callable[[], Floats]
    """Influence of each row, shape (n,): the derivative of the metric in the row's share; its weighted mean is 0."""


def performance(
    task: Task,
    outcome: Floats,
    prediction: Floats | None,
    *,
    decision: Floats | None = None,
    exposure: Floats | None = None,
    weight: Floats | None = None,
) -> dict[str, float | None]:
    """The metrics of a task, each a mean over rows weighted by `weight`; arguments as `estimates`.

    Returns:
        Metric → value; None where it is not defined (log loss of a score, AUC of one class).
    """
    found = estimates(task, outcome, prediction, decision=decision, exposure=exposure, weight=weight)
    return {name: each.value for name, each in found.items()}


def estimates(
    task: Task,
    outcome: Floats,
    prediction: Floats | None,
    *,
    decision: Floats | None = None,
    exposure: Floats | None = None,
    weight: Floats | None = None,
) -> dict[str, Estimate]:
    """The metrics of a task with the influence of each row.

    Args:
        task: kind of outcome.
        outcome: y, shape (n,).
        prediction: f, shape (n,): probability or score, number, or expected count; None for decisions alone.
        decision: 0/1, shape (n,).
        exposure: time at risk, shape (n,); the expected count already includes it.
        weight: row weights, shape (n,).
    """
    share = shares(outcome, weight)
    result: dict[str, Estimate] = {}
    if task == "binary":
        if decision is not None:
            result["accuracy"] = _mean((decision == outcome).astype(np.float64), share)
        if prediction is not None:
            result |= _binary(outcome, prediction, share)
    elif task == "count" and prediction is not None:
        result |= _count(outcome, prediction, share, exposure)
    elif prediction is not None:
        result |= _numeric(outcome, prediction, share)
        if task == "ordinal":
            result["accuracy"] = _mean((np.round(prediction) == outcome).astype(np.float64), share)
    return result


def shares(outcome: Floats, weight: Floats | None) -> Floats:
    """Share of each row in the total weight, shape (n,)."""
    weight = np.ones_like(outcome) if weight is None else weight
    share: Floats = weight / weight.sum()
    return share


def standard_error(influence: Floats, share: Floats) -> float:
    """√Σ ω² ψ²: standard error of a metric with influences ψ under independent rows (infinitesimal jackknife; for the
    AUC that of DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595, to first order)."""
    return float(np.sqrt(np.sum((share * influence) ** 2)))


def intervals(found: dict[str, Estimate], share: Floats, confidence: float) -> dict[str, Interval]:
    """Normal intervals, value ± z · standard error, of the metrics that have a value."""
    reach = float(ndtri((1 + confidence) / 2))
    result = {}
    for name, each in found.items():
        if each.value is not None:
            half = reach * standard_error(each.influence(), share)
            result[name] = (each.value - half, each.value + half)
    return result


def _mean(loss: Floats, share: Floats) -> Estimate:
    value = float(share @ loss)
    return Estimate(value, lambda: loss - value)


def _ratio(above: Floats, below: Floats, share: Floats) -> Estimate:
    """Σ ω a / Σ ω b."""
    whole = float(share @ below)
    value = float(share @ above) / whole if whole > 0 else None
    return Estimate(value, lambda: (above - (value or 0.0) * below) / whole)


UNDEFINED = Estimate(None, lambda: np.empty(0))


def _binary(outcome: Floats, prediction: Floats, share: Floats) -> dict[str, Estimate]:
    area = area_under_curve(outcome, prediction, share)
    result = {"auc": Estimate(area, lambda: _auc_influence(outcome, prediction, share, area or 0.0))}
    if prediction.min() >= 0 and prediction.max() <= 1:
        result["brier"] = _mean((outcome - prediction) ** 2, share)
        with np.errstate(divide="ignore"):
            loss = -(xlogy(outcome, prediction) + xlogy(1 - outcome, 1 - prediction))
        result["log_loss"] = _mean(loss, share) if np.isfinite(loss).all() else UNDEFINED
    return result


def _numeric(outcome: Floats, prediction: Floats, share: Floats) -> dict[str, Estimate]:
    error = outcome - prediction
    around = (outcome - share @ outcome) ** 2
    spread, mean_sq = float(share @ around), float(share @ error**2)
    root = float(np.sqrt(mean_sq))
    result = {
        "rmse": Estimate(root, lambda: (error**2 - mean_sq) / (2 * root) if root > 0 else np.zeros_like(error)),
        "mae": _mean(np.abs(error), share),
        "r2": UNDEFINED,
    }
    if spread > 0:
        r2 = 1 - mean_sq / spread
        result["r2"] = Estimate(r2, lambda: ((1 - r2) * around - error**2) / spread)
    return result


def _ranks(outcome: Floats, prediction: Floats, share: Floats) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Place of each row among the distinct predictions, and the mass of both outcomes at each."""
    _, point = np.unique(prediction, return_inverse=True)
    return point.astype(np.intp), sum_by(point, share * outcome), sum_by(point, share * (1 - outcome))


def area_under_curve(outcome: Floats, prediction: Floats, share: Floats) -> float | None:
    """Probability that a positive row scores above a negative one, ties counting half; None if one class is absent."""
    _, positive, negative = _ranks(outcome, prediction, share)
    pairs = positive.sum() * negative.sum()
    return float(positive @ (np.cumsum(negative) - negative / 2) / pairs) if pairs > 0 else None


def _auc_influence(outcome: Floats, prediction: Floats, share: Floats, area: float) -> Floats:
    """Of a positive row (share of negatives below it − AUC) / share of positives; of a negative one likewise."""
    point, positive, negative = _ranks(outcome, prediction, share)
    below = (np.cumsum(negative) - negative / 2) / negative.sum()
    above = 1 - (np.cumsum(positive) - positive / 2) / positive.sum()
    influence: Floats = np.where(
        outcome > 0, (below[point] - area) / positive.sum(), (above[point] - area) / negative.sum()
    )
    return influence


def _count(outcome: Floats, expected: Floats, share: Floats, exposure: Floats | None) -> dict[str, Estimate]:
    result = {"poisson_deviance": UNDEFINED, "rps": UNDEFINED}
    if expected.min() > 0:
        ratio = np.divide(outcome, expected)
        result["poisson_deviance"] = _mean(2 * (xlogy(outcome, ratio) - outcome + expected), share)
        counts = np.arange(RPS_COUNTS)
        off = pdtr(counts[None, :], expected[:, None]) - (outcome[:, None] <= counts[None, :])
        result["rps"] = _mean((off**2).sum(axis=1), share)
    result["frequency"] = _ratio(outcome, np.ones_like(outcome) if exposure is None else exposure, share)
    result["actual_expected"] = _ratio(outcome, expected, share)
    return result
