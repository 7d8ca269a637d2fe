"""Attributions of models of other makers, by shap's model-agnostic explainer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
PAIR = 2
"""Features of which one order and back are all orders."""
CLIPPED = 1e-12
"""Probabilities are kept so far from 0 and 1 before their logarithms are taken."""
ROWS = 1 << 17
"""Rows that are predicted at once: a call costs as much as some hundred rows, a row as much as its features."""

Table = Callable[["pd.DataFrame"], NDArray[Any]]
"""From features to numbers, or labels, of each row."""


@dataclass(frozen=True, eq=False)
class Foreign:
    """What a model of another maker says of rows."""

    sums: Callable[[pd.DataFrame], Floats]
    """Its linear predictor, shape (n,); of K classes of a model that has several one for each, shape (n, K)."""
    scale: str
    """Of the linear predictor, in words."""
    classes: Sequence[str] = ()
    """Names of the K classes; none where the linear predictor is one number."""

    @classmethod
    def of(cls, model: Any, features: pd.DataFrame, *, named: bool = True) -> Foreign:
        """The linear predictor of a fitted model.

        Of two classes its decision function, else the log-odds of the second; of several the logarithms of their
        probabilities, else a decision function that has one number for each; where only labels are predicted, 1 for the
        predicted class and 0 for the others; of a regressor its prediction.

        Args:
            model: with ``decision_function``, ``predict_proba`` or ``predict``, pipelines included.
            features: n rows, as it takes them.
            named: whether they were given with names.

        Raises:
            OptionError: the model cannot predict, or predicts several numbers that are not those of classes.
        """
        if not any(hasattr(model, name) for name in ("predict", "predict_proba", "decision_function")):
            raise OptionError(
                "the model has no method to predict; a fitted model with predict, predict_proba or decision_function is"
                " needed"
            )
        methods = _methods(model, named)
        classes = None if getattr(model, "classes_", None) is None else np.asarray(model.classes_)
        if classes is not None and classes.ndim != 1:
            raise OptionError("the model predicts several outcomes at once; attributions are for one")
        if "predict_proba" in methods:
            count = _width(methods["predict_proba"](features.iloc[:1]))
            names = list(map(str, range(count) if classes is None else classes))
            if count > 2:
                return cls(_logarithms(methods["predict_proba"]), "log-odds", names)
            if "decision_function" not in methods:
                return cls(_log_odds(methods["predict_proba"]), "log-odds")
        if "decision_function" in methods:
            return _of_decisions(model, methods["decision_function"], features, classes)
        return _of_predictions(methods["predict"], features, classes)


def foreign(model: Foreign, features: pd.DataFrame, background: pd.DataFrame, seed: int) -> tuple[Attributed, Floats]:
    """Shapley values of a model, and its linear predictor, to which they sum but for a constant.

    A value is the mean change of the linear predictor when a feature of a background row is replaced by the row's own,
    over `PERMUTATIONS` random orders in which features are replaced: exact where no feature interacts with two others,
    and so of two features in one order. Features are replaced whole, whatever columns the model makes of them.

    Args:
        model: what it says of rows.
        features: n rows.
        background: rows that stand for the absence of a feature.
        seed: of the orders.

    Returns:
        The attributions, shape (n, J), or (n, J, K), and the linear predictor, shape (n,), or (n, K).

    Source: Lundberg & Lee (2017), arXiv:1705.07874; orders in pairs: Mitchell, Cooper, Frank & Holmes (2022),
    arXiv:2104.12199.
    """
    if find_spec("shap") is None:
        raise FairAuditError("attributions of a foreign model need shap; install it with: pip install shap")
    import shap

    codes, decode = _coded(features, background)
    linear, count = model.sums(features), features.shape[1]
    explainer = shap.explainers.Permutation(
        lambda rows: model.sums(decode(rows)), _Masker(codes(background)), seed=seed
    )
    orders = PERMUTATIONS if count > PAIR else 1
    at_once = max(
        1, ROWS // len(background)
    )  # shap asks for ten mixed rows at a time; a call may cost more than they do
    found = explainer(codes(features), max_evals=orders * (2 * count + 1), batch_size=at_once, silent=True)
    values = np.asarray(found.values, dtype=np.float64)
    lacking = linear - np.asarray(found.base_values, dtype=np.float64) - values.sum(axis=1)
    if np.abs(lacking).max() > 1e-6 * max(1.0, float(np.ptp(linear))):
        raise ArithmeticError(f"the values of shap miss the prediction by up to {np.abs(lacking).max():.3g}")
    return spread(values, lacking, "shap permutation"), linear


class _Masker:
    """Puts the row's own value where the mask says so, and else those of the background: one sample for each of them.

    Unlike shap's own maskers it needs no compilation, and its sums are exact to rounding."""

    clustering = None

    def __init__(self, background: Floats) -> None:
        self.background = background
        self.shape = (None, background.shape[1])

    def __call__(self, mask: NDArray[np.bool_], row: Floats) -> tuple[Floats]:
        return (np.where(mask, row, self.background),)


