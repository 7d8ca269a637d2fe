"""Expected gradients: what they sum to, what they are in closed form, and that a loss can be built on them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fairaudit.errors import FitError
from fairaudit.models.files import load, save
from fairaudit.models.network import PenalizedNetwork

torch = pytest.importorskip("torch", reason="the extra torch is not installed")

from fairaudit.models.learners.path_gradients import attributions, expected_gradients, path_gradients, perceptron  # noqa: E402

RNG = np.random.default_rng(5)
ROWS, BACKGROUND = RNG.normal(size=(7, 3)), RNG.normal(size=(5, 3))
LAYERS = [RNG.normal(size=(3, 6)), RNG.normal(size=(6, 4)), RNG.normal(size=(4, 1))]
SHIFTS = [RNG.normal(size=6), RNG.normal(size=4), RNG.normal(size=1)]


def tensors(parts):
    return [torch.tensor(part) for part in parts]


def test_the_gradient_of_a_product_is_known_in_closed_form():
    # f = x0 x1: along a path from x' both factors grow, and the integral is the product of the change of one factor
    # with the mean of the other.
    found = expected_gradients(lambda x: x[:, 0] * x[:, 1], torch.tensor(ROWS), torch.tensor(BACKGROUND), points=2)
    expected = np.zeros((7, 3))
    for i, row in enumerate(ROWS):
        for start in BACKGROUND:
            expected[i, 0] += (row[0] - start[0]) * (row[1] + start[1]) / 2 / 5
            expected[i, 1] += (row[1] - start[1]) * (row[0] + start[0]) / 2 / 5
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-14)


def test_expected_gradients_equal_the_loops_over_background_and_points():
    network = perceptron(tensors(LAYERS), tensors(SHIFTS), "tanh")
    places, shares = np.polynomial.legendre.leggauss(6)
    expected = np.zeros((7, 3))
    for i, row in enumerate(ROWS):
        for start in BACKGROUND:
            for place, share in zip((places + 1) / 2, shares / 2, strict=True):
                at = start + place * (row - start)
                for c in range(3):
                    up, down = at.copy(), at.copy()
                    up[c] += 1e-6
                    down[c] -= 1e-6
                    rise = network(torch.tensor(np.array([up, down]))).numpy()
                    expected[i, c] += share * (row - start)[c] * (rise[0] - rise[1]) / 2e-6 / 5
    found = expected_gradients(network, torch.tensor(ROWS), torch.tensor(BACKGROUND), points=6).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_a_linear_network_has_the_attributions_of_a_linear_model():
    found, lacking = attributions(LAYERS[:1], SHIFTS[:1], "relu", ROWS, BACKGROUND, "cpu")
    expected = (ROWS - BACKGROUND.mean(axis=0))[:, :, None] * LAYERS[0]
    np.testing.assert_allclose(found, expected, atol=1e-13)
    assert np.abs(lacking).max() < 1e-13


@pytest.mark.parametrize(("activation", "most"), [("silu", 1e-9), ("tanh", 1e-9), ("relu", 0.02)])
def test_the_sum_of_a_row_misses_its_prediction_by_the_stated_bound_at_most(activation, most):
    network = perceptron(tensors(LAYERS), tensors(SHIFTS), activation)
    found, lacking = attributions(LAYERS, SHIFTS, activation, ROWS, BACKGROUND, "cpu")
    told, base = (network(torch.tensor(each)).numpy() for each in (ROWS, BACKGROUND))
    np.testing.assert_allclose(found.sum(axis=1) + lacking, told - base.mean(), atol=1e-12)
    assert (np.abs(lacking) <= most * np.maximum(np.abs(told - base.mean()), np.ptp(base))).all()


def test_attributions_that_do_not_add_up_are_refused(monkeypatch):
    monkeypatch.setattr("fairaudit.models.learners.path_gradients.POINTS", {"relu": (1,)})
    with pytest.raises(FitError, match="do not add up to its predictions with 1 points"):
        attributions(LAYERS, SHIFTS, "relu", 5 * ROWS, BACKGROUND, "cpu")


def test_paths_may_be_drawn_row_by_row_as_well():
    rng = np.random.default_rng(1)
    network = perceptron(tensors(LAYERS), tensors(SHIFTS), "silu")
    starts, points = torch.tensor(rng.normal(size=(7, 3))), torch.tensor(rng.random(7))
    found = path_gradients(network, torch.tensor(ROWS), starts, points)
    for i in range(7):
        alone = path_gradients(network, torch.tensor(ROWS[i : i + 1]), starts[i], float(points[i]))
        np.testing.assert_allclose(found[i], alone[0], atol=1e-14)


def test_a_loss_of_expected_gradients_has_the_slope_of_its_value():
    def loss(weights):
        network = perceptron([*weights, torch.tensor(LAYERS[2])], tensors(SHIFTS), "silu")
        found = expected_gradients(network, torch.tensor(ROWS), torch.tensor(BACKGROUND), 4, create_graph=True)
        return found.abs().sum(dim=0) @ torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)

    weights = [torch.tensor(part, requires_grad=True) for part in LAYERS[:2]]
    loss(weights).backward()
    for layer, place in ((0, (1, 2)), (1, (3, 0))):
        ends = []
        for step in (1e-5, -1e-5):
            moved = [torch.tensor(part, requires_grad=True) for part in LAYERS[:2]]
            with torch.no_grad():
                moved[layer][place] += step
            ends.append(float(loss(moved).detach()))
        assert float(weights[layer].grad[place]) == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5)


N = 200
X = pd.DataFrame({"number": RNG.normal(size=N), "kind": RNG.choice(["p", "q", "r"], N), "noise": RNG.normal(size=N)})
ETA = (X["number"] * np.where(X["kind"] == "p", 2, 1)).to_numpy()
SMALL = {"hidden": (6,), "epochs": 40, "tol": 1e-3, "device": "cpu"}


@pytest.mark.filterwarnings("ignore:the criterion of training still fell")
@pytest.mark.parametrize("activation", ["silu", "relu"])
@pytest.mark.parametrize("family", ["gaussian", "ordinal", "multinomial"])
@pytest.mark.slow
def test_contributions_of_a_network_sum_to_its_linear_predictor(family, activation):
    outcome = ETA if family == "gaussian" else np.digitize(ETA, [-0.5, 0.5])
    model = PenalizedNetwork(family, activation=activation, **SMALL).fit(X, outcome)
    some = X.head(50)
    found, linear = model.contributions(some), model.linear_predictor(some)
    assert found.shape == (50, 3, *linear.shape[1:])
    off = linear - found.sum(axis=1)
    assert np.ptp(off, axis=0).max() < 1e-9 * np.ptp(linear)
    again = PenalizedNetwork(family, activation=activation, **SMALL).fit(X, outcome)
    np.testing.assert_array_equal(found, again.contributions(some))
    remainder = model.attributed(some).remainder
    assert (remainder < 1e-8) if activation == "silu" else (0 < remainder < 0.02 * np.ptp(linear))


@pytest.mark.filterwarnings("ignore:the criterion of training still fell")
def test_a_saved_network_holds_no_training_rows_and_says_so(tmp_path):
    model = PenalizedNetwork("gaussian", **SMALL).fit(X, ETA)
    save(model, tmp_path / "model")
    loaded = load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert len(model.background_) == 64
    assert not hasattr(loaded, "background_")
    with pytest.raises(FitError, match="start from training rows, which no file keeps"):
        loaded.contributions(X)
