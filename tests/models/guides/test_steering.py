"""The controller of gain multipliers, on trees whose importances answer to them as they are meant to."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.models.boosting import PenalizedBoosting
from fairaudit.models.guides.consistency import ConsistencyLoss, Reference, distribution
from fairaudit.models.guides.steering import EVERY, STEERING_STRENGTHS, Steering, choose, error
from fairaudit.models.learners.phase import Phase

WEIGHT = np.array([4.0, 2.0, 1.0, 1.0])
KNOWN = ConsistencyLoss(Reference(np.array([0, 1, 2, 2]), WEIGHT), "kl")
BASE = np.array([1.0, 1.0, 3.0, 0.5])


def steered(strength, rounds=300):
    """Shares after so many steps of a factory that adds BASE × multipliers to the importances."""
    steering = Steering(KNOWN, strength, np.ones(1), np.zeros((1, 4)), np.zeros(4))
    for _ in range(rounds):
        steering.add((BASE * steering.multipliers())[None])
    return distribution(steering.contributions[0])


def test_the_shares_end_at_the_knowledge_whatever_the_trees_would_prefer():
    np.testing.assert_allclose(steered(1.0), KNOWN.reference.shares, atol=0.01)


def test_stronger_steering_ends_nearer():
    distances = [KNOWN.of_shares(steered(strength, 60))[0] for strength in STEERING_STRENGTHS[1:5]]
    assert distances == sorted(distances, reverse=True)


@pytest.mark.parametrize("divergence", ["kl", "reverse-kl", "js", "balanced"])
def test_the_error_is_the_log_of_what_is_missing_whatever_measures_the_distance(divergence):
    known = ConsistencyLoss(KNOWN.reference, divergence)
    np.testing.assert_allclose(error(known, WEIGHT), 0, atol=1e-12)
    shares, wanted = distribution(BASE), known.reference.shares
    np.testing.assert_allclose(shares * np.exp(error(known, BASE)), wanted)


def test_an_order_lifts_what_is_too_low_by_a_bounded_step():
    known = ConsistencyLoss(KNOWN.reference, "plackett-luce")
    found = error(known, np.array([1e-6, 2.0, 1.0, 1.0]))
    assert np.abs(found).max() <= 1
    assert found[0] > found[1:].max()


@pytest.mark.parametrize("shares", [BASE, np.array([0.0, 0.0, 1.0, 0.0]), np.zeros(4)])
def test_multipliers_are_positive_and_the_largest_is_one(shares):
    found = Steering(KNOWN, 1.0, np.ones(1), shares[None], np.zeros(4)).multipliers()
    assert found.max() == 1
    assert found.min() > 0


def test_the_steering_strength_is_that_of_least_loss_and_divergence():
    def judged(strength):
        return strength / 10, 1 / (1 + strength)

    for alpha, best in ((1e-9, 0.0), (0.18, 0.25), (0.3, 0.5), (1e3, 4.0)):
        assert choose(judged, alpha) == best


def test_steering_above_the_first_strength_must_repay_its_price_twice():
    def judged(strength):
        return max(strength - 1, 0.0), -strength  # once repaid at alpha = 1

    assert choose(judged, 1.5) == 1
    assert choose(judged, 2.5) == 4


RNG = np.random.default_rng(11)
N = 800
X = pd.DataFrame(RNG.normal(size=(N, 3)).round(2), columns=list("abc"))
ETA = X["a"] + 0.5 * X["b"] + 0.25 * X["c"]
Y = (ETA + RNG.logistic(size=N) > 0).astype(int)
WANTED = fa.Knowledge(weights={"a": 3, "b": 1, "c": 1})


def model(**options):
    return PenalizedBoosting(**{"n_jobs": 1, "n_estimators": 300, "n_iter_no_change": 10, **options})


def guided(**options):
    return model(knowledge=WANTED, consistency=1.0, **options)


def test_alpha_of_zero_grows_the_plain_trees():
    plain = model().fit(X, Y)
    unled = model(knowledge=WANTED, consistency=0.0).fit(X, Y)
    assert unled.trees_ == plain.trees_


def test_the_same_seed_gives_the_same_guided_trees():
    assert guided().fit(X, Y).trees_ == guided().fit(X, Y).trees_


@pytest.mark.parametrize("strength", [0.0, 200.0])
def test_the_attributions_kept_while_trees_are_grown_are_those_of_treeshap(strength):
    rng = np.random.default_rng(1)
    sex = np.where(X["b"] + rng.normal(size=N) > 0, "m", "f")
    estimator = guided(penalty="ccdcov", n_iter_no_change=None, n_estimators=10)
    problem = replace(estimator.problem(estimator.read(X, Y, sex)), steering_strength=1.0)
    base = problem.solve(0.0) if strength else None
    run = Phase(problem, problem.fair if strength else problem.plain, strength, base)
    run.grow(2 * EVERY + 1)  # they are brought up to date before the last round
    assert len(run.scales) == 2 * EVERY + 1
    assert (min(run.scales) < 1) == bool(strength)
    solution = run.solution(2 * EVERY)
    found = problem.attributed(solution.plain) + problem.attributed(solution.fair)
    np.testing.assert_allclose(run.steering.contributions, found, atol=1e-12)


def test_several_alphas_cost_no_further_trees_of_a_steering_strength():
    estimator = guided()
    problem = estimator.problem(estimator.read(X, Y))
    first = problem.solve(0.0)
    tried = dict(problem.choices)
    assert problem.guided(1.001).solve(0.0) is first
    assert problem.choices == tried


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_alpha_says_how_far_to_go():
    estimator = guided()
    problem = estimator.problem(estimator.read(X, Y))
    known = problem.guidance.consistency
    found = [problem.guided(alpha).solve(0.0) for alpha in (0.0, 0.01, 0.1, 10.0)]
    distances = [known(problem.importance(each))[0] for each in found]
    assert [each.steering_strength for each in found] == sorted(each.steering_strength for each in found)
    assert distances[-1] < 0.3 * distances[0]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("family", ["ordinal", "multinomial"])
def test_classes_are_steered_too(family):
    rng = np.random.default_rng(1)
    classes = np.digitize(ETA + rng.logistic(size=N), [-0.5, 1])
    estimator = model(family=family, knowledge=WANTED, consistency=10.0)
    problem = estimator.problem(estimator.read(X, classes))
    known = problem.guidance.consistency
    plain, led = problem.guided(0.0).solve(0.0), problem.solve(0.0)
    assert known(problem.importance(led))[0] < 0.5 * known(problem.importance(plain))[0]
