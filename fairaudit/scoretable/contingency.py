"""Random tables of counts with given margins, as shuffling one label over the other makes them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import exp, lgamma
from typing import Any

import numpy as np
from scipy.special import gammaln

from fairaudit.arrays import Floats
from fairaudit.compiled import jit
from fairaudit.cores import cores, side_by_side


def contingency_tables(rows: Floats, columns: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Random tables of counts with given margins.

    Args:
        rows: total of each row, shape (M,).
        columns: total of each column, shape (K,), with the same sum.
        draws: number of tables B.
        rng: source of the draws.

    Returns:
        Counts, shape (B, M, K), drawn one by one from the hypergeometric law given those before (Patefield 1981,
        doi:10.2307/2346669), each by the inversion of one uniform number, so that the time grows only with the root of
        the counts.
    """
    tables = rng.random((draws, len(rows), len(columns)))
    margins = np.ascontiguousarray(rows, dtype=np.float64), np.ascontiguousarray(columns, dtype=np.float64)
    # Of more people than there are counts to draw, so many logarithms would cost more than they save.
    fill, people = _fill(), int(margins[1].sum())
    logs = gammaln(np.arange(people + 1 if people < tables.size else 0) + 1.0)
    side_by_side(lambda part: fill(*margins, logs, part), np.array_split(tables, cores()))
    return tables


@cache
def _fill() -> Callable[..., None]:
    """The compiled pass that puts counts in the place of uniform numbers."""

    @jit()
    def fill(rows: Any, columns: Any, logs: Any, tables: Any) -> None:
        height, width = rows.shape[0], columns.shape[0]
        everyone = columns.sum()
        known = everyone < len(logs)  # logs[k] = log k!, for all k that there may be
        for draw in range(tables.shape[0]):
            table = tables[draw]
            left = columns.copy()
            remaining = everyone
            for row in range(height - 1):
                wanted, others = rows[row], remaining
                for column in range(width - 1):
                    held = left[column]
                    rest = others - held
                    least, most = max(0.0, wanted - rest), min(held, wanted)
                    # The most probable count is first, then those beside it in turn, until the uniform is used up.
                    count = np.floor((held + 1) * (wanted + 1) / (others + 2))
                    count = min(max(count, least), most)
                    if most > least and known:
                        h, r, w, o, c = int(held), int(rest), int(wanted), int(others), int(count)
                        log = logs[h] + logs[r] + logs[w] + logs[o - w] - logs[o] - logs[c] - logs[h - c]
                        log -= logs[w - c] + logs[r - w + c]
                    elif most > least:
                        log = lgamma(held + 1) + lgamma(rest + 1) + lgamma(wanted + 1) + lgamma(others - wanted + 1)
                        log -= lgamma(others + 1) + lgamma(count + 1) + lgamma(held - count + 1)
                        log -= lgamma(wanted - count + 1) + lgamma(rest - wanted + count + 1)
                    if most > least:
                        chance = exp(log)
                        left_over = table[row, column] - chance
                        down, up = count, count
                        of_down, of_up = chance, chance
                        while left_over >= 0 and (down > least or up < most):
                            if up < most:
                                of_up *= (held - up) * (wanted - up) / ((up + 1) * (rest - wanted + up + 1))
                                up += 1
                                left_over -= of_up
                                if left_over < 0:
                                    count = up
                                    break
                            if down > least:
                                of_down *= down * (rest - wanted + down) / ((held - down + 1) * (wanted - down + 1))
                                down -= 1
                                left_over -= of_down
                                if left_over < 0:
                                    count = down
                                    break
                    table[row, column] = count
                    left[column] -= count
                    wanted -= count
                    others = rest
                table[row, width - 1] = wanted
                left[width - 1] -= wanted
                remaining -= rows[row]
            for column in range(width):
                table[height - 1, column] = left[column]

    compiled: Callable[..., None] = fill
    return compiled
