"""Rows that are alike in all that a fit sees: joined, they are one line whose weight is their sum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fairaudit.arrays import Floats, Ints
from fairaudit.models.features.encoder import names, numbers
from fairaudit.scoretable.cells import joint, sum_by

if TYPE_CHECKING:
    from fairaudit.distance.penalty import DependencePenalty
    from fairaudit.models.estimator import Training


def lines(training: Training) -> Ints:
    """The line of each row, shape (n,), from 0: the same for rows that are alike, in the order of their values.

    Alike are rows of the same features, outcome, offset, protected attributes, stratum and group. So neither the order
    of the rows matters for what is made of the lines, nor whether a row stands twice or has weight two, to the last
    digit: for a loss with many minima a last digit decides which one is found.
    """
    penalty = training.penalty
    line = np.zeros(len(training.outcome), dtype=np.intp)
    for codes in (
        *(_codes(column) for _, column in training.features.items()),
        *(
            _codes(pd.Series(column))
            for column in (training.outcome, training.offset, training.groups)
            if column is not None
        ),
        *(() if penalty is None else _protected(penalty)),
    ):
        line = joint(np.column_stack([line, codes]))[1]  # column by column: all codes at once may not fit
    return line


def line_weights(line: Ints, mass: Floats) -> Floats:
    """Weight of each line as a multiple of the smallest, from the weights of rows as they were given."""
    total = sum_by(line, mass)
    return np.asarray(total / total.min())


def _protected(penalty: DependencePenalty) -> Iterator[Ints]:
    yield from penalty.protected.levels.T
    places = (place for place in penalty.protected.places if place is not None)
    yield from (_codes(pd.Series(place)) for place in places)
    if penalty.strata is not None:
        yield _codes(pd.Series(penalty.strata))


def _codes(column: pd.Series[Any]) -> Ints:
    """Place of each value among the distinct ones in increasing order, a missing one last."""
    codes, distinct = pd.factorize(column)
    values = pd.Series(distinct)
    known = numbers(values) if pd.api.types.is_numeric_dtype(column) else names(values)
    place = np.append(np.argsort(np.argsort(known, kind="stable"), kind="stable"), len(known))
    return np.asarray(place[codes], dtype=np.intp)