def _methods(model: Any, named: bool) -> dict[str, Table]:
    """The methods by which a model predicts, each as a function of a frame.

    A model of scikit-learn that was fitted on arrays gets arrays; one that does not say what it was fitted on gets what
    there is.
    """
    arrays = not hasattr(model, "feature_names_in_") and (hasattr(model, "n_features_in_") or not named)

    def called(method: Callable[[Any], Any]) -> Table:
        return lambda features: np.asarray(method(features.to_numpy() if arrays else features))

    names = [name for name in ("decision_function", "predict_proba", "predict") if hasattr(model, name)]
    return {name: called(getattr(model, name)) for name in names}


def _logarithms(probabilities: Table) -> Callable[[pd.DataFrame], Floats]:
    return lambda features: np.log(np.clip(probabilities(features).astype(np.float64), CLIPPED, 1.0))


def _log_odds(probabilities: Table) -> Callable[[pd.DataFrame], Floats]:
    def log_odds(features: pd.DataFrame) -> Floats:
        told = probabilities(features).astype(np.float64)
        if _width(told) != 2:
            raise OptionError(f"the model gives {_width(told)} probability a row; one of each class is needed")
        clipped = np.clip(told[:, 1], CLIPPED, 1 - CLIPPED)
        return np.asarray(np.log(clipped) - np.log1p(-clipped))

    return log_odds


def _of_decisions(model: Any, decisions: Table, features: pd.DataFrame, classes: NDArray[Any] | None) -> Foreign:
    """A model with a decision function: one number, or one for each class."""
    width = _width(decisions(features.iloc[:1]))
    names = [] if classes is None or width == 1 else list(map(str, classes))
    last = model[-1] if hasattr(model, "steps") else model
    if width > 1 and (width != len(names) or getattr(last, "decision_function_shape", "ovr") != "ovr"):
        raise OptionError(
            f"the model decides by {width} numbers a row, which are not those of its classes one by one; attributions"
            " are for one number, or one for each class"
        )
    return Foreign(_numbers(decisions), "decision function", names)


def _of_predictions(predict: Table, features: pd.DataFrame, classes: NDArray[Any] | None) -> Foreign:
    """A model that only predicts: numbers, or labels of classes."""
    told = predict(features)
    if classes is None and told.dtype.kind in "fiub":
        if _width(told) > 1:
            raise OptionError(f"the model gives {_width(told)} numbers a row; attributions are for one")
        return Foreign(_numbers(predict), "unit of the prediction")
    if told.ndim != 1:
        raise OptionError(f"the model gives {_width(told)} labels a row; attributions are for one")
    labels = np.unique(told.astype(str)) if classes is None else classes.astype(str)

    def of_classes(features: pd.DataFrame) -> Floats:
        return np.asarray(predict(features).astype(str)[:, None] == labels, dtype=np.float64)

    scale = "predicted class (1, others 0)"
    if len(labels) > 2:
        return Foreign(of_classes, scale, list(labels))
    return Foreign(lambda features: of_classes(features)[:, -1], scale)


def _numbers(told: Table) -> Callable[[pd.DataFrame], Floats]:
    """Numbers of each row, one column as one number."""

    def numbers(features: pd.DataFrame) -> Floats:
        values = told(features).astype(np.float64)
        return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values

    return numbers


def _width(told: NDArray[Any]) -> int:
    """How many numbers a row has."""
    return 1 if told.ndim == 1 else told.shape[-1]


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
