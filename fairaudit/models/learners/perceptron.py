"""A network and its parameters: what is trained, and what predicts, in NumPy alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from fairaudit.arrays import Floats

ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {
    "relu": lambda values: np.maximum(values, 0.0),
    "silu": lambda values: np.asarray(values * expit(values)),
    "tanh": lambda values: np.tanh(values),
}
"""Functions between the layers, by name."""
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
