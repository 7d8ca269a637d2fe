"""Which rows are fitted on and which are held out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fairaudit.arrays import Ints as Rows
from fairaudit.errors import FitError, OptionError

if TYPE_CHECKING:
    from fairaudit.data.table import RoleTable


def split(n: int, test_size: float, seed: int, key: NDArray[np.int64] | None) -> tuple[Rows, Rows]:
    """Positions of the training and the held-out rows, each in increasing order.

    Args:
        n: number of rows.
        test_size: share held out.
        seed: seed of the shuffle.
        key: rows with one key stay on one side, shape (n,); None: each row for itself.
    """
    units = np.arange(n) if key is None else np.unique(key, return_inverse=True)[1]
    count = int(units.max()) + 1
    order = np.random.default_rng([seed, 0]).permutation(count)
    size = np.bincount(units, minlength=count)[order]
    held = order[np.cumsum(size) - size / 2 < test_size * n]
    out = np.isin(units, held)
    if out.all() or not out.any():
        together = "" if key is None else ", each a value of the column that is split by"
        raise OptionError(
            f"a test-size of {test_size:g} leaves no rows on one side of the split; there are {count} units{together}"
        )
    return np.flatnonzero(~out), np.flatnonzero(out)


def check_side(table: RoleTable, rows: Rows, side: str) -> None:
    """Refuse a side of the split on which nothing counts, or all outcomes are one."""
    assert table.outcome is not None
    counted = rows if table.weight is None else rows[table.weight[rows] > 0]
    way_out = "choose another --test-size or --seed" + (
        "" if table.split_key is None else ", or split by a column with more values"
    )
    if not len(counted):
        raise FitError(f"the weight is 0 in all {len(rows)} {side} rows; {way_out}")
    outcome = table.outcome[counted]
    if np.ptp(outcome) == 0:
        value = table.outcome_levels[int(outcome[0])] if table.outcome_levels else f"{outcome[0]:g}"
        raise FitError(
            f"the outcome is {value} in all {len(counted)} {side} rows, which leaves nothing to fit or judge; {way_out}"
        )
