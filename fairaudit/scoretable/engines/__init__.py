"""Engines: what answers the three questions that an audit puts to a table.

An audit never asks for rows. It asks which *levels* some columns have, at which *quantiles* to cut a number, and how
often each combination of values occurs (*group*); all else is computed from the answers. Each file of this folder is
one engine, and nothing outside knows which it talks to. To add one, write a file with a function
``engine(columns: Mapping[str, array]) -> Engine``, by which the tests of the contract make tables for it, besides what
makes an engine of the engine's own tables; `tests/scoretable/engines/test_contract.py` finds it by listing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fairaudit.arrays import Floats, Ints


@dataclass(frozen=True, eq=False)
class Levels:
    """The distinct values of one column."""

    values: NDArray[Any]
    """The values, none missing, shape (K,): numbers in increasing order, other values in any."""
    rows: Ints
    """Rows with each value, shape (K,), none 0."""
    missing: int
    """Rows without a value (NaN, None)."""

    def index(self, values: NDArray[Any]) -> Ints:
        """The place of each of some values among the levels; -1 for what is missing or not among them."""
        import pandas as pd

        return np.asarray(pd.Index(self.values).get_indexer(pd.Index(values)), dtype=np.intp)


class Engine(Protocol):
    """A table that is never handed over. Columns are asked for by name."""

    def levels(self, columns: Sequence[str]) -> dict[str, Levels]:
        """The distinct values of each of some columns."""

    def quantiles(self, column: str, parts: int, mass: str | None = None) -> Floats:
        """The values of a number at which to begin a new part, so that the parts are as equal as ties allow.

        Args:
            column: a number; rows without a value are left out.
            parts: number of parts.
            mass: number by which each row counts, ≥ 0; None, or 0 in all these rows: all rows count alike.

        Returns:
            At most ``parts - 1`` values that occur, increasing, none of them the smallest; fewer where single values
            are heavier than a part. Empty where all values are the same.
        """

    def group(self, by: Sequence[str], sums: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
        """The combinations of values that occur, and sums over the rows of each.

        Args:
            by: the columns whose values are combined, none with missing values.
            sums: numbers that are added up.

        Returns:
            Column → one entry for each combination, in lexicographic order by `by`; exact where sums are of whole
            numbers.
        """
