"""The weakest penalty that takes away an asked share of the dependence, judged on held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.reductions import TwoExcesses, together, two_excesses
from fairaudit.cores import side_by_side
from fairaudit.errors import FitError
from fairaudit.models.objective import Objective, some
from fairaudit.models.splits import folds_of, sides

STRONGEST = 1e12
"""Largest strength; beyond, the loss is lost in the rounding of the penalty."""

FOLDS = 3
"""Parts of the training rows, each held out once. Fewer rows are fitted on than in the end, so the estimate errs on the
side of a stronger penalty."""
TOLERANCE = 0.5
"""Per cent points by which the reduction may exceed what was asked."""
ALL = 99.5
"""Per cent of the dependence on fitted rows beyond which there is nothing left to take away."""
WEAKEST = 4.0**12
"""First strength tried over the weakest."""
STEPS = 12
"""Most strengths tried within the bracket."""
SEARCHED = 50_000
"""Rows that a search for a reduction begins with, where there are more than twice as many."""
KNOWN = 2.0
"""Per cent points to either side within which a reduction is to be known, at 95%; else it is searched on more rows."""


@dataclass(frozen=True, eq=False)
class Fold:
    """One part held out, the others fitted on."""

    fitted: Objective[Any]
    held: Objective[Any]
    rows: Ints
    """Positions of the rows held out."""
    groups: Ints | None = None
    """Group of each of them, whose rows are not independent of each other; None: rows are."""

    def excess(self, solution: Any, *, scale_free: bool | None = None) -> Floats:
        """Dependence over its noise floor on the rows held out and on those fitted, each times its number of rows."""
        solution, sides = self.fitted.balanced(solution), (self.held, self.fitted)
        return np.array([len(side.outcome) * side.excess(solution, scale_free=scale_free) for side in sides])

    def loss(self, solution: Any) -> float:
        """Mean half deviance on the rows held out."""
        return self.held.half_deviance(self.fitted.balanced(solution))

    def constant(self) -> float:
        """Mean half deviance on the rows held out of the constant model of those fitted."""
        held = self.held
        return held.average(held.null_losses(self.fitted.start()) - held.family.least(held.outcome))


def folds(problem: Objective[Any], groups: Ints | None, rng: np.random.Generator, parts: int = FOLDS) -> list[Fold]:
    """Cut the rows of a problem into folds; rows of one group stay together."""
    part = folds_of(len(problem.outcome), groups, rng, parts, "a search for the strength")
    cut = [Fold(problem.take(fitted), problem.take(held), held, some(groups, held)) for fitted, held in sides(part)]
    for fold in cut:
        _check_outcomes(problem, fold.fitted, parts)
    return cut


def samples(count: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Positions of rows on which a search may be judged, in increasing order: some, four times as many, … all.

    Each sample holds the one before. Of few rows there is no sample but all.
    """
    size = SEARCHED
    order = rng.permutation(count) if count > 2 * size else np.arange(count)
    while 2 * size < count:
        yield np.sort(order[:size])
        size *= 4
    yield np.arange(count)


def known(excesses: TwoExcesses | None) -> bool:
    """Whether some rows tell a reduction surely enough."""
    interval = None if excesses is None else excesses.interval(0.95)
    return interval is not None and interval[1] - interval[0] <= 2 * KNOWN


def _check_outcomes(whole: Objective[Any], fitted: Objective[Any], parts: int) -> None:
    """Refuse folds in which there is nothing to fit: a class is absent, or a number does not vary."""
    absent = np.setdiff1d(whole.outcome, fitted.outcome) if whole.family.labels else np.zeros(0)
    if len(absent) or np.ptp(fitted.outcome) == 0:
        what = "a class of the outcome has too few" if len(absent) else "the outcome varies in too few"
        raise FitError(
            f"{what} rows for a search of the strength, which is judged on {parts} parts of the training rows; give"
            " the strength instead of the reduction"
        )


