"""One phase of boosting: what trees are told, the steps that they take, and what is kept of them."""

from __future__ import annotations

from dataclasses import replace

import lightgbm
import numpy as np
import pandas as pd
import pytest
from boosting_cases import OFFSET, OUTCOMES, N, problem_of

from fairaudit.models.families import FAMILIES
from fairaudit.models.features.bins import Bins
from fairaudit.models.learners.phase import Phase


@pytest.fixture(params=FAMILIES)
def name(request):
    return request.param


def traced(problem, strength, rounds):
    """A run of the second phase, and the objective after each of its rounds."""
    phase = Phase(problem, problem.fair, strength, problem.solve(0.0))
    values = [phase.value]
    for _ in range(rounds):
        phase.grow(1)
        values.append(phase.value)
    return phase, values


@pytest.mark.parametrize("strength", [0.0, 3.0])
def test_trees_are_given_the_slope_of_loss_and_penalty(name, strength):
    rng = np.random.default_rng(1)
    problem = problem_of(name)
    phase = Phase(problem, problem.fair, strength, problem.solve(0.0))
    given = []
    update = phase.booster.update
    phase.booster.update = lambda fobj: update(fobj=lambda *args: given.append(fobj(*args)) or given[0])
    # Rows in one leaf tie, where the penalty has a kink.
    phase.trees = phase.trees + 0.01 * rng.normal(size=phase.trees.shape)
    phase.value, phase.slope = phase.objective(phase.trees)
    start, step = phase.trees, 1e-5
    phase.grow(1)

    def value(trees):
        linear = problem.located(trees, phase.intercept)
        dependence, _ = problem.penalty(problem.family.mean(linear))
        return problem.weight @ problem.family.loss(problem.outcome, linear) + strength * dependence

    (gradient, hessian) = given[0]
    for row in range(0, N, 37):
        for column in np.ndindex(start.shape[1:]):
            move = np.zeros_like(start)
            move[(row, *column)] = step
            slope = N * (value(start + move) - value(start - move)) / (2 * step)
            assert gradient[(row, *column)] == pytest.approx(slope, rel=1e-4, abs=1e-5)
    assert hessian.shape == gradient.shape
    assert hessian.min() > 0


def test_trees_are_given_the_curvature_of_the_loss_without_the_penalty(name):
    problem = problem_of(name)
    phase = Phase(problem, problem.fair, 3.0, problem.solve(0.0))
    linear = problem.located(phase.trees, phase.intercept)
    expected = (N * problem.weight * problem.family.tree_curvature(problem.outcome, linear).T).T
    np.testing.assert_allclose(phase.curvature(phase.trees), expected, rtol=1e-6, atol=1e-5 * expected.mean())


def test_the_first_phase_is_that_of_lightgbm_itself():
    """Poisson with an offset and weights, against its own objective."""
    problem = problem_of("poisson", reg_lambda=0.5, colsample_bytree=1.0)
    start = problem.start() + OFFSET
    data = lightgbm.Dataset(
        problem.codes,
        OUTCOMES["poisson"],
        weight=N * problem.weight,
        init_score=start,
        categorical_feature=[2],
        params={"max_bin": 1000, "min_data_in_bin": 1, "verbose": -1},
    )
    phase = Phase(problem, problem.plain, 0.0)
    phase.grow(30)
    options = dict(phase.booster.params, objective="poisson", poisson_max_delta_step=1e-12, boost_from_average=False)
    booster = lightgbm.train(options, data, 30)
    np.testing.assert_allclose(phase.trees, booster.predict(problem.codes, raw_score=True), atol=1e-5)
    assert np.ptp(phase.trees) > 1


@pytest.mark.parametrize("strength", [1.0, 1e4, 1e12])
def test_no_round_raises_the_objective_however_strong_the_penalty(name, strength):
    phase, values = traced(problem_of(name), strength, 12)
    assert (np.diff(values) <= 0).all()
    assert values[-1] < values[0]
    assert np.isfinite(phase.trees).all()
    assert len(phase.scales) > 1


def test_steps_that_need_no_shortening_are_left_alone():
    phase, _ = traced(problem_of("gaussian"), 0.01, 10)
    assert phase.scales == [1.0] * 10


@pytest.mark.parametrize("strength", [0.5, 1e4])
def test_the_kept_trees_add_up_to_what_was_tracked(name, strength):
    problem = problem_of(name)
    base = problem.solve(0.0)
    phase = Phase(problem, problem.fair, strength, base)
    phase.grow(10)
    solution = phase.solution()
    assert strength < 1e4 or min(phase.scales) < 0.5
    np.testing.assert_allclose(problem.linear(solution), problem.located(phase.trees, phase.intercept), atol=1e-10)
    assert phase.solution().fair.text == solution.fair.text


def test_the_first_rounds_are_kept_with_their_own_steps(name):
    problem = problem_of(name)
    base = problem.solve(0.0)
    short, long = (Phase(problem, problem.fair, 1e3, base) for _ in range(2))
    short.grow(4)
    long.grow(9)
    np.testing.assert_allclose(
        problem.linear(long.solution(4)), problem.located(short.trees, short.intercept), atol=1e-10
    )


def test_it_stops_after_so_many_rounds_without_progress():
    problem = problem_of("gaussian", n_iter_no_change=3, n_estimators=500, learning_rate=0.5)
    part, held = (problem.take(rows) for rows in problem._sides())
    phase = Phase(part, problem.plain, 0.0, None, held)
    phase.grow(500, 3)
    assert len(phase.scales) == phase.best + 3 < 500


def test_lightgbm_keeps_each_code_apart_however_many_rows():
    """Its own bins come from a sample of 200,000 rows, and are at most 255."""
    rows, rare = 250_000, 900
    values = np.minimum(np.arange(rows) // 200, rare) / 1.0
    bins = Bins(1000).fit(pd.DataFrame({"x": values}))
    problem = replace(
        problem_of("gaussian", min_child_samples=1),
        codes=bins.transform(pd.DataFrame({"x": values})),
        categorical=[],
        outcome=(values == 700) / 1.0,
        weight=np.full(rows, 1 / rows),
        penalty=None,
        offset=None,
    )
    phase = Phase(problem, replace(problem.plain, learning_rate=1.0, num_leaves=3), 0.0)
    phase.grow(1)
    np.testing.assert_allclose(phase.trees + phase.intercept, problem.outcome, atol=1e-6)
