"""The search for the weakest penalty that is strong enough."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning

from fairaudit import PenalizedGLM, penalty
from fairaudit.chance.reductions import TwoExcesses
from fairaudit.distance.penalty import dependence_penalty
from fairaudit.errors import FitError
from fairaudit.models.families import family
from fairaudit.models.learners.solver import Problem
from fairaudit.models.strength.search import (
    FOLDS,
    SEARCHED,
    TOLERANCE,
    folds,
    known,
    samples,
    strength_for,
    strength_within,
)


def problem_of(encode, names, features, outcome, group):
    n = len(outcome)
    matrix = (features - features.mean(axis=0)) / features.std(axis=0)
    weight = np.full(n, 1 / n)
    penalty = dependence_penalty(encode(g=names(group)), "ccdcov", weight)
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


@pytest.fixture
def dependent(encode, names):
    rng = np.random.default_rng(0)
    group = rng.integers(0, 2, 1500)
    features = np.column_stack([rng.normal(size=1500) + group, rng.normal(size=1500)])
    return problem_of(encode, names, features, features.sum(axis=1) + rng.normal(size=1500), group)


def held_rows(problem, groups=None, seed=0):
    """Which rows each fold holds out, found by their outcomes, which are all different."""
    order = {value: row for row, value in enumerate(problem.outcome)}
    made = folds(problem, groups, np.random.default_rng(seed))
    return made, [[order[value] for value in fold.held.outcome] for fold in made]


def test_each_row_is_held_out_once_and_fitted_on_elsewhere(dependent):
    made, held = held_rows(dependent)
    assert len(made) == FOLDS
    assert sorted(row for rows in held for row in rows) == list(range(1500))
    for fold, rows in zip(made, held, strict=True):
        assert len(rows) == 500
        assert set(fold.fitted.outcome).isdisjoint(fold.held.outcome)
        assert len(fold.fitted.outcome) == 1000
        assert fold.fitted.weight.sum() == pytest.approx(1)


def test_rows_of_one_group_are_in_one_fold(dependent):
    groups = np.random.default_rng(3).integers(100, 300, 1500)
    _, held = held_rows(dependent, groups)
    seen = [set(groups[rows]) for rows in held]
    assert sum(len(keys) for keys in seen) == len(np.unique(groups))
    assert max(len(keys) for keys in seen) - min(len(keys) for keys in seen) <= 1


def test_folds_depend_on_the_seed_alone(dependent):
    assert held_rows(dependent)[1] == held_rows(dependent)[1]
    assert held_rows(dependent)[1] != held_rows(dependent, seed=1)[1]


def test_fewer_units_than_folds_are_refused(dependent):
    with pytest.raises(FitError, match="needs at least 3 independent rows; there are 2"):
        folds(dependent, np.arange(1500) % 2, np.random.default_rng(0))


@pytest.mark.parametrize("rows", [1, 2])
def test_a_class_with_too_few_rows_for_the_folds_is_refused_with_what_to_do(dependent, rows):
    """One row of a class is absent from the rows fitted on when its fold is held out; two may be."""
    outcome = np.zeros(1500)
    outcome[:rows] = 1
    rare = replace(dependent, family=family("binomial"), outcome=outcome)
    groups = np.where(np.arange(1500) < rows, 0, np.arange(1500))
    with pytest.raises(FitError, match="a class of the outcome has too few rows for a search of the strength"):
        folds(rare, groups, np.random.default_rng(0))


@pytest.mark.parametrize("percent", [40.0, 75.0, 95.0])
def test_the_strength_found_is_the_weakest_that_is_enough(dependent, percent):
    parts = folds(dependent, None, np.random.default_rng(0))
    steps = []
    strength, reached = strength_for(parts, percent, steps.append)

    def reductions(strength):
        """Reduction on the rows held out and on those fitted, each fit started from the plain one as a model's is."""
        plain = [part.fitted.solve(0.0) for part in parts]
        fair = [part.fitted.solve(strength, start) for part, start in zip(parts, plain, strict=True)]
        before, after = (
            np.sum([part.excess(state) for part, state in zip(parts, states, strict=True)], axis=0)
            for states in (plain, fair)
        )
        return 100 * (1 - after / before)

    def enough(strength):
        held, fitted = reductions(strength)
        return max(held, fitted - (100 - percent) / 2)

    assert reached == pytest.approx(reductions(strength)[0], abs=0.1)
    assert percent - 0.1 <= enough(strength) <= percent + TOLERANCE + 0.1
    assert enough(0.9 * strength) < percent
    assert 1 <= len(steps) <= 30
    assert all(step.startswith("strength ") for step in steps)


