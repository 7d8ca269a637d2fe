"""What the objectives of GLM, boosting and network share."""

from __future__ import annotations

import numpy as np
import pytest
from family_cases import CASES, outcomes

from fairaudit.distance.penalty import dependence_penalty
from fairaudit.models.families import family
from fairaudit.models.learners.solver import Problem
from fairaudit.models.objective import some

N = 40


@pytest.fixture(params=CASES)
def problem(request, encode):
    """An objective of each family, with a penalty, and an offset where the family sees one."""
    rng, chosen = np.random.default_rng(4), CASES[request.param]
    weight = rng.integers(1, 5, N) / 1.0
    weight /= weight.sum()
    return Problem(
        family=chosen,
        outcome=outcomes(chosen, N),
        weight=weight,
        penalty=dependence_penalty(encode(sex=rng.choice(["f", "m"], N).astype(object)), "ccdcov", weight),
        offset=None if chosen.several else rng.normal(size=N) / 10,
        matrix=rng.normal(size=(N, 3)),
        ridge=0.1,
        max_iter=300,
        tol=1e-9,
    )


def predictors(problem):
    location = np.random.default_rng(5).normal(size=(N, 4) if problem.family.several else N)
    return problem.family.linear(location, problem.start(), problem.offset)


@pytest.mark.parametrize("strength", [0.0, 3.0])
def test_the_gradient_by_the_predictors_is_the_slope_of_the_value(problem, strength):
    linear, step = predictors(problem), 1e-6
    _, slope = problem.by_predictors(linear, strength)
    for row in range(0, N, 7):
        for column in np.ndindex(linear.shape[1:]):
            move = np.zeros_like(linear)
            move[(row, *column)] = step
            up, down = (problem.by_predictors(linear + sign * move, strength)[0] for sign in (1, -1))
            assert slope[(row, *column)] == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-8)


def test_the_value_is_mean_loss_and_strength_times_penalty(problem):
    linear = predictors(problem)
    mean = problem.family.mean(linear)
    expected = problem.weight @ problem.family.loss(problem.outcome, linear) + 3 * problem.penalty(mean)[0]
    assert problem.by_predictors(linear, 3.0)[0] == pytest.approx(expected, rel=1e-12)


def test_the_constant_model_has_the_null_loss(problem):
    constant = problem.constant()
    np.testing.assert_array_equal(problem.null_losses(), problem.losses(constant))
    assert problem.null_loss() == pytest.approx(problem.weight @ problem.losses(constant), rel=1e-12)
    assert problem.half_deviance(constant) >= 0


def test_some_rows_are_a_problem_of_their_own(problem):
    rows = np.arange(3, N, 2)
    part = problem.take(rows)
    assert part.weight.sum() == pytest.approx(1)
    for before, after in ((problem.outcome, part.outcome), (problem.matrix, part.matrix)):
        np.testing.assert_array_equal(after, before[rows])
    constant = problem.constant()
    np.testing.assert_array_equal(part.linear(constant), problem.linear(constant)[rows])
    assert len(part.penalty.weight) == len(rows)


def test_no_column_has_no_rows():
    assert some(None, np.arange(2)) is None
    np.testing.assert_array_equal(some(np.arange(5.0), np.array([1, 3])), [1, 3])


def test_a_mean_loss_that_happens_to_be_zero_is_no_size_of_the_loss():
    outcome = np.array([0.0, 2 * np.e])
    problem = Problem(
        family=family("poisson"),
        matrix=np.zeros((2, 0)),
        outcome=outcome,
        weight=np.full(2, 0.5),
        penalty=None,
        ridge=0.0,
        max_iter=9,
        tol=0.1,
    )
    assert abs(problem.null_loss()) < 1e-12
    assert problem.size_of_loss() == pytest.approx(1e-3 * np.e * np.log(2))
