"""The fairness penalty as a differentiable function of torch tensors, on any device.

On the processor the coupled sums come from the compiled kernel of `distance.kernel`; elsewhere from torch operations,
which are tested equal to it. Only this module, `training` and `path_gradients` import torch when they are
imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fairaudit.arrays import Floats, Ints
from fairaudit.distance.agreement import Agreement
from fairaudit.distance.coupled import Coupled, OnCells, OnLine, Sum
from fairaudit.distance.coupling import Kind
from fairaudit.distance.kernel import weighted_absolute_differences
from fairaudit.distance.penalty import SMOOTHNESS, DependencePenalty, unscaled
from fairaudit.distance.variance import NOTHING
from fairaudit.errors import OptionError
from fairaudit.scoretable.cells import Cells

Measure = Callable[[Tensor], tuple[Tensor, Tensor]]

ACTIVATIONS = {"relu": torch.relu, "silu": torch.nn.functional.silu, "tanh": torch.tanh}
"""The functions of `perceptron.ACTIVATIONS` for tensors."""
ENTRIES = 1 << 24
"""Entries of a table that torch operations hold at once; no result depends on it but in rounding."""


def pick_device(name: str) -> torch.device:
    """The device of that name; ``auto`` is a GPU where there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise OptionError("device is cuda, but torch finds no GPU here; use device='auto' or 'cpu'")
    return torch.device(name)


class Measured(torch.autograd.Function):  # type: ignore[misc]  # torch is not looked into
    """A function that gives its gradient together with its value; it is piecewise linear, so there is no second one."""

    @staticmethod
    def forward(ctx: Any, prediction: Tensor, measure: Measure) -> Tensor:
        """The value; the gradient is kept."""
        value, slope = measure(prediction.detach())
        ctx.save_for_backward(slope)
        return value

    @staticmethod
    @torch.autograd.function.once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:
        """The gradient times what comes from above."""
        (slope,) = ctx.saved_tensors
        return upstream * slope, None


