"""Whether what came out of a model file is a fitted model: all that a prediction takes is looked at, and then used."""

from __future__ import annotations

import warnings
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from fairaudit.arrays import check_numbers
from fairaudit.models.families import kind
from fairaudit.models.features.encoder import MISSING

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.models.estimator import PenalizedEstimator
    from fairaudit.models.features.encoder import Encoder

TRIED = 3
"""Rows that are made up and predicted: several, so that a value of a wrong shape is not mistaken for a row."""


def check(model: PenalizedEstimator) -> None:
    """Refuse a model that no `fit` leaves behind.

    Raises:
        Exception: of any type; its text says what is wrong. `ValueError` where that was looked for.
    """
    own = {field.name for field in fields(model)}
    _plain_names(model, own)
    model._check_options()
    classes = _classes(model)
    encoder = model.encoder
    _plain_names(encoder, set(encoder.get_params()))
    encoder.check()
    _features(model, encoder)
    _intercepts(model, classes)
    model.check_parameters()
    _recalibration(model)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as that these rows have names, and those fitted on had none
        mean = np.asarray(model.predict_mean(_made_up(encoder)))
    if mean.shape not in ((TRIED,), (TRIED, classes)) or not np.isfinite(mean).all():
        raise ValueError("it predicts no finite number for a row")


def _plain_names(value: object, options: set[str]) -> None:
    """Refuse attributes that would stand before a method, or that nothing sets."""
    strange = [
        name
        for name in vars(value)
        if name not in options and (not name.endswith("_") or name.startswith("_") or hasattr(type(value), name))
    ]
    if strange:
        raise ValueError(f"{type(value).__name__} holds '{strange[0]}', which it does not have")


def _classes(model: PenalizedEstimator) -> int:
    """How many classes a classifier has; 0 for a regressor."""
    family = kind(model.family)
    if not family.labels:
        return 0
    classes = np.asarray(model.classes_)
    if classes.ndim != 1 or len(set(classes.tolist())) != len(classes):
        raise ValueError("its classes are no list of different labels")
    if not 2 <= len(classes) <= (family.most_classes or len(classes)):
        raise ValueError(f"it has {len(classes)} classes, which the {model.family} family does not")
    return len(classes)


def _features(model: PenalizedEstimator, encoder: Encoder) -> None:
    """Refuse features that the estimator and its encoding do not agree on."""
    count = len(encoder.names_)
    named = getattr(model, "feature_names_in_", None)
    if getattr(model, "n_features_in_", None) != count or (named is not None and list(named) != encoder.names_):
        raise ValueError("its features and their encoding are not the same")


def _intercepts(model: PenalizedEstimator, classes: int) -> None:
    """Refuse intercepts of another number than the family has."""
    family = kind(model.family)
    shape = (classes,) if family.several else (classes - 1,) if family.shared else ()
    check_numbers("its intercepts", model.intercept_, shape)


def _recalibration(model: PenalizedEstimator) -> None:
    """Refuse knots of a recalibration that are no non-decreasing function."""
    knots = getattr(model, "recalibration_", None)
    if knots is None:
        return
    places = knots.shape[-1] if isinstance(knots, np.ndarray) and knots.ndim == 2 else 0
    check_numbers("its recalibration", knots, (2, max(places, 1)))
    if (np.diff(knots[0]) <= 0).any() or (np.diff(knots[1]) < 0).any():
        raise ValueError("its recalibration is no non-decreasing function")


def _made_up(encoder: Encoder) -> pd.DataFrame:
    """Rows with values of kinds that the encoding knows."""
    import pandas as pd

    def value(known: dict[str, Any]) -> str | float | None:
        if "levels" not in known:
            return 0.0
        level = str(known["levels"][0])
        if not level.startswith(MISSING):
            return level
        return None if level == MISSING else level[:-1]  # `names` added a character

    known = zip(encoder.names_, encoder.encoders_, strict=True)
    return pd.DataFrame({name: [value(each)] * TRIED for name, each in known})