def test_a_reduction_of_dcor_is_one_of_dependence_per_spread(dependent):
    """The features alike but for the first: dCov² falls with the spread, dCor² only with what is told of the group."""
    parts = folds(dependent, None, np.random.default_rng(0))
    strength, reached = strength_for(parts, 60, scale_free=True)
    free, plain = np.zeros(2), np.zeros(2)
    for part in parts:
        solutions = [part.fitted.balanced(part.fitted.solve(0.0)), None]
        solutions[1] = part.fitted.balanced(part.fitted.solve(strength, part.fitted.solve(0.0)))
        weight = len(part.rows)
        free += [weight * part.held.excess(solution, scale_free=True) for solution in solutions]
        plain += [weight * part.held.excess(solution) for solution in solutions]
    assert reached == pytest.approx(100 * (1 - free[1] / free[0]), abs=0.1)
    assert 60 <= reached <= 60 + TOLERANCE
    assert 100 * (1 - plain[1] / plain[0]) > reached + 3  # the spread shrinks, too
    assert strength > strength_for(parts, 60)[0]


@pytest.mark.parametrize("search", [strength_for, strength_within])
def test_the_strength_is_in_the_unit_of_the_outcome(dependent, search):
    found = []
    for size in (1.0, 1e-9):
        strength, reduction = search(
            folds(replace(dependent, outcome=size * dependent.outcome), None, np.random.default_rng(0)), 20.0
        )
        found.append((strength / size, reduction))
    np.testing.assert_allclose(found[0], found[1], rtol=0.02)  # λ is looked for to within a per cent or so


def test_without_dependence_there_is_nothing_to_take_away(encode, names):
    """Each block of rows holds every group, feature and error alike, so every fold is balanced exactly."""
    group, feature, error = (part.ravel() for part in np.meshgrid([0, 1], [0.0, 1.0], [-1.0, 1.0]))
    blocks = np.repeat(np.arange(30), 8)
    columns = np.tile(feature, 30)[:, None]
    problem = problem_of(encode, names, columns, np.tile(feature + error, 30), np.tile(group, 30))
    assert strength_for(folds(problem, blocks, np.random.default_rng(0)), 90.0) == (0.0, 0.0)


def test_few_rows_are_searched_on_as_they_are_and_many_by_growing_samples():
    few = list(samples(2 * SEARCHED, np.random.default_rng(0)))
    assert len(few) == 1
    np.testing.assert_array_equal(few[0], np.arange(2 * SEARCHED))
    grown = list(samples(9 * SEARCHED, np.random.default_rng(0)))
    assert [len(rows) for rows in grown] == [SEARCHED, 4 * SEARCHED, 9 * SEARCHED]
    assert all((np.diff(rows) > 0).all() for rows in grown)
    assert all(np.isin(small, large).all() for small, large in itertools.pairwise(grown))
    assert [len(rows) for rows in samples(8 * SEARCHED, np.random.default_rng(0))] == [SEARCHED, 8 * SEARCHED]


@pytest.mark.parametrize(("error", "enough"), [(0.001, True), (0.1, False), (np.inf, False)])
def test_a_reduction_is_known_where_its_interval_is_narrow(error, enough):
    """0.1 left of 1 with an error of its own: 90 per cent, give or take 196 times the error."""
    excesses = TwoExcesses(1.0, 0.1, np.diag([0.0, error**2]), np.zeros((2, 2)))
    assert known(excesses) == enough
    assert not known(None)


def test_of_many_rows_some_tell_the_strength():
    rng = np.random.default_rng(4)
    n = 3 * SEARCHED
    group = rng.integers(0, 2, n)
    X = np.column_stack([rng.normal(size=n) + group, rng.normal(size=n)])
    y = X.sum(axis=1) + rng.normal(size=n)
    fair = PenalizedGLM("gaussian", "ccdcov", reduce=80, n_knots=0).fit(X, y, group)
    assert fair.searched_share_ == pytest.approx(1 / 3)
    plain, measure = PenalizedGLM("gaussian", n_knots=0).fit(X, y), penalty(pd.DataFrame({"group": group}), "ccdcov")
    reached = 100 * (1 - measure.excess(fair.predict(X)) / measure.excess(plain.predict(X)))
    assert reached == pytest.approx(80, abs=2)
    assert fair.reduction_ == pytest.approx(80, abs=1)
    rare = (rng.random(n) < 0.01 * group).astype(int)  # what 50,000 rows do not tell, more are asked for
    with pytest.warns(ConvergenceWarning, match="no dependence over its noise floor"):
        alike = PenalizedGLM(penalty="ccdcov", reduce=80, n_knots=0).fit(X[:, 1:], rare, group)
    assert (alike.searched_share_, alike.strength_) == (1.0, 0.0)
