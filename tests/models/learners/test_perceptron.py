"""A network in NumPy: what its layers say, and the activations beside those of torch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from fairaudit.models.learners.perceptron import ACTIVATIONS, Layer, NetworkSolution, forward


def test_the_prediction_of_a_normalised_network_is_that_of_its_layers():
    rng = np.random.default_rng(4)
    sizes = (3, 5, 4)
    layers = tuple(
        Layer(rng.normal(size=pair), *rng.normal(size=(4, pair[1])), rng.uniform(0.5, 2, pair[1]))
        for pair in pairwise(sizes)
    )
    solution = NetworkSolution(0.0, np.zeros(()), layers, rng.normal(size=(4, 1)), 0, True)
    rows = state = rng.normal(size=(20, 3))
    for layer in layers:
        state = layer.gain * (np.tanh(state @ layer.weight + layer.bias) - layer.centre) / layer.scale + layer.shift
    np.testing.assert_allclose(forward(rows, *solution.plain(), "tanh"), (state @ solution.output)[:, 0], rtol=1e-12)


def test_a_multiple_of_a_network_predicts_the_multiple():
    rng = np.random.default_rng(4)
    layer = Layer(rng.normal(size=(3, 4)), *rng.normal(size=(4, 4)), np.ones(4))
    solution = NetworkSolution(0.0, np.asarray(0.5), (layer,), rng.normal(size=(4, 1)), 0, True)
    rows = rng.normal(size=(9, 3))
    once, thrice = (forward(rows, *each.plain(), "silu") for each in (solution, solution.times(3)))
    np.testing.assert_allclose(thrice, 3 * once, rtol=1e-12)
    assert solution.times(3).intercept == 1.5


def test_activations_are_the_same_in_numpy_and_torch():
    torch = pytest.importorskip("torch", reason="the extra torch is not installed")
    from fairaudit.models.learners import autograd

    values = np.linspace(-30, 30, 601)
    assert ACTIVATIONS.keys() == autograd.ACTIVATIONS.keys()
    for name, function in ACTIVATIONS.items():
        expected = autograd.ACTIVATIONS[name](torch.tensor(values)).numpy()
        np.testing.assert_allclose(function(values), expected, rtol=1e-14, atol=1e-15)
