"""A path of strengths, each judged on held-out rows, and rules that choose one."""

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
RULES = ("reduce:90", "max-loss:1", "jsd:0.001", "one-standard-error", "knee")


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


class Axis(Protocol):
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
    problem: Objective[Any], count: int, step: Callable[[str], None] = lambda _: None, axis: Axis | None = None
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
    seed: int,
    chosen: Sequence[int] | None = None,
    axis: Axis | None = None,
) -> Iterator[list[FoldPoint]]:
    """The points of the path on each fold, every fit warm-started from the one before.

    Args:
        problem: of all rows.
        path: strengths in increasing order.
        groups: rows of one group stay together, shape (n,).
        parts: number of folds.
        seed: of the cut into folds.
        chosen: numbers of the folds to trace, in increasing order; None: all.
        axis: the strength that is varied; None: λ.
    """
    axis = AlongPenalty() if axis is None else axis
    for number, fold in enumerate(folds(problem, groups, seed, parts)):
        if chosen is not None and number not in chosen:
            continue
        state, points = axis.begin(fold.fitted), []
        for strength in path:
            state = axis.solve(fold.fitted, strength, state) if strength else state
            held = fold.held
            mean, loss, left = held.mean(state), held.half_deviance(state), axis.amount(held, state)
            points.append(FoldPoint(strength, fold.rows, mean, loss, left))
        yield points


@dataclass(frozen=True)
class Judged:
    """What a rule sees of one strength: means over the folds."""

    strength: float
    loss: float
    loss_error: float
    """Standard error of the mean loss; 0 if unknown."""
    dependence: float
    divergence: float | None
    """Jensen–Shannon divergence over its floor, bits."""


@dataclass(frozen=True)
class Choice:
    """What a rule chose."""

    strength: float
    met: bool
    """Whether the rule could be met; if not, the nearest strength was taken."""
    why: str
    """In words."""


def choose(points: Sequence[Judged], rule: str, what: str = "dependence", term: str = "penalty") -> Choice:
    """The strength that a rule takes from a path, which begins with the plain model.

    * ``reduce:P``: the weakest that takes away P per cent of the plain model's dependence.
    * ``max-loss:P``: the least dependent whose loss is at most P per cent above the plain model's.
    * ``jsd:X``: the weakest with at most X bits of Jensen–Shannon divergence over the noise floor.
    * ``one-standard-error``: the least dependent whose loss is at most one standard error above the lowest.
    * ``knee``: the farthest, of those on the front, from the line between its ends, both axes scaled to [0, 1]
      (Satopää et al. 2011, doi:10.1109/ICDCSW.2011.20).
    """
    name, number = parse_rule(rule)
    plain = points[0]
    if name == "reduce" and plain.dependence <= 0:
        return Choice(plain.strength, True, f"The plain model shows no {what} that could be taken away.")
    if name == "knee":
        return _knee(points)
    if name in ("max-loss", "one-standard-error"):
        best = min(points, key=lambda point: point.loss)
        limit = plain.loss * (1 + number / 100) if name == "max-loss" else best.loss + best.loss_error
        fit = [point for point in points if point.loss <= limit]
        chosen = min(fit or points[:1], key=lambda point: point.dependence)
        words = f"{number:g}% above the plain model's" if name == "max-loss" else "one standard error above the lowest"
        return Choice(chosen.strength, bool(fit), f"The model of least {what} whose loss is at most {words}.")
    if name == "reduce":
        limit, words = plain.dependence * (1 - number / 100), f"takes away {number:g}% of the {what}"
        reached = [point for point in points if point.dependence <= limit]
        nearest = min(points, key=lambda point: point.dependence)
    else:
        words = f"leaves at most {number:g} bits of divergence over the noise floor"
        known = [point for point in points if point.divergence is not None]
        reached = [point for point in known if point.divergence is not None and point.divergence <= number]
        nearest = min(known or points, key=lambda point: point.divergence or 0.0)
    if reached:
        return Choice(reached[0].strength, True, f"The weakest {term} that {words}.")
    return Choice(nearest.strength, False, f"No {term} of the path {words}; the nearest was taken.")


def parse_rule(text: str) -> tuple[str, float]:
    """Name and number of a rule; number 0 for one that has none."""
    name, colon, number = text.partition(":")
    try:
        value = float(number) if colon else 0.0
    except ValueError:
        value = np.nan
    fits = {
        "reduce": bool(colon) and 0 < value < 100,
        "max-loss": bool(colon) and 0 <= value < np.inf,
        "jsd": bool(colon) and 0 <= value < np.inf,
        "one-standard-error": not colon,
        "knee": not colon,
    }
    if not fits.get(name, False):
        raise OptionError(f"rule '{text}' is unknown; choose one of {', '.join(RULES)}, with a number of your own")
    return name, value


def on_front(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Whether no other point is at least as low in both coordinates and lower in one."""
    return [
        not any(x <= mine[0] and y <= mine[1] and (x < mine[0] or y < mine[1]) for x, y in points) for mine in points
    ]


def _knee(points: Sequence[Judged]) -> Choice:
    kept = on_front([(point.dependence, point.loss) for point in points])
    front = sorted((p for p, keep in zip(points, kept, strict=True) if keep), key=lambda point: point.dependence)
    x, y = (np.array([getattr(point, name) for point in front]) for name in ("dependence", "loss"))
    if len(front) < 3 or np.ptp(x) <= 0 or np.ptp(y) <= 0:
        return Choice(
            front[0].strength, False, "The front has no knee, being too short; its least dependent was taken."
        )
    below = 1 - (x - x.min()) / np.ptp(x) - (y - y.min()) / np.ptp(y)  # over √2 the distance from the chord
    chosen = front[int(np.argmax(below))]
    return Choice(chosen.strength, True, "The knee of the front: beyond it, less dependence costs more loss.")
