"""The ridge of a linear model, chosen by cross-validation of its plain form on some of the rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.models.family import Family
from fairaudit.models.features.lines import lines
from fairaudit.models.learners.solver import Problem
from fairaudit.models.objective import some
from fairaudit.models.splits import shuffled, sides, units_of
from fairaudit.streams import Stream

if TYPE_CHECKING:
    from fairaudit.models.estimator import Training

GRID = (3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 1e-4, 1e-5)
"""Ridges that are tried, in units of the mean curvature of the loss, from strong to weak: each fit starts where the
last ended."""
PARTS = 4
"""Folds."""
ROWS = 5000
"""Most rows by which the ridge is chosen; of more a sample."""
FEWEST = 100
"""Rows below which folds say less than a guess."""
UNJUDGED = 0.01
"""That guess, in the same units; also where a class has too few rows for a fold to be judged."""
LOOSE = 1e-5
"""Relative decrease at which the fits of the grid stop: their losses differ in the third digit."""


def chosen_ridge(problem: Problem, training: Training, seed: int) -> float:
    r"""The ridge r of least loss on rows that were not fitted on, for the plain model without knowledge.

    A ridge :math:`\tfrac12 r |\beta|^2` beside the *mean* loss is a prior of precision n r: where m rows choose r, it
    is r m / n for n rows. It is chosen from `GRID` on at most `ROWS` rows in `PARTS` folds; rows of one group stay
    in one fold. The order of the rows does not matter up to `ROWS`.

    Args:
        problem: of all training rows.
        training: what it is made of.
        seed: of the sample and the folds.
    """
    rng = Stream.RIDGE.generator(seed)
    rows = np.arange(len(training.outcome))
    if len(rows) > ROWS:
        rows = np.sort(rng.choice(len(rows), ROWS, replace=False))
    unit = curvature(problem.family, problem.outcome, problem.weight)
    plain = replace(problem, penalty=None, guidance=None, tol=LOOSE).take(rows)
    loss, judged = np.zeros(len(GRID)), False
    for fitted, held in sides(_folds(training, rows, rng)) if len(rows) >= FEWEST else []:
        if _usable(plain, fitted):
            loss += plain.weight[held].sum() * _losses(plain.take(fitted), plain.take(held), unit)
            judged = True
    if not judged:
        return UNJUDGED * unit
    share = (PARTS - 1) / PARTS * len(rows) / len(training.outcome)
    return GRID[int(np.argmin(loss))] * unit * share


def curvature(family: Family, outcome: Floats, weight: Floats) -> float:
    """Mean second derivative of the loss by a linear predictor in the constant model, > 0: the unit of a ridge."""
    start = family.start(outcome, weight)
    whole = family.curvature(outcome, np.broadcast_to(start, (len(outcome), *start.shape)))
    own = whole if whole.ndim == 1 else np.einsum("nkk->n", whole) / whole.shape[1]
    return max(float(weight @ own), float(np.finfo(np.float64).tiny))


def _folds(training: Training, rows: Ints, rng: np.random.Generator) -> Ints:
    """The fold of each of the rows, shape (m,), whatever their order; rows of one group are in one fold."""
    if training.groups is not None:
        units = units_of(len(rows), training.groups[rows])
        return np.asarray(shuffled(units, rng)[units] % PARTS, dtype=np.intp)
    taken = replace(
        training,
        features=training.features.iloc[rows],
        outcome=training.outcome[rows],
        offset=some(training.offset, rows),
        penalty=None,
    )
    fold = np.empty(len(rows), dtype=np.intp)
    fold[np.argsort(lines(taken), kind="stable")] = rng.permutation(len(rows)) % PARTS
    return fold


def _usable(whole: Problem, fitted: Ints) -> bool:
    """Whether a fold's rows have all classes, or numbers that vary."""
    outcome = whole.outcome[fitted]
    absent = whole.family.labels and len(np.setdiff1d(whole.outcome, outcome))
    return not absent and float(np.ptp(outcome)) > 0


def _losses(fitted: Problem, held: Problem, unit: float) -> Floats:
    """Mean half deviance of the rows held out for each ridge of the grid."""
    losses, solution = [], None
    for ridge in GRID:
        solution = replace(fitted, ridge=ridge * unit).solve(0.0, solution)
        losses.append(held.half_deviance(solution))
    return np.array(losses)
