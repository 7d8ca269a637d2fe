"""The objective of a penalised network as a function of its strength."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.models.features.lines import line_weights
from fairaudit.models.guides.guidance import APPROACH, mean_sizes
from fairaudit.models.learners.perceptron import Layer, NetworkSolution, Schedule, forward
from fairaudit.models.learners.typical import ATTRIBUTED, BACKGROUND, typical
from fairaudit.models.objective import Objective, some
from fairaudit.models.splits import by_units, units_of
from fairaudit.streams import Stream

LOOSE = 1e-4
"""Relative decrease at which fits stop that only lead to others."""
FEWEST_HELD = 10
"""Different rows that must be held out to judge when to stop; with fewer all rows are fitted."""


@dataclass(frozen=True, eq=False, kw_only=True)
class NetworkProblem(Objective[NetworkSolution]):
    """The objective of a penalised network; torch minimises it."""

    matrix: Floats
    """Design X, shape (n, p)."""
    training: Schedule
    units: Ints | None = None
    """Rows of one unit are held out together, shape (n,); None: each is a unit."""
    share: Floats | None = None
    """To which factors a column belongs, shape (p, J); needed by `guidance`."""
    line: Ints | None = None
    """Line of each row, shape (n,), see `features.lines`; None: each is its own, in this order."""
    mass: Floats | None = None
    """Weights as they were given, shape (n,), where there are lines."""
    approach: tuple[float, ...] = ()
    """Weaker decays by way of which a plain fit goes to its own, as weights that decay from their beginning may all
    come to nothing."""

    @cached_property
    def joined(self) -> NetworkProblem:
        """The same problem with the rows of a line as one row: what is trained on."""
        if self.line is None:
            return self
        assert self.mass is not None
        _, first, line = np.unique(self.line, return_index=True, return_inverse=True)
        mass = line_weights(line, self.mass)
        weight = mass / mass.sum()
        return replace(
            self,
            matrix=self.matrix[first],
            outcome=self.outcome[first],
            weight=weight,
            penalty=None if self.penalty is None else replace(self.penalty.take(first), weight=weight),
            offset=some(self.offset, first),
            units=some(self.units, first),
            line=None,
            mass=None,
        )

    @property
    def threads(self) -> int | None:
        """One: torch spreads the sums of each over the cores."""
        return 1

    def linear(self, solution: NetworkSolution) -> Floats:
        """Linear predictors η, shape (n,) or (n, m)."""
        location = forward(self.matrix, *solution.plain(), self.training.activation)
        return self.family.linear(location, solution.intercept, self.offset)

    def importance(self, solution: NetworkSolution) -> Floats:
        """I_j = Σ ω |φ_j| of the factors by expected gradients on `ATTRIBUTED` typical rows, shape (J,)."""
        from fairaudit.models.learners.path_gradients import attributions

        assert self.share is not None
        rows, training = self.typical(solution, ATTRIBUTED), self.training
        columns, _ = attributions(*solution.plain(), training.activation, rows, rows[:BACKGROUND], training.device)
        parts = np.einsum("nc...,cj->jn...", columns, self.share)
        return mean_sizes(np.abs(parts), np.full(len(rows), 1 / len(rows)))

    def typical(self, solution: NetworkSolution, count: int) -> Floats:
        """Columns of rows that stand for all, shape (count, p)."""
        joined = self.joined
        return joined.matrix[typical(joined.linear(solution), joined.matrix, joined.weight, count)]

    def in_units(self, size: float) -> NetworkProblem:
        """The same problem with linear predictors and, under the identity link, outcomes in units of that size."""
        if size == 1:
            return self
        outcome = self.outcome / size
        return replace(
            self,
            family=self.family.fitted_to(outcome, self.weight),
            outcome=outcome,
            offset=None if self.offset is None else self.offset / size,
            guidance=None
            if self.guidance is None
            else replace(self.guidance, strength=self.guidance.strength / size**self.family.degree),
        )

    def decaying(self, decay: float, tol: float = 0.0) -> NetworkProblem:
        """The same problem with another weight decay, solved no closer than to `tol`."""
        training = replace(self.training, weight_decay=decay, tol=max(tol, self.training.tol))
        return replace(self, training=training)

    def null_deviance(self) -> float:
        """Half the mean deviance of the constant model: the scale of the loss."""
        return float(self.weight @ (self.null_losses() - self.family.least(self.outcome)))

    def solve(self, strength: float, start: NetworkSolution | None = None) -> NetworkSolution:
        """Train from a nearby solution, or from the initial weights of the seed.

        Where rows are held out to judge when to stop, always from the initial weights: the nearby solution was chosen
        as the best one for those rows, so that hardly a step away from it would look like progress. A guided network
        starts from the plain one: of random weights the importances are random, and guiding them leads astray. So does
        a penalised one under L-BFGS, with fewer steps in all.
        """
        from fairaudit.models.learners.training import train

        descent = self.training.solver == "lbfgs"
        start = start if descent or not len(self.joined.sides[1]) else None
        if self.guidance is not None and start is None:
            start = replace(self, guidance=None).solve(0.0)
            for share in APPROACH if descent else ():
                start = train(self.guided(share * self.guidance.strength).joined, 0.0, start)
            if descent and not strength:
                return start
        elif descent and strength and start is None:
            start = self.solve(0.0)
        elif start is None:
            for weaker in self.approach:
                start = train(self.decaying(weaker, LOOSE).joined, 0.0, start)
        return train(self.joined, strength, start)

    def balanced(self, solution: NetworkSolution) -> NetworkSolution:
        """The solution with its intercepts shifted."""
        joined = self.joined  # like rows as one, so that a row of weight two is the row twice to the last digit
        return replace(solution, intercept=solution.intercept + joined.surplus(joined.linear(solution)))

    def initial(self) -> NetworkSolution:
        """Random weights, all from the seed: normal of variance 2 / inputs (ReLU, SiLU; He et al. 2015,
        doi:10.1109/ICCV.2015.123) or 1 / inputs (tanh and the last layer); intercepts of the constant model."""
        rng = Stream.WEIGHTS.generator(self.training.seed)
        intercept, layers, inputs = self.start(), [], self.matrix.shape[1]
        variance = 1.0 if self.training.activation == "tanh" else 2.0
        for width in self.training.hidden:
            weight = rng.normal(0, np.sqrt(variance / inputs), (inputs, width))
            zeros, ones = np.zeros(width), np.ones(width)
            layers.append(Layer(weight, zeros, ones, zeros, zeros, ones))
            inputs = width
        outputs = self.family.columns
        output = rng.normal(0, np.sqrt(1 / inputs), (inputs, outputs))
        return NetworkSolution(0.0, intercept, tuple(layers), output, 0, False)

    @cached_property
    def sides(self) -> tuple[Ints, Ints]:
        """Rows to fit on, and rows held out to judge when to stop: none where they would be fewer than `FEWEST_HELD`.

        Rows of one unit stay together.
        """
        units = units_of(len(self.outcome), self.units)
        fitted, held = by_units(units, self.training.validation_fraction, self.training.seed)
        if len(np.unique(units[held])) < FEWEST_HELD:
            return np.arange(len(units)), held[:0]
        return fitted, held

    def take(self, rows: Ints) -> NetworkProblem:
        """The same problem on some of the rows."""
        return replace(
            super().take(rows),
            matrix=self.matrix[rows],
            units=some(self.units, rows),
            line=some(self.line, rows),
            mass=some(self.mass, rows),
        )
