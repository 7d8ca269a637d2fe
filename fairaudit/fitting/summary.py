"""What a report says of a model in words and figures: its name, its summary, and what a reader must know of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.measures.spread import rounding
from fairaudit.models.strength.search import TOLERANCE
from fairaudit.results import Explained, Interval, Model
from fairaudit.scoretable.strata import notion

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.threshold import Threshold
    from fairaudit.fitting.split import Split
    from fairaudit.models.estimator import PenalizedEstimator


PROTECTED_NAMES = {
    *("race", "ethnicity", "ethnic", "gender", "sex", "religion", "nationality"),
    *("disability", "pregnancy", "pregnant", "hispanic"),
}
"""Words of names that people are protected by nearly everywhere."""
SCORE_NAMES = {"score", "scores", "decile", "prediction", "predicted", "pred"}
"""Words of names of scores."""


def title(model: PenalizedEstimator) -> str:
    """What a report calls the predictions of a model."""
    if model.penalty != "none":
        return "fairer model"
    return "plain model" if model.knowledge is None else "guided model"


def summary(split: Split, model: PenalizedEstimator, cut: Threshold | None) -> Model:
    """A fitted model in figures, `cut` being what makes a decision of its predictions."""
    return Model(
        name=split.fitting.model,
        family=model.family,
        link=model.distribution.link,
        penalty=model.penalty,
        parity=notion(split.options.parity, split.roles.given),
        strength=model.strength_,
        reduce_asked=model.reduce,
        reduce_dcor_asked=model.reduce_dcor,
        reduce_reached=model.reduction_,
        reduce_interval=promised(split, model),
        features=list(model.encoder.names_),
        rows_train=split.train.people,
        rows_test=split.test.people,
        split_by=split.roles.kept_together,
        parameters=model.parameters,
        iterations=model.n_iter_,
        converged=model.converged_,
        threshold=cut.value if cut is not None and cut.fixed else None,
        threshold_from=_threshold_from(split, cut),
    )


def promised(split: Split, model: PenalizedEstimator) -> Interval | None:
    """Where the reduction will lie on the held-out rows, by what cross-fitting found on the training rows."""
    if model.promise_ is None or model.recalibrate != "none":  # it was promised of what comes before that
        return None
    new = model.searched_share_ * split.train.effective / split.test.effective
    return model.promise_.promise(split.options.confidence, new, refit=model.searched_share_)


def _threshold_from(split: Split, cut: Threshold | None) -> Literal["asked", "base rate", "costs"] | None:
    if cut is None:
        return None
    if cut.costs is not None:
        return "costs"
    return "base rate" if split.roles.cut is None else "asked"


def notes(split: Split, model: PenalizedEstimator, value: Floats, test: Explained, cut: Threshold | None) -> list[str]:
    """All that a reader must know: of the model, the table, the split and the held-out rows.

    Args:
        split: what the model was fitted to.
        model: fitted.
        value: its predictions of the held-out rows, distinct ones at least.
        test: what it explains of them.
        cut: what makes a decision of its predictions.
    """
    unknown = unseen(model, split.test.features, "held-out rows", split.test.count)
    worse = worse_than_constant(model, test)
    decided = decision_notes(split, model, cut)
    return [*worse, *split.table.notes, *split_notes(split), *decided, *unknown, *model_notes(model, value)]


def decision_notes(split: Split, model: PenalizedEstimator, cut: Threshold | None) -> list[str]:
    """The note that a decision follows from costs; or from the base rate, where no threshold was named."""
    if cut is not None and cut.costs is not None:
        return cut.cost_note()
    if _threshold_from(split, cut) != "base rate" or cut is None:
        return []
    whose = "plain model" if split.fitting.penalize == "decision" else title(model)
    return [
        f"No threshold was named (--threshold). A prediction of at least {cut.value:.4g} counts as yes: in the {whose}"
        " as many training rows reach it as have the outcome."
    ]


def worse_than_constant(model: PenalizedEstimator, test: Explained) -> list[str]:
    """The note that a model is no better than the constant one, where that is so."""
    if test.share is None or test.share > 0:
        return []
    return [
        f"The {title(model)} predicts no better than the constant: on the held-out rows its mean half deviance is"
        f" {test.deviance:.4g}, that of the mean of the training rows {test.constant:.4g}. Do not rely on it."
    ]


def told_by_name(features: Iterable[str]) -> list[str]:
    """Notes on features that are called like what people are protected by, or like the score of an earlier model."""
    notes = []
    for name in features:
        words = set(re.split(r"[^a-z]+", name.lower()))
        if words & PROTECTED_NAMES:
            notes.append(
                f"'{name}' is an input of the model and is called like a protected attribute; if it is one, name it as"
                " protected, or drop it."
            )
        elif words & SCORE_NAMES:
            notes.append(
                f"'{name}' is an input of the model and is called like a score; if it is that of an earlier model, what"
                " that was unfair in goes on here: drop it."
            )
    return notes


def split_notes(split: Split) -> list[str]:
    """Notes on the rows, the outcome and the aim, the same for each model of a split."""
    fitting = split.fitting
    notes = [
        f"{split.train.people:,} rows were fitted on and {split.test.people:,} held out; all numbers about groups"
        " are of the held-out rows."
    ]
    if split.coded is not None:
        notes.append(
            f"All {split.train.people:,} training rows were added up where they are; {len(split.train.rows):,} of them,"
            " drawn at random, stand for all in what is told of training rows and constants, and chose the threshold,"
            f" the strength and the size of effects. Of the held-out rows {split.test.people:,} were drawn as judges."
        )
    notes += told_by_name(split.factors)
    if split.roles.kept_together is not None:
        notes.append(f"Rows with the same '{split.roles.kept_together}' are on one side of the split.")
    if split.table.task == "ordinal":
        levels = ", ".join(f"{index} = {name}" for index, name in enumerate(split.table.outcome_levels))
        notes.append(
            f"The ordinal outcome is fitted by proportional odds; a prediction is the expected level ({levels})."
        )
    if fitting.penalty != "none" and fitting.group_weight == "equal":
        notes.append("The penalty counts all groups alike, whatever their size (but less below 1% of the rows).")
    if fitting.penalty != "none" and fitting.penalize == "decision" and split.cut is not None:
        notes.append(f"The penalty is of decisions at {split.cut.value:.4g}, smoothed, instead of probabilities.")
    return notes


def model_notes(model: PenalizedEstimator, value: Floats) -> list[str]:
    """Notes on a model whose held-out predictions are `value`."""
    notes = []
    if (np.ptp(value, axis=0) <= rounding(value)).all():
        notes.append("The model predicts the same for all held-out rows: it finds nothing in the features.")
    asked, reached = model.reduce_dcor if model.reduce is None else model.reduce, model.reduction_
    if asked is not None and reached is not None and model.strength_ and reached < asked - TOLERANCE:
        notes.append(
            f"The search stopped at a reduction of {reached:.1f}% on training rows that were not fitted on, short of"
            f" the {asked:g}% asked for: rows that were fitted on keep at most half of what may be left, and a stronger"
            " penalty would chase chance."
        )
    messages = [*model.fruitless_search(), *model.separated_levels()]
    notes += [f"{message[0].upper()}{message[1:]}." for message in messages]
    if model.recalibrate != "none":
        notes.append(
            "Predictions are recalibrated by isotonic regression on training rows that were not fitted on: what the"
            " search of a strength found, and attributions, are of the prediction before that."
        )
    if caution := model.distribution.caution:
        notes.append(caution)
    if model.separated_:
        notes.append("The features tell the outcome of every training row; look for a feature that holds the outcome.")
    return notes


def unseen(model: PenalizedEstimator, features: pd.DataFrame, rows: str, count: Floats | None = None) -> list[str]:
    """Notes on values unlike those of all training rows, in some rows, which are called so.

    Args:
        model: fitted.
        features: of the rows.
        rows: what they are called.
        count: how many rows each of these stands for, shape (n,); None: one.
    """
    encoder = model.encoder
    people = np.ones(len(features)) if count is None else count
    unknown = [
        f"In {_so_many(found, rows)} '{name}' has a value that no training row had; there it counts"
        f" {encoder.unknown_counts}."
        for name, found in zip(encoder.names_, people @ encoder.unknown(features), strict=True)
        if found
    ]
    beyond = [
        f"In {_so_many(people[outside].sum(), rows)} '{name}' is far beyond the {low:,.6g} to {high:,.6g} of the"
        " training rows; its effect goes on in a straight line for a tenth of that range, and then stays."
        for name, (outside, low, high) in encoder.beyond(features).items()
    ]
    return unknown + beyond


def _so_many(people: float, rows: str) -> str:
    """``1 held-out row``, ``2 held-out rows``."""
    return f"{people:,.0f} {rows.removesuffix('s') if people == 1 else rows}"
