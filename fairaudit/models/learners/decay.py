"""The weight decay of a network, chosen on rows that were not fitted on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.models.learners.network_problem import LOOSE, NetworkProblem
from fairaudit.models.splits import cut, shuffled, units_of
from fairaudit.streams import Stream

if TYPE_CHECKING:
    from fairaudit.arrays import Floats, Ints

LEAST = 0.01
"""Decay of a network with many rows."""
GRID = (0.02, 0.03, 0.04, 0.05, 0.065, 0.1, 0.5)
"""Decays that are tried, from weak to strong: each fit starts from the last, as weights that have once decayed to
nothing stay there. With the strongest the network is the constant model."""
MANY = 20_000
"""Different rows from which nothing is tried."""
ROWS = 2000
"""Most different rows by which it is chosen; of more a sample."""
PARTS = 3
"""Folds."""
FEWEST = 30
"""Different rows below which folds say nothing."""


def chosen_decay(problem: NetworkProblem, seed: int) -> float:
    r"""The decay r of least loss on rows held out, for the plain network without knowledge.

    Beside the *mean* loss a decay is a prior of precision n r: where m rows choose r, it is r m / n for n rows, but not
    below `LEAST`. Rows that are alike, or of one unit, are in one fold.

    Args:
        problem: of all training rows.
        seed: of the sample and the folds.
    """
    plain = replace(problem, penalty=None, guidance=None).joined
    rows = np.arange(len(plain.outcome))
    rng = Stream.DECAY.generator(seed)
    if len(rows) >= MANY:
        return LEAST
    if len(rows) > ROWS:
        rows = np.sort(rng.choice(len(rows), ROWS, replace=False))
    share = len(rows) / len(plain.outcome)
    plain = plain.take(rows)
    units = units_of(len(rows), plain.units)
    order = shuffled(units, rng)
    if len(order) < FEWEST:
        return GRID[-2]
    loss = np.zeros(len(GRID))
    for part in range(PARTS):
        begin, end = (len(order) * edge // PARTS for edge in (part, part + 1))
        fitted, held = cut(units, np.roll(order, -begin), end - begin)
        loss += _losses(plain, fitted, held)
    return max(GRID[int(np.argmin(loss))] * share, LEAST)


def _losses(problem: NetworkProblem, fitted: Ints, held: Ints) -> Floats:
    """Loss of the rows held out, times their share of all, for each decay, shape (decays,)."""
    inside, outside = problem.take(fitted), problem.take(held)
    losses, solution = [], None
    for decay in GRID:
        solution = inside.decaying(decay, LOOSE).solve(0.0, solution)
        losses.append(problem.weight[held].sum() * float(outside.weight @ outside.losses(solution)))
    return np.array(losses)
