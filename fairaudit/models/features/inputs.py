"""Reading what an estimator is given: features, outcomes, weights and protected attributes, from arrays or frames."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import assert_all_finite, check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from fairaudit.arrays import Floats
from fairaudit.distance.penalty import DependencePenalty, dependence_penalty, resolve
from fairaudit.errors import FitError, OptionError, RoleError, listing
from fairaudit.options import GroupWeight
from fairaudit.scoretable.cells import Cells

if TYPE_CHECKING:
    import pandas as pd


def read_features(estimator: Any, X: object, *, reset: bool) -> pd.DataFrame:
    """Features as a data frame, checked against what the estimator was fitted to.

    Args:
        estimator: sets (`reset`) or holds ``n_features_in_`` and ``feature_names_in_``, as scikit-learn has it.
        X: a data frame of any kind (pandas, Polars, Arrow, DuckDB), or an array-like of numbers: finite ones,
            or (of an estimator that says so) missing ones, too.
        reset: whether the estimator is being fitted.

    Raises:
        ValueError: no rows or columns, an infinite number, in most arrays a missing one, other columns than in fitting.
    """
    import pandas as pd

    from fairaudit.data.values import is_moment

    if not (hasattr(X, "columns") or hasattr(X, "column_names")):
        finite = "allow-nan" if estimator.__sklearn_tags__().input_tags.allow_nan else True
        values = validate_data(estimator, X, reset=reset, dtype=np.float64, ensure_all_finite=finite)
        return _named(estimator, pd.DataFrame(values), reset=reset)
    if not isinstance(X, pd.DataFrame):
        from fairaudit.data.sources import from_frame

        X = from_frame(X).frame
    if not X.shape[0] or not X.shape[1]:
        raise FitError(f"the features have {X.shape[0]} rows and {X.shape[1]} columns; at least 1 of each is needed")
    refuse_namesakes(X)
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    for name, column in X.items():
        if pd.api.types.is_complex_dtype(column):
            raise RoleError(f"feature '{name}' holds complex numbers")
        if is_moment(column):
            raise RoleError(
                f"feature '{name}' holds times; make numbers or names of them, such as the year or the month"
            )
        if pd.api.types.is_numeric_dtype(column):
            infinite = np.isinf(column.to_numpy(np.float64, na_value=np.nan))
            if infinite.any():
                raise RoleError(f"feature '{name}' is infinite in {int(infinite.sum())} of {len(X)} rows")
    return _named(estimator, X, reset=reset)


def refuse_namesakes(X: pd.DataFrame) -> None:
    """Refuse features of which several have one name."""
    twice = X.columns[X.columns.duplicated()]
    if len(twice):
        raise RoleError(f"the features hold several columns named {listing(dict.fromkeys(twice))}; rename them")


def _named(estimator: Any, X: pd.DataFrame, *, reset: bool) -> pd.DataFrame:
    """The same columns under text names, ``x0``, ``x1``, … where they have numbers.

    Where only the rows fitted on have names, or only these, columns are taken by position, as in all of scikit-learn.
    """
    fitted, named = hasattr(estimator, "feature_names_in_"), isinstance(X.columns[0], str)
    if not reset and named != fitted:
        return X.set_axis(estimator.feature_names_in_ if fitted else [f"x{k}" for k in range(X.shape[1])], axis=1)
    return X.set_axis([f"x{name}" if isinstance(name, int) else str(name) for name in X.columns], axis=1)


def read_numbers(y: ArrayLike, size: int) -> Floats:
    """A numeric outcome, shape (n,)."""
    try:
        values = column_or_1d(y, warn=True)
        check_array(values, ensure_2d=False, dtype=None, input_name="y", ensure_min_samples=0)
        numbers = np.asarray(values, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise FitError(f"the outcome must hold numbers: {error}") from error
    if values.dtype.kind in "mM":
        raise FitError("the outcome must hold numbers: it holds times; count them in days or years")
    _check_size(len(numbers), size)
    return numbers


def read_labels(y: ArrayLike, size: int, weight: Floats, *, ordered: bool) -> tuple[NDArray[Any], Floats]:
    """The classes, sorted, and the code of each row, shape (n,), 0 for a row of weight 0 whose class is nowhere else.

    Args:
        y: labels of any kind, shape (n,).
        size: n.
        weight: row weights; a class all of whose rows have weight 0 does not exist.
        ordered: take the order of an ordered pandas category, if it is one.
    """
    import pandas as pd

    order = getattr(getattr(y, "dtype", None), "categories", None)
    if not (ordered and getattr(getattr(y, "dtype", None), "ordered", False)):
        order = None
    try:
        labels = column_or_1d(y, warn=True)
        missing = int(pd.isna(labels).sum())
        if missing:
            raise FitError(f"the outcome is missing in {missing} of {len(labels)} rows; leave these rows out")
        assert_all_finite(labels, input_name="y")
        check_classification_targets(labels)
    except (ValueError, TypeError) as error:
        raise FitError(str(error)) from error
    _check_size(len(labels), size)
    present = np.unique(labels[weight > 0])
    classes = present if order is None else np.asarray([level for level in order if level in set(present.tolist())])
    if len(classes) < 2:
        raise FitError(
            f"the outcome is {classes[0]} in all {int((weight > 0).sum())} training rows, only one class; there is"
            " nothing to fit"
        )
    if ordered and order is None and len(classes) > 2 and classes.dtype.kind in "OUS":
        warnings.warn(
            f"the levels of the outcome are text without an order, taken by the alphabet: {listing(classes)}; give an"
            " ordered pandas Categorical for another order",
            UserWarning,
            stacklevel=4,
        )
    sorter = np.argsort(classes, kind="stable")
    place = np.minimum(np.searchsorted(classes[sorter], labels), len(classes) - 1)
    codes = np.where(np.isin(labels, classes), sorter[place], 0)
    return classes, codes.astype(np.float64)


def known_labels(y: ArrayLike, size: int, classes: NDArray[Any]) -> Floats:
    """The code of each row among known classes, shape (n,)."""
    import pandas as pd

    labels = column_or_1d(y, warn=True)
    _check_size(len(labels), size)
    codes = pd.Index(classes).get_indexer(pd.Index(labels))
    if codes.min(initial=0) < 0:
        raise FitError("some rows are of a class that the model was not fitted to; it has no loss for them")
    return np.asarray(codes, dtype=np.float64)


def read_rows(values: ArrayLike, size: int, what: str) -> Floats:
    """Finite numbers, one for each row, shape (n,)."""
    try:
        rows = np.asarray(values, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise FitError(f"{what} must hold numbers: {error}") from error
    if rows.shape != (size,) or not np.isfinite(rows).all():
        raise FitError(f"{what} must hold {size} finite numbers, one for each row; its shape is {rows.shape}")
    return rows


def read_weight(sample_weight: ArrayLike | None, size: int) -> Floats:
    """Row weights, shape (n,), ≥ 0 and not all 0."""
    if sample_weight is None:
        return np.ones(size)
    weight = read_rows(sample_weight, size, "sample_weight")
    if weight.min() < 0 or weight.max() <= 0:
        raise FitError("sample_weight must not be negative, nor zero in all rows")
    if weight.max() > np.finfo(np.float64).max / size:
        raise FitError(f"sample_weight must have a finite sum; the largest weight is {weight.max():.3g}")
    return weight


def read_exposure(exposure: ArrayLike, size: int) -> Floats:
    """Time at risk, shape (n,), > 0."""
    at_risk = read_rows(exposure, size, "exposure")
    if at_risk.min() <= 0:
        raise FitError(f"exposure must be above 0; it is not in {int((at_risk <= 0).sum())} rows")
    return at_risk


def read_penalty(
    kind: str,
    sensitive_features: object,
    weight: Floats,
    strata: ArrayLike | None = None,
    group_weight: GroupWeight = "size",
    threshold: float | None = None,
    rows: object = None,
) -> DependencePenalty:
    """The penalty of that kind.

    Args:
        kind: ``dcov``, ``dcov:NAME``, ``sum``, ``ccdcov``, ``jdcov``, ``dcor`` or ``dcor:NAME``.
        sensitive_features: protected attributes, n rows: a data frame, a series, an array or encoded `Cells`.
        weight: row weights, shape (n,).
        strata: independence is asked within each of them, shape (n,); None: among all rows.
        group_weight: whether groups count by their ``size`` or all alike (``equal``).
        threshold: of decisions, which the penalty then is of; None: of predictions.
        rows: features of the same rows; where both are pandas objects, rows with one label belong together.
    """
    import pandas as pd

    aim: dict[str, Any] = {"group_weight": group_weight, "threshold": threshold}
    if sensitive_features is None:
        raise OptionError(f"penalty '{kind}' needs sensitive_features")
    size = len(weight)
    if isinstance(sensitive_features, Cells):
        _check_size(len(sensitive_features.levels), size, "sensitive_features")
        names = [attribute.name for attribute in sensitive_features.attributes]
        codes = None if strata is None else np.asarray(strata).astype(np.intp)
        return dependence_penalty(sensitive_features, resolve(kind, names), weight / weight.sum(), codes, **aim)
    from fairaudit.measures.frames import penalty

    if isinstance(sensitive_features, pd.Series):
        name = "sensitive_feature" if sensitive_features.name is None else str(sensitive_features.name)
        sensitive_features = sensitive_features.to_frame(name)
    elif not (hasattr(sensitive_features, "columns") or hasattr(sensitive_features, "column_names")):
        table = pd.DataFrame(np.asarray(sensitive_features)).infer_objects()
        many = table.shape[1] > 1
        sensitive_features = table.set_axis(
            [f"sensitive_feature_{index}" if many else "sensitive_feature" for index in range(table.shape[1])], axis=1
        )
    if isinstance(sensitive_features, pd.DataFrame):
        _check_size(len(sensitive_features), size, "sensitive_features")
        sensitive_features = _aligned(sensitive_features, rows)
        _refuse_missing(sensitive_features)
    return penalty(sensitive_features, kind, weight, strata=strata, **aim)


def _refuse_missing(table: pd.DataFrame) -> None:
    """Refuse protected attributes with missing values, with what a caller of `fit` can do."""
    counts = table.isna().sum()
    lacking = [f"'{name}' is missing in {count} of {len(table)} rows" for name, count in counts[counts > 0].items()]
    if lacking:
        raise RoleError(
            f"of sensitive_features {', and '.join(lacking)}; fill them with a level of its own, such as"
            " fillna('unknown'), or leave these rows out of X, y and sensitive_features"
        )


def _aligned(table: pd.DataFrame, rows: object) -> pd.DataFrame:
    """Protected attributes in the order of the features, by the labels of their rows.

    Labels that pandas gave by itself (0, 1, 2, …) say nothing where the other object has labels of its own: then rows
    belong together by position, as they do in an array.
    """
    import pandas as pd

    if not isinstance(rows, pd.DataFrame) or table.index.equals(rows.index):
        return table
    if table.index.is_unique and rows.index.is_unique and table.index.isin(rows.index).all():
        return table.loc[rows.index]
    counted = pd.RangeIndex(len(table))
    if table.index.equals(counted) or rows.index.equals(counted):
        return table
    raise RoleError(
        "the rows of sensitive_features have other labels than those of X, so it is not known which belong together;"
        " give both the same index, or take the rows by position with sensitive_features.to_numpy()"
    )


def _check_size(found: int, size: int, what: str = "outcome") -> None:
    if found != size:
        raise FitError(f"the features have {size} rows, the {what} {found}")
