"""Generalised linear models fitted with a fairness penalty on all rows at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import minimize
from sklearn.base import BaseEstimator

from fairaudit.cells import Cells
from fairaudit.errors import FitError, OptionError
from fairaudit.models.design import Design
from fairaudit.models.families import Family, check_outcome, family
from fairaudit.models.penalties import DependencePenalty, dependence_penalty, resolve

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


STRONGEST = 1e12
"""Largest strength; beyond, the loss is lost in the rounding of the penalty."""


@dataclass(frozen=True, eq=False)
class Solution:
    """Coefficients of one fit."""

    strength: float
    intercept: float
    coefficients: Floats
    """Of the centred and scaled columns, shape (p,)."""
    iterations: int
    converged: bool


@dataclass(frozen=True, eq=False)
class Problem:
    """The objective of a penalised GLM as a function of strength and coefficients; data fixed."""

    family: Family
    matrix: Floats
    """Design X, shape (n, p), columns centred under `weight`."""
    outcome: Floats
    """y, shape (n,); for counts with exposure the rate."""
    weight: Floats
    """ω, shape (n,), sums to 1."""
    penalty: DependencePenalty | None
    ridge: float
    max_iter: int
    tol: float

    def whiten(self) -> Floats:
        """Upper R with RᵀR = XᵀΩX + ridge: in coordinates Rβ the curvature is even, and L-BFGS takes few steps."""
        gram = (self.matrix * self.weight[:, None]).T @ self.matrix
        # One-hot columns are collinear; the jitter only shapes the coordinates, not the objective.
        gram += (self.ridge + 1e-9 * max(float(np.trace(gram)), 1.0)) * np.eye(len(gram))
        return np.asarray(np.linalg.cholesky(gram).T)

    def mean(self, solution: Solution) -> Floats:
        """Fitted means, shape (n,)."""
        return self.family.mean(solution.intercept + self.matrix @ solution.coefficients)

    def objective(self, intercept: float, coefficients: Floats, strength: float) -> tuple[float, float, Floats]:
        """Value of Σ ω loss + λ · penalty(μ) + ½ ridge |β|², and its gradient by intercept and β."""
        linear = intercept + self.matrix @ coefficients
        mean = self.family.mean(linear)
        value = float(self.weight @ self.family.loss(self.outcome, linear))
        slope = self.weight * (mean - self.outcome)
        if strength and self.penalty is not None:
            dependence, gradient = self.penalty(mean)
            value += strength * dependence
            slope += strength * gradient * self.family.slope(mean)
        value += 0.5 * self.ridge * float(coefficients @ coefficients)
        return value, float(slope.sum()), self.matrix.T @ slope + self.ridge * coefficients

    def solve(self, strength: float, start: Solution | None = None) -> Solution:
        """Minimise by L-BFGS from a nearby solution, or (without a penalty) from the constant model.

        All predictions of the constant model tie, where the penalty has a kink: a penalised fit must not start there.
        """
        upper = self.whiten()
        if start is None:
            intercept = self.family.start(float(self.weight @ self.outcome))
            start = Solution(0.0, intercept, np.zeros(self.matrix.shape[1]), 0, False)

        def objective(point: Floats) -> tuple[float, Floats]:
            coefficients = solve_triangular(upper, point[1:])
            value, by_intercept, by_coefficient = self.objective(float(point[0]), coefficients, strength)
            return value, np.append(by_intercept, solve_triangular(upper, by_coefficient, trans="T"))

        found = minimize(
            objective,
            np.append(start.intercept, upper @ start.coefficients),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": self.max_iter, "maxcor": 20, "ftol": self.tol, "gtol": 1e-8},
        )
        if not np.isfinite(found.fun):
            raise FitError("the fit diverged: the loss is not finite; check the features for extreme values")
        return Solution(
            strength=strength,
            intercept=float(found.x[0]),
            coefficients=solve_triangular(upper, found.x[1:]),
            iterations=int(found.nit),
            converged=bool(found.success),
        )

    def take(self, rows: NDArray[np.intp]) -> Problem:
        """The same problem on some of the rows."""
        weight = self.weight[rows]
        return replace(
            self,
            matrix=self.matrix[rows],
            outcome=self.outcome[rows],
            weight=weight / weight.sum(),
            penalty=None if self.penalty is None else self.penalty.take(rows),
        )

    def null_loss(self) -> float:
        """Mean loss of the constant model."""
        intercept = self.family.start(float(self.weight @ self.outcome))
        return float(self.weight @ self.family.loss(self.outcome, np.full_like(self.outcome, intercept)))


class PenalizedGLM(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    r"""A GLM that minimises mean loss + λ · dependence of its predictions on protected attributes.

    .. math:: \sum_k \omega_k \, \ell(y_k, \eta_k) + \lambda \, Q(\mu) + \tfrac12 r \lVert \beta \rVert^2,
        \qquad \eta = \beta_0 + X \beta, \; \mu = \text{inverse link of } \eta

    ℓ is half the deviance (up to a constant), Q the exact biased distance covariance over all rows. The protected
    attributes enter Q only; they are features only where X holds them. At λ = 0 this is the plain GLM. Standard errors
    are not offered: under a penalty the usual ones are wrong.

    Args:
        family: ``binomial``, ``gaussian`` or ``poisson``, each with its canonical link.
        penalty: ``none``, ``dcov``, ``dcov:NAME``, ``sum``, ``ccdcov`` or ``jdcov``.
        strength: λ ≥ 0, unit of loss per unit of prediction.
        reduce: per cent of the unpenalised dependence over its noise floor to take away, in (0, 100), as cross-fitting
            estimates it for new rows; λ is then searched and `strength` must be 0.
        ridge: r ≥ 0 on the coefficients of centred and scaled columns; the small default only makes collinear one-hot
            columns determinate.
        n_knots: knots of each number's spline.
        max_iter: most iterations of L-BFGS for one λ.
        tol: relative decrease of the objective at which L-BFGS stops.
        random_state: seed of the folds by which `reduce` is judged.

    Attributes:
        intercept_: β₀.
        coef_: β of the centred and scaled columns, shape (p,).
        strength_: the λ used.
        reduction_: the reduction that cross-fitting estimates, per cent; None where none was asked for.
        n_iter_: iterations of the last fit.
        converged_: whether it met its tolerance.
        feature_names_in_: names of the features.
    """

    def __init__(
        self,
        family: str = "binomial",
        penalty: str = "none",
        strength: float = 0.0,
        reduce: float | None = None,
        ridge: float = 1e-9,
        n_knots: int = 6,
        max_iter: int = 500,
        tol: float = 1e-9,
        random_state: int = 0,
    ) -> None:
        self.family = family
        self.penalty = penalty
        self.strength = strength
        self.reduce = reduce
        self.ridge = ridge
        self.n_knots = n_knots
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def fit(
        self,
        X: pd.DataFrame,
        y: Floats,
        sensitive_features: object = None,
        sample_weight: Floats | None = None,
        exposure: Floats | None = None,
        groups: NDArray[np.intp] | None = None,
        strata: NDArray[np.intp] | None = None,
        step: Callable[[str], None] = lambda _: None,
    ) -> Self:
        """Fit the model.

        Args:
            X: features, n rows; numeric columns are numbers, all others categories.
            y: outcome, shape (n,): 0/1, numbers, or counts.
            sensitive_features: protected attributes, n rows: a data frame or encoded `Cells`; needed by a penalty.
            sample_weight: row weights, shape (n,), ≥ 0.
            exposure: time at risk, shape (n,), > 0, for counts: the model is of the rate y / exposure.
            groups: rows of one group stay together in the folds by which `reduce` is judged, shape (n,).
            strata: independence is asked within each stratum, shape (n,): of the outcome for equalised odds; rows with
                a negative one are left out; None: among all rows (demographic parity).
            step: told of each strength that is tried.
        """
        frame = _as_frame(X)
        outcome = np.asarray(y, dtype=np.float64)
        chosen = self._check(frame, outcome)
        weight = np.ones(len(outcome)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        if exposure is not None:
            at_risk = np.asarray(exposure, dtype=np.float64)
            with np.errstate(divide="ignore", invalid="ignore"):  # refused below
                outcome, weight = outcome / at_risk, weight * at_risk
        fits = weight.shape == outcome.shape and np.isfinite(weight).all() and np.isfinite(outcome).all()
        if not fits or weight.min() < 0 or weight.sum() <= 0:
            raise FitError(
                "weights must be finite, not negative and not all 0, and exposures above 0, one for each row"
            )
        weight = weight / weight.sum()
        self.feature_names_in_ = np.asarray([str(name) for name in frame.columns], dtype=object)
        self.n_features_in_ = frame.shape[1]
        self.design_ = Design(self.n_knots).fit(frame, sample_weight=weight)
        problem = Problem(
            family=chosen,
            matrix=self.design_.transform(frame),
            outcome=outcome,
            weight=weight,
            penalty=self._penalty(sensitive_features, weight, strata),
            ridge=self.ridge,
            max_iter=self.max_iter,
            tol=self.tol,
        )
        strength, self.reduction_ = self.strength, None
        if self.reduce is not None:
            from fairaudit.models.search import folds, strength_for

            strength, self.reduction_ = strength_for(folds(problem, groups, self.random_state), self.reduce, step)
        plain = problem.solve(0.0)
        solution = problem.solve(strength, plain) if strength else plain
        self.strength_ = solution.strength
        self.intercept_ = solution.intercept
        self.coef_ = solution.coefficients
        self.n_iter_ = solution.iterations
        self.converged_ = solution.converged
        return self

    def decision_function(self, X: pd.DataFrame) -> Floats:
        """The linear predictor η, shape (n,)."""
        linear: Floats = self.intercept_ + self.design_.transform(_as_frame(X)) @ self.coef_
        return linear

    def predict_mean(self, X: pd.DataFrame, exposure: Floats | None = None) -> Floats:
        """The mean: probability of 1, expected value, or expected count (of the rate where no exposure is given)."""
        mean = family(self.family).mean(self.decision_function(X))
        return mean if exposure is None else mean * exposure

    def predict(self, X: pd.DataFrame) -> Floats:
        """The likelier class (binomial) or the mean."""
        mean = self.predict_mean(X)
        return (mean >= 0.5).astype(np.float64) if self.family == "binomial" else mean

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Probabilities of 0 and 1, shape (n, 2); binomial only."""
        if self.family != "binomial":
            raise OptionError("probabilities are offered by the binomial family only")
        mean = self.predict_mean(X)
        return np.column_stack([1 - mean, mean])

    def contributions(self, X: pd.DataFrame) -> Floats:
        """Additive attributions φ = Σ β (x − mean) over each factor's columns, shape (n, factors), link scale.

        Exact: with the intercept they sum to the linear predictor.
        """
        parts = self.design_.transform(_as_frame(X)) * self.coef_
        starts = np.searchsorted(self.design_.factor_, np.arange(self.n_features_in_))
        return np.add.reduceat(parts, starts, axis=1)

    def _check(self, X: pd.DataFrame, y: Floats) -> Family:
        chosen = family(self.family)
        if len(X) != len(y):
            raise FitError(f"the features have {len(X)} rows, the outcome {len(y)}")
        if not (0 <= self.strength <= STRONGEST and 0 <= self.ridge <= STRONGEST):
            raise OptionError(f"strength and ridge must not be negative, nor above {STRONGEST:g}")
        if self.reduce is not None and not 0 < self.reduce < 100:
            raise OptionError(f"reduce is {self.reduce:g}; it must lie between 0 and 100 per cent, such as 90")
        if self.penalty == "none" and (self.strength or self.reduce is not None):
            raise OptionError("strength and reduce need a penalty, such as penalty='ccdcov'")
        if self.reduce is not None and self.strength:
            raise OptionError("give strength or reduce, not both")
        check_outcome(chosen, y)
        return chosen

    def _penalty(
        self, sensitive_features: object, weight: Floats, strata: NDArray[np.intp] | None
    ) -> DependencePenalty | None:
        if self.penalty == "none":
            return None
        if sensitive_features is None:
            raise OptionError(f"penalty '{self.penalty}' needs sensitive_features")
        if isinstance(sensitive_features, Cells):
            names = [attribute.name for attribute in sensitive_features.attributes]
            return dependence_penalty(sensitive_features, resolve(self.penalty, names), weight, strata)
        from fairaudit.measures import penalty

        return penalty(sensitive_features, self.penalty, weight, strata=strata)


def _as_frame(X: object) -> pd.DataFrame:
    import pandas as pd

    if isinstance(X, pd.DataFrame):
        return X
    if isinstance(X, np.ndarray | list):
        return pd.DataFrame(np.asarray(X))
    from fairaudit.data.sources import from_frame

    return from_frame(X).frame
