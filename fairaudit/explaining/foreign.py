"""Attributions of models of other makers, by shap's model-agnostic explainers."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fairaudit.arrays import Floats
from fairaudit.errors import FairAuditError, OptionError
from fairaudit.explaining.attribution import Attributed, spread

if TYPE_CHECKING:
    import pandas as pd


PERMUTATIONS = 10
"""Orders in which features are replaced, each taken forwards and backwards."""
CLIPPED = 1e-12
"""Probabilities are kept so far from 0 and 1 before their log-odds are taken."""


def foreign(model: Any, features: pd.DataFrame, background: pd.DataFrame, seed: int) -> tuple[Attributed, Floats, str]:
    """Shapley values of any fitted scikit-learn regressor or two-class classifier, pipelines included.

    A value is the mean change of the linear predictor when a feature of a background row is replaced by the row's own,
    over `PERMUTATIONS` random orders in which features are replaced: exact where no feature interacts with two others.
    Features are replaced whole, whatever columns the model makes of them.

    Args:
        model: with ``decision_function`` or ``predict_proba`` (two classes) or ``predict``.
        features: n rows.
        background: rows that stand for the absence of a feature.
        seed: of the permutations.

    Returns:
        The attributions; what they sum to but for a constant, shape (n,); and its scale in words. The linear predictor
        is the decision function, else the log-odds of the second class; of a regressor its prediction.

    Source: Lundberg & Lee (2017), arXiv:1705.07874.
    """
    if find_spec("shap") is None:
        raise FairAuditError("attributions of a foreign model need shap; install it with: pip install shap")
    import shap

    told, scale = _predictor(model if hasattr(model, "feature_names_in_") else _Unnamed(model))
    codes, decode = _coded(features, background)
    linear = told(features)
    explainer = shap.explainers.Permutation(lambda rows: told(decode(rows)), _Masker(codes(background)), seed=seed)
    found = explainer(codes(features), max_evals=PERMUTATIONS * (2 * features.shape[1] + 1), silent=True)
    values = np.asarray(found.values, dtype=np.float64)
    lacking = linear - np.asarray(found.base_values, dtype=np.float64) - values.sum(axis=1)
    if np.abs(lacking).max() > 1e-6 * max(1.0, float(np.ptp(linear))):
        raise ArithmeticError(f"the values of shap miss the prediction by up to {np.abs(lacking).max():.3g}")
    return spread(values, lacking, "shap permutation"), linear, scale


class _Masker:
    """Puts the row's own value where the mask says so, and else those of the background: one sample for each of them.

    Unlike shap's own maskers it needs no compilation, and its sums are exact to rounding."""

    clustering = None

    def __init__(self, background: Floats) -> None:
        self.background = background
        self.shape = (None, background.shape[1])

    def __call__(self, mask: NDArray[np.bool_], row: Floats) -> tuple[Floats]:
        return (np.where(mask, row, self.background),)


class _Unnamed:
    """A model that was fitted on arrays, called with frames."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __getattr__(self, name: str) -> Callable[[pd.DataFrame], Any]:
        method: Callable[[Any], Any] = getattr(self.model, name)
        return lambda features: method(features.to_numpy())


def _predictor(model: Any) -> tuple[Callable[[pd.DataFrame], Floats], str]:
    """The linear predictor of a model as a function of features, and its scale."""

    def decision(features: pd.DataFrame) -> Floats:
        return _single(model.decision_function(features))

    def log_odds(features: pd.DataFrame) -> Floats:
        probabilities = np.asarray(model.predict_proba(features), dtype=np.float64)
        if probabilities.ndim != 2 or probabilities.shape[1] != 2:
            raise OptionError(f"the model has {probabilities.shape[-1]} classes; attributions are for two, or a number")
        clipped = np.clip(probabilities[:, 1], CLIPPED, 1 - CLIPPED)
        return np.asarray(np.log(clipped) - np.log1p(-clipped))

    def prediction(features: pd.DataFrame) -> Floats:
        return _single(model.predict(features))

    if hasattr(model, "decision_function"):
        return decision, "decision function"
    if hasattr(model, "predict_proba"):
        return log_odds, "log-odds"
    if hasattr(model, "predict"):
        return prediction, "unit of the prediction"
    raise OptionError(
        "the model has no method to predict; a fitted model with predict, predict_proba or decision_function is needed"
    )


def _single(values: Any) -> Floats:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1:
        raise OptionError(f"the model gives {numbers.shape[-1]} numbers a row; attributions are for one")
    return numbers


def _coded(
    features: pd.DataFrame, background: pd.DataFrame
) -> tuple[Callable[[pd.DataFrame], Floats], Callable[[Floats], pd.DataFrame]]:
    """Functions from a frame to numbers (a category is a code) and back, as shap mixes rows in arrays of numbers."""
    import pandas as pd

    both = pd.concat([features, background], ignore_index=True)
    levels = {
        name: pd.factorize(column)[1] for name, column in both.items() if not pd.api.types.is_numeric_dtype(column)
    }

    def codes(frame: pd.DataFrame) -> Floats:
        columns = [
            pd.Index(levels[name]).get_indexer(pd.Index(column)) if name in levels else column.to_numpy(np.float64)
            for name, column in frame.items()
        ]
        return np.column_stack(columns).astype(np.float64)

    def decode(rows: Floats) -> pd.DataFrame:
        decoded = {}
        for name, column in zip(features.columns, np.asarray(rows).T, strict=True):
            decoded[name] = column
            if name in levels:
                # a missing category has the code -1, for which any level may stand in until it is put right
                names = pd.Series(pd.Index(levels[name]).take(np.maximum(column, 0).astype(np.intp)), dtype=object)
                decoded[name] = names.where(column >= 0, None).to_numpy()
        return pd.DataFrame(decoded).astype(dict(both.dtypes))  # that hold the values of either

    return codes, decode
