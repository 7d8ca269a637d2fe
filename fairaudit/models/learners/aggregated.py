"""The objective of a penalised linear model over rows that are not here: an engine adds them up, again and again.

The linear predictor of a model without interactions is a sum of tables, one for each factor: η = β₀ + Σ_j s_j[x_j],
s_j the curve of the factor at each of its levels. So an engine finds η by looking levels up, adds up the rows of each
kind (cell, stratum, and class of the outcome) in narrow bins of η, and later adds up slopes by level. Loss, penalty and
their slopes are those of the bins, each at the mean η of its rows, by the code that the rows would be given to.

What that changes: of a bin of width h the loss lacks half its curvature times the variance of η there, at most h²/8 of
it, and the penalty the distances of rows within a bin. Outcomes that are no classes enter by their means, as the loss
of every family of numbers but the quantile is a line in y, but for a term without η.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.engines import Coded, Scores, Scoring
from fairaudit.models.features.directions import Directions
from fairaudit.models.learners.solver import Problem, Solution
from fairaudit.scoretable.cells import Cells

BINS = 2**16
"""Bins of the linear predictor between its least and largest possible value."""


@dataclass(frozen=True, eq=False)
class Elsewhere:
    """Training rows in an engine."""

    coded: Coded
    """Their numbers: a role line, and a level of each factor."""
    start: int
    """Rows with a draw from it on are training rows."""
    kind: Ints
    """Kind of each role line, shape (R,)."""
    mass: Floats
    """Its weight × exposure, shape (R,)."""
    outcome: Floats
    """Its outcome, as a family takes it, shape (R,)."""
    cells: Cells
    """Protected attributes of each kind."""
    strata: Ints | None
    """Stratum of each kind; None: there is one."""

    def added(self, tables: Sequence[Floats]) -> tuple[Scoring, Scores]:
        """The rows in bins of the sum of these tables, by kind."""
        scoring = self._scoring(tables)
        return scoring, self.coded.added(scoring)

    def masses(self, levels: Sequence[int]) -> list[Floats]:
        """Σ weight of the training rows with each level, for each factor."""
        scoring, scores = self.added([np.zeros(count) for count in levels])
        ones = np.ones(len(scores.mass))
        return self.coded.carried(scoring, scores, ones, 0 * ones)

    def people(self, levels: Sequence[int]) -> int:
        """Number of the training rows."""
        one = np.ones(len(self.mass))
        scoring = replace(self._scoring([np.zeros(count) for count in levels]), mass=one)
        return round(float(self.coded.added(scoring).mass.sum()))

    def _scoring(self, tables: Sequence[Floats]) -> Scoring:
        least, largest = (float(sum(end(table) for table in tables)) for end in (np.min, np.max))
        width = max((largest - least) / BINS, float(np.finfo(np.float64).tiny))
        return Scoring(self.kind, self.mass, self.outcome, tables, least, width, BINS, self.start)


@dataclass(frozen=True, eq=False, kw_only=True)
class AggregatedProblem(Problem):
    """The objective over training rows in an engine.

    The columns that any `Problem` has are of a sample of them, which says where to begin, and in what coordinates the
    curvature of all coefficients is even.
    """

    rows: Elsewhere
    basis: Sequence[Floats]
    """The design's columns at the levels of each factor, shape (levels, columns)."""
    told: Callable[[], None] = lambda: None
    """Told of each step before it begins."""

    @classmethod
    def over(
        cls, sample: Problem, rows: Elsewhere, basis: Sequence[Floats], told: Callable[[], None] = lambda: None
    ) -> Self:
        """The objective of a sample of some rows, over all of them."""
        held = {field.name: getattr(sample, field.name) for field in fields(sample)}
        return cls(**held, rows=rows, basis=basis, told=told)

    def objective(self, intercept: Floats, coefficients: Floats, strength: float) -> tuple[float, Floats, Floats]:
        """See `Problem.objective`; two passes over the rows."""
        self.told()
        scoring, scores = self.rows.added(self._tables(coefficients))
        lines = self.lines(scores)
        linear = self.family.linear(scores.score, intercept)
        value, slope = lines.by_predictors(linear, strength)
        value -= self._free(lines)
        by_location = (slope.sum(axis=1) if self.family.shared else slope) / lines.weight
        by_outcome = self._by_outcome(linear)
        sums = self.rows.coded.carried(scoring, scores, by_location - by_outcome * scores.outcome, by_outcome)
        total = float(scores.mass.sum())
        penalty, pull = self.shrinkage(coefficients)
        by_coefficient = np.concatenate([b.T @ s / total for b, s in zip(self.basis, sums, strict=True)]) + pull
        return value + penalty, slope.sum(axis=0), by_coefficient

    def lines(self, scores: Scores) -> Problem:
        """The objective on bins, as if each were a row."""
        weight = scores.mass / scores.mass.sum()
        penalty = self.penalty
        if penalty is not None:
            strata = None if self.rows.strata is None else self.rows.strata[scores.kind]
            cells = self.rows.cells.take(scores.kind)
            penalty = replace(penalty, protected=cells, weight=weight, strata=strata, count=None)
        empty = np.zeros((len(weight), 0))
        return Problem(
            family=self.family,
            outcome=scores.outcome,
            weight=weight,
            penalty=penalty,
            matrix=empty,
            ridge=0.0,
            max_iter=self.max_iter,
            tol=self.tol,
        )

    def _tables(self, coefficients: Floats) -> list[Floats]:
        ends = np.cumsum([basis.shape[1] for basis in self.basis])[:-1]
        return [b @ part for b, part in zip(self.basis, np.split(coefficients, ends), strict=True)]

    def _free(self, lines: Problem) -> float:
        """What of the loss at mean outcomes depends on nothing but which rows are in one bin: its term without η."""
        if self.family.labels:
            return 0.0
        constant = np.broadcast_to(self.start(), (len(lines.outcome),))
        return lines.average(self.family.loss(lines.outcome, constant))

    def _by_outcome(self, linear: Floats) -> Floats:
        """How the slope of the loss by η changes with the outcome in each bin; 0 of classes, of which a bin has one."""
        if self.family.labels:
            return np.zeros(len(linear))
        zero, one = (self.family.gradient(np.full(len(linear), value), linear) for value in (0.0, 1.0))
        return one - zero

    def gram(self) -> Floats:
        """That of the sample, but no column has less than the variance of all rows, 1: a level may be rare in it."""
        gram = super().gram()
        gram += np.diag(np.maximum(1 - np.diagonal(gram), 0.0))
        return gram

    def balanced(self, solution: Solution) -> Solution:
        """See `Objective.balanced`; over all rows."""
        _, scores = self.rows.added(self._tables(solution.coefficients))
        linear = self.family.linear(scores.score, solution.intercept)
        return replace(solution, intercept=solution.intercept + self.lines(scores).surplus(linear))

    def polish(self, plain: Solution) -> Solution:
        """The same solution: its last digits are those of bins."""
        return plain

    def along_face(self, strength: float, solution: Solution, directions: Directions) -> Solution:
        """The same solution: its columns are in the engine."""
        return solution

    def towards(self, last: Solution) -> Solution:
        """The last solution."""
        return last
