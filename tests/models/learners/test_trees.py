"""The objective of boosting, and how the number of rounds is chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from boosting_cases import N, problem_of

from fairaudit.models.families import FAMILIES
from fairaudit.models.learners.phase import Phase


@pytest.fixture(params=FAMILIES)
def name(request):
    return request.param


def test_the_constant_model_with_an_offset_has_the_least_loss(name):
    problem = problem_of(name)
    start = problem.start()
    linear = problem.located(np.zeros((N, 3) if name == "multinomial" else N), start)
    slope = problem.weight @ problem.family.gradient(problem.outcome, linear)
    np.testing.assert_allclose(slope, 0, atol=1e-8)


def test_thresholds_of_ordered_levels_have_the_least_loss_given_the_trees():
    problem = problem_of("ordinal")
    solution = problem.solve(0.0)
    linear = problem.linear(solution)
    slope = problem.weight @ problem.family.gradient(problem.outcome, linear)
    np.testing.assert_allclose(slope, 0, atol=1e-8)
    assert (np.diff(solution.intercept) < 0).all()
    assert np.abs(solution.intercept - problem.start()).max() > 0.01


def judged(problem):
    """The mean loss on the rows held out after each round, from its definition."""
    part, held = (problem.take(rows) for rows in problem._sides())
    run, criteria = Phase(part, problem.plain, 0.0), []
    for round_ in range(run.growth.n_estimators + 1):
        criteria.append(held.weight @ held.losses(run.solution(round_)))
        run.grow(1)
    return np.array(criteria)


# The trace calls grow each round, which refits the thresholds of ordered levels.
@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "ordinal"])
def test_early_stopping_takes_the_best_round_of_its_criterion_and_fits_all_rows(name):
    problem = problem_of(name, n_iter_no_change=60, n_estimators=50, learning_rate=0.3, validation_fraction=0.3)
    solution = problem.solve(0.0)
    assert solution.plain.rounds == np.argmin(judged(problem))
    run = Phase(problem, problem.plain, 0.0)
    run.grow(solution.plain.rounds)
    np.testing.assert_allclose(problem.linear(solution), problem.located(run.trees, run.intercept), atol=1e-10)


def test_the_second_phase_starts_at_the_least_of_its_loss(name):
    problem = problem_of(name)
    plain = problem.solve(0.0)
    eta, near = problem.linear(plain), problem._near(plain)
    slope = problem.family.gradient(near, eta)
    if name.startswith("quantile"):
        np.testing.assert_array_equal(near, problem.outcome)
    else:
        np.testing.assert_allclose(slope, 0, atol=1e-12)
        moved = eta + np.random.default_rng(0).normal(size=len(eta))[(..., None)[: eta.ndim]]
        assert (problem.family.loss(near, moved) >= problem.family.loss(near, eta) - 1e-12).all()


def test_features_that_tell_nothing_leave_the_constant_model():
    noise = np.random.default_rng(3).normal(size=N)
    problem = replace(problem_of("gaussian", n_iter_no_change=5, outcome=noise, learning_rate=1.0), offset=None)
    solution = problem.solve(0.0)
    assert solution.plain.rounds == 0
    assert solution.plain.ending == "judged"
    np.testing.assert_array_equal(problem.mean(solution), problem.start())


def test_rows_of_one_group_are_on_one_side():
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 40, N)
    fitted, held = problem_of("gaussian", groups=groups)._sides()
    assert sorted([*fitted, *held]) == list(range(N))
    assert not set(groups[fitted]) & set(groups[held])
    assert len(set(groups[held])) == 6


def test_a_class_that_cannot_be_spared_keeps_all_rows_in():
    rare = np.zeros(N)
    rare[0] = 1
    seeds = [problem_of("multinomial", outcome=rare, random_state=seed)._sides() for seed in range(20)]
    assert any(sides is None for sides in seeds)
    assert all(0 in sides[0] for sides in seeds if sides is not None)
