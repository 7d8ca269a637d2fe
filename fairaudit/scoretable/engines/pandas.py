"""Columns in memory, with the hash tables of pandas and the sorts of NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairaudit.arrays import Floats
from fairaudit.scoretable.engines import Engine, Levels


@dataclass(frozen=True, eq=False)
class Columns:
    """An `Engine` over arrays of one length."""

    columns: Mapping[str, NDArray[Any]]
    """Name → values, shape (n,)."""

    def levels(self, columns: Sequence[str]) -> dict[str, Levels]:
        """See `Engine.levels`; O(n) by hashing."""
        return {name: _levels(self.columns[name]) for name in columns}

    def quantiles(self, column: str, parts: int, mass: str | None = None) -> Floats:
        """See `Engine.quantiles`; each cut is where the mass below comes nearest to a multiple of 1/parts."""
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
        """See `Engine.group`; one sort, and sums in the order of the rows."""
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


def engine(columns: Mapping[str, NDArray[Any]]) -> Engine:
    """The engine of some columns."""
    return Columns(columns)


def _levels(values: NDArray[Any]) -> Levels:
    codes, distinct = pd.factorize(values)
    distinct = np.asarray(distinct)
    rows = np.bincount(codes[codes >= 0], minlength=len(distinct)).astype(np.intp)
    if distinct.dtype != object:
        order = np.argsort(distinct, kind="stable")
        distinct, rows = distinct[order], rows[order]
    return Levels(distinct, rows, int((codes < 0).sum()))
