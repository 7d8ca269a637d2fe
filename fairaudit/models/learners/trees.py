"""The objective of penalised boosting, and how the number of rounds is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.cores import one_thread
from fairaudit.models.guides.guidance import mean_sizes
from fairaudit.models.guides.steering import STEERED, Steering, choose
from fairaudit.models.learners.forest import Boosted, Ending, Forest, Growth
from fairaudit.models.learners.phase import Phase
from fairaudit.models.learners.solver import Problem
from fairaudit.models.objective import Objective
from fairaudit.models.splits import for_rounds, units_of
from fairaudit.streams import Stream

if TYPE_CHECKING:
    import lightgbm

FairOutcome = Literal["predicted", "observed"]
MOST_BINS = 1000
"""Most bins of a number."""
ATTRIBUTED = 10_000
"""Rows from which the importances of a solution are taken; of more a sample."""


@dataclass(frozen=True, eq=False)
class ChosenRounds:
    """The number of rounds that rows held out choose, or all, and the trees by which they chose."""

    solution: Boosted
    """Its trees, of as many rounds as were best."""
    rounds: int
    """Rounds to take."""
    whole: bool
    """Whether it has fitted all rows, so that nothing is left to do."""


@dataclass(frozen=True, eq=False, kw_only=True)
class BoostingProblem(Objective[Boosted]):
    """The objective of penalised boosting: what `solver.Problem` is to a linear model."""

    codes: Floats
    """Features in bins, shape (n, J)."""
    categorical: list[int]
    plain: Growth
    fair: Growth
    settings: Mapping[str, Any]
    """LightGBM's parameters that both phases share."""
    least_rows: int
    """Rows of average weight and curvature that a leaf needs."""
    held_share: float
    patience: int | None
    """Rounds without improvement on the rows held out after which boosting stops; None: all rounds."""
    groups: Ints | None
    seed: int
    fair_outcome: FairOutcome = "predicted"
    """What counts as the outcome beside the penalty: what the plain model predicts, or what was observed."""
    steering_strength: float = 0.0
    """By which the consistency loss steers the trees; 0: not at all."""
    choices: dict[float, tuple[ChosenRounds, float]] = field(default_factory=dict)
    """Rounds chosen for the loss alone, and the divergence then, by steering strength: they do not depend on α."""
    fits: dict[float, Boosted] = field(default_factory=dict)
    """Trees of the loss alone by steering strength, so that further α cost few fits or none."""
    sums: dict[Forest, Floats] = field(default_factory=dict)
    """Sums of such trees on these rows."""
    binned: list[lightgbm.Dataset] = field(default_factory=list)
    """These rows as LightGBM holds them, once they are needed."""

    @property
    def columns(self) -> int:
        """Linear predictors that trees are grown for: one, or one for each class."""
        return self.family.columns

    fresh = True

    @property
    def threads(self) -> int | None:
        """As many as LightGBM may take for one."""
        return self.settings.get("num_threads") or None

    @property
    def alone(self) -> BoostingProblem:
        """Trees that LightGBM grows in one thread: they are the same."""
        return replace(self, settings={**self.settings, "num_threads": 1})

    def average(self, values: Floats) -> float:
        """Σ ω v of values of the rows; not by @, which wakes threads for a sum that takes a tenth of the time."""
        return float(np.sum(self.weight * values))

    def linear(self, solution: Boosted) -> Floats:
        """Linear predictors η, shape (n,) or (n, m)."""
        return self.located(self.plain_sum(solution.plain) + self.grown(solution.fair), solution.intercept)

    def plain_sum(self, plain: Forest) -> Floats:
        """`grown` of the trees of the loss alone: found once, for they are the same at every strength."""
        if plain not in self.sums:
            self.sums[plain] = self.grown(plain)
        return self.sums[plain]

    def grown(self, forest: Forest) -> Floats:
        """Sum of the trees on these rows, shape (n,), or (n, m) for the multinomial family."""
        return forest.predict(self.codes, self.columns, self.settings.get("num_threads", 0))

    def located(self, trees: Floats, intercept: Floats) -> Floats:
        """Linear predictors η from a sum of trees, shape (n,) or (n, m)."""
        return self.family.linear(trees, intercept, self.offset)

    def dataset(self) -> lightgbm.Dataset:
        """The rows as LightGBM holds them.

        The codes are bins already: LightGBM is to take each as one, from all rows, with one more for missing values.
        """
        import lightgbm

        if not self.binned:
            binning = {
                **self.settings,
                "max_bin": 3 + int(np.nanmax(self.codes, initial=0)),
                "min_data_in_bin": 1,
                "bin_construct_sample_cnt": len(self.codes),
                "feature_pre_filter": False,
            }
            self.binned.append(lightgbm.Dataset(self.codes, categorical_feature=self.categorical, params=binning))
        return self.binned[0]

    def start(self) -> Floats:
        """Intercepts of the constant model, of least loss beside an offset."""
        return super().start() if self.offset is None else self.intercepts(np.zeros(len(self.outcome)))

    def intercepts(self, trees: Floats) -> Floats:
        """Intercepts of least loss, given the trees."""
        offset = trees if self.offset is None else trees + self.offset
        linear = Problem(
            family=self.family,
            outcome=self.outcome,
            weight=self.weight,
            penalty=None,
            offset=offset,
            matrix=np.zeros((len(offset), 0)),
            ridge=0.0,
            max_iter=200,
            tol=1e-9,
        )
        return linear.polish(linear.solve(0.0)).intercept

    @one_thread()
    def solve(self, strength: float, start: Boosted | None = None) -> Boosted:
        """Boost the loss, or from the plain trees of `start` the penalised loss.

        With `patience` the number of plain rounds is first chosen on rows held out; then all rows are fitted with it.
        The rounds for the penalty are as many at any strength, so that all strengths are compared at one size.
        """
        if not strength:
            return replace(self, steering_strength=self._best_steering())._plain()
        base = replace(start or self.solve(0.0), fair=Forest())
        near = replace(self, outcome=self._near(base), steering_strength=base.steering_strength)
        phase = Phase(near, self.fair, strength, base)
        phase.grow(self.fair.n_estimators)
        return phase.solution(ending="counted" if phase.scales else "nothing")

    def _near(self, base: Boosted) -> Floats:
        """What counts as the outcome where the penalty takes part."""
        if self.fair_outcome == "observed":
            return self.outcome
        return self.family.expected(self.outcome, self.located(self.plain_sum(base.plain), base.intercept))

    def balanced(self, solution: Boosted) -> Boosted:
        """The solution with its intercepts shifted."""
        return replace(solution, intercept=solution.intercept + self.surplus(self.linear(solution)))

    def _plain(self) -> Boosted:
        """The trees of the loss alone, at the steering strength of this problem."""
        if self.steering_strength not in self.fits:
            self.fits[self.steering_strength] = self._finish(self._chosen()[0])
        return self.fits[self.steering_strength]

    def _chosen(self) -> tuple[ChosenRounds, float]:
        """The rounds chosen for the loss alone, at the steering strength of this problem, and the divergence of their
        trees; 0 without a consistency loss."""
        if self.steering_strength not in self.choices:
            choice, divergence = self._choose(), 0.0
            if self.guidance is not None:
                divergence = self.guidance.consistency(self.importance(choice.solution, STEERED))[0]
            self.choices[self.steering_strength] = choice, divergence
        return self.choices[self.steering_strength]

    def _best_steering(self) -> float:
        """The steering strength of least loss + α · divergence (see `steering`)."""
        guidance = self.guidance
        if guidance is None or not guidance.strength:
            return 0.0

        def judged(steering_strength: float) -> tuple[float, float]:
            choice, divergence = replace(self, steering_strength=steering_strength)._chosen()
            return choice.solution.criterion, divergence

        return choose(judged, guidance.strength)

    def _choose(self) -> ChosenRounds:
        """Choose the number of rounds for the loss alone."""
        sides = None if self.patience is None else self._sides()
        if sides is None:
            phase = Phase(self, self.plain, 0.0)
            phase.grow(self.plain.n_estimators)
            ending: Ending = "counted" if self.patience is None else "unjudged"
            trees = phase.solution(ending=ending if phase.scales else "nothing")
            return ChosenRounds(trees, self.plain.n_estimators, True)
        part, held = (self.take(rows) for rows in sides)
        phase = Phase(part, self.plain, 0.0, held=held)
        phase.grow(self.plain.n_estimators, self.patience)
        return ChosenRounds(phase.solution(phase.best, phase.ending(self.patience)), phase.best, False)

    def _finish(self, choice: ChosenRounds) -> Boosted:
        """All rows fitted with the rounds that were chosen."""
        if choice.whole:
            return choice.solution
        phase = Phase(self, self.plain, 0.0)
        phase.grow(choice.rounds)
        ending: Ending = "nothing" if choice.rounds and not phase.scales else choice.solution.plain.ending
        return replace(phase.solution(ending=ending), criterion=choice.solution.criterion)

    def importance(self, solution: Boosted, most: int = ATTRIBUTED) -> Floats:
        """I_j = Σ ω |φ_j| of the factors by TreeSHAP on these rows, of more than `most` a sample; shape (J,)."""
        rows = self._sample(most)
        parts = self._attributed(solution.plain, rows) + self._attributed(solution.fair, rows)
        return mean_sizes(np.abs(np.moveaxis(parts, 1, 0)), self.weight[rows] / self.weight[rows].sum())

    def steering(self, base: Boosted | None) -> Steering | None:
        """The controller at the beginning of a phase; None where nothing steers."""
        if self.guidance is None or not self.steering_strength:
            return None
        rows = self._sample(STEERED)
        weight, factors = self.weight[rows] / self.weight[rows].sum(), self.codes.shape[1]
        errors = np.zeros(factors) if base is None or base.accumulated is None else base.accumulated
        before = self._attributed(Forest() if base is None else base.plain, rows)
        return Steering(self.guidance.consistency, self.steering_strength, weight, before, errors)

    def attributed(self, forest: Forest) -> Floats:
        """φ of some trees on the rows that steer, shape (m, J), or (m, J, K)."""
        return self._attributed(forest, self._sample(STEERED))

    def _attributed(self, forest: Forest, rows: Ints) -> Floats:
        return forest.contributions(self.codes[rows], self.columns, self.settings.get("num_threads", 0))

    def _sample(self, most: int) -> Ints:
        count = len(self.codes)
        if count <= most:
            return np.arange(count)
        return np.sort(Stream.STEERING.generator(self.seed).choice(count, most, replace=False))

    def _sides(self) -> tuple[Ints, Ints] | None:
        """Rows to fit and rows held out, by which the number of rounds is chosen; None if there are too few."""
        units = units_of(len(self.outcome), self.groups)
        fitted, held = for_rounds(units, self.held_share, self.seed)
        if not len(fitted) or not len(held):
            return None
        absent = self.family.labels and len(np.setdiff1d(self.outcome, self.outcome[fitted]))
        return None if absent or np.ptp(self.outcome[fitted]) == 0 else (fitted, held)

    def take(self, rows: Ints) -> BoostingProblem:
        """The same problem on some of the rows."""
        return replace(
            super().take(rows),
            codes=self.codes[rows],
            groups=None if self.groups is None else units_of(len(rows), self.groups[rows]),
            choices={},
            fits={},
            sums={},
            binned=[],
        )
