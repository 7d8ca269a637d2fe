"""A path of strengths, each judged on held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.errors import FitError, OptionError
from fairaudit.models.objective import Objective
from fairaudit.models.strength.search import STRONGEST, folds

SPAN = 250.0
"""Strongest over weakest strength of a path that is laid by itself."""
ENOUGH = 98.0
"""Per cent of the dependence that its strongest strength takes away."""


@dataclass(frozen=True, eq=False)
class FoldPoint:
    """One strength on one fold."""

    strength: float
    rows: Ints
    """Positions of the rows held out, shape (m,)."""
    mean: Floats
    """Their fitted means, as the penalty sees them."""
    loss: float
    """Mean half deviance of a row, 0 for a perfect prediction."""
    left: float
    """What is left of what the axis lowers: penalised dependence over its noise floor, or divergence."""
    free: float | None
    """Penalised dependence per distance standard deviation of the predictions; None along another axis."""
    constant: float
    """Mean half deviance of these rows under the constant model of the rows fitted on."""


class StrengthAxis(Protocol):
    """The strength that a path varies, and what more of it lowers."""

    @property
    def noun(self) -> str:
        """What it lowers, in words."""
        ...

    @property
    def strongest(self) -> float:
        """Largest strength that a path is laid to."""
        ...

    def begin(self, problem: Objective[Any]) -> Any:
        """The solution at strength 0."""
        ...

    def solve(self, problem: Objective[Any], strength: float, state: Any) -> Any:
        """The solution at a strength above 0, from a nearby one."""
        ...

    def amount(self, problem: Objective[Any], solution: Any) -> float:
        """How much is left of what it lowers, on the rows of a problem."""
        ...


class AlongPenalty:
    """A path of λ: more of it lowers the dependence over its noise floor."""

    noun, strongest = "dependence over its noise floor", STRONGEST

    def begin(self, problem: Objective[Any]) -> Any:
        """Without a penalty."""
        return problem.solve(0.0)

    def solve(self, problem: Objective[Any], strength: float, state: Any) -> Any:
        """With the penalty."""
        return problem.solve(strength, state)

    def amount(self, problem: Objective[Any], solution: Any) -> float:
        """The dependence over its noise floor."""
        return problem.excess(solution)


@dataclass(frozen=True)
class AlongConsistency:
    """A path of α, of a problem that has a consistency loss: more of it lowers the divergence from the knowledge."""

    penalty_strength: float = 0.0
    """λ, the same at each α."""
    noun: str = "divergence from the knowledge"
    strongest: float = 1e4
    """Beyond, the loss hardly counts; and the Plackett–Luce loss, which never reaches 0, would lead on for ever."""

    def begin(self, problem: Objective[Any]) -> Any:
        """Without knowledge."""
        problem = problem.guided(0.0)
        plain = problem.solve(0.0)
        return problem.solve(self.penalty_strength, plain) if self.penalty_strength else plain

    def solve(self, problem: Objective[Any], strength: float, state: Any) -> Any:
        """With it."""
        problem = problem.guided(strength)
        guided = problem.solve(0.0, state)
        return problem.solve(self.penalty_strength, guided) if self.penalty_strength else guided

    def amount(self, problem: Objective[Any], solution: Any) -> float:
        """The divergence, nats."""
        assert problem.guidance is not None
        return problem.guidance.consistency(problem.importance(solution))[0]


def strengths(
    problem: Objective[Any], count: int, step: Callable[[str], None] = lambda _: None, axis: StrengthAxis | None = None
) -> list[float]:
    """A path of so many strengths for a problem: 0, then even steps of the logarithm.

    The strongest takes away `ENOUGH` per cent of what the axis lowers on the fitted rows, or is the strongest there is.
    """
    axis = AlongPenalty() if axis is None else axis
    if count < 3:
        raise OptionError(f"a path of {count} strengths is too short; 3 are needed: none, weak and strong")
    state = axis.begin(problem)
    whole = axis.amount(problem, state)
    if whole <= 0:
        raise FitError(f"the plain model shows no {axis.noun}; there is nothing to take away")
    high = 0.1 * problem.size_of_loss() / whole
    while True:
        state = axis.solve(problem, high, state)
        taken = 100 * (1 - axis.amount(problem, state) / whole)
        step(f"strength {high:.3g} takes away {taken:.0f}%")
        if taken >= ENOUGH or 4 * high > axis.strongest:
            break
        high *= 4
    # Two digits say enough, and read better.
    return [0.0, *(float(f"{value:.2g}") for value in np.geomspace(high / SPAN, high, count - 1))]


def trace(
    problem: Objective[Any],
    path: Sequence[float],
    groups: Ints | None,
    parts: int,
    rng: np.random.Generator,
    chosen: Sequence[int] | None = None,
    axis: StrengthAxis | None = None,
) -> Iterator[list[FoldPoint]]:
    """The points of the path on each fold, every fit warm-started from the one before.

    Args:
        problem: of all rows.
        path: strengths in increasing order.
        groups: rows of one group stay together, shape (n,).
        parts: number of folds.
        rng: what cuts the rows into folds.
        chosen: numbers of the folds to trace, in increasing order; None: all.
        axis: the strength that is varied; None: λ.
    """
    axis = AlongPenalty() if axis is None else axis
    for number, fold in enumerate(folds(problem, groups, rng, parts)):
        if chosen is not None and number not in chosen:
            continue
        state, points, constant = axis.begin(fold.fitted), [], fold.constant()
        for strength in path:
            state = axis.solve(fold.fitted, strength, state) if strength else state
            held, solution = fold.held, fold.fitted.balanced(state)
            mean, loss, left = held.mean(solution), held.half_deviance(solution), axis.amount(held, solution)
            free = held.excess(solution, scale_free=True) if isinstance(axis, AlongPenalty) else None
            points.append(FoldPoint(strength, fold.rows, mean, loss, left, free, constant))
        yield points
