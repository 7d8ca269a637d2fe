"""The objective of penalised boosting, and the trees that lower it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.distance.penalty import DependencePenalty
from fairaudit.models.family import Family
from fairaudit.models.guides.guidance import Guidance, mean_sizes
from fairaudit.models.guides.steering import EVERY, STEERED, Steering, choose
from fairaudit.models.learners.solver import Problem

if TYPE_CHECKING:
    import lightgbm


Ending = Literal["counted", "judged", "falling", "unjudged", "nothing"]
"""How a phase came by its number of rounds: all that were asked for; by rows held out; by them, but the last rounds
were among the best; all, as no rows could be held out; none, as no tree could be grown."""

TRIES = 60
"""Shorter steps that are tried for one tree; each is at most half of the last, so that they span any strength."""
ENOUGH = 0.25
"""Share of the fall promised by the slope that a step must bring; on a parabola steps to 1.5 times the best do."""
SMALLEST_CURVATURE = 1e-6
"""Least curvature of a row's loss, as a share of the mean: where a loss is flat, a leaf's step would have no bound."""
ROUNDING = 1e-9
"""Share of the curvature that any leaf needs. LightGBM finds sums for one side as differences, so that rounding looks
like a row where there is none."""
MOST_BINS = 1000
"""Most bins of a number."""
ATTRIBUTED = 10_000
"""Rows from which the importances of a solution are taken; of more a sample."""
REFITTED = 25
"""Rounds after which thresholds of ordered levels are fitted anew."""


@dataclass(frozen=True)
class Growth:
    """How the trees of one phase are grown; the terms are LightGBM's."""

    n_estimators: int
    learning_rate: float
    num_leaves: int
    subsample: float = 1.0
    colsample_bytree: float = 1.0


@dataclass(frozen=True)
class Forest:
    """Trees as text, LightGBM's own format: numbers and names, no code."""

    text: str = ""
    """Empty for no trees."""
    rounds: int = 0
    ending: Ending = "counted"

    def booster(self) -> lightgbm.Booster:
        """The trees, ready to predict."""
        import lightgbm

        return lightgbm.Booster(model_str=self.text)

    def predict(self, codes: Floats, columns: int, threads: int = 0) -> Floats:
        """Sum of the trees, shape (n,), or (n, columns) for several linear predictors."""
        if not self.rounds:
            return np.zeros(len(codes)) if columns == 1 else np.zeros((len(codes), columns))
        return np.asarray(self.booster().predict(codes, raw_score=True, num_threads=threads), dtype=np.float64)

    def contributions(self, codes: Floats, columns: int, threads: int = 0) -> Floats:
        """Attributions by TreeSHAP, shape (n, J), or (n, J, columns)."""
        shape = (len(codes), codes.shape[1] + 1)
        if not self.rounds:
            whole = np.zeros((*shape, columns))
        else:
            found = np.asarray(self.booster().predict(codes, pred_contrib=True, num_threads=threads), dtype=np.float64)
            whole = np.moveaxis(found.reshape(len(codes), columns, shape[1]), 1, 2)
        return whole[:, :-1, 0] if columns == 1 else whole[:, :-1]


@dataclass(frozen=True, eq=False)
class Boosted:
    """A solution: intercepts, and the trees of both phases."""

    strength: float
    intercept: Floats
    """Shape (), or (m,) for m linear predictors."""
    plain: Forest
    """Trees of the loss alone."""
    fair: Forest
    """Trees of loss and penalty, which begin where the plain ones end."""
    judged: Forest | None = None
    """The plain trees of those rows by which the number of rounds was chosen; None where it was not."""
    criterion: float = np.inf
    """Mean loss + λ · penalty over its floor on the rows by which the rounds were chosen, else on those fitted."""
    grip: float = 0.0
    """Of the knowledge on the plain trees (see `steering`), and hence on the fair ones; 0: none."""
    pushed: Floats | None = None
    """State of the controller after the plain trees; None where there was none."""


@dataclass(frozen=True, eq=False)
class Trial:
    """What a run says of the number of rounds."""

    solution: Boosted
    """Its trees, of as many rounds as were best."""
    rounds: int
    """Rounds to take."""
    whole: bool
    """Whether it has fitted all rows, so that nothing is left to do."""


