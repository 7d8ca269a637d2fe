"""The constant model of a table: what every other model is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fairaudit.arrays import Ints
from fairaudit.fitting.estimators import training_data, unfitted

if TYPE_CHECKING:
    from fairaudit.fitting.split import Part, Split


def null_loss(split: Split, part: Part, fold: Ints) -> float:
    """Mean half deviance of the constant model, each fold predicted from the others.

    Args:
        split: the task and its family.
        part: rows.
        fold: fold of each of them, shape (m,).
    """
    training = unfitted(split, "none").read(**training_data(part, penalised=False))
    folds, weight, outcome, kind = fold[training.rows], training.weight, training.outcome, training.family
    total = 0.0
    for number in np.unique(folds):
        inside, held = folds != number, folds == number
        intercept = kind.start(outcome[inside], weight[inside] / weight[inside].sum())
        eta = np.broadcast_to(intercept, (held.sum(), *intercept.shape))
        total += float(weight[held] @ (kind.loss(outcome[held], eta) - kind.least(outcome[held])))
    return total
