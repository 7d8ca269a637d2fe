"""The objective of a penalised network as a function of its strength; predictions need NumPy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import expit

from fairaudit.arrays import Floats, Ints
from fairaudit.distance.penalty import DependencePenalty
from fairaudit.models.family import Family
from fairaudit.models.features.lines import line_weights
from fairaudit.models.guides.guidance import APPROACH, Guidance, mean_sizes

ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {
    "relu": lambda values: np.maximum(values, 0.0),
    "silu": lambda values: np.asarray(values * expit(values)),
    "tanh": lambda values: np.tanh(values),
}
"""Functions between the layers, by name."""
BACKGROUND = 64
"""Training rows from which the paths of attributions start."""
ATTRIBUTED = 512
"""Rows from which importances are taken in a guided fit and where strengths are traced."""
CANDIDATES = 8192
"""Rows among which typical ones are looked for."""
FEWEST_HELD = 10
"""Different rows that must be held out to judge when to stop; with fewer all rows are fitted."""
NORM = 1e-5
"""Added to the variance in batch normalisation."""


@dataclass(frozen=True)
class Schedule:
    """What a network looks like and how it is trained; see `PenalizedNetwork` for each."""

    solver: str
    hidden: tuple[int, ...]
    activation: str
    dropout: float
    batch_norm: bool
    learning_rate: float
    weight_decay: float
    epochs: int
    patience: int
    tol: float
    batch_size: int | None
    validation_fraction: float
    device: str
    seed: int


@dataclass(frozen=True, eq=False)
class Layer:
    """h ↦ activation(h W + b), then (with batch normalisation) ↦ gain (h − centre) / scale + shift."""

    weight: Floats
    """W, shape (in, out)."""
    bias: Floats
    """b, shape (out,)."""
    gain: Floats
    """Shape (out,); ones without batch normalisation."""
    shift: Floats
    """Shape (out,); zeros without."""
    centre: Floats
    """Mean of the activations over the rows fitted on, shape (out,); zeros without."""
    scale: Floats
    """Root of their variance, shape (out,); ones without."""


@dataclass(frozen=True, eq=False)
class NetworkSolution:
    """Parameters of one fit."""

    strength: float
    intercept: Floats
    """Shape (), or (m,) for m linear predictors."""
    layers: tuple[Layer, ...]
    """The hidden layers."""
    output: Floats
    """Weights of the last layer, shape (width, 1), or (width, K) for the multinomial family."""
    iterations: int
    """Epochs."""
    converged: bool

    def times(self, factor: float) -> NetworkSolution:
        """The solution whose linear predictors are so many times as large."""
        return replace(self, intercept=self.intercept * factor, output=self.output * factor)

    def plain(self) -> tuple[list[Floats], list[Floats]]:
        """Weights and biases of a network without normalisation that predicts the same: it is folded into the next
        layer."""
        weights, biases = [], []
        factor, offset = np.ones(0), np.zeros(0)
        for layer in self.layers:
            weights.append(factor[:, None] * layer.weight if len(factor) else layer.weight)
            biases.append(layer.bias + offset @ layer.weight if len(offset) else layer.bias)
            factor = layer.gain / layer.scale
            offset = layer.shift - factor * layer.centre
        weights.append(factor[:, None] * self.output if len(factor) else self.output)
        biases.append(offset @ self.output if len(offset) else np.zeros(self.output.shape[1]))
        return weights, biases


def forward(matrix: Floats, weights: list[Floats], biases: list[Floats], activation: str) -> Floats:
    """What the last layer says of each row of a design matrix, shape (n,), or (n, K) of several outputs."""
    function, state = ACTIVATIONS[activation], matrix
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        state = function(state @ weight + bias)
    state = state @ weights[-1] + biases[-1]
    return state[:, 0] if state.shape[1] == 1 else state


@dataclass(frozen=True, eq=False)
class NetworkProblem:
    """The objective of a penalised network with its data; `solve` minimises it at one strength."""

    family: Family
    matrix: Floats
    """Design X, shape (n, p)."""
    outcome: Floats
    """y, shape (n,): numbers (with exposure the rate) or codes of classes."""
    weight: Floats
    """ω, shape (n,), > 0, sums to 1."""
    penalty: DependencePenalty | None
    training: Schedule
    offset: Floats | None = None
    """Added to the linear predictor, shape (n,)."""
    units: Ints | None = None
    """Rows of one unit are held out together, shape (n,); None: each is a unit."""
    guidance: Guidance | None = None
    """The consistency loss; None: none."""
    share: Floats | None = None
    """To which factors a column belongs, shape (p, J); needed by `guidance`."""
    line: Ints | None = None
    """Line of each row, shape (n,), see `models.lines`; None: each is its own, in this order."""
    mass: Floats | None = None
    """Weights as they were given, shape (n,), where there are lines."""

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
            offset=None if self.offset is None else self.offset[first],
            units=None if self.units is None else self.units[first],
            line=None,
            mass=None,
        )

    def linear(self, solution: NetworkSolution) -> Floats:
        """Linear predictors η, shape (n,) or (n, m)."""
        location = forward(self.matrix, *solution.plain(), self.training.activation)
        return self.family.linear(location, solution.intercept, self.offset)

    def mean(self, solution: NetworkSolution) -> Floats:
        """Fitted means, as the penalty sees them."""
        return self.family.mean(self.linear(solution))

    def losses(self, solution: NetworkSolution) -> Floats:
        """Loss of each row, shape (n,)."""
        return self.family.loss(self.outcome, self.linear(solution))

    def guided(self, strength: float) -> NetworkProblem:
        """The same problem with another α."""
        assert self.guidance is not None
        return replace(self, guidance=replace(self.guidance, strength=strength))

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

    def intercept(self) -> Floats:
        """Intercepts of the constant model."""
        intercept = self.family.start(self.outcome, self.weight)
        return intercept if self.offset is None else np.asarray(intercept - self.weight @ self.offset)

    def constant_losses(self) -> Floats:
        """Loss of each row in the constant model, shape (n,)."""
        outputs = self.family.columns
        nothing = np.zeros((len(self.outcome), outputs))
        location = nothing[:, 0] if outputs == 1 else nothing
        return self.family.loss(self.outcome, self.family.linear(location, self.intercept(), self.offset))

    def in_units(self, size: float) -> NetworkProblem:
        """The same problem with linear predictors and, under the identity link, outcomes in units of that size."""
        if size == 1:
            return self
        return replace(
            self,
            outcome=self.outcome / size,
            offset=None if self.offset is None else self.offset / size,
            guidance=None
            if self.guidance is None
            else replace(self.guidance, strength=self.guidance.strength / size**2),
        )

    def null_deviance(self) -> float:
        """Half the mean deviance of the constant model: the scale of the loss."""
        return float(self.weight @ (self.constant_losses() - self.family.least(self.outcome)))

    def null_loss(self) -> float:
        """Mean loss of the constant model."""
        return float(self.weight @ self.constant_losses())

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
        return train(self.joined, strength, start)

    def polish(self, plain: NetworkSolution) -> NetworkSolution:
        """The same; training ends where it ends."""
        return plain

    def initial(self) -> NetworkSolution:
        """Random weights, all from the seed: normal of variance 2 / inputs (ReLU, SiLU; He et al. 2015,
        doi:10.1109/ICCV.2015.123) or 1 / inputs (tanh and the last layer); intercepts of the constant model."""
        rng = np.random.default_rng([self.training.seed, 2])
        intercept, layers, inputs = self.intercept(), [], self.matrix.shape[1]
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
        everyone = np.arange(len(self.outcome))
        fraction = self.training.validation_fraction
        units = everyone if self.units is None else np.unique(self.units, return_inverse=True)[1].reshape(-1)
        count = int(units.max()) + 1
        held = int(fraction * count)
        if held < FEWEST_HELD:
            return everyone, everyone[:0]
        drawn = np.zeros(count, dtype=bool)
        drawn[np.random.default_rng([self.training.seed, 3]).permutation(count)[:held]] = True
        return np.flatnonzero(~drawn[units]), np.flatnonzero(drawn[units])

    def take(self, rows: Ints) -> NetworkProblem:
        """The same problem on some of the rows."""
        weight = self.weight[rows]
        return replace(
            self,
            matrix=self.matrix[rows],
            outcome=self.outcome[rows],
            weight=weight / weight.sum(),
            penalty=None if self.penalty is None else self.penalty.take(rows),
            offset=None if self.offset is None else self.offset[rows],
            units=None if self.units is None else self.units[rows],
            line=None if self.line is None else self.line[rows],
            mass=None if self.mass is None else self.mass[rows],
        )


def typical(linear: Floats, matrix: Floats, weight: Floats, count: int) -> Ints:
    r"""Rows that stand for all: so many, some maybe twice, whose columns have nearly the means of all rows.

    One after the other, the row is taken that brings the sum of the rows taken nearest to what their number would give,

    .. math:: \arg\min_i \Bigl\lVert x_i - \bar x + \sum_{\text{taken}} (x_k - \bar x) \Bigr\rVert

    so that the means are off like 1 / count, not like the 1 / √count of rows drawn at random, and any first rows are
    typical too. That matters for attributions: those of a yes/no column against 64 random rows, of which an eighth say
    yes, are off by a third. Of more rows than `CANDIDATES`, so many at equally spaced quantiles of η are looked at.

    Source: herding, Welling (2009), doi:10.1145/1553374.1553517.

    Args:
        linear: η, shape (n,) or (n, m).
        matrix: columns, shape (n, p).
        weight: ω, shape (n,), sums to 1.
        count: how many.

    Returns:
        Positions, shape (count,). Neither the order of the rows matters, nor whether one stands twice or has weight
        two. O(count · n · p) time, n at most `CANDIDATES`.
    """
    rows = np.arange(len(matrix)) if len(matrix) <= CANDIDATES else quantiles(linear, matrix, weight, CANDIDATES)
    centred = matrix[rows] - weight @ matrix
    distance = (centred**2).sum(axis=1)
    taken = np.empty(count, dtype=np.intp)
    for place in range(count):
        taken[place] = np.argmin(distance)
        distance += 2 * (centred @ centred[taken[place]])
    return np.asarray(rows[taken], dtype=np.intp)


def quantiles(linear: Floats, matrix: Floats, weight: Floats, count: int) -> Ints:
    """Rows at equally spaced quantiles of their linear predictors: a stratified sample of so many, some maybe twice.

    Rows of equal η are in the order of their columns, so that neither the order of the rows matters, nor whether a row
    stands twice or has weight two.

    Args:
        linear: η, shape (n,) or (n, m), of which the last predictor is taken.
        matrix: columns, shape (n, p).
        weight: ω, shape (n,), sums to 1.
        count: number of quantiles.
    """
    order = np.lexsort((*matrix.T, linear if linear.ndim == 1 else linear[:, -1]))
    below = np.cumsum(weight[order])
    places = np.searchsorted(below, (np.arange(count) + 0.5) / count * below[-1])
    return np.asarray(order[np.minimum(places, len(order) - 1)], dtype=np.intp)
