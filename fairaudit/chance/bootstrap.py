"""Bootstrap of a score table: replicates of its sums, drawn over the lines and kept per segment.

A *segment* holds the lines of one (bands, grid point, calibration bin, decision, binary outcome): all that rates, gaps,
curves and divergences of groups can tell apart. Drawing rows with replacement is a multinomial draw over the segments,
whatever the number of rows; only two tables of the same rows are drawn row by row, so that what they share cancels out.
Where people have several rows, they are put into *buckets*, all rows of a person into one, and buckets are drawn.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.memory import ask, left
from fairaudit.scoretable.cells import joint, sum_by
from fairaudit.scoretable.grid import CHUNK, Grid, total
from fairaudit.scoretable.table import ScoreTable

BUCKETS = 512
"""Buckets into which clusters are put where they are more: a variance from so many has an error of 6%."""


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
    """The same in R bootstrap replicates, shape (R, S): the mass alone, or of aligned rows all but their number."""


def segments(table: ScoreTable, grid: Grid, draws: int, rng: np.random.Generator, aligned: bool = False) -> Segments:
    """Sum a score table by segment and draw its bootstrap replicates.

    Args:
        table: the score table.
        grid: grid point of each line.
        draws: number of replicates R; 0 for none.
        rng: source of the draws.
        aligned: the lines of two tables are the same rows in the same order, and shall get the same draws from the
            same `rng`. Replicates then hold all sums; else the mass alone, at a cost that does not grow with the rows.
    """
    keys = []
    for position, attribute in enumerate(table.attributes):
        keys.append(attribute.band[table.level[:, position]])
    keys.append(grid.index)
    if table.decision is not None:
        keys.append(table.decision.astype(np.intp))
    if table.task in ("binary", "multiclass") and table.outcome is not None:
        keys += [table.outcome.astype(np.intp), grid.bin]
    line = joint(np.column_stack(keys))[1]
    _, first = np.unique(line, return_index=True)
    sums = line_sums(table)
    observed = {name: total(values, line, len(first)) for name, values in (sums | {"rows": table.rows}).items()}
    replicates: dict[str, Floats] = {}
    _ask_for(draws, len(first), len(sums) if aligned else 1)
    if draws and table.cluster is not None:
        wanted = sums if aligned else {"mass": table.mass}
        replicates = _of_buckets(wanted, bucket_of(table.cluster), line, len(first), draws, rng)
    elif draws and aligned:
        replicates = _of_rows(sums, table.rows, line, len(first), draws, rng)
    elif draws:
        squares = total(table.mass**2 / table.rows, line, len(first))
        replicates = {"mass": drawn_masses(observed["rows"], observed["mass"], squares, draws, rng)}
    return Segments(line, first.astype(np.intp), observed, replicates)


def _ask_for(draws: int, segments: int, sums: int) -> None:
    """Refuse more replicates than the memory holds, with how many it does."""
    fitting = int(left() // (8 * sums * segments))
    few = "ask for none (0), or for fewer attributes or bands"
    ask(
        8 * sums * segments * draws,
        f"{draws:,} bootstrap replicates of {segments:,} groups and values",
        f"ask for at most {fitting:,} replicates" if fitting > 1 else few,
    )


def drawn_masses(rows: Floats, mass: Floats, squares: Floats, draws: int, rng: np.random.Generator) -> Floats:
    r"""Mass of each segment in replicates of n rows drawn with replacement, shape (R, S).

    .. math:: N \sim \mathrm{Multinomial}(n, r / n), \quad
        m \mid N \sim \mathrm{Gamma}\left( N \bar\omega^2 / \sigma^2, \sigma^2 / \bar\omega \right)

    with the mean and variance of the mass of one row of the segment: the sum of N of them has these two moments, is
    never negative, and is exactly N times the mean where they are alike.

    Args:
        rows: number of rows r of each segment, > 0, shape (S,).
        mass: their mass, ≥ 0.
        squares: Σ mass² over their rows.
        draws: number of replicates R.
        rng: source of the draws.
    """
    everyone, result = rows.sum(), np.empty((draws, len(rows)))
    chunk = _at_once(len(rows))
    blocks = [result[start : start + chunk] for start in range(0, draws, chunk)]
    for block in blocks:
        block[:] = rng.multinomial(round(float(everyone)), rows / everyone, size=len(block))
    mean = mass / rows
    variance = squares / rows - mean**2
    uneven = variance > 1e-9 * mean**2  # nowhere where there is no mass
    for block in blocks:
        drawn = block[:, uneven] * (mean[uneven] ** 2 / variance[uneven])
        block *= mean
        if uneven.any():
            block[:, uneven] = rng.standard_gamma(drawn) * (variance[uneven] / mean[uneven])
    return result


def _at_once(size: int) -> int:
    """Replicates of so many numbers that are drawn at a time; no draw depends on it."""
    return max(1, CHUNK // size)


def _of_buckets(
    sums: dict[str, Floats], bucket: Ints, line: Ints, size: int, draws: int, rng: np.random.Generator
) -> dict[str, Floats]:
    """Sums by segment in replicates of buckets, shape (R, S) each."""
    buckets = int(bucket.max()) + 1
    counts, place = drawn_buckets(buckets, draws, rng), bucket * size + line
    return {
        name: counts @ sum_by(place, values, buckets * size).reshape(buckets, size) for name, values in sums.items()
    }


def _of_rows(
    sums: dict[str, Floats], rows: Floats, line: Ints, size: int, draws: int, rng: np.random.Generator
) -> dict[str, Floats]:
    """Sums by segment in replicates of rows, shape (R, S) each; those of a line are alike."""
    replicates = {name: np.zeros((draws, size)) for name in sums}
    # Rows are put in the order of their segments once, so that sums need no sorting; every segment has a row.
    order = np.argsort(line, kind="stable")
    starts, lines = np.searchsorted(line[order], np.arange(size)), len(line)
    place = np.repeat(np.argsort(order), rows.astype(np.intp))
    ordered, count = {name: (values / rows)[order] for name, values in sums.items()}, len(place)
    chunk = _at_once(lines)
    for start in range(0, draws, chunk):
        drawn = np.empty((min(chunk, draws - start), lines))
        for replicate in drawn:
            replicate[:] = np.bincount(place[rng.integers(0, count, count)], minlength=lines)
        for name, values in ordered.items():
            replicates[name][start : start + len(drawn)] = np.add.reduceat(drawn * values, starts, axis=-1)
    return replicates


def bucket_of(cluster: Ints) -> Ints:
    """Bucket of each cluster's code, from 0: its own up to `BUCKETS` clusters, else one with about as many as others.

    Codes are in the order of a hash, so that a bucket is a random choice of clusters.
    """
    codes = np.unique(cluster, return_inverse=True)[1].astype(np.intp)
    return codes * BUCKETS // max(int(codes.max()) + 1, BUCKETS)


def drawn_buckets(buckets: int, draws: int, rng: np.random.Generator) -> Floats:
    """How often each bucket is drawn in each replicate, shape (R, B).

    B − 1 of B buckets are drawn and counted B/(B − 1) times (Rao and Wu 1988, doi:10.2307/2289260): the variance of B
    drawn ones would be too small by (B − 1)/B, which matters where there are few.
    """
    if buckets == 1:
        return np.ones((draws, 1))
    drawn = rng.multinomial(buckets - 1, np.full(buckets, 1 / buckets), size=draws)
    result: Floats = drawn.astype(np.float64) * (buckets / (buckets - 1))
    return result


def interval(replicates: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Percentile interval over the first axis; NaN where a replicate could not be measured is left out; ends of nothing
    else are NaN."""
    tail = (1 - confidence) / 2
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice")
        low, high = np.nanquantile(replicates, [tail, 1 - tail], axis=0)
    return low, high


def line_sums(table: ScoreTable) -> dict[str, Floats]:
    """All sums of each line that measures of groups need."""
    result = {"mass": table.mass, "value": table.mass * table.value}
    if table.outcome_sum is not None:
        result["outcome"] = table.outcome_sum
    if table.outcome is not None and table.task in ("regression", "ordinal"):
        # One sum of squares, not three: far from 0 their difference would lose all digits.
        result["error_sq"] = table.mass * (table.outcome - table.value) ** 2
    return result
