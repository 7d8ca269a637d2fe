"""How large the effects of each kind are, chosen by the marginal likelihood: the default ridge of a linear model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import block_diag

from fairaudit.arrays import Floats, Ints
from fairaudit.models.families.gaussian import Gaussian
from fairaudit.models.families.quantile import Quantile
from fairaudit.models.features.design import Design
from fairaudit.models.features.effects import STRAIGHT, Effects
from fairaudit.models.guides.guidance import unit
from fairaudit.models.learners.solver import Problem, Solution, joined
from fairaudit.streams import Stream

if TYPE_CHECKING:
    from fairaudit.models.estimator import Training

ROWS = 10_000
"""Most rows by which the sizes are chosen; of more a sample, as the size of effects is no matter of how many rows."""
ROUNDS = 20
"""Most Newton steps on the coefficients."""
UPDATES = 10
"""Most updates of the sizes for each of them: they cost p³, a step ROWS p²."""
STALLED = 0.01
"""Change of the effective number of effects of each kind at which they are found."""
FIRST = 0.3
"""Standard deviation of effects to begin with, in the unit of linear predictors."""
LARGE = 1.0
"""Standard deviation beyond which effects are not believed, in the same unit: a level whose rows all have one outcome
has no finite effect of its own."""
SMALL = 1e-3
"""Least standard deviation, in the same unit: effects of a kind are as good as 0."""
NEAR = 0.1
"""Share of the rows on each side of a quantile that tell the density there."""
FREE = 0.2
"""Least share of the rows that is counted as left over for the spread about the model."""


FEWEST = 30
"""Rows below which effects keep the deviation that they begin with: they tell no variance."""
SATURATED = 0.1
"""Least dispersion where no more than that share is left over, over that of the outcome."""


@dataclass(frozen=True, eq=False)
class EffectSizes:
    """What the marginal likelihood says."""

    deviation: dict[str, float]
    """Kind of effects → their standard deviation about 0, in units of the linear predictor."""
    precision: dict[str, float]
    """Kind of effects → 1 / σ²."""
    dispersion: float
    """φ: the variance of the outcome over that of the family; 1 for classes."""

    def ridge(self, effects: Effects, information: float) -> Floats:
        """F, shape (p, p), of which ½ |F β|² is added to the mean loss of some rows.

        Args:
            effects: of the design of these rows.
            information: how many independent rows they are, each times its exposure.
        """
        straight = self.precision[STRAIGHT]  # also of a kind that the rows which said the sizes had no effects of
        precision = np.array([self.precision.get(name, straight) for name in effects.names])
        return effects.in_deviations(precision * (self.dispersion / information))


def effect_sizes(problem: Problem, training: Training, design: Design, seed: int) -> tuple[EffectSizes, Floats]:
    r"""The standard deviation σ of each kind of effects, by marginal likelihood (Laplace), and the ridge that follows.

    Effects z of one kind are taken as normal draws about 0 with a variance of their own, as in a mixed model (levels:
    Bühlmann & Straub's credibility; bends: a smoothing spline). Then the fit that maximises the likelihood of data and
    effects minimises

    .. math:: \sum_k \omega_k \ell_k + \frac{\phi}{2 N} \sum_j z_j^2 / \sigma_j^2

    N being the rows and φ the dispersion. σ² is where the marginal likelihood is highest: the squares of the effects
    are their variance less what is not known of each (Fellner–Schall; Wood & Fasiolo 2017, doi:10.1111/biom.12666),

    .. math:: \lambda \sum z^2 = \gamma + 1 / (L^2 \lambda), \quad
        \gamma = \sum (1 - \lambda \operatorname{var} z), \; \lambda = 1 / \sigma^2

    where the last term, an exponential prior of mean 2 L² on σ², L being `LARGE`, keeps it finite. Newton steps on the
    coefficients and updates of all λ alternate: no refits, no folds, O(ROWS p² + p³) each.

    Args:
        problem: of all training rows.
        training: what it is made of.
        design: of its columns.
        seed: of the sample of rows.

    Returns:
        The sizes, and F of `EffectSizes.ridge` for these rows.
    """
    rows = np.arange(len(training.outcome))
    if len(rows) > ROWS:
        rows = np.sort(Stream.RIDGE.generator(seed).choice(len(rows), ROWS, replace=False))
    plain = replace(problem, penalty=None, guidance=None, ridge=0.0).take(rows)
    effects = Effects.of(design, plain.matrix, plain.weight)
    quantile = isinstance(plain.family, Quantile)
    fit = _Fit(
        replace(plain, family=Gaussian()) if quantile else plain,
        effects,
        training.people[rows],
        training.at_risk[rows],
    )
    state = fit.chosen()
    dispersion = _of_quantile(plain, state.solution) if quantile else state.dispersion
    deviation, precision = (
        dict(zip(effects.names, map(float, of_each), strict=True))
        for of_each in (np.sqrt(1 / state.precision), state.precision)
    )
    sizes = EffectSizes(deviation, precision, dispersion)
    return sizes, sizes.ridge(effects, training.information)


@dataclass(frozen=True, eq=False)
class _State:
    """Coefficients, and the precisions for which they are the best."""

    solution: Solution
    precision: Floats
    """λ of each kind, shape (kinds,)."""
    dispersion: float
    """φ: the variance of the outcome over that of the family; 1 for classes."""
    freedom: Floats
    """γ: how many effects of each kind the rows tell, shape (kinds,)."""


@dataclass(frozen=True, eq=False)
class _Fit:
    """Some rows, and how they count."""

    problem: Problem
    effects: Effects
    people: Floats
    """How many rows each of them is, shape (m,)."""
    at_risk: Floats
    """Exposure, shape (m,)."""

    def chosen(self) -> _State:
        """The precisions at which the marginal likelihood is highest."""
        problem = self.problem
        size = unit(problem.family, problem.outcome, problem.weight)
        start = problem.constant()
        kinds = len(self.effects.names)
        state = _State(start, np.full(kinds, (FIRST * size) ** -2), self._dispersion(start, 0.0), np.zeros(kinds))
        for _ in range(ROUNDS if self.people.sum() >= FEWEST else 0):
            try:
                last, state = state, self._better(state, size)
            except np.linalg.LinAlgError:
                break
            if np.abs(state.freedom - last.freedom).max() <= STALLED:
                break
        return state

    def _better(self, state: _State, size: float) -> _State:
        """Precisions that fit the parabola through the coefficients that there are, and the step to the coefficients
        that are best for them.

        Raises:
            LinAlgError: the Hessian is not definite.
        """
        begin, problem = state.solution, self.problem
        free = begin.intercept.size
        classes = begin.coefficients.shape[1] if begin.coefficients.ndim == 2 else 1
        back = block_diag(np.eye(free), np.kron(self.effects.inverse, np.eye(classes)))
        _, *slopes = problem.objective(begin.intercept, begin.coefficients, 0.0)
        gradient, hessian = back.T @ joined(*slopes), back.T @ problem.hessian(begin) @ back
        kind = np.repeat(self.effects.kind, classes)
        effects = np.concatenate([np.zeros(free), np.ravel(self.effects.matrix @ begin.coefficients)])
        for _ in range(UPDATES):
            scale = state.dispersion / float(self.people @ self.at_risk)
            ridge = np.concatenate([np.zeros(free), scale * state.precision[kind]])
            inverse = np.linalg.inv(hessian + np.diag(ridge))
            slope = gradient + ridge * effects
            step = inverse @ slope
            solution = problem.moved(begin, back @ step)
            last = state
            state = self._updated(state, solution, (effects - step)[free:], scale * np.diag(inverse)[free:], kind, size)
            if np.abs(state.freedom - last.freedom).max() <= STALLED:
                break
        penalised = replace(problem, prior=self.effects.in_deviations(last.precision * scale))
        value = penalised.objective(begin.intercept, begin.coefficients, 0.0)[0]
        reached = penalised.downhill(begin, back @ step, value, float(slope @ step), 0.0) or begin
        return replace(state, solution=reached)

    def _updated(
        self, state: _State, solution: Solution, effects: Floats, variance: Floats, kind: Ints, size: float
    ) -> _State:
        """New precisions from effects and how well they are known, each of its kind."""

        def by_kind(values: Floats) -> Floats:
            return np.bincount(kind, values, len(self.effects.names)).astype(np.float64)

        freedom = np.maximum(by_kind(np.ones(len(kind))) - state.precision * by_kind(variance), 0.0)
        squares = np.maximum(by_kind(effects**2), np.finfo(np.float64).tiny)
        precision = (freedom + np.sqrt(freedom**2 + 4 * squares / (LARGE * size) ** 2)) / (2 * squares)
        dispersion = self._dispersion(solution, float(freedom.sum()) + solution.intercept.size)
        return _State(solution, np.minimum(precision, (SMALL * size) ** -2), dispersion, freedom)

    def _dispersion(self, solution: Solution, told: float) -> float:
        """φ by the score: e E s² = φ E h for each row of exposure e, with h the curvature; 1 for classes.

        Args:
            solution: coefficients.
            told: how many effects the rows tell, which the spread about the model lacks.
        """
        family, outcome = self.problem.family, self.problem.outcome
        if family.labels:
            return 1.0
        eta = self.problem.linear(solution)
        score, curvature = family.gradient(outcome, eta), family.curvature(outcome, eta)
        rows = float(self.people.sum())
        left = max(1 - told / rows, FREE)
        # Where effects can meet every row nothing is left over, and the spread about them is not known.
        least = (SATURATED if left <= FREE else np.finfo(np.float64).eps) * unit(
            family, outcome, self.problem.weight
        ) ** 2
        return max(
            float((self.people * self.at_risk**2) @ score**2) / float((self.people * self.at_risk) @ curvature) / left,
            least,
        )


def _of_quantile(problem: Problem, solution: Solution) -> float:
    """φ of a quantile beside the line of least squares: τ (1 − τ) / f, f the density of the rest at its quantile."""
    assert isinstance(problem.family, Quantile)
    level = problem.family.level
    rest = problem.outcome - problem.linear(solution)
    near = min(level, 1 - level, 2 * NEAR) / 2
    low, high = np.quantile(rest, [level - near, level + near], weights=problem.weight, method="inverted_cdf")
    spread = unit(problem.family, problem.outcome, problem.weight)
    return level * (1 - level) * max(float(high - low), 1e-3 * spread) / (2 * near)
