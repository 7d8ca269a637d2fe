"""Performance equals that of scikit-learn, and the ranked probability score its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as reference

from fairaudit.measures.losses import RPS_COUNTS, area_under_curve, estimates, intervals, performance

RNG = np.random.default_rng(6)
N = 200
WEIGHTS = [None, RNG.integers(0, 4, N) / 2]
PROBABILITY = RNG.integers(1, 20, N) / 20
BINARY = (RNG.random(N) < PROBABILITY).astype(float)
EXPOSURE = RNG.integers(1, 13, N) / 12
EXPECTED = EXPOSURE * RNG.lognormal(sigma=0.5, size=N)
COUNT = RNG.poisson(EXPECTED) / 1.0


@pytest.fixture(params=WEIGHTS, ids=["equal", "weighted"])
def weight(request):
    return request.param


def test_binary_performance_is_that_of_scikit_learn(weight):
    decision = (PROBABILITY >= 0.5).astype(float)
    assert performance("binary", BINARY, PROBABILITY, decision=decision, weight=weight) == pytest.approx(
        {
            "accuracy": reference.accuracy_score(BINARY, decision, sample_weight=weight),
            "auc": reference.roc_auc_score(BINARY, PROBABILITY, sample_weight=weight),
            "brier": reference.brier_score_loss(BINARY, PROBABILITY, sample_weight=weight),
            "log_loss": reference.log_loss(BINARY, PROBABILITY, sample_weight=weight),
        },
        rel=1e-12,
    )


def test_regression_performance_is_that_of_scikit_learn(weight):
    y, f = COUNT - 1.5, EXPECTED - 1.5
    assert performance("regression", y, f, weight=weight) == pytest.approx(
        {
            "rmse": reference.root_mean_squared_error(y, f, sample_weight=weight),
            "mae": reference.mean_absolute_error(y, f, sample_weight=weight),
            "r2": reference.r2_score(y, f, sample_weight=weight),
        },
        rel=1e-12,
    )


def plain_rps(y, expected):
    """Σ_k (P(Y ≤ k) − 1[y ≤ k])² over k = 0..10 for Y ~ Poisson(expected), with the probabilities summed one by one."""
    total = below = 0.0
    for k in range(11):
        below += math.exp(-expected) * expected**k / math.factorial(k)
        total += (below - (y <= k)) ** 2
    return total


def test_count_performance_equals_its_references(weight):
    omega = np.ones(N) if weight is None else weight
    assert RPS_COUNTS == 11
    scores = [plain_rps(y, expected) for y, expected in zip(COUNT, EXPECTED, strict=True)]
    assert performance("count", COUNT, EXPECTED, exposure=EXPOSURE, weight=weight) == pytest.approx(
        {
            "poisson_deviance": reference.mean_poisson_deviance(COUNT, EXPECTED, sample_weight=weight),
            "rps": np.average(scores, weights=omega),
            "frequency": (omega @ COUNT) / (omega @ EXPOSURE),
            "actual_expected": (omega @ COUNT) / (omega @ EXPECTED),
        },
        rel=1e-11,
    )


def test_ordinal_performance_counts_the_nearest_level():
    y, f = np.array([0.0, 1, 2, 2]), np.array([0.4, 1.6, 1.7, 2.9])
    found = performance("ordinal", y, f)
    assert found["accuracy"] == 0.5
    assert found["mae"] == pytest.approx((0.4 + 0.6 + 0.3 + 0.9) / 4)


def test_perfect_predictions_have_the_best_values():
    assert performance("binary", BINARY, BINARY) == {"auc": 1.0, "brier": 0.0, "log_loss": 0.0}
    assert performance("regression", COUNT, COUNT) == {"rmse": 0.0, "mae": 0.0, "r2": 1.0}


def test_what_is_not_defined_is_none():
    ones = np.ones(4)
    assert performance("binary", ones, np.array([0.1, 0.2, 0.3, 0.4]))["auc"] is None
    assert performance("binary", np.array([0.0, 1, 0, 1]), np.array([1.0, 1, 0, 0]))["log_loss"] is None
    assert performance("binary", np.array([0.0, 1]), np.array([-3.0, 7])) == {"auc": 1.0}
    assert performance("regression", ones, np.arange(4.0))["r2"] is None
    found = performance("count", np.array([0.0, 2]), np.array([0.0, 1]))
    assert (found["poisson_deviance"], found["rps"], found["actual_expected"]) == (None, None, 2.0)


def test_a_decision_alone_has_an_accuracy():
    assert performance("binary", np.array([0.0, 1, 1, 0]), None, decision=np.array([0.0, 1, 0, 0])) == {
        "accuracy": 0.75
    }


def test_the_area_under_the_curve_is_the_share_of_ordered_pairs():
    share = np.full(N, 1 / N)
    yes, no = PROBABILITY[BINARY == 1], PROBABILITY[BINARY == 0]
    pairs = [(a > b) + 0.5 * (a == b) for a in yes for b in no]
    assert area_under_curve(BINARY, PROBABILITY, share) == pytest.approx(np.mean(pairs), rel=1e-12)
    assert area_under_curve(BINARY, -PROBABILITY, share) == pytest.approx(1 - np.mean(pairs), rel=1e-12)


@pytest.mark.parametrize("task", ["binary", "regression", "count"])
def test_influence_is_the_derivative_in_the_share_of_a_row(task):
    rng = np.random.default_rng(4)
    prediction = rng.uniform(0.1, 0.9, 40)
    outcome = {"binary": rng.integers(0, 2, 40), "count": rng.poisson(1.0, 40)}.get(task, rng.normal(size=40)).astype(
        float
    )
    weight, step = rng.uniform(0.5, 2, 40), 1e-6
    options = {"decision": (prediction > 0.5).astype(float)} if task == "binary" else {}
    found = estimates(task, outcome, prediction, weight=weight, **options)
    share = weight / weight.sum()
    for row in (0, 17):
        # Mixing a little of one row in moves the value by influence · step.
        mixed = (1 - step) * share
        mixed[row] += step
        moved = estimates(task, outcome, prediction, weight=mixed, **options)
        for name, each in found.items():
            slope = (moved[name].value - each.value) / step
            assert slope == pytest.approx(each.influence()[row], rel=1e-3, abs=1e-4), name


def test_interval_of_an_accuracy_is_the_binomial_one():
    decision, outcome = np.array([1.0, 0, 1, 1, 0, 1, 0, 0]), np.array([1.0, 0, 0, 1, 0, 1, 1, 0])
    found = estimates("binary", outcome, None, decision=decision)
    low, high = intervals(found, np.full(8, 1 / 8), 0.95)["accuracy"]
    assert (high - low) / 2 == pytest.approx(1.959964 * np.sqrt(0.75 * 0.25 / 8))