def absolute_differences(prediction: Tensor, cell: Tensor, weight: Tensor, coupling: Tensor) -> tuple[Tensor, Tensor]:
    r"""Sum of coupled absolute differences and its gradient by torch operations.

    .. math:: Q = \sum_{k,l} \omega_k \omega_l \, W_{c_k c_l} \, |f_k - f_l|, \qquad
        g_k = 2 \omega_k \sum_h W_{c_k h} \, (\text{mass of cell h below } f_k - \text{mass above } f_k)

    The same sum as `fairaudit.distance.kernel.weighted_absolute_differences`, with the same symmetric subgradient where
    predictions tie: the mass below a row is that before its tie, the mass above that after it.

    Args:
        prediction: f, shape (n,).
        cell: c, shape (n,), integers in [0, K).
        weight: omega, shape (n,), non-negative.
        coupling: W, shape (K, K), symmetric.

    Returns:
        Q, shape (); and its gradient, shape (n,). All on the device of `prediction`.

    One sort, then running sums of the mass of each cell, some cells at a time: O(n log n + nK) time, O(n + `ENTRIES`)
    memory.
    """
    ordered, order = torch.sort(prediction)
    own, mass = cell[order], weight[order]
    first = torch.searchsorted(ordered, ordered, side="left")
    last = torch.searchsorted(ordered, ordered, side="right")
    balance = torch.zeros_like(ordered)
    count = coupling.shape[0]
    step = max(1, ENTRIES // (len(ordered) + 1))
    for start in range(0, count, step):
        cells = torch.arange(start, min(start + step, count), device=prediction.device)
        entries = torch.where(own[:, None] == cells, mass[:, None], 0.0)
        running = torch.nn.functional.pad(torch.cumsum(entries, dim=0), (0, 0, 1, 0))
        balance += (coupling[own][:, cells] * (running[first] + running[last] - running[-1])).sum(dim=1)
    slope = torch.empty_like(balance)
    slope[order] = 2 * mass * balance
    centred = prediction - (weight @ prediction) / weight.sum()
    return centred @ slope, slope


def distance_deviation(prediction: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    r"""Distance standard deviation of predictions, √dVar², and its gradient by torch operations.

    The same as `fairaudit.distance.variance.distance_deviation`, with the same symmetric subgradient where predictions
    tie; arguments as there. 0, and a gradient of zeros, where all predictions are equal.
    """
    ordered, order = torch.sort(prediction)
    mass = weight[order]
    ordered = ordered - mass @ ordered
    first = torch.searchsorted(ordered, ordered, side="left")
    last = torch.searchsorted(ordered, ordered, side="right")

    def rank(amount: Tensor) -> Tensor:
        """Σ of the amounts below less Σ of those above."""
        running = torch.nn.functional.pad(torch.cumsum(amount, dim=0), (1, 0))
        return running[first] + running[last] - running[-1]

    position = rank(mass)
    mean = ordered * position - rank(mass * ordered)
    total = mass @ mean
    slope = torch.empty_like(ordered)
    slope[order] = 2 * mass * (ordered - mean * position - rank(mass * mean) + total * position)
    variance = 2 * (mass @ ordered**2) - 2 * (mass @ mean**2) + total**2
    spread = ordered[-1] - ordered[0]
    if not (spread > 0 and variance > NOTHING * spread**2):
        return variance.new_zeros(()), torch.zeros_like(slope)
    deviation = variance.sqrt()
    return deviation, slope / deviation


def paired_differences(
    prediction: Tensor, place: Tensor, mean: Tensor, overall: float, weight: Tensor
) -> tuple[Tensor, Tensor]:
    r"""A distance covariance from all pairs, where the centring is given.

    .. math:: \sum_{k,l} \omega_k \omega_l \, (|s_k - s_l| - r_k - r_l + t) \, |f_k - f_l|

    Args:
        prediction: f, shape (m,).
        place: s, the encoded attributes, shape (m, columns).
        mean: r, mean distance of each row to all rows of the data, of which these may be some, shape (m,).
        overall: t, mean of r over all rows of the data.
        weight: omega, shape (m,).

    Returns:
        The sum, shape (); and its gradient, shape (m,), sign(0) = 0.

    O(m² · columns) time, O(m + `ENTRIES`) memory: for mini-batches.
    """
    slope = torch.zeros_like(prediction)
    step = max(1, ENTRIES // place.numel())
    for start in range(0, len(prediction), step):
        rows = slice(start, start + step)
        distance = torch.linalg.vector_norm(place[rows, None] - place, dim=2)
        centred = distance - mean[rows, None] - mean + overall
        slope[rows] = 2 * weight[rows] * ((centred * (prediction[rows, None] - prediction).sign()) @ weight)
    return prediction @ slope, slope


class TorchPenalty:
    r"""A `DependencePenalty` as a differentiable function of tensors, of all its rows or of a mini-batch.

    Of all rows it is the exact penalty. Of m of the n rows it is

    .. math:: \frac{n (n-1)}{m (m-1)} \sum_{k,l \in B} \omega_k \omega_l \, W_{kl} \, |f_k - f_l|

    with the weights and the coupling of *all* rows, not those of the batch. Each pair of rows is in a random batch with
    the same probability, so this is an unbiased estimate of the exact penalty, and its gradient of the exact gradient.
    (The distance covariance of the batch itself would be larger by the noise floor of so few rows, and would penalise
    any spread of the predictions.) A single batch of it may be negative. A scale-free penalty divides by the distance
    standard deviation of the batch's predictions, and is unbiased but for the scatter of that.

    Args:
        penalty: what to measure.
        device: where the predictions are; elsewhere than on the processor cells are summed by torch operations.

    Raises:
        OptionError: measures from all pairs of rows (`distance.pairs`) have no such estimate; told by the first batch.
    """

    def __init__(self, penalty: DependencePenalty, device: torch.device) -> None:
        self.size, self.threshold = len(penalty.weight), penalty.threshold
        self.parts = [
            _TorchPart(part.rows, part.share, measure, cells, self.size, device, scale_free=part.scale_free)
            for part in penalty.parts
            for measure, cells in _single(part.measure, penalty.protected.take(part.rows), unscaled(penalty.kind))
        ]

    def __call__(self, prediction: Tensor, rows: Tensor | None = None) -> Tensor:
        """The penalty, shape (), of predictions of shape (m,), or (m, classes): summed over the classes.

        Args:
            prediction: f of the rows of the batch.
            rows: their positions among all rows, shape (m,), m ≥ 2; None: all rows in their order.
        """
        if prediction.ndim == 2:
            return torch.stack([self(column, rows) for column in prediction.unbind(dim=1)]).sum()
        if self.threshold is not None:
            prediction = torch.sigmoid((prediction - self.threshold) / SMOOTHNESS)
        total = prediction.new_zeros(())
        for part in self.parts:
            total = total + part(prediction, rows)
        if rows is None:
            return total
        n, m = self.size, len(rows)
        return total * (n * (n - 1) / (m * (m - 1)))


def _single(measure: Coupled, cells: Cells, kind: Kind) -> list[tuple[Coupled, Cells]]:
    """The measures that are added up, each with the attributes that it is of."""
    if not isinstance(measure, Sum):
        return [(measure, cells.only(kind.removeprefix("dcov:")) if kind.startswith("dcov:") else cells)]
    return [(part, cells.only(attribute.name)) for part, attribute in zip(measure.parts, cells.attributes, strict=True)]


class _TorchPart:
    """One coupled sum among the rows of a stratum, with what it needs on the device."""

    def __init__(
        self,
        rows: Ints,
        share: float,
        measure: Coupled,
        cells: Cells,
        size: int,
        device: torch.device,
        *,
        scale_free: bool,
    ) -> None:
        self.measure, self.share, self.device, self.scale_free = measure, share, device, scale_free
        position = np.full(size, -1)
        position[rows] = np.arange(len(rows))
        self.position, self.rows = torch.tensor(position, device=device), torch.tensor(rows, device=device)
        self.weight = torch.tensor(measure.weight, device=device)
        if isinstance(measure, OnCells):
            self.cell = torch.tensor(measure.blocks.cell, device=device)
            self.coupling = torch.tensor(measure.coupling.matrix, device=device)
        elif isinstance(measure, (OnLine, Agreement)):
            self.place = torch.tensor(_places(measure, cells), device=device)
            self.mean = torch.tensor(measure.mean, device=device)
            self.overall = float(measure.weight @ measure.mean)

    def __call__(self, prediction: Tensor, rows: Tensor | None) -> Tensor:
        if rows is None:
            values = prediction[self.rows]
            return self._scaled(self.share * Measured.apply(values, self._whole), values, self.weight)
        position = self.position[rows]
        inside = torch.nonzero(position >= 0)[:, 0]
        position, values = position[inside], prediction[inside]
        total = self.share * Measured.apply(values, lambda values: self._batch(values, position))
        return self._scaled(total, values, self.weight[position])

    def _scaled(self, total: Tensor, values: Tensor, weight: Tensor) -> Tensor:
        """A coupled sum over the distance standard deviation of its values, where it is to be free of their scale."""
        if not self.scale_free:
            return total
        mass = weight.sum()
        if not mass > 0:
            return 0 * total
        deviation = Measured.apply(values, lambda values: distance_deviation(values, weight / mass))
        return total / deviation if deviation > 0 else 0 * total

    def _whole(self, values: Tensor) -> tuple[Tensor, Tensor]:
        if self.device.type != "cpu" and isinstance(self.measure, OnCells):
            return absolute_differences(values, self.cell, self.weight, self.coupling)
        value, slope = self.measure(values.cpu().numpy())
        return values.new_tensor(value), torch.from_numpy(slope).to(self.device)

    def _batch(self, values: Tensor, position: Tensor) -> tuple[Tensor, Tensor]:
        if not len(values):
            return values.new_zeros(()), values
        weight = self.weight[position]
        if isinstance(self.measure, OnCells):
            cell = self.cell[position]
            if self.device.type != "cpu":
                return absolute_differences(values, cell, weight, self.coupling)
            matrix = self.measure.coupling.matrix
            value, slope = weighted_absolute_differences(values.numpy(), cell.numpy(), weight.numpy(), matrix)
            return values.new_tensor(value), torch.from_numpy(slope)
        if not isinstance(self.measure, (OnLine, Agreement)):
            raise OptionError(
                "a measure from all pairs of rows cannot be estimated in mini-batches; use batch_size=None"
            )
        return paired_differences(values, self.place[position], self.mean[position], self.overall, weight)


def _places(measure: Coupled, cells: Cells) -> Floats:
    """The encoding by which the measure takes its distances, shape (n, columns)."""
    if isinstance(measure, OnLine):
        return measure.attribute
    levels = zip(cells.attributes, cells.levels.T, strict=True)
    return np.column_stack([attribute.coordinates[level] for attribute, level in levels])
