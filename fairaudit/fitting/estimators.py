"""Estimators for the task of a split, and their fit to its training rows."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from sklearn.exceptions import ConvergenceWarning

from fairaudit.arrays import Step
from fairaudit.fitting.options import family_for
from fairaudit.models.glm import PenalizedGLM
from fairaudit.streams import Stream

if TYPE_CHECKING:
    from fairaudit.fitting.split import CodedRows, Part, Split
    from fairaudit.models.estimator import PenalizedEstimator

SINGLE_ROWS = 200_000
"""Training rows of a table in its engine up to which a model is fitted to single rows. Of more so many are drawn, by
which the strength and the size of effects are chosen; the model is then fitted to all, counted."""


def fitted(
    split: Split,
    penalty: str,
    step: Step,
    *,
    guided: bool = False,
    plain: PenalizedEstimator | None = None,
    **strength: float | None,
) -> PenalizedEstimator:
    """A model of the training rows.

    Args:
        split: the training rows, and how a model is fitted.
        penalty: ``none``, or the penalty of the split.
        step: told of progress.
        guided: whether the knowledge of the factors takes part.
        plain: a model of the same rows without a penalty, where there is one.
        strength: how strong the penalty is, as the estimators know it.
    """
    penalised = penalty != "none"
    model = unfitted(split, penalty, guided=guided, **(strength if penalised else {}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the report says so
        part = split.train
        if part.count is None:
            model.fit(**training_data(part, penalised), step=step)
            return model if split.coded is None else _of_all(model, plain, split, split.coded, step)
        rows = part.single(SINGLE_ROWS, Stream.SEARCHED_ROWS.generator(split.options.seed))
        model.fit(**training_data(rows, penalised), step=step)
        if len(rows.rows) == part.people:
            return model
        assert isinstance(model, PenalizedGLM)
        if model.promise_ is not None:
            model.searched_share_ *= rows.effective / part.effective
        return model.refit(part.count, step, **training_data(part, penalised))


def _of_all(
    model: PenalizedEstimator, plain: PenalizedEstimator | None, split: Split, coded: CodedRows, step: Step
) -> PenalizedEstimator:
    """A model of a sample of the training rows, fitted to all of them in their engine."""
    assert isinstance(model, PenalizedGLM)
    assert isinstance(plain, PenalizedGLM | None)
    part = split.train
    if model.promise_ is not None:
        model.searched_share_ *= len(part.rows) / part.people
    data = training_data(part, model.penalty != "none")
    return model.refit_elsewhere(coded.rows, coded.levels, part.people, step, plain, **data)


def unfitted(split: Split, penalty: str, *, guided: bool = False, **strength: float | None) -> PenalizedEstimator:
    """An estimator for the task of a split, not yet fitted."""
    fitting = split.fitting
    threshold = split.cut.value if fitting.penalize == "decision" and split.cut is not None else None
    family = family_for(split.table.task, fitting.family)
    guidance = fitting.guidance_options() if guided else {}
    return estimator(
        fitting.model,
        family=family,
        power=fitting.power,
        penalty=penalty,
        **strength,
        **guidance,
        **fitting.model_options(),
        group_weight=fitting.group_weight,
        recalibrate=fitting.recalibrate,
        decision_threshold=threshold,
        random_state=split.options.seed,
        unseen="mean",
    )


def training_data(part: Part, penalised: bool) -> dict[str, Any]:
    """The rows of a part as the arguments of an estimator's `fit`."""
    return {
        "X": part.features,
        "y": part.outcome,
        "sensitive_features": part.cells,
        "sample_weight": part.row_mass,
        "exposure": part.exposure,
        "groups": part.unit,
        "strata": part.stratum if penalised else None,
    }


def estimator(kind: str, **options: Any) -> PenalizedEstimator:
    """An estimator by its kind; those with heavy libraries are imported only if asked for."""
    if kind == "boosting":
        from fairaudit.models.boosting import PenalizedBoosting

        return PenalizedBoosting(**options)
    if kind == "network":
        from fairaudit.models.network import PenalizedNetwork

        return PenalizedNetwork(**options)
    return PenalizedGLM(**options)
