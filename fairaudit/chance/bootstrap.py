"""Bootstrap of a score table: replicates of its sums, drawn over the lines and kept per segment.

A *segment* holds the lines of one (bands, grid point, decision, binary outcome): all that rates, gaps, curves and
divergences of groups can tell apart. Drawing rows with replacement is a multinomial draw over the lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.scoretable.cells import joint
from fairaudit.scoretable.grid import CHUNK, Grid, total
from fairaudit.scoretable.table import ScoreTable


@dataclass(frozen=True, eq=False)
class Segments:
    """Sums per segment: as observed, and in each replicate. S segments, R replicates."""

    line: Ints
    """Segment of each line, shape (L,)."""
    first: Ints
    """One line of each segment, shape (S,), to look up its bands, decision and outcome."""
    observed: dict[str, Floats]
    """Sum → shape (S,): rows, mass, value (Σ mass · f), outcome, error_sq (Σ mass · (y − f)²)."""
    replicates: dict[str, Floats]
    """The same in R bootstrap replicates (without rows), shape (R, S)."""


def segments(table: ScoreTable, grid: Grid, draws: int, rng: np.random.Generator, aligned: bool = False) -> Segments:
    """Sum a score table by segment and draw its bootstrap replicates.

    Rows are drawn with replacement; the rows of a line are alike, so that drawing lines is the same.

    Args:
        table: the score table.
        grid: grid point of each line.
        draws: number of replicates R; 0 for none.
        rng: source of the draws.
        aligned: each line is one row, and two tables of the same rows shall get the same draws from the same `rng`.
    """
    keys = []
    for position, attribute in enumerate(table.attributes):
        keys.append(attribute.band[table.level[:, position]])
    keys.append(grid.index)
    if table.decision is not None:
        keys.append(table.decision.astype(np.intp))
    if table.task == "binary" and table.outcome is not None:
        keys.append(table.outcome.astype(np.intp))
    line = joint(np.column_stack(keys))[1]
    _, first = np.unique(line, return_index=True)
    sums = line_sums(table)
    observed = {name: total(values, line, len(first)) for name, values in sums.items()}
    replicates = {name: np.zeros((draws, len(first))) for name in (sums if draws else ())}
    # Lines are put in the order of their segments once, so that sums need no sorting; every segment has a line.
    order = np.argsort(line, kind="stable")
    starts = np.searchsorted(line[order], np.arange(len(first)))
    each = {name: (values / table.rows)[order] for name, values in sums.items()}
    done = 0
    place = np.argsort(order) if aligned else None
    for drawn in _draws(table.rows[order], draws, rng, place):
        for name, values in each.items():
            replicates[name][done : done + len(drawn)] = np.add.reduceat(drawn * values, starts, axis=-1)
        done += len(drawn)
    observed["rows"] = total(table.rows, line, len(first))
    return Segments(line, first.astype(np.intp), observed, replicates)


def interval(replicates: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Percentile interval over the first axis; NaN where a replicate could not be measured is left out."""
    tail = (1 - confidence) / 2
    with np.errstate(all="ignore"):
        low, high = np.nanquantile(replicates, [tail, 1 - tail], axis=0)
    return low, high


def line_sums(table: ScoreTable) -> dict[str, Floats]:
    """All sums of each line that measures of groups need."""
    result = {"mass": table.mass, "value": table.mass * table.value}
    if table.outcome is None or table.outcome_sum is None:
        return result
    result["outcome"] = table.outcome_sum
    if table.task in ("regression", "ordinal"):
        # One sum of squares, not three: far from 0 their difference would lose all digits.
        result["error_sq"] = table.mass * (table.outcome - table.value) ** 2
    return result


def _draws(rows: Floats, draws: int, rng: np.random.Generator, place: Ints | None = None) -> Iterator[Floats]:
    """Counts of each line in chunks of replicates, shape (chunk, L); `place`: line of each row."""
    count = int(rows.sum())
    chunk = max(1, CHUNK // len(rows))
    # Drawing rows is faster while lines are mostly single rows, drawing lines where they hold many.
    by_row = np.repeat(np.arange(len(rows)), rows.astype(np.intp)) if count <= 8 * len(rows) else None
    by_row = by_row if place is None else place
    for start in range(0, draws, chunk):
        size = min(chunk, draws - start)
        if by_row is None:
            yield rng.multinomial(count, rows / count, size=size).astype(np.float64)
            continue
        block = np.empty((size, len(rows)))
        for line in block:
            line[:] = np.bincount(by_row[rng.integers(0, count, count)], minlength=len(rows))
        yield block
