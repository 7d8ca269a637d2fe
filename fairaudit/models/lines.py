"""Rows that are alike in all that a fit sees: joined, they are one line whose weight is their sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fairaudit.cells import joint
from fairaudit.models.encoder import names, numbers

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.models.estimator import Training

Ints = NDArray[np.intp]


def lines(training: Training) -> Ints:
    """The line of each row, shape (n,), from 0: the same for rows that are alike, in the order of their values.

    Alike are rows of the same features, outcome, offset, protected attributes, stratum and group. So neither the order
    of the rows matters for what is made of the lines, nor whether a row stands twice or has weight two, to the last
    digit: for a loss with many minima a last digit decides which one is found.
    """
    columns: list[NDArray[Any]] = [_values(column) for _, column in training.features.items()]
    columns.append(training.outcome)
    columns += [column for column in (training.offset, training.groups) if column is not None]
    penalty = training.penalty
    if penalty is not None:
        columns += [*penalty.protected.levels.T, *(place for place in penalty.protected.places if place is not None)]
        columns += [] if penalty.strata is None else [penalty.strata]
    return joint(np.column_stack([_codes(column) for column in columns]))[1]


def _values(column: pd.Series[Any]) -> NDArray[Any]:
    import pandas as pd

    return numbers(column) if pd.api.types.is_numeric_dtype(column) else names(column)


def _codes(values: NDArray[Any]) -> Ints:
    """Place of each value among the distinct ones in increasing order, a missing one last."""
    import pandas as pd

    return np.asarray(pd.factorize(values, sort=True, use_na_sentinel=False)[0], dtype=np.intp)
