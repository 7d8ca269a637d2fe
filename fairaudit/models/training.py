"""Training of a penalised network by Adam, on torch tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fairaudit.errors import FitError
from fairaudit.models.autograd import ACTIVATIONS, Measured, TorchPenalty, bound, losses, means, pick_device
from fairaudit.models.families import Family
from fairaudit.models.guidance import Guidance
from fairaudit.models.path_gradients import expected_gradients
from fairaudit.models.perceptron import NORM, Layer, NetworkProblem, NetworkSolution

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

SLOWER = 0.1
"""Factor on the learning rate where the criterion has stalled for the first time; at the second time training ends."""
LEARNT, JUDGED, BACKGROUND = 256, 512, 32
"""Rows of the consistency loss: of one training step, of the criterion, and from which paths start."""


def train(problem: NetworkProblem, strength: float, start: NetworkSolution | None = None) -> NetworkSolution:
    """Minimise the objective of a problem by Adam, and keep the parameters with the best criterion.

    The criterion is the mean loss of the rows held out + λ · dependence of the rows fitted on + α · d(q, p) of a sample
    of them; the objective itself where none are held out. (The dependence of the few rows held out would be mostly
    chance, and λ times chance would drown the loss.) Where the criterion has not fallen by `tol` times the loss of the
    constant model in `patience` epochs, training goes back to the best parameters and on with a tenth of the learning
    rate, and where that happens again it has converged.
    """
    device = pick_device(problem.training.device)
    return _Trainer(problem, strength, problem.initial() if start is None else start, device).run()


@dataclass
class _Rows:
    """Rows of a problem as tensors."""

    problem: NetworkProblem
    matrix: Tensor
    outcome: Tensor
    weight: Tensor
    offset: Tensor | None

    @classmethod
    def of(cls, problem: NetworkProblem, device: torch.device) -> _Rows:
        offset = None if problem.offset is None else torch.tensor(problem.offset, device=device)
        matrix, outcome, weight = (
            torch.tensor(values, dtype=torch.float64, device=device)
            for values in (problem.matrix, problem.outcome, problem.weight)
        )
        return cls(problem, matrix, outcome, weight, offset)


class _Parameters:
    """The tensors that are learnt."""

    def __init__(self, solution: NetworkSolution, family: Family, device: torch.device, batch_norm: bool) -> None:
        def learnt(values: Floats) -> Tensor:
            return torch.tensor(values, dtype=torch.float64, device=device, requires_grad=True)

        self.family = family
        self.intercept = learnt(family.free(solution.intercept))
        self.weights = [learnt(layer.weight) for layer in solution.layers] + [learnt(solution.output)]
        self.biases = [learnt(layer.bias) for layer in solution.layers]
        normed = solution.layers if batch_norm else ()
        self.gains, self.shifts = [learnt(each.gain) for each in normed], [learnt(each.shift) for each in normed]

    def groups(self, weight_decay: float) -> list[dict[str, object]]:
        """For an optimiser: only weights decay."""
        others = [self.intercept, *self.biases, *self.gains, *self.shifts]
        return [
            {"params": self.weights, "weight_decay": weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]

    def solution(self, strength: float, moments: list[tuple[Tensor, Tensor]]) -> NetworkSolution:
        """A copy as arrays; `moments` are those of the normalisation."""
        layers = []
        for index, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=False)):
            gain, shift, centre, scale = (
                np.ones(len(bias)),
                np.zeros(len(bias)),
                np.zeros(len(bias)),
                np.ones(len(bias)),
            )
            if self.gains:
                gain, shift = _array(self.gains[index]), _array(self.shifts[index])
                centre, scale = map(_array, moments[index])
            layers.append(Layer(_array(weight), _array(bias), gain, shift, centre, scale))
        intercept = self.family.bound(_array(self.intercept))
        return NetworkSolution(strength, intercept, tuple(layers), _array(self.weights[-1]), 0, False)


class _Trainer:
    def __init__(self, problem: NetworkProblem, strength: float, start: NetworkSolution, device: torch.device) -> None:
        self.options, self.strength, self.family = problem.training, strength, problem.family
        self.device, self.problem = device, problem
        fitted, held = problem.sides
        self.fitted = _Rows.of(problem.take(fitted), device) if len(held) else _Rows.of(problem, device)
        self.held = _Rows.of(problem.take(held), device) if len(held) else None
        penalty = self.fitted.problem.penalty
        self.penalty = TorchPenalty(penalty, device) if strength and penalty is not None else None
        self.parameters = _Parameters(start, problem.family, device, problem.training.batch_norm)
        self.shuffle = np.random.default_rng([self.options.seed, 4])
        self.chance = torch.Generator(device=device).manual_seed(self.options.seed)
        self.moments: list[tuple[Tensor, Tensor]] = []
        self.guidance = None if problem.guidance is None else _TorchGuidance(problem.guidance, self.fitted, device)

    def run(self) -> NetworkSolution:
        """Epochs until the criterion stalls twice, or they are used up."""
        options = self.options
        allowed = options.tol * float(self.problem.weight @ np.abs(self.problem.constant_losses()))
        best, least, reference = None, np.inf, np.inf
        rate, since, converged, epoch = options.learning_rate, 0, False, 0
        optimiser = self._optimiser(rate)
        for epoch in range(options.epochs + 1):
            value = self._criterion()
            if not np.isfinite(value):
                raise FitError(
                    f"the fit diverged in epoch {epoch}: the criterion is {value}; lower the learning_rate, or check"
                    " the features for extreme values"
                )
            if best is None or value < least:
                best, least = self.parameters.solution(self.strength, self.moments), value
            if value < reference - allowed:
                reference, since = value, 0
            else:
                since += 1
            if since > options.patience:
                converged = rate < options.learning_rate
                if converged:
                    break
                rate, since = SLOWER * rate, 0
                self.parameters = _Parameters(best, self.family, self.device, options.batch_norm)
                optimiser = self._optimiser(rate)
            if epoch < options.epochs:
                for batch in self._batches():
                    optimiser.zero_grad()
                    self._objective(batch).backward()
                    optimiser.step()
        assert best is not None
        return NetworkSolution(self.strength, best.intercept, best.layers, best.output, max(epoch, 1), converged)

    def _optimiser(self, rate: float) -> torch.optim.Adam:
        return torch.optim.Adam(self.parameters.groups(self.options.weight_decay), lr=rate)

    def _batches(self) -> Iterator[Tensor | None]:
        size, count = self.options.batch_size, len(self.fitted.outcome)
        if size is None or size >= count:
            yield None
            return
        for rows in np.array_split(self.shuffle.permutation(count), max(1, count // size)):
            yield torch.tensor(rows, device=self.device)

    def _objective(self, batch: Tensor | None) -> Tensor:
        """Mean loss + λ · penalty of the rows of a batch; on average over the batches that of all rows."""
        rows, weight = self.fitted, self.fitted.weight
        outcome = rows.outcome
        if batch is not None:
            weight, outcome = weight[batch] * (len(weight) / len(batch)), outcome[batch]
        eta = self._linear(rows, batch, learning=True)
        total = weight @ losses(self.family, outcome, eta)
        if self.penalty is not None:
            total = total + self.strength * self.penalty(means(self.family, eta), batch)
        if self.guidance is not None:
            total = total + self.guidance(self._network, learning=True)
        return total

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _criterion(self) -> float:
        """What training stops by."""
        eta = self._linear(self.fitted, None, learning=False) if self._needs_fitted else None
        judged, judged_eta = self.fitted, eta
        if self.held is not None:
            judged, judged_eta = self.held, self._linear(self.held, None, learning=False)
        value = float(judged.weight @ losses(self.family, judged.outcome, judged_eta))
        if self.held is None:
            value += 0.5 * self.options.weight_decay * sum(float((each**2).sum()) for each in self.parameters.weights)
        if self.penalty is not None and np.isfinite(value):
            value += self.strength * float(self.penalty(means(self.family, eta)))
        if self.guidance is not None and np.isfinite(value):
            value += float(self.guidance(self._network, learning=False))
        return value

    @property
    def _needs_fitted(self) -> bool:
        """Whether the criterion looks at the rows fitted on: for the penalty, the objective or the normalisation."""
        return self.held is None or self.penalty is not None or self.options.batch_norm

    def _network(self, state: Tensor) -> Tensor:
        """What the network says of columns, normalised as in prediction, shape (m,), or (m, K)."""
        for index, bias in enumerate(self.parameters.biases):
            state = ACTIVATIONS[self.options.activation](state @ self.parameters.weights[index] + bias)
            if self.options.batch_norm:
                centre, scale = self.moments[index]
                state = (state - centre) / scale * self.parameters.gains[index] + self.parameters.shifts[index]
        location = state @ self.parameters.weights[-1]
        return location[:, 0] if location.shape[1] == 1 else location

    def _linear(self, rows: _Rows, batch: Tensor | None, learning: bool) -> Tensor:
        """Linear predictors η of the rows of a batch."""
        state, offset, weight = rows.matrix, rows.offset, rows.weight
        if batch is not None:
            state, weight = state[batch], weight[batch]
            offset = None if offset is None else offset[batch]
        measure = learning or rows is self.fitted
        moments = []
        for index, bias in enumerate(self.parameters.biases):
            state = ACTIVATIONS[self.options.activation](state @ self.parameters.weights[index] + bias)
            if self.options.batch_norm:
                moment = _moments(state, weight) if measure else self.moments[index]
                moments.append(moment)
                state = (state - moment[0]) / moment[1] * self.parameters.gains[index] + self.parameters.shifts[index]
            if learning and self.options.dropout:
                kept = torch.rand(state.shape, generator=self.chance, dtype=state.dtype, device=self.device)
                state = state * (kept >= self.options.dropout) / (1 - self.options.dropout)
        if not learning and measure:
            self.moments = moments
        location = state @ self.parameters.weights[-1]
        if location.shape[1] == 1:
            location = location[:, 0]
        if offset is not None:
            location = location + offset
        return (location[:, None] if self.family.shared else location) + bound(self.family, self.parameters.intercept)


class _TorchGuidance:
    """α · d(q, p) of a network as a function of its parameters, p from expected gradients of some rows.

    A training step takes `LEARNT` rows, drawn anew by their weights, and the criterion always the same `JUDGED` rows.
    Both start from the same `BACKGROUND` rows and take the middle of each path alone: more would cost more than the
    fit, and what is reported in the end is made with all of that.
    """

    def __init__(self, guidance: Guidance, rows: _Rows, device: torch.device) -> None:
        problem = rows.problem
        assert problem.share is not None
        self.guidance, self.device, self.matrix = guidance, device, rows.matrix
        self.share = torch.tensor(problem.share, device=device)
        self.below = np.cumsum(problem.weight)
        self.rng = np.random.default_rng([problem.training.seed, 7])
        self.background = self.matrix[self._drawn(BACKGROUND)]
        self.judged = self.matrix[self._drawn(JUDGED)]

    def _drawn(self, count: int) -> Tensor:
        places = np.searchsorted(self.below, self.rng.random(count) * self.below[-1])
        return torch.tensor(np.minimum(places, len(self.below) - 1), device=self.device)

    def __call__(self, network: Callable[[Tensor], Tensor], *, learning: bool) -> Tensor:
        rows = self.matrix[self._drawn(LEARNT)] if learning else self.judged
        columns = expected_gradients(network, rows, self.background, points=1, create_graph=learning)
        parts = torch.einsum("nc...,cj->nj...", columns, self.share).abs()
        importance = (parts if parts.ndim == 2 else parts.sum(dim=2)).mean(dim=0)
        return Measured.apply(importance, self._measure)

    def _measure(self, importance: Tensor) -> tuple[Tensor, Tensor]:
        value, slope = self.guidance(importance.cpu().numpy())
        return importance.new_tensor(value), torch.from_numpy(slope).to(self.device)


def _moments(state: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted mean of each column, and the root of its variance + `NORM`."""
    share = weight / weight.sum()
    centre = share @ state
    return centre, torch.sqrt(share @ (state - centre) ** 2 + NORM)


def _array(tensor: Tensor) -> Floats:
    return np.array(tensor.detach().cpu().numpy(), dtype=np.float64)
