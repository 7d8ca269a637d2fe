"""The objective and its gradient, and the minimum that is found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from fairaudit.distance.penalty import dependence_penalty
from fairaudit.models.families import FAMILIES, family
from fairaudit.models.features.directions import Directions
from fairaudit.models.learners.solver import Problem, Solution

N = 60
RNG = np.random.default_rng(3)
MATRIX = RNG.normal(size=(N, 5))
WEIGHT = RNG.integers(1, 4, N) / 1.0
WEIGHT /= WEIGHT.sum()
CLASSES = {"ordinal": 4, "multinomial": 3}
SEX = RNG.choice(["m", "f"], N).astype(object)
AGE = RNG.integers(0, 9, N) / 1.0
OFFSET = RNG.normal(size=N)


@pytest.fixture(params=FAMILIES)
def name(request):
    return request.param


def problem_of(name, penalty=None, **options):
    rng = np.random.default_rng(len(name))
    outcome = rng.integers(0, CLASSES.get(name, 2), N) / 1.0
    if name in ("gaussian", "gamma", "tweedie"):
        outcome = rng.gamma(1, size=N)
    options = {"ridge": 0.1, "max_iter": 500, "tol": 1e-9, "offset": None} | options
    if name == "multinomial":  # it takes no offset
        options["offset"] = None
    return Problem(
        family=family(name, classes=CLASSES.get(name, 2)).fitted_to(outcome, WEIGHT),
        matrix=MATRIX,
        outcome=outcome,
        weight=WEIGHT,
        penalty=penalty,
        **options,
    )


def point_of(problem):
    """Some intercepts and coefficients, ordinal intercepts decreasing."""
    constant, rng = problem.constant(), np.random.default_rng(8)
    intercept = constant.intercept + np.linspace(0.2, -0.1, constant.intercept.size).reshape(constant.intercept.shape)
    return intercept, rng.normal(size=constant.coefficients.shape) / 5


@pytest.mark.parametrize("kind", ["dcov:sex", "ccdcov", "jdcov"])
@pytest.mark.parametrize("offset", [None, OFFSET], ids=["plain", "offset"])
def test_the_gradient_of_the_objective_is_its_slope(encode, name, kind, offset):
    problem = problem_of(name, dependence_penalty(encode(sex=SEX, age=AGE), kind, WEIGHT), offset=offset)
    intercept, beta = point_of(problem)
    h, strength, size = 1e-6, 3.0, intercept.size
    _, by_intercept, by_coefficient = problem.objective(intercept, beta, strength)

    def value(step):
        moved = intercept + step[:size].reshape(intercept.shape), beta + step[size:].reshape(beta.shape)
        return problem.objective(*moved, strength)[0]

    steps = h * np.eye(size + beta.size)
    quotient = [(value(step) - value(-step)) / (2 * h) for step in steps]
    # h² times a third derivative, and the rounding of a value of about 1 over h
    np.testing.assert_allclose([*np.ravel(by_intercept), *np.ravel(by_coefficient)], quotient, atol=3e-9)


def test_the_hessian_is_the_slope_of_the_gradient(name):
    problem = problem_of(name)
    intercept, beta = point_of(problem)
    h, size = 1e-6, intercept.size

    def gradient(step):
        moved = intercept + step[:size].reshape(intercept.shape), beta + step[size:].reshape(beta.shape)
        _, *parts = problem.objective(*moved, 0.0)
        return np.concatenate([np.ravel(part) for part in parts])

    steps = h * np.eye(size + beta.size)
    quotient = np.array([(gradient(step) - gradient(-step)) / (2 * h) for step in steps])
    whole = problem.hessian(Solution(0.0, intercept, beta, 0, False))
    if name == "multinomial":  # a common shift of the intercepts changes nothing; there the Hessian is made definite
        shift = whole[:size, :size] - quotient[:size, :size]
        np.testing.assert_allclose(shift, shift[0, 0], atol=1e-8)
        whole[:size, :size] -= shift
    np.testing.assert_allclose(whole, quotient, atol=1e-8)


def test_newton_steps_end_where_the_gradient_is_rounding(name):
    problem = problem_of(name)
    solved = problem.solve(0.0)
    polished = problem.polish(solved)
    assert polished.converged
    _, *before = problem.objective(solved.intercept, solved.coefficients, 0.0)
    _, *after = problem.objective(polished.intercept, polished.coefficients, 0.0)
    assert max(np.abs(part).max() for part in after) < 1e-14
    np.testing.assert_allclose(polished.coefficients, solved.coefficients, atol=1e-3)
    assert max(np.abs(part).max() for part in before) < 1e-3


def test_the_constant_model_is_best_without_features(name):
    problem = problem_of(name)
    start = problem.constant()
    _, by_intercept, _ = problem.objective(start.intercept, start.coefficients, 0.0)
    np.testing.assert_allclose(by_intercept, 0, atol=1e-14)
    assert problem.null_loss() == pytest.approx(float(WEIGHT @ problem.losses(start)))


def test_some_rows_are_the_problem_of_those_rows(encode, name):
    problem = problem_of(name, dependence_penalty(encode(sex=SEX), "dcov", WEIGHT), offset=OFFSET)
    rows = np.arange(0, N, 2)
    taken, point = problem.take(rows), point_of(problem)
    assert taken.weight.sum() == pytest.approx(1)
    state = Solution(0.0, *point, 0, False)
    np.testing.assert_array_equal(taken.losses(state), problem.losses(state)[rows])


DIRECTIONS = Directions(np.array([1, 3, 4]), np.array([[-1.0, 0, 0], [-1.0, -1, 0], [0, 1.0, 2]]))
ORDERED = tuple(name for name in FAMILIES if name != "multinomial")


def rises(solution):
    return np.linalg.solve(DIRECTIONS.basis, solution.coefficients[DIRECTIONS.columns])


def test_with_directions_a_gaussian_fit_is_least_squares_under_bounds():
    problem = problem_of("gaussian", directions=DIRECTIONS)
    solution = problem.polish(problem.solve(0.0))
    basis, root = DIRECTIONS.coordinates(5), np.sqrt(WEIGHT)
    rows = np.column_stack([root, root[:, None] * MATRIX @ basis])
    rows = np.vstack([rows, np.column_stack([np.zeros(5), np.sqrt(0.1) * basis])])
    least = np.array([-np.inf] * 3 + [0.0] * 3)
    known = lsq_linear(rows, np.append(root * problem.outcome, np.zeros(5)), (least, np.inf), tol=1e-14)
    assert sorted(known.x[3:] < 1e-9) == [False, True, True]
    assert solution.intercept == pytest.approx(known.x[0])
    np.testing.assert_allclose(solution.coefficients, basis @ known.x[1:], atol=1e-7)


@pytest.mark.parametrize("strength", [0.0, 3.0])
@pytest.mark.parametrize("name", ORDERED)
def test_at_the_minimum_under_directions_no_move_that_they_allow_lowers_the_objective(encode, name, strength):
    penalty = dependence_penalty(encode(sex=SEX, age=AGE), "ccdcov", WEIGHT)
    problem = problem_of(name, penalty, directions=DIRECTIONS)
    plain = problem.polish(problem.solve(0.0))
    solution = problem.solve(strength, plain) if strength else plain
    assert rises(solution).min() >= -1e-12
    least, *_ = problem.objective(solution.intercept, solution.coefficients, strength)
    moves, basis = np.random.default_rng(0).normal(size=(200, 5)), DIRECTIONS.coordinates(5)
    moves[:, 2:] = np.maximum(moves[:, 2:], -rises(solution) / 1e-3)
    for move in moves:
        moved = solution.coefficients + 1e-3 * basis @ move
        assert problem.objective(solution.intercept, moved, strength)[0] >= least - (
            1e-6 if strength else 1e-10
        )  # ties are kinks


@pytest.mark.parametrize("name", ORDERED)
def test_directions_that_the_free_fit_keeps_change_nothing(name):
    free = problem_of(name)
    solution = free.polish(free.solve(0.0))
    signs = np.diag(np.sign(solution.coefficients[[1, 3, 4]]))
    directed = problem_of(name, directions=Directions(np.array([1, 3, 4]), signs))
    same = directed.polish(directed.solve(0.0))
    np.testing.assert_allclose(same.coefficients, solution.coefficients, atol=1e-6)
    np.testing.assert_allclose(same.intercept, solution.intercept, atol=1e-6)
