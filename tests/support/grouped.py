"""Score tables of one attribute, the values of its groups, and plain loops to hold them against."""

from __future__ import annotations

import numpy as np

from fairaudit.auditing.resampled import Resampled
from fairaudit.measures.group_values import group_values
from fairaudit.options import Options
from fairaudit.scoretable.grid import groups
from fairaudit.scoretable.table import score_table

PLAIN = Options(bootstrap=0, permutations=0)


def table_of(encode, names, task, group, **columns):
    """The score table of rows in these groups."""
    return score_table(encode(g=names(group)), task, **columns)


def measured(table, options=PLAIN, probability=True, aligned=False):
    """The groups of the first attribute, and every measure in them."""
    resampled = Resampled(table, options, aligned=aligned)
    chosen = groups(table.attributes, table.level, (0,))
    return chosen, group_values(table, resampled.grid, resampled.segments, chosen, options, probability)


def mean(values, weight, where=True):
    """Weighted mean of the rows in `where` by a plain loop; NaN of none."""
    where = np.broadcast_to(where, len(values))
    top = bottom = 0.0
    for k in range(len(values)):
        if where[k]:
            top += weight[k] * values[k]
            bottom += weight[k]
    return top / bottom if bottom else np.nan


def binary_rows(weighted, seed=1, n=600):
    """Group, prediction, decision, outcome and weight of rows whose predictions repeat."""
    rng = np.random.default_rng(seed)
    group, prediction = rng.integers(0, 3, n), rng.integers(0, 10, n) / 10 + 0.05
    outcome = (rng.random(n) < prediction * 0.8 + 0.1 * group / 2).astype(float)
    decision = (prediction >= 0.5).astype(float)
    weight = rng.integers(1, 5, n) / 2 if weighted else np.ones(n)
    return group, prediction, decision, outcome, weight
