"""How much the rows of a group tell: not how many they are, but how many independent ones of equal weight would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.measures.view import View
from fairaudit.scoretable.cells import joint, sum_by
from fairaudit.scoretable.grid import total
from fairaudit.scoretable.table import ScoreTable


@dataclass(frozen=True, eq=False)
class Information:
    """What each of G groups is worth."""

    rows: Floats
    """Rows of equal weight that would tell as much, (Σω)²/Σω² (Kish 1965), shape (G,); the rows, where weights are
    equal; those of weight 0 tell nothing."""
    people: Floats | None
    """People whom the rows with weight are about, shape (G,), where they have several; None: as many as rows."""

    @property
    def effective(self) -> Floats:
        """Independent rows of equal weight that would tell about as much: no more than people, shape (G,)."""
        return self.rows if self.people is None else np.minimum(self.rows, self.people)


def information(table: ScoreTable, index: Ints, size: int) -> Information:
    """What each group is worth.

    Args:
        table: the score table. Time at risk is no weight: a month tells less than a year, but does not dilute it.
        index: group of each line, shape (L,).
        size: number of groups G.
    """
    weight = table.row_weight
    whole, squares, rows = (sum_by(index, each, size) for each in (weight, weight**2 / table.rows, table.rows))
    kish = _worth(whole, squares, rows)
    if table.cluster is None:
        return Information(kish, None)
    some = weight > 0
    pairs, _ = joint(np.column_stack([index[some], table.cluster[some]]))
    return Information(kish, np.bincount(pairs[:, 0], minlength=size).astype(np.float64))


def _worth(whole: Floats, squares: Floats, rows: Floats) -> Floats:
    """(Σω)²/Σω² of each group, 0 without weight: the rows themselves where weights are equal, though sums of equal
    numbers round differently, as a group of 25 must not be worth 24.9999."""
    kish = np.divide(whole**2, squares, out=np.zeros_like(whole), where=squares > 0)
    return np.where(np.abs(kish - rows) <= 1e-9 * rows, rows, kish)


def worth(table: ScoreTable, lines: Ints) -> float:
    """Independent rows of equal weight that the lines at some places are worth."""
    some = table.take(lines)
    return float(information(some, np.zeros(len(some), dtype=np.intp), 1).effective[0])


def effective_basis(view: View, of_rows: Callable[[View], Floats], worth: Information) -> Floats:
    """Independent rows of equal weight that those which a measure rests on are worth, in each group, shape (G,).

    Args:
        view: sums of the groups.
        of_rows: how many rows the measure rests on, as a sum over the segments' rows.
        worth: of the groups.
    """
    line, segments = view.segments.line, view.segments
    weight, many = view.table.row_weight, len(segments.first)

    def summed(values: Floats) -> Floats:
        observed = segments.observed | {"rows": total(values, line, many)}
        return of_rows(replace(view, segments=replace(segments, observed=observed)))

    whole, squares, rows = summed(weight), summed(weight**2 / view.table.rows), of_rows(view)
    kish = _worth(whole, squares, rows)
    if worth.people is None:
        return kish
    return np.minimum(kish, rows * worth.people / view.rows())
