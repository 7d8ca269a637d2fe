"""Bootstrap of weighted means over rows, in random blocks: many columns and replicates by matrix products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.scoretable.cells import sum_by

BLOCKS = 2000
"""Random blocks of rows that are drawn as wholes where there are more rows than this."""


@dataclass(frozen=True, eq=False)
class RowDraws:
    """Replicates of sums over rows: up to `BLOCKS` rows are drawn one by one, more in random blocks of equal size.

    Block sums are independent and alike, so that drawing blocks has the variance of drawing rows; an estimated standard
    error is uncertain by 1/√(2 · 2000), 1.6 per cent. The cost of a replicate does not grow with the rows.
    """

    block: Ints
    """Block of each row, shape (n,)."""
    counts: Floats
    """How often each block is drawn in each replicate, shape (R, M); of lines the noise of each block."""
    noise: Floats | None = None
    """Of lines that stand for several rows ±1 / √rows, shape (n,); None: each is a row."""

    @classmethod
    def of(cls, n: int, draws: int, rng: np.random.Generator, count: Floats | None = None) -> RowDraws:
        """R = `draws` replicates of n rows, or of n lines that stand for `count` rows each.

        The rows of a line differ in nothing, so that a replicate draws not rows, but how many of them there are: normal
        about their number, with that variance. In a block the signs of lines are random, so that the square of its sum
        is on average the variance of the rows in it.
        """
        size = min(n, BLOCKS)
        block = rng.permutation(np.arange(n) % size)
        if count is not None:
            sign = rng.choice([-1.0, 1.0], n)
            return cls(block.astype(np.intp), rng.standard_normal((draws, size)), sign / np.sqrt(count))
        chosen = rng.integers(0, size, (draws, size))
        counts = np.empty((draws, size))
        for row, drawn in zip(counts, chosen, strict=True):
            row[:] = np.bincount(drawn, minlength=size)
        return cls(block.astype(np.intp), counts)

    def sums(self, values: Floats, rows: Ints | slice = slice(None)) -> Floats:
        """Replicated sums of columns over some of the rows.

        Args:
            values: columns of these rows, shape (m, k); of a line the sum over its rows.
            rows: their positions, shape (m,).

        Returns:
            Shape (R, k).
        """
        size = self.counts.shape[1]
        block = self.block[rows]
        drawn = values if self.noise is None else values * self.noise[rows, None]
        totals = np.column_stack([sum_by(block, column, size) for column in drawn.T])
        replicates = np.asarray(self.counts @ totals)
        return replicates if self.noise is None else replicates + values.sum(axis=0)
