"""The columns of a table that have no role, made coarse: what a difference between groups may go along with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.data.columns import taken_names
from fairaudit.data.features import why_no_feature
from fairaudit.data.roles import Roles
from fairaudit.data.values import is_numeric

MOST_COLUMNS = 20
"""Columns that are looked at, in the order of the table: of a wide table the rest is not read."""
CLASSES = 10
"""Classes of a column: of equal size of a number, the most frequent levels of a category."""


@dataclass(frozen=True, eq=False)
class CoarseColumn:
    """One column in classes."""

    name: str
    """Its name."""
    code: Ints
    """Class of each row, from 0, shape (n,)."""
    size: int
    """Number of classes; those without a value are one of their own."""


@dataclass(frozen=True, eq=False)
class OtherColumns:
    """Some columns without a role, and how many there are."""

    columns: tuple[CoarseColumn, ...]
    """Those that hold something to compare rows by: no dates, identifiers, or single values."""
    passed_over: int
    """How many were not looked at, because they were too many."""


def other_columns(frame: pd.DataFrame, roles: Roles, rows: Ints) -> OtherColumns:
    """The features that were named, else the columns without another role, of some rows in classes.

    Args:
        frame: the data.
        roles: which column is what; those dropped are left out.
        rows: positions of n rows.
    """
    names = list(dict.fromkeys(name for name in _candidates(frame, roles) if name not in roles.drop))
    looked_at = names[:MOST_COLUMNS]
    chosen = [
        CoarseColumn(str(name), *coarse(column))
        for name in looked_at
        if why_no_feature(column := frame[name].iloc[rows], listed=roles.features is not None) is None
    ]
    return OtherColumns(tuple(each for each in chosen if each.size > 1), len(names) - len(looked_at))


def _candidates(frame: pd.DataFrame, roles: Roles) -> Collection[str]:
    if roles.features is not None:
        return roles.features
    taken = taken_names(list(frame.columns), roles) | {attribute.name for attribute in roles.protected}
    return [name for name in frame.columns if name not in taken]


def coarse(column: pd.Series) -> tuple[Ints, int]:
    """Class of each row, and how many classes there are.

    Numbers of more than `CLASSES` values are cut into classes of equal size; of text the most frequent levels are
    classes, and all others are one. Missing values are a class.
    """
    if is_numeric(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        known = ~np.isnan(values)
        code = _of_numbers(values, known)
    else:
        code, known = _of_levels(column)
    present, index = np.unique(np.where(known, code, -1), return_inverse=True)
    return index.astype(np.intp), len(present)


def _of_numbers(values: Floats, known: Flags) -> Ints:
    distinct = np.unique(values[known])
    if len(distinct) > CLASSES:
        shares = np.arange(1, CLASSES) / CLASSES
        distinct = np.unique(np.quantile(values[known], shares, method="higher"))
    return np.searchsorted(distinct, values, side="right").astype(np.intp)


def _of_levels(column: pd.Series) -> tuple[Ints, Flags]:
    code, levels = pd.factorize(column)
    known = code >= 0
    frequency = np.bincount(code[known], minlength=len(levels))
    place = np.empty(len(levels), dtype=np.intp)
    place[np.argsort(-frequency, kind="stable")] = np.arange(len(levels))
    return np.where(known, np.minimum(place[code], CLASSES - 1), -1).astype(np.intp), known
