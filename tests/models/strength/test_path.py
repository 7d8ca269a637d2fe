"""Paths of strengths, each judged on rows that were not fitted on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fairaudit.distance.penalty import dependence_penalty
from fairaudit.errors import FitError, OptionError
from fairaudit.models.families import family
from fairaudit.models.learners.solver import Problem
from fairaudit.models.strength.path import strengths, trace
from fairaudit.models.strength.search import folds, strength_within


@pytest.fixture(scope="module")
def problem(encode, names):
    """Two features, one that follows the group; 900 rows."""
    rng = np.random.default_rng(0)
    group = rng.integers(0, 2, 900)
    features = np.column_stack([rng.normal(size=900) + group, rng.normal(size=900)])
    outcome = features.sum(axis=1) + rng.normal(size=900)
    weight = np.full(900, 1 / 900)
    penalty = dependence_penalty(encode(g=names(group)), "ccdcov", weight)
    matrix = (features - features.mean(axis=0)) / features.std(axis=0)
    return Problem(
        family=family("gaussian"),
        matrix=matrix,
        outcome=outcome,
        weight=weight,
        penalty=penalty,
        ridge=1e-6,
        max_iter=500,
        tol=1e-9,
    )


def test_a_path_begins_with_the_plain_model_and_ends_where_little_is_left(problem):
    path = strengths(problem, 8)
    assert (len(path), path[0]) == (8, 0.0)
    assert np.all(np.diff(path) > 0)
    plain = problem.solve(0.0)
    assert problem.excess(problem.solve(path[-1], plain)) < 0.02 * problem.excess(plain)
    ratios = np.array(path[2:]) / np.array(path[1:-1])
    assert ratios.max() / ratios.min() < 1.2


def test_a_path_needs_dependence_and_three_strengths(problem, encode, names):
    with pytest.raises(OptionError, match="a path of 2 strengths is too short"):
        strengths(problem, 2)
    rng = np.random.default_rng(1)
    independent = dependence_penalty(encode(g=names(rng.integers(0, 2, 900))), "ccdcov", problem.weight)
    lonely = [
        seed
        for seed in range(20)
        if independent.take(np.random.default_rng(seed).permutation(900)).excess(problem.mean(problem.solve(0.0))) <= 0
    ]
    shuffled = independent.take(np.random.default_rng(lonely[0]).permutation(900))
    with pytest.raises(FitError, match="no dependence over its noise floor"):
        strengths(replace(problem, penalty=shuffled), 5)


def test_every_row_is_judged_once_by_fits_that_did_not_see_it(problem):
    path = [0.0, 0.1, 1.0]
    stops = list(trace(problem, path, None, 4, np.random.default_rng(3)))
    assert [len(fold) for fold in stops] == [3] * 4
    assert sorted(row for fold in stops for row in fold[0].rows) == list(range(900))
    for fold, made in zip(folds(problem, None, np.random.default_rng(3), 4), stops, strict=True):
        plain = fold.fitted.balanced(fold.fitted.solve(0.0))
        np.testing.assert_allclose(made[0].mean, fold.held.mean(plain), rtol=1e-9)
        error = problem.outcome[made[0].rows] - made[0].mean
        assert made[0].loss == pytest.approx(0.5 * np.mean(error**2), rel=1e-12)
        assert made[0].left > made[1].left > made[2].left
        around = problem.outcome[made[0].rows] - fold.fitted.outcome.mean()
        for point in made:
            assert point.constant == pytest.approx(0.5 * np.mean(around**2), rel=1e-12)


def test_chosen_folds_are_those_of_the_whole_trace(problem):
    whole = list(trace(problem, [0.0, 1.0], None, 4, np.random.default_rng(3)))
    part = list(trace(problem, [0.0, 1.0], None, 4, np.random.default_rng(3), chosen=[1, 3]))
    for one, other in zip(part, whole[1::2], strict=True):
        np.testing.assert_array_equal(one[1].mean, other[1].mean)


@pytest.mark.parametrize(("percent", "of_deviance"), [(2.0, True), (10.0, True), (5.0, False)])
def test_a_loss_budget_is_spent_and_not_overdrawn(problem, percent, of_deviance):
    parts = folds(problem, None, np.random.default_rng(0))
    strength, reduction = strength_within(parts, percent, of_deviance=of_deviance)
    assert 0 < reduction < 100
    plain = [part.fitted.solve(0.0) for part in parts]

    def added(chosen):
        fitted = [part.fitted.solve(chosen, state) for part, state in zip(parts, plain, strict=True)]
        before, after = (
            sum(part.held.half_deviance(state) * len(part.rows) for part, state in zip(parts, states, strict=True))
            for states in (plain, fitted)
        )
        constant = sum(part.constant() * len(part.rows) for part in parts)
        return 100 * (after - before) / (before if of_deviance else constant - before)

    assert added(strength) <= percent + 0.02
    assert added(1.2 * strength) > percent


def test_a_model_that_explains_nothing_has_no_loss_to_give_up(problem):
    rng = np.random.default_rng(5)
    noise = replace(problem, outcome=rng.normal(size=900) + 1e3, penalty=problem.penalty)
    parts = folds(noise, None, np.random.default_rng(1))
    plain = [part.fitted.solve(0.0) for part in parts]
    assert sum(part.held.half_deviance(state) - part.constant() for part, state in zip(parts, plain, strict=True)) > 0
    assert strength_within(parts, 50.0) == (0.0, 0.0)


def test_without_a_budget_there_is_no_penalty(problem):
    strength, _ = strength_within(folds(problem, None, np.random.default_rng(0)), 0.0)
    assert strength < 1e-3
