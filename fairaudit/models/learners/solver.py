"""The objective of a penalised linear model, and its minimum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from fairaudit.arrays import Floats, Ints
from fairaudit.cores import one_thread
from fairaudit.errors import FitError
from fairaudit.models.family import Family, null_deviance
from fairaudit.models.features.directions import Directions
from fairaudit.models.guides.guidance import APPROACH, LinearImportance, mean_sizes, unit
from fairaudit.models.learners.coordinates import Coordinates
from fairaudit.models.objective import Objective, some

NEWTON_STEPS = 50
"""Most Newton steps after L-BFGS; they are few but where the ridge alone bounds the coefficients (separation)."""
NEWTON_WORK = 1e10
"""(Rows + parameters) × parameters² up to which Newton steps are worth their time; beyond, L-BFGS has the last word."""
SATURATED = 0.1
"""Share of the constant model's loss below which a penalised fit does not start from the unpenalised one."""
TEMPERING = 0.01
"""Least ridge of the fit from which it then starts."""
SMALL = 0.01
"""Half deviance of the constant model below which tolerances must be relative to it."""
FLAT = 1e-9
"""Rise that is as good as 0, over the largest: L-BFGS ends exactly there, but for rounding between coordinates."""
BLOCK = 4096
"""Rows of the design matrix that are weighted at a time: a weighted copy of all would double the memory."""