def strength_for(
    parts: list[Fold],
    percent: float,
    step: Callable[[str], None] = lambda _: None,
    *,
    scale_free: bool | None = None,
    told: Callable[[TwoExcesses | None], None] = lambda _: None,
) -> tuple[float, float]:
    """The weakest strength that takes away so many per cent of the dependence over its noise floor.

    The dependence of the plain and the penalised fits is measured on the folds that they have not seen. Strengths are
    tried by fours until the reduction is reached, then by interpolation of log(remaining) in log λ, each fit started
    from the last. A strength that leaves only half of the allowed rest on the fitted rows is enough in any case: what
    then remains on unseen rows is chance, which no penalty takes away.

    Args:
        parts: the folds.
        percent: what is asked for.
        step: told of each strength that is tried.
        scale_free: whether the dependence is per distance standard deviation of the predictions, so that pulling them
            together is no reduction: dCor² instead of dCov²; None: as the penalty is.
        told: told of what is left on unseen rows, with its errors; None where they cannot be had.

    Returns:
        λ, and the reduction estimated for unseen rows, per cent; 0 and 0 where the plain model shows no dependence over
        its floor.

    Raises:
        FitError: if even `STRONGEST` does not reach it.
    """
    trials = _StrengthsTried(parts, step, scale_free)
    if trials.nothing:
        return 0.0, 0.0

    def reduction(strength: float) -> float:
        held, fitted, _ = trials.at(strength)
        return max(held, fitted - (100 - percent) / 2)

    high = trials.first
    low, low_reached = high / 64, 0.0
    while (reached := reduction(high)) < percent:
        if 4 * high > STRONGEST:
            raise FitError(
                f"a reduction of {percent:g}% is out of reach: the strongest penalty takes away {reached:.1f}%"
            )
        low, low_reached, high = high, reached, 4 * high
    for _ in range(STEPS):
        if reached - percent <= TOLERANCE or high / low < 1.01:
            break
        middle = _between(low, low_reached, high, reached, percent + TOLERANCE / 2)
        tried = reduction(middle)
        if tried >= percent:
            high, reached = middle, tried
        else:
            low, low_reached = middle, tried
    told(trials.unseen(high))
    return high, trials.seen[high][0]


def strength_within(
    parts: list[Fold], percent: float, step: Callable[[str], None] = lambda _: None, *, of_deviance: bool = False
) -> tuple[float, float]:
    """The strongest strength that gives up at most so many per cent of what the plain model explains.

    The plain model explains the mean half deviance of the constant model less its own, on the folds, each fitted on
    the others. Strengths are tried by fours until the budget is spent or nothing is left to take away, then between the
    last two by halves in log λ.

    Args:
        parts: the folds.
        percent: the budget.
        step: told of each strength that is tried.
        of_deviance: whether the budget is of the plain model's whole deviance instead.

    Returns:
        λ, and the reduction of the dependence that it brings on unseen rows, per cent; 0 and 0 where the plain model
        shows no dependence over its floor or explains nothing, or where any penalty costs more.
    """
    trials = _StrengthsTried(parts, step)
    budget = percent / 100 * (trials.loss if of_deviance else trials.explained)
    if trials.nothing or budget < 0:
        return 0.0, 0.0

    def affordable(strength: float) -> bool:
        return trials.at(strength)[2] <= budget

    low = high = trials.first
    while affordable(high) and trials.seen[high][1] < ALL and 4 * high <= STRONGEST:
        low, high = high, 4 * high
    while not affordable(low) and low > trials.first / WEAKEST:
        low, high = low / 4, low
    if not affordable(low):
        return 0.0, 0.0
    if affordable(high):
        return high, trials.seen[high][0]
    for _ in range(STEPS):
        if high / low < 1.05:
            break
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if affordable(middle) else (low, middle)
    return low, trials.seen[low][0]


