"""Generalised linear models fitted with a fairness penalty on all rows at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count as counted_up
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from fairaudit.arrays import Floats, Step, check_numbers
from fairaudit.errors import OptionError
from fairaudit.explaining.attribution import Attributed
from fairaudit.models.estimator import PenalizedEstimator, Training, counted
from fairaudit.models.families import kind
from fairaudit.models.features.curves import contributions
from fairaudit.models.features.design import Design, Interactions
from fairaudit.models.features.directions import Directions, check_directions, signs
from fairaudit.models.features.effects import Effects
from fairaudit.models.features.inputs import read_features
from fairaudit.models.guides.guidance import ridge_unit
from fairaudit.models.learners.aggregated import AggregatedProblem, Elsewhere
from fairaudit.models.learners.effect_sizes import EffectSizes, effect_sizes
from fairaudit.models.learners.solver import Problem, Solution
from fairaudit.models.options import check_size

if TYPE_CHECKING:
    import pandas as pd

CERTAINLY = 1e-3
"""Loss of the rows of a level, over that of the constant model, below which their outcome is as good as certain."""


def _counted_steps(step: Step, rows: int, most: int) -> Callable[[], None]:
    """What tells of each step of a solver, of at most so many, that adds up so many rows twice."""
    steps = counted_up(1)

    def told() -> None:
        place = next(steps)
        step(f"adding up {rows:,} rows, step {place} of at most {max(most, place)}")

    return told


@dataclass(eq=False, repr=False, kw_only=True)
class PenalizedGLM(PenalizedEstimator):
    r"""A GLM that minimises mean loss + λ · dependence of its predictions on protected attributes.

    .. math:: \sum_k \omega_k \, \ell(y_k, \eta_k) + \lambda \, Q(\mu) + \tfrac12 r \lVert \beta \rVert^2,
        \qquad \eta = \beta_0 + X \beta, \; \mu = \text{inverse link of } \eta

    and, where `knowledge` is given, + α · d(q, p). ℓ is half the deviance (up to a constant), Q the exact biased
    distance covariance over all rows. What Q sees is the mean, P(second class) for the binomial family, the class
    probabilities (summed over the classes) for the multinomial, and the expected level Σ k P(y = k) for the ordinal
    one, as that is what an audit of an ordinal outcome measures. The protected attributes enter Q only; they are
    features only where X holds them. At λ = 0 this is the plain GLM. Standard errors are not offered: under a penalty
    (the ridge included) the usual ones are wrong. With knowledge the objective is not convex: the fit comes from the
    plain one by way of smaller α, and finds a local minimum.

    Args:
        ridge: ``auto``, or r ≥ 0 on the coefficients of centred and scaled columns. ``auto`` takes the effects of each
            kind (bends of each number, levels of each factor, straight trends) as draws about 0, whose spread the
            marginal likelihood says (see `learners.effect_sizes`): splines are as smooth, rare levels as close to the
            mean as the rows ask for, whatever the unit, at the cost of a few steps on at most 10,000 rows. A number is
            not relative to the loss: under a log link it shrinks rates of 10⁻⁶, so give them (and exposure) in a unit
            nearer to 1. 0 is maximum likelihood; 1e-9 only makes collinear one-hot columns determinate.
        n_knots: knots of each number's spline; fewer than 4, such as 0: plain columns.
        interactions: ``pairs`` for all pairs of features, or a list of pairs of names: products of their columns,
            numbers with their plain column (see `Design`).
        monotone_constraints: number → 1 (η may not fall as it rises) or −1; at any λ, with knowledge and beyond the
            rows fitted on, too. The coefficients of its spline are kept in order (see `features.directions`); not for
            the multinomial family, nor for a number in an interaction. The size of effects is chosen without.
        max_iter: most iterations of L-BFGS for one λ.
        tol: decrease of the objective at which L-BFGS stops, relative to the objective or to 1, whichever is larger;
            where half the deviance of the constant model is below 0.01, to that instead of 1.

    Attributes:
        intercept_: β₀; of each class, shape (K,); of reaching each level but the lowest, decreasing, shape (K−1,).
        coef_: β of the centred and scaled columns, shape (p,), or (p, K) for the multinomial family.
        design_: the `Design` that makes these columns.
        ridge_: the r used; 0 where the effects have spreads instead.
        effect_sizes_: kind of effects → their standard deviation about 0, in units of the linear predictor, where the
            ridge is ``auto``; else empty.
        classes_: labels, shape (K,); classifiers only.
        strength_: the λ used.
        reduction_: the reduction that cross-fitting estimates, per cent; None where none was asked for.
        n_iter_: iterations of the last fit.
        converged_: whether it met its tolerance.
        separated_levels_: factor → level → its rows, where all have one outcome that the model takes for as good as
            certain; see `message_`.
        separated_: whether the fitted probability of every training row's own class is above 0.999, or under ``auto``
            above that of all others: the features tell the outcome, and only the ridge bounds the coefficients.
        message_: what is wrong with the fit, in words; empty if nothing.
        feature_names_in_: names of the features, if X was a data frame.
    """

    ridge: float | Literal["auto"] = "auto"
    n_knots: int = 6
    max_iter: int = 500
    tol: float = 1e-9
    interactions: Interactions = None
    monotone_constraints: Mapping[str, int] | None = None

    def problem(self, training: Training) -> Problem:
        """The objective on the training rows, to be solved at any strength."""
        problem = self._unshrunk(training)
        self.sizes_: EffectSizes | None = None  # in no file
        self.effect_sizes_: dict[str, float] = {}
        if self.ridge == "auto":
            self.sizes_, prior = effect_sizes(problem, training, self.design_, self.random_state)
            self.ridge_ = 0.0
            self.effect_sizes_ = self.sizes_.deviation
            return replace(problem, prior=prior)
        self.ridge_ = float(self.ridge) * ridge_unit(training.family, training.outcome, training.weight)
        return replace(problem, ridge=self.ridge_)

    def _unshrunk(self, training: Training) -> Problem:
        """The objective without a ridge, with a design of its own."""
        self.design_ = Design(self.n_knots, self.interactions, self.unseen)
        matrix = self.design_.fit_transform(training.features, sample_weight=training.weight)
        return self._objective(training, matrix)

    def _objective(self, training: Training, matrix: Floats) -> Problem:
        """The objective without a ridge on the columns of the design."""
        return Problem(
            family=training.family,
            matrix=matrix,
            outcome=training.outcome,
            weight=training.weight,
            penalty=training.penalty,
            ridge=0.0,
            max_iter=self.max_iter,
            tol=self.tol,
            offset=training.offset,
            guidance=training.guidance,
            share=self.design_.share_,
            directions=self._directions(),
        )

    def _directions(self) -> Directions | None:
        """The rises that may not be negative."""
        categories = [place for place, encoder in enumerate(self.design_.encoders_) if "levels" in encoder]
        return Directions.of(self.design_, signs(self.monotone_constraints, self.design_.names_, categories))

    def refit(self, count: Floats, step: Step, **rows: Any) -> Self:
        """Fit the model once more, to lines of all the rows of which it was fitted to a sample.

        Strength and size of effects stay what they are: how much shrinking does an effect good, and how much penalty
        a table, is no matter of how many rows there are. All else, knots included, is of all rows.

        Args:
            count: how many rows each line stands for, shape (L,); weights are those of all of them.
            step: told of progress.
            rows: other arguments of `fit`.
        """
        step(f"fitting to {len(count):,} lines of {count.sum():,.0f} rows")
        training = self.read(**rows, step=step)
        own, kept = np.asarray(rows["sample_weight"], dtype=np.float64), training.rows
        training = replace(training, people=counted(own[kept], count[kept]))
        problem = replace(self._unshrunk(training), count=count[kept])
        if self.sizes_ is not None:
            effects = Effects.of(self.design_, problem.matrix, problem.weight)
            problem = replace(problem, prior=self.sizes_.ridge(effects, training.information))
        else:
            self.ridge_ = float(self.ridge) * ridge_unit(training.family, training.outcome, training.weight)
            problem = replace(problem, ridge=self.ridge_)
        self._finish(problem, self._solve(problem, self.strength_))
        return self

    def refit_elsewhere(
        self,
        elsewhere: Elsewhere,
        levels: Sequence[pd.Series[Any]],
        of_rows: int,
        step: Step,
        plain: PenalizedGLM | None = None,
        **rows: Any,
    ) -> Self:
        """Fit the model once more, to all the rows in an engine of which it was fitted to a sample; see `refit`.

        Args:
            elsewhere: the training rows.
            levels: of each factor.
            of_rows: how many training rows there are.
            step: told of progress.
            plain: a model that was fitted so to the same rows without a penalty, where the fit begins.
            rows: other arguments of `fit`, of the sample.
        """
        step(f"adding up {of_rows:,} rows by level")
        training = self.read(**rows, step=step)
        parts = [
            Design(self.n_knots, None, "mean").fit(one.to_frame()[mass > 0], sample_weight=mass[mass > 0])
            for one, mass in zip(levels, elsewhere.masses([len(one) for one in levels]), strict=True)
        ]
        self.design_ = Design.joined(parts, self.unseen)
        sample = self._objective(training, self.design_.transform(training.features))
        if self.sizes_ is not None:
            effects = Effects.of(self.design_, sample.matrix, sample.weight)
            information = training.information * of_rows / len(training.outcome)
            sample = replace(sample, prior=self.sizes_.ridge(effects, information))
        else:
            self.ridge_ = float(self.ridge) * ridge_unit(training.family, training.outcome, training.weight)
            sample = replace(sample, ridge=self.ridge_)
        basis = [part.transform(one.to_frame()) for part, one in zip(parts, levels, strict=True)]
        problem = AggregatedProblem.over(sample, elsewhere, basis, _counted_steps(step, of_rows, self.max_iter))
        self.plain_: Solution = (  # in no file
            problem.solve(0.0, sample.solve(0.0)) if plain is None else plain.plain_
        )
        # From the plain one, as of rows: the penalty has kinks where predictions tie, and a sample ends at one.
        self._finish(problem, problem.solve(self.strength_, self.plain_) if self.strength_ else self.plain_)
        return self

    def _keep(self, problem: Problem, solution: Solution) -> None:
        self.strength_ = solution.strength
        self.intercept_ = solution.intercept if solution.intercept.ndim else float(solution.intercept)
        self.coef_ = solution.coefficients
        self.n_iter_ = max(solution.iterations, 1)
        self.converged_ = solution.converged
        self.separated_ = problem.family.separated(problem.losses(solution)) or self._tells_all(problem, solution)
        self.separated_levels_ = self._separated_levels(problem, solution)

    def _tells_all(self, problem: Problem, solution: Solution) -> bool:
        """Whether the likeliest class of every training row is its own, where shrunk effects leave none certain."""
        if self.ridge != "auto" or not problem.family.labels:
            return False
        return bool((problem.family.likeliest(problem.linear(solution)) == problem.outcome).all())

    def _separated_levels(self, problem: Problem, solution: Solution) -> dict[str, dict[str, int]]:
        """Factor → level → its rows, where all have one outcome that is predicted as good as certainly: little but
        the ridge bounds its effect. Of classes, and of numbers under a log link, such as towns without claims."""
        family, outcome = problem.family, problem.outcome
        if self.separated_ or not (family.labels or family.link == "log"):
            return {}
        least = family.least(outcome)
        own, constant = problem.weight * (problem.losses(solution) - least), problem.null_losses() - least
        levels: dict[str, dict[str, int]] = {}
        for factors, place in self.design_.blocks():
            encoder = self.design_.encoders_[factors[0]]
            if len(factors) > 1 or "levels" not in encoder:
                continue
            member = problem.matrix[:, place] > 0  # columns are centred: above 0 is the level itself
            for column, level in enumerate(encoder["levels"]):
                rows = np.flatnonzero(member[:, column])
                alike = len(rows) and np.ptp(outcome[rows]) == 0
                if alike and own[rows].sum() < CERTAINLY * float(problem.weight[rows] @ constant[rows]):
                    count = len(rows) if problem.count is None else int(problem.count[rows].sum())
                    levels.setdefault(self.design_.names_[factors[0]], {})[level] = count
        return levels

    def _message(self) -> str:
        told = [super()._message(), *self.separated_levels()]
        return "; ".join(message for message in told if message)

    def separated_levels(self) -> list[str]:
        """What is wrong with levels whose rows all have one outcome, in words."""
        return [
            f"all {count} rows with {name} '{level}' have the same outcome, which the model takes for as good as"
            " certain; look whether the level holds the outcome, merge it with another, or let ridge='auto' shrink it"
            for name, levels in getattr(self, "separated_levels_", {}).items()
            for level, count in levels.items()
        ]

    @property
    def encoder(self) -> Design:
        """The design of the features."""
        return self.design_

    @property
    def parameters(self) -> int:
        """Coefficients and intercepts."""
        return int(self.coef_.size + np.size(self.intercept_))

    def check_parameters(self) -> None:
        """One coefficient for each column of the design, and for each class where the family has several."""
        classes = (len(self.classes_),) if kind(self.family).several else ()
        check_numbers("its coefficients", self.coef_, (len(self.design_.mean_), *classes))

    def _predictors(self, features: pd.DataFrame, offset: Floats | None) -> Floats:
        location = self.design_.transform(features) @ self.coef_
        return self.distribution.linear(location, np.asarray(self.intercept_), offset)

    def attributed(self, X: object) -> Attributed:
        """Attributions φ = Σ β (x − mean) over each feature's columns: exact, up to a constant they sum to η.

        What an interaction contributes is split equally between its two features.
        """
        check_is_fitted(self, "strength_")
        features = read_features(self, X, reset=False)
        if self.coef_.ndim == 1:
            return Attributed(contributions(self.design_, features, self.coef_), "closed form")
        parts = [contributions(self.design_, features, column) for column in self.coef_.T]
        return Attributed(np.stack(parts, axis=2), "closed form")

    def _check_options(self) -> None:
        super()._check_options()
        if not isinstance(self.ridge, str):
            check_size(self, "ridge")
        elif self.ridge != "auto":
            raise OptionError(f"ridge is '{self.ridge}'; give a number from 0, or 'auto'")
        if self.max_iter < 1 or not 0 < self.tol < 1:
            raise OptionError("max_iter must be at least 1, and tol between 0 and 1")
        check_directions(self.monotone_constraints, self.family)