@dataclass(frozen=True, eq=False)
class Solution:
    """Coefficients of one fit."""

    strength: float
    intercept: Floats
    """Shape (), or (m,) for m linear predictors."""
    coefficients: Floats
    """Of the centred and scaled columns, shape (p,); (p, K) for the multinomial family."""
    iterations: int
    converged: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem(Objective[Solution]):
    """The objective of a penalised GLM, with a ridge on its coefficients."""

    matrix: Floats
    """Design X, shape (n, p), columns centred under `weight`."""
    ridge: float
    max_iter: int
    tol: float
    share: Floats | None = None
    """To which factors a column belongs, shape (p, J); needed by `guidance`."""
    count: Floats | None = None
    """How many rows each one stands for, shape (n,); None: one."""
    prior: Floats | None = None
    """F in ½ |F β|², shape (p, p), what is known of the size of effects, beside the ridge; None: nothing. Not FᵀF:
    effects that are as good as 0 are differences of coefficients, whose squares it would take before they cancel."""
    directions: Directions | None = None
    """Rises that coefficients stand for, none of which may be negative; None: there are none."""

    @cached_property
    def sizes(self) -> LinearImportance:
        """Importances of the factors as a function of the coefficients."""
        assert self.share is not None
        return LinearImportance(self.matrix, self.weight, self.share, unit(self.family, self.outcome, self.weight))

    def linear(self, solution: Solution) -> Floats:
        """Linear predictors η, shape (n,) or (n, m)."""
        return self._linear(solution.intercept, solution.coefficients)

    def _linear(self, intercept: Floats, coefficients: Floats) -> Floats:
        return self.family.linear(self.matrix @ coefficients, intercept, self.offset)

    def importance(self, solution: Solution) -> Floats:
        """I_j = Σ ω |φ_j| of the factors on these rows, shape (J,)."""
        return mean_sizes(np.abs(self.sizes.parts(solution.coefficients)), self.weight)

    def objective(self, intercept: Floats, coefficients: Floats, strength: float) -> tuple[float, Floats, Floats]:
        """Value of Σ ω loss + λ · penalty(μ) + α · d(q, p) + ½ ridge |β|² + ½ |F β|², and its gradient by
        intercept and β."""
        value, slope = self.by_predictors(self._linear(intercept, coefficients), strength)
        shrinkage, pull = self.shrinkage(coefficients)
        value += shrinkage
        by_location = slope @ np.ones(slope.shape[1]) if self.family.shared else slope
        by_coefficient = self.matrix.T @ by_location + pull
        if self.guidance is not None:
            importance, back = self.sizes(coefficients)
            distance, by_importance = self.guidance(importance)
            value += distance
            by_coefficient += back(by_importance)
        return value, slope.sum(axis=0), by_coefficient

    def shrinkage(self, coefficients: Floats) -> tuple[float, Floats]:
        """½ ridge |β|² + ½ |F β|², and its gradient."""
        value, pull = 0.5 * self.ridge * float(np.sum(coefficients**2)), self.ridge * coefficients
        if self.prior is not None:
            effects = self.prior @ coefficients
            value += 0.5 * float(np.sum(effects**2))
            pull += self.prior.T @ effects
        return value, pull

    def constant(self) -> Solution:
        """The constant model."""
        intercept = self.start()
        columns = () if self.family.shared else intercept.shape
        return Solution(0.0, intercept, np.zeros((self.matrix.shape[1], *columns)), 0, False)

    @cached_property
    def even(self) -> Coordinates:
        """Coordinates in which XᵀΩX + ridge + FᵀF, in units of the loss's curvature, is even."""
        gram = self.gram()
        # One-hot columns are collinear; the jitter only shapes the coordinates, not the objective.
        jitter = 1e-9 * max(float(np.trace(gram)), 1.0)
        if self.prior is not None:  # which leaves nothing undetermined
            gram += self.prior.T @ self.prior / curvature(self.family, self.outcome, self.weight)
            jitter = 1e-13 * float(np.trace(gram))
        return Coordinates.of(gram + (self.ridge + jitter) * np.eye(len(gram)), self.directions)

    def gram(self) -> Floats:
        """XᵀΩX, shape (p, p)."""
        return products(self.matrix, self.weight)

    @one_thread()
    def solve(self, strength: float, start: Solution | None = None) -> Solution:
        """Minimise by L-BFGS from a nearby solution, or (without a penalty) from the constant model.

        L-BFGS knows tolerances relative to 1. So where losses are `SMALL` it works in units of the half deviance of the
        constant model and, under the identity link, of the outcome's standard deviation: a rate a second is fitted like
        the same rate a year.

        All predictions of the constant model tie, where the penalty has a kink: a penalised fit must not start there.
        Nor must a guided one, as the constant model has no importances: it comes from the plain fit, in steps.
        """
        if self.guidance is not None and start is None:
            start = replace(self, guidance=None).solve(0.0)
            for share in APPROACH:
                start = self.guided(share * self.guidance.strength).solve(0.0, start)
            return start if not strength else self.solve(strength, start)
        even = self.even
        start = self.constant() if start is None else self.towards(start) if strength else start
        size, shape = start.intercept.size, start.coefficients.shape
        one, scale = 1.0, null_deviance(self.family, self.outcome, self.weight)
        if scale < SMALL:
            one = unit(self.family, self.outcome, self.weight)
        else:
            scale = 1.0

        def unpack(point: Floats) -> tuple[Floats, Floats]:
            free = one * point[:size].reshape(start.intercept.shape)
            return free, even.coefficients(one * point[size:].reshape(shape))

        def objective(point: Floats) -> tuple[float, Floats]:
            free, coefficients = unpack(point)
            value, by_intercept, by_coefficient = self.objective(self.family.bound(free), coefficients, strength)
            by_point = joined(self.family.pull_free(free, by_intercept), even.slope(by_coefficient))
            return value / scale, by_point * (one / scale)

        result = minimize(
            objective,
            joined(self.family.free(start.intercept), even.point(start.coefficients)) / one,
            jac=True,
            method="L-BFGS-B",
            bounds=even.bounds(size),
            options={"maxiter": self.max_iter, "maxcor": 20, "ftol": self.tol, "gtol": 1e-8},
        )
        if not np.isfinite(result.fun):
            raise FitError("the fit diverged: the loss is not finite; check the features for extreme values")
        free, coefficients = unpack(result.x)
        solution = Solution(strength, self.family.bound(free), coefficients, int(result.nit), bool(result.success))
        if self.directions is None or solution.converged or result.nit >= self.max_iter:
            return solution
        return self.along_face(strength, solution, self.directions)

    def balanced(self, solution: Solution) -> Solution:
        """The solution with its intercepts shifted."""
        return replace(solution, intercept=solution.intercept + self.surplus(self.linear(solution)))

    def polish(self, plain: Solution) -> Solution:
        """An unpenalised solution to the last digits, by Newton steps that lower the objective.

        L-BFGS leaves the last digits to chance, so that a row of weight two would not be the row twice. Where the
        Hessian is too large or not definite, or a consistency loss is part of the objective, the solution stays as it
        is.
        """
        if self.guidance is not None:
            return plain
        if self.directions is not None:
            return self._polished_on_face(plain, self.directions)
        count = plain.intercept.size + plain.coefficients.size
        if (len(self.outcome) + count) * count**2 > NEWTON_WORK:
            return plain
        state, last, tiny = plain, np.inf, 1e-14 * float(self.weight @ np.abs(self.null_losses()))
        for step in range(NEWTON_STEPS):
            value, *parts = self.objective(state.intercept, state.coefficients, 0.0)
            gradient, amount = joined(*parts), float(self.weight @ np.abs(self.losses(state)))
            try:
                move = cho_solve(cho_factor(self.hessian(state)), gradient)
            except np.linalg.LinAlgError:
                return plain
            decrement = float(gradient @ move)
            near = 1e-4 * amount + tiny  # where a full step is safe, and the value has too few digits to judge it
            met = last <= 1e-8 * amount + tiny
            # As close as the digits allow; on the way of a separated column each step takes 1/e of the last.
            if last <= near and not 0 < decrement < 0.9 * last:
                return replace(state, converged=met)
            below = self.downhill(state, move, value, decrement, near)
            if below is None:
                return replace(state, converged=False)
            state, last = replace(below, iterations=plain.iterations + step + 1, converged=met), decrement
        return state

    def _polished_on_face(self, plain: Solution, directions: Directions) -> Solution:
        """The best among the solutions that have the same rises of 0, where none of the others becomes negative."""
        for _ in directions.columns:
            face, lift, own = self._face(plain, directions)
            best = replace(face, directions=None).polish(replace(plain, coefficients=own))
            bounded = slice(len(own) - (0 if face.directions is None else len(face.directions.columns)), None)
            if (best.coefficients[bounded] >= 0).all():
                return replace(best, coefficients=lift @ best.coefficients)
            best.coefficients[bounded] = np.maximum(best.coefficients[bounded], 0.0)
            plain = replace(best, coefficients=lift @ best.coefficients)
        return plain

    def along_face(self, strength: float, solution: Solution, directions: Directions) -> Solution:
        """The best among the solutions that have the same rises of 0, from one where L-BFGS found no way on.

        Where rises are 0, predictions tie, so that a penalty has a kink there; among solutions that leave them 0 there
        is none.
        """
        face, lift, own = self._face(solution, directions)
        if len(own) == len(solution.coefficients):
            return solution
        best = face.solve(strength, replace(solution, coefficients=own))
        iterations = solution.iterations + best.iterations
        return replace(best, coefficients=lift @ best.coefficients, iterations=iterations)

    def _face(self, solution: Solution, directions: Directions) -> tuple[Problem, Floats, Floats]:
        """The objective of solutions that have the same rises of 0: by their other coordinates, q of them.

        Returns:
            That; how coefficients follow from the coordinates, shape (p, q); and those of the solution, shape (q,).
        """
        count, rises = len(solution.coefficients), len(directions.columns)
        basis = directions.coordinates(count)
        own = np.linalg.solve(basis, solution.coefficients)
        kept = own > FLAT * np.abs(own[-rises:]).max()
        kept[:-rises] = True
        lift, free = basis[:, kept], count - rises
        known = [np.sqrt(self.ridge) * lift, *([] if self.prior is None else [self.prior @ lift])]
        order = np.append(np.setdiff1d(np.arange(count), directions.columns), directions.columns)[kept]
        left = np.arange(free, len(order))
        face = replace(
            self,
            matrix=self.matrix @ lift,
            prior=np.concatenate(known),
            ridge=0.0,
            share=None if self.share is None else self.share[order],
            directions=Directions(left, np.eye(len(left))) if len(left) else None,
        )
        return face, lift, own[kept]

    def downhill(self, state: Solution, move: Floats, value: float, decrement: float, near: float) -> Solution | None:
        """The unpenalised solution moved as far as lowers the objective; None where nothing does.

        Args:
            state: where to begin.
            move: Newton's step, intercepts first.
            value: of the objective at the beginning.
            decrement: how far the objective falls per step at first.
            near: decrement up to which a full step is taken unseen.
        """
        scale = 1.0
        while scale > 1e-6:
            below = self.moved(state, scale * move)
            seen = decrement > near or (self.family.shared and bool((np.diff(below.intercept) >= 0).any()))
            if not seen:
                return below
            if self.objective(below.intercept, below.coefficients, 0.0)[0] <= value - 1e-4 * scale * decrement:
                return below
            scale /= 2
        return None

    def moved(self, state: Solution, move: Floats) -> Solution:
        """A solution less a step, intercepts first."""
        size = state.intercept.size
        return replace(
            state,
            intercept=state.intercept - move[:size].reshape(state.intercept.shape),
            coefficients=state.coefficients - move[size:].reshape(state.coefficients.shape),
        )

    def hessian(self, state: Solution) -> Floats:
        """Second derivative of the unpenalised objective by intercepts and coefficients, made definite."""
        curvature = self.family.curvature(self.outcome, self.linear(state))
        if curvature.ndim == 1:
            curvature = curvature[:, None, None]
        curvature = curvature * self.weight[:, None, None]
        mixed = curvature.sum(axis=2, keepdims=True) if self.family.shared else curvature
        inner = mixed.sum(axis=1, keepdims=True) if self.family.shared else mixed
        rows, p, q, m = self.matrix.T, self.matrix.shape[1], inner.shape[1], curvature.shape[1]
        whole = np.zeros((m + p * q, m + p * q))
        whole[:m, :m] = curvature.sum(axis=0)
        for k in range(m):
            for j in range(q):
                whole[k, m + j :: q] = whole[m + j :: q, k] = rows @ mixed[:, k, j]
        for k in range(q):
            for j in range(q):
                whole[m + k :: q, m + j :: q] = products(self.matrix, inner[:, k, j])
        diagonal = np.einsum("ii->i", whole)
        if m > 1 and not self.family.shared:
            whole[:m, :m] += diagonal[:m].mean()  # the softmax is blind to a shift of all intercepts
        diagonal[m:] += self.ridge
        if self.prior is not None:
            known = self.prior.T @ self.prior
            for k in range(q):
                whole[m + k :: q, m + k :: q] += known
        diagonal += 1e-12 * float(diagonal.max())  # one-hots are collinear, should there be no ridge
        return whole

    def towards(self, last: Solution) -> Solution:
        """Where a penalised fit may start: the last solution, but a tempered one where classes are (almost)
        separated.

        There probabilities are 0 or 1 to many digits, so that no penalty has a slope.
        """
        if not self.family.labels or float(self.weight @ self.losses(last)) > SATURATED * self.null_loss():
            return last
        return replace(self, ridge=max(self.ridge, TEMPERING)).solve(0.0)

    def take(self, rows: Ints) -> Problem:
        """The same problem on some of the rows."""
        return replace(super().take(rows), matrix=self.matrix[rows], count=some(self.count, rows))


def curvature(family: Family, outcome: Floats, weight: Floats) -> float:
    """Mean second derivative of the loss by a linear predictor in the constant model, > 0: the unit of a ridge."""
    start = family.start(outcome, weight)
    whole = family.curvature(outcome, np.broadcast_to(start, (len(outcome), *start.shape)))
    own = whole if whole.ndim == 1 else np.einsum("nkk->n", whole) / whole.shape[1]
    return max(float(weight @ own), float(np.finfo(np.float64).tiny))


def products(matrix: Floats, weight: Floats) -> Floats:
    """XᵀΩX, shape (p, p), for weights of any sign, shape (n,)."""
    total = np.zeros((matrix.shape[1], matrix.shape[1]))
    for start in range(0, len(matrix), BLOCK):
        rows = matrix[start : start + BLOCK]
        total += (rows * weight[start : start + BLOCK, None]).T @ rows
    return total


def joined(first: Floats, second: Floats) -> Floats:
    """Intercepts and coefficients, or their slopes, in one vector."""
    return np.concatenate([np.ravel(first), np.ravel(second)])
