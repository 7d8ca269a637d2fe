"""Who is in each category and what became of them: the counts that tables of rules are made of.

A rule counts people. So a category has its numbers here however few its people are, where an audit shows no rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.results import Cell
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.facets import facets
from fairaudit.scoretable.grid import Groups
from fairaudit.scoretable.table import ScoreTable


@dataclass(frozen=True)
class Category:
    """One category: a value of one attribute, or of several at once."""

    cell: Cell
    """Attribute → value."""
    people: int
    """Rows."""
    share: float
    """Their share of all rows."""
    selected: float | None
    """Rows with the decision yes; None without decisions, and where rows have unequal weight."""
    rate: float | None
    """Share of the decision yes, weighted as the audit weights; None without decisions or weight."""
    mass: float
    """Share of the total weight, for counts of the total exposure."""
    mean: float | None
    """Mean of what is measured, per unit of exposure for counts; None without weight."""
    outcome: float | None
    """Mean outcome, per unit of exposure for counts; None without outcomes or weight."""


@dataclass(frozen=True)
class Tally:
    """The categories of one attribute, or of several at once."""

    by: list[str]
    """The attributes."""
    categories: list[Category]
    """Those that occur, in the order of the audit."""


def tallies(table: ScoreTable) -> list[Tally]:
    """The categories of every single attribute and of every intersection, the finest last."""
    return [_tally(table, formed) for formed in facets(table.cells()).all_groups()]


def _tally(table: ScoreTable, formed: Groups) -> Tally:
    size = len(formed)
    people, mass = sum_by(formed.index, table.rows, size), sum_by(formed.index, table.mass, size)
    decided = None if table.decision is None else sum_by(formed.index, table.mass * table.decision, size)
    yes = None if table.decision is None else sum_by(formed.index, table.rows * table.decision, size)
    value = sum_by(formed.index, table.mass * table.value, size)
    outcome = None if table.outcome_sum is None else sum_by(formed.index, table.outcome_sum, size)
    counted = table.equal_weights
    return Tally(
        list(formed.by),
        [
            Category(
                cell=formed.cell(index),
                people=int(people[index]),
                share=float(people[index] / people.sum()),
                selected=None if yes is None or not counted else float(yes[index]),
                rate=_mean(decided, mass, index),
                mass=float(mass[index] / mass.sum()),
                mean=_mean(value, mass, index),
                outcome=_mean(outcome, mass, index),
            )
            for index in np.arange(size).tolist()
        ],
    )


def _mean(total: Floats | None, mass: Floats, index: int) -> float | None:
    return None if total is None or not mass[index] > 0 else float(total[index] / mass[index])
