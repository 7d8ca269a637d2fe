"""Training of a penalised network on torch tensors: by L-BFGS on all rows, or by Adam."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from fairaudit.arrays import Floats
from fairaudit.errors import FitError
from fairaudit.models.family import Family
from fairaudit.models.guides.guidance import SOFTNESS, Guidance, unit
from fairaudit.models.learners.autograd import ACTIVATIONS, Measured, TorchPenalty, pick_device
from fairaudit.models.learners.path_gradients import expected_gradients
from fairaudit.models.learners.perceptron import NORM, Layer, NetworkSolution
from fairaudit.models.learners.typical import ATTRIBUTED
from fairaudit.streams import Stream

if TYPE_CHECKING:
    from fairaudit.models.learners.network_problem import NetworkProblem

SLOWER = 0.1
"""Factor on the learning rate where the criterion has stalled for the first time; at the second time training ends."""
MEMORY = 20
"""Steps from which L-BFGS knows the curvature."""
GAIN = 10
"""Times `tol` that another beginning must bring for one more."""
STARTS = 10
"""Most times that L-BFGS begins, each time where it stopped: at a kink of the penalty it stops too early."""
GUIDED_BACKGROUND = 32
"""Rows from which paths start in a guided fit: half as many as in the end."""


def train(problem: NetworkProblem, strength: float, start: NetworkSolution | None = None) -> NetworkSolution:
    """Minimise the objective of a problem, from the initial weights of the seed or from a nearby solution.

    Under the identity link in units of the outcome's standard deviation: initial weights and their decay know no other.
    """
    device, size = pick_device(problem.training.device), unit(problem.family, problem.outcome, problem.weight)
    problem = problem.in_units(size)
    begin = problem.initial() if start is None else start.times(1 / size)
    solver = _Descent if problem.training.solver == "lbfgs" else _Adam
    return replace(
        solver(problem, strength / size ** (problem.family.degree - 1), begin, device).run().times(size),
        strength=strength,
    )


@dataclass(frozen=True, eq=False)
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
        self.gains, self.shifts = [learnt(layer.gain) for layer in normed], [learnt(layer.shift) for layer in normed]

    @property
    def others(self) -> list[Tensor]:
        """What does not decay."""
        return [self.intercept, *self.biases, *self.gains, *self.shifts]

    def point(self) -> Floats:
        """All of them in one vector."""
        return np.concatenate([np.ravel(_array(tensor)) for tensor in (*self.weights, *self.others)])

    def slope(self) -> Floats:
        """Their gradient, likewise; it is then forgotten."""
        parts = []
        for tensor in (*self.weights, *self.others):
            parts.append(np.zeros(tensor.numel()) if tensor.grad is None else np.ravel(_array(tensor.grad)))
            tensor.grad = None
        return np.concatenate(parts)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def move(self, point: Floats) -> None:
        """Take over a vector of `point`."""
        begin = 0
        for tensor in (*self.weights, *self.others):
            tensor.copy_(torch.from_numpy(point[begin : begin + tensor.numel()]).reshape(tensor.shape))
            begin += tensor.numel()

    def solution(
        self, strength: float, moments: list[tuple[Tensor, Tensor]], iterations: int = 0, converged: bool = False
    ) -> NetworkSolution:
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
        return NetworkSolution(strength, intercept, tuple(layers), _array(self.weights[-1]), iterations, converged)


class _Objective:
    """The objective of a problem as a function of tensors."""

    def __init__(
        self, problem: NetworkProblem, strength: float, start: NetworkSolution, device: torch.device, fitted: _Rows
    ) -> None:
        self.options, self.strength, self.family = problem.training, strength, problem.family
        self.device, self.fitted, self.scale = device, fitted, problem.null_deviance()
        penalty = fitted.problem.penalty
        self.penalty = TorchPenalty(penalty, device) if strength and penalty is not None else None
        self.guidance = None if problem.guidance is None else _TorchGuidance(problem.guidance, fitted, start, device)
        self.parameters = _Parameters(start, problem.family, device, problem.training.batch_norm)
        self.chance = torch.Generator(device=device).manual_seed(self.options.seed)
        self.moments: list[tuple[Tensor, Tensor]] = []

    def __call__(self, batch: Tensor | None = None) -> Tensor:
        """Mean loss + λ · penalty + α · d of the rows of a batch; on average over the batches that of all rows."""
        rows, weight = self.fitted, self.fitted.weight
        outcome = rows.outcome
        if batch is not None:
            weight, outcome = weight[batch] * (len(weight) / len(batch)), outcome[batch]
        eta = self.linear(rows, batch, learning=True)
        total = weight @ self.family.tensor_loss(outcome, eta)
        if self.penalty is not None:
            total = total + self.strength * self.penalty(self.family.tensor_mean(eta), batch)
        if self.guidance is not None:
            total = total + self.guidance(self.network, learning=True)
        return total

    def decay(self) -> Tensor:
        """½ r L₀ |W|²."""
        return (
            0.5 * self.options.weight_decay * self.scale * sum((weight**2).sum() for weight in self.parameters.weights)
        )

    def network(self, state: Tensor) -> Tensor:
        """What the network says of columns, normalised as in prediction, shape (m,), or (m, K)."""
        for index, bias in enumerate(self.parameters.biases):
            state = ACTIVATIONS[self.options.activation](state @ self.parameters.weights[index] + bias)
            if self.options.batch_norm:
                centre, scale = self.moments[index]
                state = (state - centre) / scale * self.parameters.gains[index] + self.parameters.shifts[index]
        location = state @ self.parameters.weights[-1]
        return location[:, 0] if location.shape[1] == 1 else location

    def linear(self, rows: _Rows, batch: Tensor | None, learning: bool) -> Tensor:
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
        if measure:
            self.moments = moments
        location = state @ self.parameters.weights[-1]
        if location.shape[1] == 1:
            location = location[:, 0]
        if offset is not None:
            location = location + offset
        return (location[:, None] if self.family.shared else location) + self.family.tensor_bound(
            self.parameters.intercept
        )


class _Descent:
    """L-BFGS on the objective of all rows: without dropout and batches it is one smooth function, but for the kinks of
    ReLU and of the penalty, where predictions tie."""

    def __init__(self, problem: NetworkProblem, strength: float, start: NetworkSolution, device: torch.device) -> None:
        self.problem, self.strength = problem, strength
        self.objective = _Objective(problem, strength, start, device, _Rows.of(problem, device))

    def run(self) -> NetworkSolution:
        """Steps until the objective hardly falls, or they are used up."""
        options, objective = self.problem.training, self.objective
        parameters = objective.parameters

        def evaluate(point: Floats) -> tuple[float, Floats]:
            parameters.move(point)
            value = (objective() + objective.decay()) / objective.scale
            value.backward()
            return value.item(), parameters.slope()

        point, least, steps = parameters.point(), np.inf, 0
        for _ in range(STARTS):
            result = minimize(
                evaluate,
                point,
                jac=True,
                method="L-BFGS-B",
                options={"maxiter": options.epochs - steps, "maxfun": 2 * options.epochs, "maxcor": MEMORY}
                | {"ftol": options.tol, "gtol": 1e-8},
            )
            if not np.isfinite(result.fun):
                raise FitError("the fit diverged: the loss is not finite; check the features for extreme values")
            gained, point, least, steps = least - result.fun, result.x, result.fun, steps + int(result.nit)
            if gained <= GAIN * options.tol * max(abs(least), 1) or steps >= options.epochs:
                break
        parameters.move(point)
        with torch.no_grad():
            objective.linear(objective.fitted, None, learning=False)
        return parameters.solution(self.strength, objective.moments, steps, steps < options.epochs)


class _Adam:
    """Adam, in mini-batches or on all rows, until a criterion stalls; the parameters with the best one are kept.

    The criterion is the mean loss of the rows held out + λ · dependence of the rows fitted on + α · d(q, p) of a sample
    of them; the objective itself where none are held out. (The dependence of the few rows held out would be mostly
    chance, and λ times chance would drown the loss.) Where the criterion has not fallen by `tol` times the loss of the
    constant model in `patience` epochs, training goes back to the best parameters and on with a tenth of the learning
    rate, and where that happens again it has converged.
    """

    def __init__(self, problem: NetworkProblem, strength: float, start: NetworkSolution, device: torch.device) -> None:
        self.problem, self.options = problem, problem.training
        fitted, held = problem.sides
        rows = _Rows.of(problem.take(fitted) if len(held) else problem, device)
        self.held = _Rows.of(problem.take(held), device) if len(held) else None
        self.objective = _Objective(problem, strength, start, device, rows)
        self.shuffle = Stream.BATCHES.generator(self.options.seed)

    def run(self) -> NetworkSolution:
        """Epochs until the criterion stalls twice, or they are used up."""
        options, objective = self.options, self.objective
        allowed = options.tol * float(self.problem.weight @ np.abs(self.problem.null_losses()))
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
                best, least = objective.parameters.solution(objective.strength, objective.moments), value
            if value < reference - allowed:
                reference, since = value, 0
            else:
                since += 1
            if since > options.patience:
                converged = rate < options.learning_rate
                if converged:
                    break
                rate, since = SLOWER * rate, 0
                objective.parameters = _Parameters(best, objective.family, objective.device, options.batch_norm)
                optimiser = self._optimiser(rate)
            if epoch < options.epochs:
                for batch in self._batches():
                    optimiser.zero_grad()
                    objective(batch).backward()
                    optimiser.step()
        assert best is not None
        return replace(best, iterations=max(epoch, 1), converged=converged)

    def _optimiser(self, rate: float) -> torch.optim.Adam:
        parameters = self.objective.parameters
        groups: list[dict[str, object]] = [
            {"params": parameters.weights, "weight_decay": self.options.weight_decay * self.objective.scale},
            {"params": parameters.others, "weight_decay": 0.0},
        ]
        return torch.optim.Adam(groups, lr=rate)

    def _batches(self) -> Iterator[Tensor | None]:
        size, count = self.options.batch_size, len(self.objective.fitted.outcome)
        if size is None or size >= count:
            yield None
            return
        for rows in np.array_split(self.shuffle.permutation(count), max(1, count // size)):
            yield torch.tensor(rows, device=self.objective.device)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _criterion(self) -> float:
        """What training stops by."""
        objective = self.objective
        # The penalty, the objective itself and the normalisation look at the rows fitted on.
        needed = self.held is None or objective.penalty is not None or self.options.batch_norm
        eta = objective.linear(objective.fitted, None, learning=False) if needed else None
        judged, judged_eta = objective.fitted, eta
        if self.held is not None:
            judged, judged_eta = self.held, objective.linear(self.held, None, learning=False)
        value = float(judged.weight @ objective.family.tensor_loss(judged.outcome, judged_eta))
        if self.held is None:
            value += float(objective.decay())
        if objective.penalty is not None and np.isfinite(value):
            value += objective.strength * float(objective.penalty(objective.family.tensor_mean(eta)))
        if objective.guidance is not None and np.isfinite(value):
            value += float(objective.guidance(objective.network, learning=False))
        return value


class _TorchGuidance:
    """α · d(q, p) of a network as a function of its parameters, p from expected gradients of some rows.

    All that is not to change from step to step is fixed: `ATTRIBUTED` typical rows, of which the first
    `GUIDED_BACKGROUND` are where their paths start. Only the middle of each path is taken: more would cost more than
    the fit, and what is reported in the end is made with all of that. |φ| is rounded off at 0 as in
    `guidance.LinearImportance`.
    """

    def __init__(self, guidance: Guidance, rows: _Rows, start: NetworkSolution, device: torch.device) -> None:
        problem = rows.problem
        assert problem.share is not None
        self.guidance, self.device = guidance, device
        self.share = torch.tensor(problem.share, device=device)
        self.soft = SOFTNESS * unit(problem.family, problem.outcome, problem.weight)
        self.rows = torch.from_numpy(problem.typical(start, ATTRIBUTED)).to(device)
        self.background = self.rows[:GUIDED_BACKGROUND]

    def __call__(self, network: Callable[[Tensor], Tensor], *, learning: bool) -> Tensor:
        columns = expected_gradients(network, self.rows, self.background, points=1, create_graph=learning)
        parts = torch.einsum("nc...,cj->nj...", columns, self.share)
        sizes = torch.sqrt(parts**2 + self.soft**2) - self.soft
        importance = (sizes if sizes.ndim == 2 else sizes.sum(dim=2)).mean(dim=0)
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
