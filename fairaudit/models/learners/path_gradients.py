"""Expected gradients of a differentiable model: attributions along straight paths from rows of a background.

Like `models.autograd` this module imports torch when it is imported.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from fairaudit.arrays import Floats
from fairaudit.errors import FitError
from fairaudit.models.learners.autograd import ACTIVATIONS, pick_device

Network = Callable[[Tensor], Tensor]

POINTS = {"silu": (16, 32, 64, 128), "tanh": (16, 32, 64, 128), "relu": (64,)}
"""Points on each path by activation, tried one after the other until a row adds up to within `ENOUGH`. For ReLU more
points than these bring little."""
ENOUGH = 1e-9
"""Error of a row's sum that is rounding, relative to the larger of the sum and the range of f over the background."""
MOST = 0.02
"""Error of a row's sum, relative to the same, that is still let pass."""
ENTRIES = 1 << 21
"""Numbers of one table that are held at once; no result depends on it but in rounding."""


def path_gradients(
    network: Network, rows: Tensor, starts: Tensor, points: Tensor | float, create_graph: bool = False
) -> Tensor:
    r"""Gradients at points of straight paths, times the length of the path in each column.

    .. math:: (x - x') \circ \nabla f \bigl( x' + t (x - x') \bigr)

    Its mean over t, uniform in [0, 1], is the integrated gradient from x' to x, which sums to f(x) − f(x').

    Args:
        network: f, from shape (m, p) to (m,), or (m, K) of K outputs.
        rows: x, shape (..., p).
        starts: x', of a shape that broadcasts with it.
        points: t, of the shape of these without the columns, or one number for all.
        create_graph: whether the result can be differentiated, by the parameters of the network for one.

    Returns:
        Shape (..., p), or (..., p, K).
    """
    way = rows - starts
    at = points[..., None] if isinstance(points, Tensor) else points
    place = (starts + at * way).reshape(-1, way.shape[-1])
    if not place.requires_grad:
        place.requires_grad_()
    with torch.enable_grad():
        predictors = network(place)
        outputs = [predictors] if predictors.ndim == 1 else list(predictors.unbind(dim=1))
        slopes = [
            torch.autograd.grad(output.sum(), place, create_graph=create_graph, retain_graph=True)[0].reshape(way.shape)
            for output in outputs
        ]
    return way * slopes[0] if predictors.ndim == 1 else way[..., None] * torch.stack(slopes, dim=-1)


def expected_gradients(
    network: Network, rows: Tensor, background: Tensor, points: int = 8, create_graph: bool = False
) -> Tensor:
    r"""Expected gradients of each row, column by column.

    .. math:: \varphi_c(x) = \frac1B \sum_b \sum_t v_t \, (x - x'_b)_c \, \partial_c f \bigl( x'_b + t (x - x'_b) \bigr)

    over all B rows of the background and the points t of a Gauss–Legendre rule on [0, 1] with weights v. With more
    points Σ_c φ_c tends to f(x) − mean of f over the background: fast for smooth activations (the rule with m points is
    exact where the gradient is a polynomial of degree 2m − 1 along the path), and like 1/m at the kinks of ReLU.
    Nothing is random, so a loss can be built on it that is the same function in every step.

    Args:
        network: f, from shape (m, p) to (m,), or (m, K).
        rows: x, shape (n, p).
        background: x', shape (B, p).
        points: points on each path.
        create_graph: whether the result can be differentiated.

    Returns:
        φ, shape (n, p), or (n, p, K); 0 in columns in which a row and all of the background agree.

    Source: Erion, Janizek, Sturmfels, Lundberg & Lee (2021), doi:10.1038/s42256-021-00343-9, who draw x' and t at
    random instead. O(n · B · points) gradients, and n · B · p numbers in memory.
    """
    places, shares = np.polynomial.legendre.leggauss(points)
    total = None
    for place, share in zip((places + 1) / 2, shares / 2, strict=True):
        part = share * path_gradients(network, rows[:, None], background, float(place), create_graph).mean(dim=1)
        total = part if total is None else total + part
    assert total is not None
    return total


def perceptron(weights: list[Tensor], biases: list[Tensor], activation: str) -> Network:
    """`perceptron.forward` for tensors: what the last layer says, shape (m,), or (m, K) of several outputs."""
    function = ACTIVATIONS[activation]

    def network(state: Tensor) -> Tensor:
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            state = function(state @ weight + bias)
        state = state @ weights[-1] + biases[-1]
        return state[:, 0] if state.shape[1] == 1 else state

    return network


def attributions(
    weights: list[Floats], biases: list[Floats], activation: str, matrix: Floats, background: Floats, device: str
) -> tuple[Floats, Floats]:
    """Expected gradients of a perceptron, with as many points on the paths as each row needs.

    Args:
        weights: of each layer.
        biases: of each layer.
        activation: ``relu``, ``silu`` or ``tanh``.
        matrix: rows, shape (n, p).
        background: rows from which the paths start, shape (B, p).
        device: ``auto``, ``cpu`` or ``cuda``.

    Returns:
        φ, shape (n, p), or (n, p, K), and what the sum of each row lacks of f(x) − mean f(x'), shape (n,) or (n, K):
        rounding for smooth activations, up to `MOST` for ReLU.

    Raises:
        FitError: a row lacks more with the most points.
    """
    on = pick_device(device)
    layers, shifts = ([torch.tensor(part, device=on) for part in each] for each in (weights, biases))
    network = perceptron(layers, shifts, activation)
    rows, starts = torch.tensor(matrix, device=on), torch.tensor(background, device=on)
    with torch.no_grad():
        predicted, base = network(rows), network(starts)
    due = predicted - base.mean(dim=0)
    size = torch.maximum(due.abs(), base.amax(dim=0) - base.amin(dim=0))
    columns, lacking = rows.new_zeros((*rows.shape, *due.shape[1:])), due.clone()
    together = max(1, ENTRIES // starts.numel())
    for points in POINTS[activation]:
        off = (lacking.abs() > ENOUGH * size).reshape(len(rows), -1).any(dim=1)
        for chosen in torch.nonzero(off)[:, 0].split(together):
            columns[chosen] = expected_gradients(network, rows[chosen], starts, points)
            lacking[chosen] = due[chosen] - columns[chosen].sum(dim=1)
    if bool((lacking.abs() > MOST * size).any()):
        raise FitError(
            f"the expected gradients of the network do not add up to its predictions with {points} points on each path;"
            " choose another activation, a larger weight_decay, or check the features for extreme values"
        )
    return columns.cpu().numpy(), lacking.cpu().numpy()
