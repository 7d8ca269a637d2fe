"""What a model's audited prediction is: its rate, its value and its decision, and their score table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.data.threshold import Threshold
from fairaudit.scoretable.table import ScoreTable, score_table

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.roles import Task
    from fairaudit.fitting.split import Part
    from fairaudit.models.estimator import PenalizedEstimator

HALF = Threshold("number", 0.5)
"""The cut by which a constant probability decides for the commoner outcome; and that of models saved without one."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """The predictions of some rows."""

    task: Task
    rate: Floats
    """Per unit of exposure, shape (m,): a probability, an expected value or count, or an expected level from 0 to
    K − 1; the probability of each of K classes, shape (m, K)."""
    value: Floats
    """What is audited, shape (m,): the rate times the exposure, where there is one; the code of the likeliest class."""
    decision: Floats | None
    """0/1, shape (m,): yes where the value is beyond the threshold; None without one. Of classes the likeliest one."""


def predicted(
    task: Task,
    rate: Floats,
    exposure: Floats | None,
    threshold: Threshold | None,
    weight: Floats | None = None,
    count: Floats | None = None,
) -> Predicted:
    """Rates as they are audited.

    Args:
        task: kind of outcome.
        rate: predictions per unit of exposure, shape (m,); probabilities of K classes, shape (m, K).
        exposure: time at risk, shape (m,); None: the rates are of whole rows.
        threshold: what makes a decision of a value; None: nothing does.
        weight: weights of the rows, shape (m,), which a threshold may depend on; None: all equal.
        count: how many people each row stands for, likewise; None: one.
    """
    if task == "multiclass":
        code = rate.argmax(axis=1).astype(np.float64)
        return Predicted(task, rate, code, code)
    value = rate if exposure is None else rate * exposure
    decision = None if threshold is None else threshold.decided(value, weight, count)
    return Predicted(task, rate, value, decision)


def base_rate_cut(
    value: Floats, outcome: Floats, weight: Floats | None, count: Floats | None = None
) -> Threshold | None:
    """The cut that as large a share of predictions reaches as have outcome 1, so that decisions are as frequent as what
    they are about; None where nobody has it.

    Probabilities of a rare outcome hardly ever reach a half: cut there, a good model selects nearly nobody.

    Args:
        value: predictions, shape (m,).
        outcome: 0/1, shape (m,).
        weight: weights of the rows, shape (m,); None: all equal.
        count: how many people each row stands for, shape (m,); None: one.
    """
    mass = weight if count is None else count if weight is None else weight * count
    share = float(outcome.mean() if mass is None else mass @ outcome / mass.sum())
    return Threshold("number", Threshold("top-share", share).cut(value, weight, count)) if share > 0 else None


def rates(model: PenalizedEstimator, features: pd.DataFrame, classes: int = 0) -> Floats:
    """Predictions of a model per unit of exposure, shape (m,); of classes the probability of each, shape (m, K).

    Args:
        model: fitted.
        features: inputs, m rows.
        classes: number of classes K; one that no training row had has probability 0.
    """
    return rates_at(model, model.predictors(features), classes)


def rates_at(model: PenalizedEstimator, eta: Floats, classes: int = 0) -> Floats:
    """`rates` at linear predictors η, shape (m,) or (m, columns)."""
    family = model.distribution
    if family.several:
        return of_all_classes(model, family.mean(eta), classes)
    if family.ordered:  # a level that no training row had keeps its index
        return np.asarray(family.probabilities(eta) @ model.classes_)
    return family.mean(eta)


def of_all_classes(model: PenalizedEstimator, mean: Floats, classes: int) -> Floats:
    """What a model says of the classes of its training rows, shape (m, classes of it), as that of all, shape (m, K)."""
    rate = np.zeros((len(mean), classes))
    rate[:, model.classes_.astype(np.intp)] = mean
    return rate


def losses(model: PenalizedEstimator, part: Part) -> Floats:
    """Half deviance of each row, shape (m,)."""
    return model.losses(part.features, part.outcome, part.exposure)


def scores(prediction: Predicted, part: Part) -> ScoreTable:
    """The score table of predictions."""
    return score_table(
        part.cells,
        prediction.task,
        prediction=prediction.value,
        classes=part.classes,
        probabilities=prediction.rate if part.classes else None,
        decision=prediction.decision,
        outcome=part.outcome,
        exposure=part.exposure,
        weight=part.weight,
        stratum=part.stratum,
        given=part.given,
        admissible=part.admissible,
        count=part.count,
        cluster=part.cluster,
    )
