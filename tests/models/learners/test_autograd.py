"""Torch's penalty: that of NumPy in value and gradient, and the slope of its value."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.distance import coupled
from fairaudit.distance.kernel import weighted_absolute_differences
from fairaudit.distance.line import continuous_distance_covariance, line_means
from fairaudit.distance.pairs import Pairs
from fairaudit.distance.penalty import dependence_penalty, unscaled
from fairaudit.distance.variance import distance_deviation
from fairaudit.errors import OptionError

torch = pytest.importorskip("torch", reason="the extra torch is not installed")
autograd = pytest.importorskip("fairaudit.models.learners.autograd")

CPU = torch.device("cpu")
RNG = np.random.default_rng(6)
N = 40
WEIGHT = RNG.integers(1, 5, N) / 1.0
WEIGHT /= WEIGHT.sum()
F = RNG.normal(size=N)
SEX = RNG.choice(["f", "m"], N).astype(object)
AGE = RNG.uniform(18, 90, N)
STRATA = np.where(RNG.random(N) < 0.2, -1, RNG.integers(0, 2, N))
KINDS = ("dcov:sex", "dcov:age", "sum", "ccdcov", "jdcov")
SCALE_FREE = ("dcor:sex", "dcor:age", "dcor")


def tensor(values):
    return torch.tensor(np.asarray(values))


@st.composite
def problems(draw):
    """Predictions with ties, cells, weights (some 0) and a symmetric coupling."""
    n, k = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    prediction = draw(st.lists(st.integers(-3, 3).map(lambda value: value / 2), min_size=n, max_size=n))
    cell = draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n))
    weight = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(sum))
    half = draw(st.lists(st.integers(-4, 4), min_size=k * k, max_size=k * k))
    coupling = np.reshape(half, (k, k)) / 4.0
    return np.array(prediction), np.array(cell), np.array(weight) / sum(weight), coupling + coupling.T


def loop(prediction, cell, weight, coupling):
    """Value and gradient by their definition."""
    n, value, gradient = len(prediction), 0.0, np.zeros(len(prediction))
    for k in range(n):
        for j in range(n):
            factor = weight[k] * weight[j] * coupling[cell[k], cell[j]]
            value += factor * abs(prediction[k] - prediction[j])
            gradient[k] += 2 * factor * np.sign(prediction[k] - prediction[j])
    return value, gradient


@pytest.mark.parametrize("entries", [autograd.ENTRIES, 5], ids=["all cells at once", "some cells at a time"])
@given(problem=problems())
def test_torch_operations_equal_the_double_loop_and_the_kernel(entries, problem):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(autograd, "ENTRIES", entries)
        value, gradient = autograd.absolute_differences(*map(tensor, problem))
    for expected in (loop(*problem), weighted_absolute_differences(*problem)):
        assert float(value) == pytest.approx(expected[0], abs=1e-13)
        np.testing.assert_allclose(gradient.numpy(), expected[1], atol=1e-13)


def test_a_pure_intersection_has_the_value_of_the_paper():
    # Two fair coins and their exclusive or: CCdCov² = (1 − √2/2)/4, DESIGN §2; a shift changes nothing.
    coins = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    distance = np.sqrt(np.abs(coins[:, None] - coins).sum(axis=2))
    mean = distance.mean(axis=1)
    centred = distance - mean[:, None] - mean + mean.mean()
    arguments = np.arange(4), np.full(4, 0.25), centred
    value, _ = autograd.absolute_differences(tensor([0.0, 1, 1, 0]) + 7, *map(tensor, arguments))
    assert float(value) == pytest.approx((1 - np.sqrt(2) / 2) / 4, abs=1e-15)


@pytest.mark.parametrize("strata", [None, STRATA], ids=["all", "strata"])
@pytest.mark.parametrize("kind", [*KINDS, *SCALE_FREE])
def test_the_penalty_is_that_of_numpy_and_its_gradient_the_slope(encode, kind, strata):
    rng = np.random.default_rng(1)
    penalty = dependence_penalty(encode(sex=SEX, age=AGE), kind, WEIGHT, strata)
    measure = autograd.TorchPenalty(penalty, CPU)
    for shape in ((N,), (N, 2)):
        f = tensor(rng.normal(size=shape)).requires_grad_()
        value = measure(f)
        value.backward()
        expected = penalty(f.detach().numpy())
        assert value.item() == pytest.approx(expected[0], abs=1e-15)
        np.testing.assert_allclose(f.grad.numpy(), expected[1], atol=1e-15)
        assert torch.autograd.gradcheck(measure, (f,), eps=1e-7, atol=1e-7)


@given(problem=problems())
def test_the_deviation_by_torch_operations_is_that_of_numpy(problem):
    prediction, _, weight, _ = problem
    value, gradient = autograd.distance_deviation(tensor(prediction), tensor(weight))
    expected = distance_deviation(prediction, weight)
    assert float(value) == pytest.approx(expected[0], abs=1e-13)
    np.testing.assert_allclose(gradient.numpy(), expected[1], atol=1e-12)


@pytest.mark.parametrize("kind", SCALE_FREE)
def test_a_scale_free_penalty_of_a_batch_is_its_covariance_over_the_deviation_of_the_batch(encode, kind):
    cells, rows = encode(sex=SEX, age=AGE), np.arange(0, N, 3)
    free, plain = (
        autograd.TorchPenalty(dependence_penalty(cells, chosen, WEIGHT), CPU) for chosen in (kind, unscaled(kind))
    )
    deviation, _ = distance_deviation(F[rows], WEIGHT[rows] / WEIGHT[rows].sum())
    value, covariance = (measure(tensor(F[rows]), tensor(rows)).item() for measure in (free, plain))
    assert value == pytest.approx(covariance / deviation, rel=1e-10)
    f = tensor(F[rows]).requires_grad_()
    assert torch.autograd.gradcheck(lambda values: free(values, tensor(rows)), (f,), eps=1e-7, atol=1e-7)


def test_equal_predictions_have_no_scale_free_dependence_nor_slope(encode):
    measure = autograd.TorchPenalty(dependence_penalty(encode(sex=SEX, age=AGE), "dcor", WEIGHT), CPU)
    f = torch.full((N,), 0.3, dtype=torch.float64, requires_grad=True)
    value = measure(f)
    value.backward()
    assert value.item() == 0
    assert not f.grad.any()


def test_of_decisions_of_groups_alike_it_is_that_of_numpy_too(encode):
    penalty = dependence_penalty(encode(sex=SEX, age=AGE), "ccdcov", WEIGHT, group_weight="equal", threshold=0.5)
    probability = torch.sigmoid(tensor(F)).requires_grad_()
    value = autograd.TorchPenalty(penalty, CPU)(probability)
    value.backward()
    expected = penalty(probability.detach().numpy())
    assert value.item() == pytest.approx(expected[0], abs=1e-15)
    np.testing.assert_allclose(probability.grad.numpy(), expected[1], atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_by_torch_operations_the_whole_penalty_is_the_same(encode, kind, monkeypatch):
    penalty = dependence_penalty(encode(sex=SEX, age=AGE), kind, WEIGHT, STRATA)
    measure = autograd.TorchPenalty(penalty, CPU)
    expected = float(measure(tensor(F)))
    for part in measure.parts:  # as on another device; tensors stay where they are
        monkeypatch.setattr(part, "device", torch.device("cuda"))
        monkeypatch.setattr(torch.Tensor, "to", lambda self, _: self)
    f = tensor(F).requires_grad_()
    value = measure(f)
    value.backward()
    assert value.item() == pytest.approx(expected, abs=1e-15)
    np.testing.assert_allclose(f.grad.numpy(), penalty(F)[1], atol=1e-15)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("strata", [None, STRATA[:8]], ids=["all", "strata"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_penalty_of_a_batch_is_without_bias(encode, kind, strata, device, monkeypatch):
    weight = WEIGHT[:8] / WEIGHT[:8].sum()
    penalty = dependence_penalty(encode(sex=SEX[:8], age=AGE[:8]), kind, weight, strata)
    measure, expected = autograd.TorchPenalty(penalty, CPU), penalty(F[:8])
    for part in measure.parts:
        monkeypatch.setattr(part, "device", torch.device(device))
    values, gradient = [], np.zeros(8)
    for batch in combinations(range(8), 3):
        rows = list(batch)
        f = tensor(F[rows]).requires_grad_()
        values.append(measure(f, tensor(rows)))
        values[-1].backward()
        gradient[rows] += f.grad.numpy()
    assert torch.stack(values).mean().item() == pytest.approx(expected[0], abs=1e-14)
    np.testing.assert_allclose(gradient / len(values), expected[1], atol=1e-14)


@pytest.mark.parametrize("missing", [False, True], ids=["known", "some missing"])
def test_pairs_of_a_continuous_attribute_are_those_of_the_merge(monkeypatch, missing):
    place = np.column_stack([AGE / 90, 0.5 * (np.arange(N) % 5 == 0)])
    place[place[:, 1] > 0, 0] = 0.3
    place = place if missing else place[:, :1]
    mean = line_means(place, WEIGHT)
    expected = continuous_distance_covariance(F, place, WEIGHT)
    for entries in (autograd.ENTRIES, 3 * N):
        monkeypatch.setattr(autograd, "ENTRIES", entries)
        value, gradient = autograd.paired_differences(*map(tensor, (F, place, mean)), WEIGHT @ mean, tensor(WEIGHT))
        assert value.item() == pytest.approx(expected[0], rel=1e-12)
        np.testing.assert_allclose(gradient.numpy(), expected[1], atol=1e-13)


@pytest.mark.parametrize("kind", ["ccdcov", "dcov:a"])
def test_the_penalty_of_a_batch_is_without_bias_where_categories_agree(encode, kind, monkeypatch):
    rng = np.random.default_rng(1)
    monkeypatch.setattr(coupled, "FEW", 0)
    monkeypatch.setattr(coupled.agreement, "cost", lambda _: 0)
    columns = {name: rng.choice(["p", "q", "r"], 7).astype(object) for name in "ab"}
    penalty = dependence_penalty(encode(**columns), kind, np.full(7, 1 / 7))
    assert isinstance(penalty.parts[0].measure, autograd.Agreement)
    measure, expected = autograd.TorchPenalty(penalty, CPU), penalty(F[:7])
    assert measure(tensor(F[:7])).item() == pytest.approx(expected[0], abs=1e-15)
    batches = [list(batch) for batch in combinations(range(7), 4)]
    values = [measure(tensor(F[rows]), tensor(rows)).item() for rows in batches]
    assert np.mean(values) == pytest.approx(expected[0], abs=1e-14)


def test_a_measure_from_all_pairs_needs_all_rows(encode):
    size, rng = 1500, np.random.default_rng(5)
    cells = encode(sex=rng.choice(["f", "m"], size).astype(object), age=rng.uniform(18, 90, size))
    penalty = dependence_penalty(cells, "ccdcov", np.full(size, 1 / size), pairwise=True)
    assert isinstance(penalty.parts[0].measure, Pairs)
    measure, f = autograd.TorchPenalty(penalty, CPU), tensor(rng.normal(size=size))
    assert measure(f).item() == pytest.approx(penalty(f.numpy())[0], abs=1e-15)
    with pytest.raises(OptionError, match="cannot be estimated in mini-batches; use batch_size=None"):
        measure(f[:9], torch.arange(9))
