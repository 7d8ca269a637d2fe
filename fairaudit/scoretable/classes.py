"""Classes as the old things: each against the rest is a binary table, and so is the likeliest one, right or wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import Grid
from fairaudit.scoretable.table import ScoreTable

VECTORS = 128
"""Neighbourhoods into which probability vectors are put, at least one for each class that is told."""
DISTINCT = 256
"""Distinct probability vectors up to which each is its own."""


def against_rest(table: ScoreTable, place: int) -> ScoreTable:
    """The binary table of one class: its probability, whether it is told, and whether it occurred. Lines stay lines."""
    value = (table.value == place).astype(np.float64)
    if table.subject == "prediction" and table.probabilities is not None:
        value = table.probabilities[:, place]
    decision = None if table.decision is None else (table.decision == place).astype(np.float64)
    outcome = None if table.outcome is None else (table.outcome == place).astype(np.float64)
    return _binary(table, value, decision, outcome)


def top_label(table: ScoreTable) -> ScoreTable:
    """The binary table of the likeliest class: its probability, and whether it occurred; of one with probabilities and
    outcomes."""
    assert table.probabilities is not None
    assert table.outcome is not None
    right = (table.value == table.outcome).astype(np.float64)
    return _binary(table, table.probabilities.max(axis=1), None, right)


def _binary(table: ScoreTable, value: Floats, decision: Floats | None, outcome: Floats | None) -> ScoreTable:
    return replace(
        table,
        task="binary",
        value=value,
        decision=decision,
        outcome=outcome,
        outcome_sum=None if outcome is None else table.row_weight * outcome,
        classes=(),
        probabilities=None,
    )


def vector_grid(table: ScoreTable) -> Grid:
    """The grid of what is told of classes: each class a point, or neighbourhoods of probability vectors within it.

    Vectors are parted within the class that is told: whichever neighbourhood has the largest spread about its mean, Σ ω
    |f − mean|², is cut at the median of the probability that varies most in it, until there are `VECTORS` of them.
    """
    code = table.value.astype(np.intp)
    present, place = np.unique(code, return_inverse=True)
    vectors = table.measured
    distinct, own = np.unique(vectors, axis=0, return_inverse=True)
    own = own.ravel()
    point = own.astype(np.intp)
    exact = len(distinct) <= max(DISTINCT, len(present))
    if not exact:
        point = _parted(vectors, table.weight, place.astype(np.intp))
    point = _by_class(point, code)
    count = int(point.max()) + 1
    mass, rows = sum_by(point, table.weight, count), sum_by(point, np.ones(len(point)), count)
    weight = np.where(mass[point] > 0, table.weight, 1.0) / np.where(mass[point] > 0, mass[point], rows[point])
    centres = np.column_stack([sum_by(point, weight * column, count) for column in vectors.T])
    _, first = np.unique(point, return_index=True)
    return Grid(code[first].astype(np.float64), point, code, exact=exact, vectors=centres)


def _by_class(point: Ints, code: Ints) -> Ints:
    """The points numbered anew, those of one class side by side."""
    _, first, index = np.unique(point, return_index=True, return_inverse=True)
    order = np.argsort(code[first], kind="stable")
    return np.argsort(order, kind="stable")[index].astype(np.intp)


def _parted(vectors: Floats, weight: Floats, start: Ints) -> Ints:
    """Neighbourhood of each vector, from 0, shape (L,), refining the parts that `start` numbers."""
    point, count = start.copy(), int(start.max()) + 1
    spread = {part: _spread(vectors, weight, point == part) for part in range(count)}
    while count < max(VECTORS, 2 * int(start.max()) + 2):
        widest = max(spread, key=lambda part: spread[part][0])
        size, column = spread[widest]
        if not size > 0:
            break
        mine = np.flatnonzero(point == widest)
        values = vectors[mine, column]
        order = np.argsort(values, kind="stable")
        middle = int(np.searchsorted(np.cumsum(weight[mine][order]), weight[mine].sum() / 2))
        cut = values[order[min(middle, len(order) - 1)]]
        above = values > cut if (values > cut).any() else values >= cut
        point[mine[above]] = count
        spread[widest] = _spread(vectors, weight, point == widest)
        spread[count] = _spread(vectors, weight, point == count)
        count += 1
    return point


def _spread(vectors: Floats, weight: Floats, mine: Flags) -> tuple[float, int]:
    """Σ ω |f − mean|² of some vectors, and the column that adds most to it; 0 where they are all alike."""
    own, mass = vectors[mine], weight[mine]
    if not mass.sum() > 0 or not np.ptp(own, axis=0).any():
        return 0.0, 0
    squares = mass @ (own - mass @ own / mass.sum()) ** 2
    return float(squares.sum()), int(squares.argmax())
