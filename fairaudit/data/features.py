"""Which columns a model may see."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from fairaudit.data.origin import Origin
from fairaudit.data.roles import Roles
from fairaudit.data.values import is_moment, is_numeric, labels, numbers, stray_text, written_numbers
from fairaudit.errors import RoleError, listing

MOST_LEVELS = 100
"""Text with more levels is taken for an identifier: its one-hot columns would learn rows by heart."""
FEWEST_ROWS_OF_AN_IDENTIFIER = 50
"""From so many rows on, numbers that are all different and text of which most values are may be identifiers."""
NUMBERED = "has another whole number in every row, like an identifier"
"""Why a column of such numbers is no feature."""


def feature_names(
    frame: pd.DataFrame, roles: Roles, other_roles: Collection[str], origin: Origin | None = None
) -> tuple[tuple[str, ...], list[str]]:
    """Names of the features, and notes on columns left out.

    A listed column that cannot be a feature is an error; without a list it is left out with a note.
    `roles.drop` wins over the list. `other_roles` are the columns that are neither feature nor protected
    attribute. `origin` says how many rows each of the frame's stands for; None: one."""
    count = None if origin is None else origin.rows
    if roles.features is None:
        taken = {*other_roles, *roles.drop, *(attribute.name for attribute in roles.protected)}
        problems = {name: why_left_out(frame[name], count) for name in frame.columns if name not in taken}
        names = tuple(name for name, problem in problems.items() if problem is None)
        notes = [f"column '{name}' {why}; it is not a feature" for name, why in problems.items() if why]
    else:
        listed = dict.fromkeys(name for name in roles.features if name not in roles.drop)
        names, notes = tuple(listed), []
        for name in names:
            if name in other_roles and name not in (roles.split_by, roles.given):
                raise RoleError(f"column '{name}' has another role; it cannot be a feature as well")
            problem = why_no_feature(frame[name], count, listed=True)
            if problem:
                raise RoleError(f"column '{name}' {problem}; leave it out of the features, or make it coarser")
    if not names:
        raise RoleError(f"no column is left as a feature; the data have {listing(frame.columns)}")
    return names, notes


def why_left_out(column: pd.Series, count: NDArray[np.int64] | None = None) -> str | None:
    """Why a column that nobody listed is no feature; None: it is one. See `why_no_feature`.

    Raises:
        RoleError: it holds numbers that are written as text.
    """
    if written := written_numbers(column):
        raise RoleError(
            f"column '{column.name}' {written}, or leave it out of the features with --drop '{column.name}'"
        )
    return why_no_feature(column, count)


def why_no_feature(column: pd.Series, count: NDArray[np.int64] | None = None, *, listed: bool = False) -> str | None:
    """Why a column cannot be a feature, or None; a number may be an identifier only if nobody `listed` it.

    Args:
        column: values of some rows.
        count: how many rows each of these stands for, shape (n,); None: one.
        listed: whether somebody asked for it.
    """
    if is_moment(column):
        return "holds dates"
    values = column.dropna()
    if column.dtype == object and not values.map(pd.api.types.is_scalar).all():
        return "holds lists or records"
    if values.empty:
        return "has no values"
    rows = len(values) if count is None else int(count[column.notna().to_numpy()].sum())
    levels = int(values.nunique())
    enough = rows >= FEWEST_ROWS_OF_AN_IDENTIFIER
    if is_numeric(column):
        whole = types.is_integer_dtype(column.dtype)
        return NUMBERED if whole and enough and levels == rows and not listed else None
    if levels > MOST_LEVELS or (enough and 2 * levels > rows):
        return stray_text(values) or like_an_identifier(levels)
    return None


def like_an_identifier(levels: int) -> str:
    """Why a column of text with so many values cannot be a feature."""
    return f"is text with {levels} different values, like an identifier"


def read_features(
    frame: pd.DataFrame, names: Collection[str], origin: Origin, *, constant: bool = False
) -> tuple[pd.DataFrame, list[str]]:
    """The features of the used rows, numbers as float64 and all else by name, and notes on what was left out.

    A feature with one value is left out, unless `constant` ones are wanted, too: to be scored, not fitted on.
    """
    features, notes = {}, []
    for name in names:
        column = frame[name]
        known = int(column.nunique())
        if not constant and (known == 0 or (known == 1 and not column.isna().any())):
            notes.append(f"feature '{name}' has one value in all rows used; it is left out")
        elif is_numeric(column):
            features[name] = pd.Series(numbers(column, f"feature '{name}'", origin))
        else:
            features[name] = labels(column)
            if stray := stray_text(column):
                notes.append(f"feature '{name}' {stray}; it is read as text, each value a category")
    if not features:
        raise RoleError(f"no feature is left: {listing(names)} have one value in all {len(frame)} rows")
    return pd.DataFrame(features), notes
