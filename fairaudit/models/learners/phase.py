"""One phase of boosting: trees one after the other, each with a step that is safe at any strength."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.models.guides.steering import EVERY, Steering
from fairaudit.models.learners.forest import Boosted, Ending, Forest, Growth

if TYPE_CHECKING:
    import lightgbm

    from fairaudit.models.learners.trees import BoostingProblem

TRIES = 60
"""Shorter steps that are tried for one tree; each is at most half of the last, so that they span any strength."""
ENOUGH = 0.25
"""Share of the fall promised by the slope that a step must bring; on a parabola steps to 1.5 times the best do."""
SMALLEST_CURVATURE = 1e-6
"""Least curvature of a row's loss, as a share of the mean: where a loss is flat, a leaf's step would have no bound."""
ROUNDING = 1e-9
"""Share of the curvature that any leaf needs. LightGBM finds sums for one side as differences, so that rounding looks
like a row where there is none."""
REFITTED = 25
"""Rounds after which thresholds of ordered levels are fitted anew."""


@dataclass(eq=False)
class Phase:
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
    """Rows held out; of the first phase."""
    scales: list[float] = field(default_factory=list)
    """Scale of each round's step."""
    best: int = 0
    """Rounds after which the rows held out were predicted best."""
    least: float = np.inf
    """Their mean loss then."""

    def __post_init__(self) -> None:
        problem = self.problem
        self.intercept = problem.start() if self.base is None else self.base.intercept
        plain = Forest() if self.base is None else self.base.plain
        self.trees = problem.plain_sum(plain)
        self.amount = len(problem.outcome) * problem.weight
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
        data = problem.dataset()
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
            booster.add_valid(lightgbm.Dataset(self.held.codes, reference=data, params=data.params), "held")
        return booster

    def curvature(self, trees: Floats) -> Floats:
        """Second derivative of each row's loss by what trees are grown for, times n ω, shape (n,) or (n, K)."""
        problem = self.problem
        family, linear = problem.family, problem.located(trees, self.intercept)
        curvature = family.tree_curvature(problem.outcome, linear)
        least = SMALLEST_CURVATURE * float(np.mean(problem.weight @ np.abs(curvature)))
        return np.asarray((self.amount * np.maximum(curvature, max(least, 1e-300)).T).T)

    def objective(self, trees: Floats) -> tuple[float, Floats]:
        """Mean loss + λ · penalty, and its gradient by what trees are grown for, shape of the trees' sum."""
        problem = self.problem
        value, slope = problem.by_predictors(problem.located(trees, self.intercept), self.strength)
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
        if self.base is not None and self.scales:
            scale = min(1.0, 2 * self.scales[-1])  # the curvature of the penalty changes little from tree to tree
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
        """The mean loss on the rows held out, and the best number of rounds by it."""
        assert self.held is not None
        held = self.held
        value = held.average(held.family.loss(held.outcome, held.located(self.held_trees, self.intercept)))
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
            plain, fair = forest, Forest()
            errors = None if self.steering is None else self.steering.accumulated
        else:
            plain, fair, errors = self.base.plain, forest, self.base.accumulated
        steering_strength = self.problem.steering_strength
        return Boosted(self.strength, self.intercept, plain, fair, criterion, steering_strength, errors)

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
