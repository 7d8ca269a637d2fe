"""Columns of lines: their levels, their quantiles, and their sums by combination of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairaudit.arrays import Floats, Ints


@dataclass(frozen=True, eq=False)
class Levels:
    """The distinct values of one column."""

    values: NDArray[Any]
    """The values, none missing, shape (K,): numbers in increasing order, other values in any."""
    rows: Ints
    """Lines with each value, shape (K,), none 0."""
    missing: int
    """Lines without a value (NaN, None)."""

    def index(self, values: NDArray[Any]) -> Ints:
        """The place of each of some values among the levels; -1 for what is missing or not among them."""
        return np.asarray(pd.Index(self.values).get_indexer(pd.Index(values)), dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Columns:
    """Arrays of one length, asked for by name."""

    columns: Mapping[str, NDArray[Any]]
    """Name → values, shape (n,)."""

    def levels(self, columns: Sequence[str]) -> dict[str, Levels]:
        """The distinct values of each of some columns; O(n) by hashing."""
        return {name: _levels(self.columns[name]) for name in columns}

    def quantiles(self, column: str, parts: int, mass: str | None = None) -> Floats:
        """The values of a number at which to begin a new part, so that the parts are as equal as ties allow: where the
        mass below comes nearest to a multiple of 1/parts.

        Args:
            column: a number; lines without a value are left out.
            parts: number of parts.
            mass: number by which each line counts, ≥ 0; None, or 0 in all these lines: all count alike.

        Returns:
            At most ``parts - 1`` values that occur, increasing, none of them the smallest; fewer where single values
            are heavier than a part. Empty where all values are the same.
        """
        values = self.columns[column]
        present = ~np.isnan(values)
        levels = _levels(values)
        weight = None if mass is None else self.columns[mass][present]
        if weight is not None and weight.sum() <= 0:
            weight = None
        each = np.bincount(levels.index(values[present]), weight, minlength=len(levels.values)).astype(np.float64)
        below = np.cumsum(each)[:-1] / (present.sum() if weight is None else weight.sum())
        if not len(below):
            return np.empty(0)
        nearest = [int(np.argmin(np.abs(below - part / parts))) for part in range(1, parts)]
        return np.unique(levels.values[1:][nearest])

    def group(self, by: Sequence[str], sums: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
        """The combinations of values that occur, and sums over the lines of each, in their order; one sort.

        Args:
            by: the columns whose values are combined, none with missing values.
            sums: numbers that are added up.

        Returns:
            Column → one entry for each combination, in lexicographic order by `by`; exact where sums are of whole
            numbers.
        """
        keys = [self.columns[name] for name in by]
        order = np.lexsort(keys[::-1])
        changes = np.zeros(len(order), dtype=bool)
        changes[:1] = True
        for key in keys:
            ordered = key[order]
            changes[1:] |= ordered[1:] != ordered[:-1]
        starts = np.flatnonzero(changes)
        combinations = {name: key[order[starts]] for name, key in zip(by, keys, strict=True)}
        return combinations | {name: np.add.reduceat(self.columns[name][order], starts) for name in sums}


def _levels(values: NDArray[Any]) -> Levels:
    codes, distinct = pd.factorize(values)
    distinct = np.asarray(distinct)
    rows = np.bincount(codes[codes >= 0], minlength=len(distinct)).astype(np.intp)
    if distinct.dtype != object:
        order = np.argsort(distinct, kind="stable")
        distinct, rows = distinct[order], rows[order]
    return Levels(distinct, rows, int((codes < 0).sum()))