class _StrengthsTried:
    """Strengths tried on all folds, each fit started from the last."""

    def __init__(self, parts: list[Fold], step: Callable[[str], None], scale_free: bool | None = None) -> None:
        self.parts, self.step, self.scale_free = parts, step, scale_free
        self.states = self.plain = self._solve(0.0, [None] * len(parts))
        self.solved: dict[float, list[Any]] = {}
        self.whole, self.loss = self._excess(), self._loss()
        self.first = self._first()
        self.seen: dict[float, tuple[float, float, float]] = {}

    @property
    def explained(self) -> float:
        """What the plain model explains over the constant one: mean half deviance times rows; below 0 where it is
        worse."""
        return sum(part.constant() * len(part.rows) for part in self.parts) - self.loss

    @property
    def nothing(self) -> bool:
        """Whether the plain model shows no dependence over its floor."""
        return bool(np.min(self.whole) <= 0)

    def _solve(self, strength: float, states: list[Any]) -> list[Any]:
        """The solutions of all folds, each started from a state."""
        return side_by_side(
            lambda pair: pair[0].alone.solve(strength, pair[1]),
            [(part.fitted, state) for part, state in zip(self.parts, states, strict=True)],
            self.parts[0].fitted.threads,
        )

    def _first(self) -> float:
        """A strength of about the right size: there the penalty of the plain fits weighs a tenth of the loss."""
        size = sum(part.fitted.size_of_loss() * len(part.held.outcome) for part in self.parts)
        penalised = self.whole if self.scale_free is None else _total(self.parts, self.states)
        return 0.1 * size / max(float(np.max(penalised)), float(np.finfo(np.float64).tiny))

    def at(self, strength: float) -> tuple[float, float, float]:
        """Per cent of the dependence that is taken away on unseen and on fitted rows, and the loss added."""
        if strength not in self.seen:
            self.states = self._solve(strength, self.states)
            self.solved[strength], left = self.states, self._excess()
            held, fitted = (100 * (1 - float(rest / before)) for rest, before in zip(left, self.whole, strict=True))
            added = self._loss() - self.loss
            self.seen[strength] = held, fitted, added
            percent = 100 * added / self.loss if self.loss > 0 else 0.0
            self.step(f"strength {strength:.3g} takes away {held:.0f}%, loss {percent:+.2f}%")
        return self.seen[strength]

    def unseen(self, strength: float) -> TwoExcesses | None:
        """The dependence of the plain fits and of those at a strength that was tried, on the rows held out, with its
        errors; None where they cannot be had."""
        measured = []
        for part, *states in zip(self.parts, self.plain, self.solved[strength], strict=True):
            before, after = (part.held.mean(part.fitted.balanced(state)) for state in states)
            assert part.held.penalty is not None
            pair = two_excesses(part.held.penalty, before, after, part.groups)
            if pair is None:
                return None
            free = part.held.penalty.scale_free if self.scale_free is None else self.scale_free
            measured.append(pair[int(free)])
        return together(measured, [len(part.rows) for part in self.parts])

    def _excess(self) -> Floats:
        """What is to be taken away, on unseen and on fitted rows."""
        return _total(self.parts, self.states, self.scale_free)

    def _loss(self) -> float:
        solved = zip(self.parts, self.states, strict=True)
        return float(sum([part.loss(state) * len(part.rows) for part, state in solved]))


def _total(parts: list[Fold], states: list[Any], scale_free: bool | None = None) -> Floats:
    excesses = [part.excess(state, scale_free=scale_free) for part, state in zip(parts, states, strict=True)]
    total: Floats = np.sum(excesses, axis=0)
    return total


def _between(low: float, low_reached: float, high: float, reached: float, percent: float) -> float:
    """λ at which log(100 − reduction), interpolated linearly in log λ, meets the target; kept off the ends."""
    left = [np.log(max(100 - value, 1e-3)) for value in (low_reached, reached, percent)]
    share = (left[0] - left[2]) / (left[0] - left[1]) if left[0] > left[1] else 0.5
    share = float(np.clip(share, 0.1, 0.9))
    return float(np.exp((1 - share) * np.log(low) + share * np.log(high)))
