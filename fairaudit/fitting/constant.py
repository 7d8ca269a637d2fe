"""The constant model of the training rows: what a model explains over it, and what a fairer one gives up of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.bootstrap import interval
from fairaudit.explaining.resampling import RowDraws
from fairaudit.fitting.estimators import training_data, unfitted
from fairaudit.fitting.prediction import HALF, Predicted, predicted
from fairaudit.models.family import constant_losses
from fairaudit.results import Explained, Price
from fairaudit.streams import Stream

if TYPE_CHECKING:
    from fairaudit.data.threshold import Threshold
    from fairaudit.fitting.split import Part, Split
    from fairaudit.models.estimator import PenalizedEstimator
    from fairaudit.options import Options
    from fairaudit.results import Interval


UNKNOWN = "an outcome occurs that no training row had"


@dataclass(frozen=True, eq=False)
class Deviances:
    """Half deviance of each row of a part that counts."""

    model: Floats
    """Under a model, shape (m,)."""
    constant: Floats
    """Under the constant model of the training rows, shape (m,)."""
    mass: Floats
    """Weights as shares, shape (m,), > 0."""
    count: Floats | None = None
    """How many rows of the source each of these stands for, shape (m,); None: one."""

    def means(self, draws: RowDraws | None) -> tuple[Floats, Floats]:
        """Mean half deviance of the model and of the constant, measured first, then in the replicates."""
        weighted = self.mass[:, None] * np.column_stack([self.model, self.constant, np.ones(len(self.mass))])
        sums = weighted.sum(axis=0)[None]
        if draws is not None:
            sums = np.vstack([sums, draws.sums(weighted)])
        return sums[:, 0] / sums[:, 2], sums[:, 1] / sums[:, 2]


@dataclass(frozen=True, eq=False)
class BesideConstant:
    """What a model predicts of a part, beside the constant model of its training rows."""

    part: Part
    model: Predicted
    constant: Predicted
    deviances: Deviances | None
    """None where an outcome occurs that no training row had."""


def beside_constant(
    model: PenalizedEstimator,
    train: Part,
    predictions: Sequence[tuple[Part, Predicted, Floats]],
    threshold: Threshold | None,
) -> list[BesideConstant]:
    """Predictions of a model for some parts, each beside those of the constant model of its training rows.

    Args:
        model: fitted.
        train: its training rows.
        predictions: parts, what it predicts of them, and its linear predictors η there.
        threshold: what makes a decision of the constant model's predictions.
    """
    return [
        BesideConstant(
            part, of_model, constant_prediction(model, train, part, threshold), deviances(model, train, part, eta)
        )
        for part, of_model, eta in predictions
    ]


def constant_prediction(model: PenalizedEstimator, train: Part, part: Part, threshold: Threshold | None) -> Predicted:
    """What the constant model of a model's family predicts for a part.

    The mean of the training rows (of levels: of their places), for counts per exposure; of other families what is the
    best constant by their loss. A probability decides for the commoner outcome unless a threshold is named.
    """
    kind, outcome = model.distribution, train.rate
    if kind.several:
        shares = np.bincount(outcome.astype(np.intp), train.mass, minlength=len(train.classes))
        return predicted(part.task, np.tile(shares, (len(part.rows), 1)), None, None)
    constant = train.mass @ outcome if kind.labels else kind.mean(kind.start(outcome, train.mass))
    if threshold is None and part.task == "binary":
        threshold = HALF
    rate = np.full(len(part.rows), float(constant))
    return predicted(part.task, rate, part.exposure, threshold, part.weight, part.count)


def deviances(model: PenalizedEstimator, train: Part, part: Part, eta: Floats) -> Deviances | None:
    """How far a model and the constant model of its training rows are from the outcomes of a part.

    None where an outcome occurs that no training row had: neither model has a probability for it.

    Args:
        model: fitted.
        train: its training rows.
        part: the rows.
        eta: linear predictors of the model there, shape (m,) or (m, columns).
    """
    counted, fitted = (each.take(each.mass > 0) for each in (part, train))
    before, after = fitted.rate, counted.rate
    if model.distribution.labels:
        if not np.isin(after, model.classes_).all():
            return None
        before, after = (np.searchsorted(model.classes_, each).astype(np.float64) for each in (before, after))
    constant = constant_losses(model.distribution, before, fitted.mass, after)
    of_model = model.losses_at(eta[part.mass > 0], counted.outcome, counted.exposure)
    return Deviances(of_model, constant, counted.mass, counted.count)


def explained(predictions: BesideConstant, options: Options | None = None) -> Explained:
    """What a model explains of a part, and whether its predictions add up to the outcomes.

    Args:
        predictions: those of the model beside those of the constant one.
        options: for an interval; None: there is none.
    """
    part, rows = predictions.part, predictions.deviances
    sums = Explained(balance=balance(predictions.model, part), constant_balance=balance(predictions.constant, part))
    if rows is None:
        return structs.replace(sums, why=UNKNOWN)
    of_model, of_constant = rows.means(None if options is None else _draws(rows, options))
    share = 1 - of_model / of_constant
    return structs.replace(
        sums,
        deviance=float(of_model[0]),
        constant=float(of_constant[0]),
        share=float(share[0]),
        interval=_interval(share[1:], options),
    )


def balance(prediction: Predicted, part: Part) -> float | None:
    """Σ outcome / Σ prediction, weighted; None where nothing is predicted, and of classes, which have no sum."""
    if part.classes:
        return None
    weight = np.ones(len(part.rows)) if part.row_mass is None else part.row_mass
    expected = float(weight @ prediction.value)
    return float(weight @ part.outcome) / expected if expected else None


def price(plain: Deviances | None, chosen: Deviances | None, options: Options) -> Price:
    """What a model gives up of all that the plain one explains, on the same rows."""
    if plain is None or chosen is None:
        return Price(why=UNKNOWN)
    draws = _draws(plain, options)
    before, constant = plain.means(draws)
    after, _ = chosen.means(draws)
    points = 100 * (after - before) / constant
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(before < constant, 100 * (after - before) / (constant - before), np.inf)
    nothing = not before[0] < constant[0]
    return Price(
        share=None if nothing else float(share[0]),
        interval=None if nothing else _interval(share[1:], options),
        points=float(points[0]),
        points_interval=_interval(points[1:], options),
        why="the plain model predicts no better than the constant one" if nothing else None,
    )


def _draws(rows: Deviances, options: Options) -> RowDraws | None:
    if not options.bootstrap:
        return None
    rng = Stream.PRICE_REPLICATES.generator(options.seed)
    return RowDraws.of(len(rows.mass), options.bootstrap, rng, rows.count)


def _interval(replicates: Floats, options: Options | None) -> Interval | None:
    """The interval of a number from its replicates; None where it is unbounded, or there are none."""
    if options is None or not len(replicates):
        return None
    low, high = interval(replicates, options.confidence)
    return (float(low), float(high)) if np.isfinite(low) and np.isfinite(high) else None


def null_loss(split: Split, part: Part, fold: Ints) -> float:
    """Mean half deviance of the constant model, each fold predicted from the others.

    Args:
        split: the task and its family.
        part: rows.
        fold: fold of each of them, shape (m,).
    """
    training = unfitted(split, "none").read(**training_data(part, penalised=False))
    folds, weight, outcome = fold[training.rows], training.weight, training.outcome
    total = 0.0
    for number in np.unique(folds):
        inside, held = folds != number, folds == number
        share = weight[inside] / weight[inside].sum()
        total += float(weight[held] @ constant_losses(training.family, outcome[inside], share, outcome[held]))
    return total
