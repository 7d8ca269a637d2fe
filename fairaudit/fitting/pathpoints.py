"""The points of a path: means over the folds of the training rows, and how sure they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import stdtrit

from fairaudit.arrays import Floats
from fairaudit.fitting.resuming import FoldNumbers
from fairaudit.models.strength.rules import JudgedStrength, on_front
from fairaudit.results import Estimate, PathPoint


def path_points(path: Sequence[float], folds: Sequence[FoldNumbers], confidence: float) -> list[PathPoint]:
    """The points of a path with means over the folds, their standard errors and intervals.

    Args:
        path: strengths, the plain model first.
        folds: numbers of each strength on each fold.
        confidence: of the intervals, by Student's law over the folds, which are taken as independent.
    """
    reach = float(stdtrit(len(folds) - 1, (1 + confidence) / 2))

    def estimate(values: list[float | None]) -> Estimate:
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return Estimate(mean=None)
        mean, error = float(np.mean(known)), float(np.std(known, ddof=1) / np.sqrt(len(known)))
        return Estimate(mean=mean, standard_error=error, interval=(mean - reach * error, mean + reach * error))

    def of(name: str, index: int) -> list[float | None]:
        return [fold[index][name] for fold in folds]

    plain = estimate(of("dependence", 0)).mean or 0.0
    names = [name for name in folds[0][0] if name.startswith("performance ")]
    loss = [_known(of("loss", index)) for index in range(len(path))]
    dependence = [_known(of("dependence", index)) for index in range(len(path))]
    front = on_front([(float(x.mean()), float(y.mean())) for x, y in zip(dependence, loss, strict=True)])
    free = [_known([fold[index]["per spread"] for fold in folds]) for index in range(len(path))]
    base, explained = float(loss[0].mean()), constant_loss(folds) - float(loss[0].mean())
    return [
        PathPoint(
            strength=strength,
            loss=estimate(of("loss", index)),
            loss_change=estimate([float(value) for value in 100 * (loss[index] - loss[0]) / base])
            if base > 0
            else Estimate(mean=None),
            given_up=estimate([float(value) for value in 100 * (loss[index] - loss[0]) / explained])
            if explained > 0
            else Estimate(mean=None),
            dependence=estimate(of("dependence", index)),
            **(_reduction(dependence[index], dependence[0], reach) if plain > 0 else {"reduction": None}),
            **_split((dependence[0], dependence[index]), (free[0], free[index])),
            divergence=estimate(of("divergence", index)),
            performance={name.partition(" ")[2]: estimate(of(name, index)) for name in names},
            front=front[index],
        )
        for index, strength in enumerate(path)
    ]


def _reduction(after: Floats, before: Floats, reach: float) -> dict[str, Any]:
    """What is taken away, per cent, with its standard error and interval."""
    reduction, error = 100 * (1 - float(after.mean() / before.mean())), _error_of_ratio(after, before)
    interval = (reduction - reach * error, reduction + reach * error)
    return {"reduction": reduction, "reduction_error": error, "reduction_interval": interval}


def _error_of_ratio(above: Floats, below: Floats) -> float:
    """Standard error of a ratio of means over folds, in per cent: that of the mean of above − ratio · below."""
    rest = above - above.mean() / below.mean() * below
    return float(100 * np.std(rest, ddof=1) / np.sqrt(len(rest)) / below.mean())


def _split(dependence: tuple[Floats, Floats], free: tuple[Floats, Floats]) -> dict[str, Any]:
    """Logarithms of the two parts of a reduction: what is less per spread of the predictions, and what is less spread;
    nothing where a mean over the folds is 0 or less."""
    means = np.array([[float(values.mean()) for values in pair] for pair in (dependence, free)])
    if not (means > 0).all():
        return {}
    total, decorrelation = np.log(means[:, 1] / means[:, 0])
    return {"decorrelation": float(decorrelation), "shrinkage": float(total - decorrelation)}


def _known(values: list[float | None]) -> Floats:
    return np.array(values, dtype=np.float64)


def constant_loss(folds: Sequence[FoldNumbers]) -> float:
    """Mean loss of the constant model."""
    return float(_known([fold[0]["constant"] for fold in folds]).mean())


def judged(points: Sequence[PathPoint], folds: Sequence[FoldNumbers]) -> list[JudgedStrength]:
    """The points of a path as a rule sees them."""
    return [_judged(point, points[0], folds, index) for index, point in enumerate(points)]


def _judged(point: PathPoint, plain: PathPoint, folds: Sequence[FoldNumbers], index: int) -> JudgedStrength:
    assert point.loss.mean is not None
    assert plain.loss.mean is not None
    assert point.dependence.mean is not None
    gains = _known([fold[index]["constant"] for fold in folds]) - _known([fold[index]["loss"] for fold in folds])
    return JudgedStrength(
        strength=point.strength,
        loss=point.loss.mean,
        loss_error=point.loss.standard_error or 0.0,
        dependence=point.dependence.mean,
        divergence=point.divergence.mean,
        rise_error=(point.loss_change.standard_error or 0.0) * plain.loss.mean / 100,
        gain_error=float(np.std(gains, ddof=1) / np.sqrt(len(gains))),
        dependence_error=point.dependence.standard_error or 0.0,
        reduction_error=point.reduction_error or 0.0,
    )
