"""Attributions of models of other makers: Shapley values of whatever predicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fairaudit.arrays import Flags, Floats
from fairaudit.errors import OptionError
from fairaudit.explaining.attribution import Attributed, spread

if TYPE_CHECKING:
    import pandas as pd


PERMUTATIONS = 10
"""Orders in which features are replaced, each taken forwards and backwards."""
FEW = 7
"""Features up to which all their sets are fewer than those of so many orders."""
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


def foreign(
    model: Foreign, features: pd.DataFrame, background: pd.DataFrame, rng: np.random.Generator
) -> tuple[Attributed, Floats]:
    r"""Shapley values of a model, and its linear predictor, to which they sum but for a constant.

    The worth v(S) of a set of features is the mean linear predictor of a row whose other features are those of rows of
    the background, and a value

    .. math:: \phi_j = \sum_{S \not\ni j} \frac{|S|! \, (J - 1 - |S|)!}{J!} \, \bigl( v(S \cup j) - v(S) \bigr)

    Of up to `FEW` features over all sets; of more the mean change when a feature is replaced, over `PERMUTATIONS`
    random orders in which features are replaced, each forwards and backwards: exact where no feature interacts with two
    others. Features are replaced whole, whatever columns the model makes of them.

    Args:
        model: what it says of rows.
        features: n rows.
        background: rows that stand for the absence of a feature.
        rng: what draws the orders.

    Returns:
        The attributions, shape (n, J), or (n, J, K), and the linear predictor, shape (n,), or (n, K).

    Source: Shapley values as attributions: Lundberg & Lee (2017), arXiv:1705.07874; orders in pairs: Mitchell, Cooper,
    Frank & Holmes (2022), arXiv:2104.12199.
    """
    linear, count = model.sums(features), features.shape[1]
    codes, decode = _coded(features, background)
    worth = _Worth(lambda mixed: model.sums(decode(mixed)), codes(features), codes(background))
    if count <= FEW:
        values, method = _over_all_sets(worth, count), "Shapley values"
    else:
        tile = np.tile(np.arange(count), (len(features), PERMUTATIONS, 1))
        values = _over_orders(worth, rng.permuted(tile, axis=2))
        method = "Shapley values, sampled"
    lacking = linear - worth.of_none - values.sum(axis=1)
    if np.abs(lacking).max() > 1e-6 * max(1.0, float(np.ptp(linear))):
        raise ArithmeticError(f"Shapley values miss the prediction by up to {np.abs(lacking).max():.3g}")
    return spread(values, lacking, method), linear


@dataclass(frozen=True, eq=False)
class _Worth:
    """The worth of sets of features."""

    sums: Callable[[Floats], Floats]
    rows: Floats
    """Codes of the rows, shape (n, J)."""
    background: Floats
    """Shape (B, J)."""

    @cached_property
    def of_none(self) -> Floats:
        """Worth of the empty set, the same for all rows, shape () or (K,)."""
        return np.asarray(self.sums(self.background).mean(axis=0))

    @cached_property
    def of_all(self) -> Floats:
        """Worth of the set of all features, shape (n,) or (n, K)."""
        return self.sums(self.rows)

    def __call__(self, sets: Flags) -> Floats:
        """Of S sets of each row, shape (n, S, J), or of the same sets of all, (1, S, J): shape (n, S), or (n, S, K)."""
        many, count = len(self.background), sets.shape[1]
        at_once = max(1, ROWS // (many * count))
        parts = []
        for start in range(0, len(self.rows), at_once):
            own = self.rows[start : start + at_once, None, None, :]
            asked = sets if len(sets) == 1 else sets[start : start + at_once]
            mixed = np.where(asked[:, :, None, :], own, self.background)
            told = self.sums(mixed.reshape(-1, mixed.shape[-1]))
            parts.append(told.reshape(len(own), count, many, *told.shape[1:]).mean(axis=2))
        return np.concatenate(parts)


def _over_all_sets(worth: _Worth, count: int) -> Floats:
    """Shapley values over all sets of features, shape (n, J), or (n, J, K)."""
    sets = (np.arange(2**count)[:, None] >> np.arange(count) & 1).astype(bool)
    worths, sizes = worth(sets[None]), sets.sum(axis=1)
    share = [factorial(size) * factorial(count - 1 - size) / factorial(count) for size in range(count)]
    values = []
    for feature in range(count):
        without = np.flatnonzero(~sets[:, feature])
        change = worths[:, without + 2**feature] - worths[:, without]
        values.append(np.tensordot(change, np.array([share[sizes[each]] for each in without]), (1, 0)))
    return np.stack(values, axis=1)


def _over_orders(worth: _Worth, orders: NDArray[np.intp]) -> Floats:
    """Mean change when features are replaced in these orders and back, shape (n, J), or (n, J, K).

    Args:
        worth: of sets.
        orders: of each row, shape (n, P, J).
    """
    n, times, count = orders.shape
    whole, total = worth.of_all[:, None], np.zeros((n, count, *worth.of_all.shape[1:]))
    none = np.broadcast_to(worth.of_none, whole.shape)
    for forwards in np.moveaxis(np.argsort(orders, axis=2), 1, 0):
        for place in (forwards, count - 1 - forwards):
            sets = place[:, None, :] < np.arange(1, count)[None, :, None]  # the first feature, the first two, …
            change = np.diff(np.concatenate([none, worth(sets), whole], axis=1), axis=1)
            total += np.take_along_axis(change, place.reshape(n, count, *[1] * (change.ndim - 2)), axis=1)
    return np.asarray(total / (2 * times))


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
    """Functions from a frame to numbers (a category is a code) and back, as rows are mixed in arrays of numbers."""
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