@dataclass(frozen=True, eq=False)
class BoostingProblem:
    """The objective of penalised boosting; data fixed. It is to boosting what `solver.Problem` is to a linear model."""

    family: Family
    codes: Floats
    """Features in bins, shape (n, J)."""
    categorical: list[int]
    outcome: Floats
    weight: Floats
    """ω, shape (n,), sums to 1."""
    penalty: DependencePenalty | None
    offset: Floats | None
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
    guidance: Guidance | None = None
    """The consistency loss; None: none."""
    grip: float = 0.0
    """By which the consistency loss steers the trees; 0: not at all."""
    trials: dict[float, tuple[Trial, float]] = field(default_factory=dict)
    """Trials of the loss alone, and their divergence, by their grip: they do not depend on α."""
    fits: dict[float, Boosted] = field(default_factory=dict)
    """Trees of the loss alone by their grip, so that further α cost few fits or none."""

    @property
    def columns(self) -> int:
        """Linear predictors that trees are grown for: one, or one for each class."""
        return self.family.columns

    def linear(self, solution: Boosted) -> Floats:
        """Linear predictors η, shape (n,) or (n, m)."""
        return self.located(self.grown(solution.plain) + self.grown(solution.fair), solution.intercept)

    def grown(self, forest: Forest) -> Floats:
        """Sum of the trees on these rows, shape (n,), or (n, m) for the multinomial family."""
        return forest.predict(self.codes, self.columns, self.settings.get("num_threads", 0))

    def located(self, trees: Floats, intercept: Floats) -> Floats:
        """Linear predictors η from a sum of trees, shape (n,) or (n, m)."""
        return self.family.linear(trees, intercept, self.offset)

    def mean(self, solution: Boosted) -> Floats:
        """Fitted means, as the penalty sees them."""
        return self.family.mean(self.linear(solution))

    def losses(self, solution: Boosted) -> Floats:
        """Loss of each row, shape (n,)."""
        return self.family.loss(self.outcome, self.linear(solution))

    def null_loss(self) -> float:
        """Mean loss of the constant model."""
        return float(self.weight @ self.losses(Boosted(0.0, self.start(), Forest(), Forest())))

    def start(self) -> Floats:
        """Intercepts of the constant model."""
        if self.offset is None:
            return self.family.start(self.outcome, self.weight)
        return self.intercepts(np.zeros(len(self.outcome)))

    def intercepts(self, trees: Floats) -> Floats:
        """Intercepts of least loss, given the trees."""
        offset = trees if self.offset is None else trees + self.offset
        nothing = np.zeros((len(offset), 0))
        linear = Problem(self.family, nothing, self.outcome, self.weight, None, 0.0, 200, 1e-9, offset)
        return linear.polish(linear.solve(0.0)).intercept

    def solve(self, strength: float, start: Boosted | None = None) -> Boosted:
        """Boost the loss, or from the plain trees of `start` the penalised loss.

        With `patience` the number of rounds is first chosen on rows held out, by the mean over them of loss + λ · the
        penalty over its noise floor; then all rows are fitted with that number.
        """
        if not strength:
            grip = self._best_grip()
            return replace(self, grip=grip)._plain()
        base = replace(start or self.solve(0.0), fair=Forest())
        steered = replace(self, grip=base.grip)
        return steered._finish(steered._trial(strength, base), strength, base)

    def _plain(self) -> Boosted:
        """The trees of the loss alone, at the grip of this problem."""
        if self.grip not in self.fits:
            self.fits[self.grip] = self._finish(self._tried()[0], 0.0, None)
        return self.fits[self.grip]

    def _tried(self) -> tuple[Trial, float]:
        """A trial of the loss alone, at the grip of this problem, and its divergence; 0 without a consistency loss."""
        if self.grip not in self.trials:
            trial, distance = self._trial(0.0, None), 0.0
            if self.guidance is not None:
                distance = self.guidance.consistency(self.importance(trial.solution, STEERED))[0]
            self.trials[self.grip] = trial, distance
        return self.trials[self.grip]

    def _best_grip(self) -> float:
        """The grip of least loss + α · divergence (see `steering`)."""
        guidance = self.guidance
        if guidance is None or not guidance.strength:
            return 0.0

        def trial(grip: float) -> tuple[float, float]:
            tried, distance = replace(self, grip=grip)._tried()
            return tried.solution.criterion, distance

        return choose(trial, guidance.strength)

    def _trial(self, strength: float, base: Boosted | None) -> Trial:
        """Choose the number of rounds."""
        growth = self.plain if base is None else self.fair
        sides = None if self.patience is None else self._sides()
        if sides is None:
            run = Run(self, growth, strength, base)
            run.grow(growth.n_estimators)
            ending: Ending = "counted" if self.patience is None else "unjudged"
            return Trial(run.solution(ending=ending if run.scales else "nothing"), growth.n_estimators, True)
        part, held = (self.take(rows) for rows in sides)
        # The plain trees have seen the rows held out: the second phase is judged from trees that have not.
        inner = None if base is None else replace(base, plain=base.judged or base.plain)
        run = Run(part, growth, strength, inner, held)
        run.grow(growth.n_estimators, self.patience)
        return Trial(run.solution(run.best, run.ending(self.patience)), run.best, False)

    def _finish(self, trial: Trial, strength: float, base: Boosted | None) -> Boosted:
        """All rows fitted with the rounds of a trial."""
        found, judged = trial.solution, None if base is None else base.judged
        if not trial.whole:
            growth = self.plain if base is None else self.fair
            ending = (found.plain if base is None else found.fair).ending
            judged = found.plain if base is None else judged
            run = Run(self, growth, strength, base)
            run.grow(trial.rounds)
            ending = "nothing" if trial.rounds and not run.scales else ending
            found = replace(run.solution(ending=ending), criterion=found.criterion)
        return replace(found, judged=judged)

    def guided(self, strength: float) -> BoostingProblem:
        """The same problem with another α."""
        assert self.guidance is not None
        return replace(self, guidance=replace(self.guidance, strength=strength))

    def importance(self, solution: Boosted, most: int = ATTRIBUTED) -> Floats:
        """I_j = Σ ω |φ_j| of the factors by TreeSHAP on these rows, of more than `most` a sample; shape (J,)."""
        rows = self._sample(most)
        found = self._attributed(solution.plain, rows) + self._attributed(solution.fair, rows)
        return mean_sizes(np.abs(np.moveaxis(found, 1, 0)), self.weight[rows] / self.weight[rows].sum())

    def steering(self, base: Boosted | None) -> Steering | None:
        """The controller at the beginning of a phase; None without knowledge or grip."""
        if self.guidance is None or not self.grip:
            return None
        rows = self._sample(STEERED)
        weight, factors = self.weight[rows] / self.weight[rows].sum(), self.codes.shape[1]
        pushed = np.zeros(factors) if base is None or base.pushed is None else base.pushed
        before = self._attributed(Forest() if base is None else base.plain, rows)
        return Steering(self.guidance.consistency, self.grip, weight, before, pushed)

    def attributed(self, forest: Forest) -> Floats:
        """φ of some trees on the rows that steer, shape (m, J), or (m, J, K)."""
        return self._attributed(forest, self._sample(STEERED))

    def _attributed(self, forest: Forest, rows: Ints) -> Floats:
        return forest.contributions(self.codes[rows], self.columns, self.settings.get("num_threads", 0))

    def _sample(self, most: int) -> Ints:
        count = len(self.codes)
        if count <= most:
            return np.arange(count)
        return np.sort(np.random.default_rng([self.seed, 6]).choice(count, most, replace=False))

    def _sides(self) -> tuple[Ints, Ints] | None:
        """Rows to fit and rows held out, by which the number of rounds is chosen; None if there are too few."""
        units = np.arange(len(self.outcome)) if self.groups is None else self.groups
        count = int(units.max()) + 1
        out = (np.random.default_rng([self.seed, 5]).permutation(count) < self.held_share * count)[units]
        absent = self.family.labels and len(np.setdiff1d(self.outcome, self.outcome[~out]))
        if out.all() or not out.any() or absent or np.ptp(self.outcome[~out]) == 0:
            return None
        return np.flatnonzero(~out), np.flatnonzero(out)

    def take(self, rows: Ints) -> BoostingProblem:
        """The same problem on some of the rows."""
        weight = self.weight[rows]
        return replace(
            self,
            codes=self.codes[rows],
            outcome=self.outcome[rows],
            weight=weight / weight.sum(),
            penalty=None if self.penalty is None else self.penalty.take(rows),
            offset=None if self.offset is None else self.offset[rows],
            groups=None if self.groups is None else np.unique(self.groups[rows], return_inverse=True)[1].reshape(-1),
            trials={},
            fits={},
        )

    def polish(self, plain: Boosted) -> Boosted:
        """Nothing is left to polish."""
        return plain


@dataclass(eq=False)
class Run:
    """One phase of boosting under way.

    LightGBM takes each tree's step as if rows did not depend on each other, but the curvature of the penalty grows with
    λ: a full step can overshoot and diverge. So each tree's step is shortened until the objective falls by a share of
    what its slope promises (Armijo 1966, doi:10.2140/pjm.1966.16.1), and the tree's leaves are scaled likewise when all
    is done. Where no step does, predictions tie or rounding has the last word, and the phase ends. Trees that see some
    of the rows only are not held to what all rows say.
    """

    problem: BoostingProblem
    growth: Growth
    strength: float
    base: Boosted | None = None
    """Where the second phase begins; None in the first."""
    held: BoostingProblem | None = None
    """Rows held out."""
    scales: list[float] = field(default_factory=list)
    """Scale of each round's step."""
    best: int = 0
    """Rounds after which the rows held out were predicted best."""
    least: float = np.inf
    """The criterion there."""

    def __post_init__(self) -> None:
        problem = self.problem
        self.intercept = problem.start() if self.base is None else self.base.intercept
        plain = Forest() if self.base is None else self.base.plain
        self.trees = problem.grown(plain)
        self.value, self.slope = self.objective(self.trees)
        known = np.nan_to_num(problem.codes, nan=-1.0)
        # LightGBM gives up with an error where all features are constant.
        self.booster = self._booster() if (known != known[0]).any() else None
        self.scores: dict[str, Floats] = {}
        self.steering = problem.steering(self.base)
        if self.held is not None:
            self.held_trees = self.held.grown(plain)
            self._judge()

    def _booster(self) -> lightgbm.Booster:
        import lightgbm

        problem, growth = self.problem, self.growth
        # The codes are bins already: LightGBM is to take each as one, from all rows, with one more for missing values.
        most = 3 + int(np.nanmax(problem.codes, initial=0))
        binning = {
            **problem.settings,
            "max_bin": most,
            "min_data_in_bin": 1,
            "bin_construct_sample_cnt": len(problem.codes),
            "feature_pre_filter": False,
        }
        data = lightgbm.Dataset(problem.codes, categorical_feature=problem.categorical, params=binning)
        # A leaf needs the curvature of so many rows of average weight: counted by rows, one of weight two would not be
        # the row twice.
        share = problem.least_rows * float(problem.weight @ problem.weight) if problem.least_rows > 1 else 0.0
        needed = max(share, ROUNDING) * float(np.sum(self.curvature(self.trees)))
        booster = lightgbm.Booster(
            {
                **problem.settings,
                "objective": "none",
                "metric": "none",
                "num_class": problem.columns,
                "learning_rate": growth.learning_rate,
                "num_leaves": growth.num_leaves,
                "bagging_fraction": growth.subsample,
                "bagging_freq": int(growth.subsample < 1),
                "feature_fraction": growth.colsample_bytree,
                "min_data_in_leaf": 0,  # LightGBM guesses counts from curvatures: a light row would count as none
                "min_sum_hessian_in_leaf": needed / problem.columns,
            },
            data,
        )
        if self.held is not None:
            booster.add_valid(lightgbm.Dataset(self.held.codes, reference=data, params=binning), "held")
        return booster

    def curvature(self, trees: Floats) -> Floats:
        """Second derivative of each row's loss by what trees are grown for, times n ω, shape (n,) or (n, K)."""
        problem = self.problem
        family, linear = problem.family, problem.located(trees, self.intercept)
        curvature = family.tree_curvature(problem.outcome, linear)
        least = SMALLEST_CURVATURE * float(np.average(np.abs(curvature), axis=0, weights=problem.weight).mean())
        return np.asarray((len(problem.outcome) * problem.weight * np.maximum(curvature, max(least, 1e-300)).T).T)

    def objective(self, trees: Floats) -> tuple[float, Floats]:
        """Mean loss + λ · penalty, and its gradient by what trees are grown for, shape of the trees' sum."""
        problem = self.problem
        linear = problem.located(trees, self.intercept)
        # Not by @: it wakes threads for a sum that takes a tenth of the time.
        value = float(np.sum(problem.weight * problem.family.loss(problem.outcome, linear)))
        slope = (problem.weight * problem.family.gradient(problem.outcome, linear).T).T
        if self.strength and problem.penalty is not None:
            dependence, gradient = problem.penalty(problem.family.mean(linear))
            value += self.strength * dependence
            slope = slope + self.strength * problem.family.pull(linear, gradient)
        return value, np.asarray(slope.sum(axis=1) if problem.family.shared else slope)

    def grow(self, rounds: int, patience: int | None = None) -> None:
        """Grow so many rounds, or until so many brought nothing on the rows held out."""
        for _ in range(rounds):
            if self.steering is not None and len(self.scales) % EVERY == 0:
                self._steer(self.steering)
            if not self._advance() or (patience is not None and len(self.scales) - self.best >= patience):
                break
        if self.scales and self.problem.family.shared and self.base is None:
            self._refit_thresholds()

    def _steer(self, steering: Steering) -> None:
        """Set the multipliers of the gains for the next rounds, by the importances of the trees so far."""
        if self.booster is None:
            return
        grown = len(self.scales)
        if grown:
            steering.add(self.problem.attributed(Forest(self._scaled(grown - EVERY, grown), EVERY)))
        self.booster.reset_parameter({"feature_contri": steering.multipliers().tolist()})

    def _advance(self) -> bool:
        """Grow a tree (one for each class) and take its step; whether there was anything to gain."""
        count = len(self.problem.outcome)

        def derivatives(scores: Floats, data: object) -> tuple[Floats, Floats]:
            return count * self.slope, self.curvature(self.trees)

        if self.booster is None or self.booster.update(fobj=derivatives) or not self._step(self._grown("train")):
            return False
        if self.held is not None:
            self.held_trees = self.held_trees + self.scales[-1] * self._grown("held")
            self._judge()
        if self.problem.family.shared and self.base is None and len(self.scales) % REFITTED == 0:
            self._refit_thresholds()
        return True

    def _grown(self, name: str) -> Floats:
        """What the last tree adds, unscaled, on the rows fitted or held out: the growth of LightGBM's own sum."""
        assert self.booster is not None
        now: list[Floats] = []

        def keep(scores: Floats, data: object) -> tuple[str, float, bool]:
            now.append(np.array(scores, dtype=np.float64))
            return "seen", 0.0, False

        (self.booster.eval_train if name == "train" else self.booster.eval_valid)(keep)
        grown: Floats = now[-1] - self.scores.get(name, 0.0)
        self.scores[name] = now[-1]
        return grown

    def _step(self, raw: Floats) -> bool:
        """Add a tree, by as much of it as is safe; whether any of it is."""
        down, scale = float(np.sum(self.slope * raw)), 1.0
        for _ in range(TRIES):
            value, slope = self.objective(self.trees + scale * raw)
            change = value - self.value
            if self.growth.subsample < 1 or change <= ENOUGH * scale * down < 0:
                self.trees = self.trees + scale * raw
                self.value, self.slope = value, slope
                self.scales.append(scale)
                return True
            if not down < 0:
                return False
            # The lowest point of the parabola through both values and the slope.
            lowest = -0.5 * down * scale / (change / scale - down) if np.isfinite(change) else 0.0
            scale = float(np.clip(lowest, 0.1 * scale, 0.5 * scale))
        return False

    def _judge(self) -> None:
        """The mean of loss + λ · penalty on the rows held out, and the best number of rounds by it."""
        assert self.held is not None
        held = self.held
        linear = held.located(self.held_trees, self.intercept)
        value = float(np.sum(held.weight * held.family.loss(held.outcome, linear)))
        if self.strength and held.penalty is not None:
            value += self.strength * held.penalty.excess(held.family.mean(linear))
        if value < self.least:
            self.least, self.best = value, len(self.scales)

    def ending(self, patience: int | None) -> Ending:
        """Whether the rows held out had the last word on the number of rounds."""
        grown = len(self.scales)
        return "falling" if grown == self.growth.n_estimators and grown - self.best < (patience or 0) else "judged"

    def _refit_thresholds(self) -> None:
        """Thresholds of ordered levels, given the trees."""
        self.intercept = self.problem.intercepts(self.trees)
        self.value, self.slope = self.objective(self.trees)

    def solution(self, rounds: int | None = None, ending: Ending = "counted") -> Boosted:
        """The trees of so many rounds, or of all, each scaled by its step."""
        rounds = len(self.scales) if rounds is None else rounds
        forest = Forest(self._scaled(0, rounds) if rounds else "", rounds, ending)
        criterion = self.value if self.held is None else self.least
        if self.base is None:
            plain, fair, pushed = forest, Forest(), None if self.steering is None else self.steering.pushed
        else:
            plain, fair, pushed = self.base.plain, forest, self.base.pushed
        return Boosted(self.strength, self.intercept, plain, fair, None, criterion, self.problem.grip, pushed)

    def _scaled(self, first: int, last: int) -> str:
        """The trees of the rounds from `first` to before `last`, each scaled by its step, as text."""
        assert self.booster is not None
        text: str = self.booster.model_to_string(start_iteration=first, num_iteration=last - first)
        scales = np.repeat(self.scales[first:last], self.problem.columns)
        if (scales == 1).all():
            return text
        import lightgbm

        booster = lightgbm.Booster(model_str=text)
        for tree, (scale, shape) in enumerate(zip(scales, booster.dump_model()["tree_info"], strict=True)):
            for leaf in range(shape["num_leaves"]):
                booster.set_leaf_output(tree, leaf, scale * booster.get_leaf_output(tree, leaf))
        return str(booster.model_to_string())
