"""Paths of strengths, and the rules that choose one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fairaudit.distance.penalty import dependence_penalty
from fairaudit.errors import FitError, OptionError
from fairaudit.models.families import family
from fairaudit.models.learners.solver import Problem
from fairaudit.models.strength.path import Judged, choose, on_front, parse_rule, strengths, trace
from fairaudit.models.strength.search import folds, strength_within

PATH = [
    Judged(0.0, 1.00, 0.02, 10.0, 0.30),
    Judged(1.0, 1.01, 0.02, 6.0, 0.20),
    Judged(2.0, 1.02, 0.02, 2.0, 0.08),
    Judged(4.0, 1.20, 0.02, 1.0, 0.05),
    Judged(8.0, 1.60, 0.02, 0.5, 0.00),
]


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


@pytest.mark.parametrize(
    ("rule", "strength", "met"),
    [
        ("reduce:50", 2.0, True),
        ("reduce:40", 1.0, True),
        ("reduce:95", 8.0, True),
        ("reduce:99", 8.0, False),
        ("max-loss:1", 1.0, True),
        ("max-loss:1.99", 1.0, True),
        ("max-loss:0", 0.0, True),
        ("max-loss:500", 8.0, True),
        ("jsd:0.08", 2.0, True),
        ("jsd:0", 8.0, True),
        ("one-standard-error", 2.0, True),
        ("knee", 2.0, True),
    ],
)
def test_a_rule_chooses_the_strength_that_it_says(rule, strength, met):
    found = choose(PATH, rule)
    assert (found.strength, found.met) == (strength, met)
    assert found.why.endswith(".")


def test_where_a_rule_cannot_be_met_the_nearest_is_taken_and_it_says_so():
    found = choose(PATH[:3], "jsd:0.01")
    assert (found.strength, found.met) == (2.0, False)
    assert "No penalty of the path leaves at most 0.01 bits" in found.why


def test_where_the_plain_model_shows_no_dependence_there_is_none_to_take_away():
    even = [replace(PATH[0], dependence=-1e-6), *PATH[1:]]
    found = choose(even, "reduce:90")
    assert (found.strength, found.met) == (0.0, True)
    assert found.why == "The plain model shows no dependence that could be taken away."


@pytest.mark.parametrize(
    "rule", ["reduce", "reduce:0", "reduce:100", "max-loss:-1", "jsd:x", "knee:3", "best", "jsd:inf"]
)
def test_a_rule_that_makes_no_sense_is_refused_with_those_there_are(rule):
    with pytest.raises(OptionError, match=r"choose one of reduce:90, max-loss:1, jsd:0\.001, one-standard-error, knee"):
        parse_rule(rule)


def test_the_front_holds_what_no_other_beats():
    assert on_front([(1, 3), (2, 2), (3, 1), (3, 3), (2, 2), (0.5, 4)]) == [True, True, True, False, True, True]


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
    from dataclasses import replace

    with pytest.raises(FitError, match="no dependence over its noise floor"):
        strengths(replace(problem, penalty=shuffled), 5)


def test_every_row_is_judged_once_by_fits_that_did_not_see_it(problem):
    path = [0.0, 0.1, 1.0]
    stops = list(trace(problem, path, None, 4, seed=3))
    assert [len(fold) for fold in stops] == [3] * 4
    assert sorted(row for fold in stops for row in fold[0].rows) == list(range(900))
    for fold, made in zip(folds(problem, None, 3, 4), stops, strict=True):
        plain = fold.fitted.solve(0.0)
        np.testing.assert_allclose(made[0].mean, fold.held.mean(plain), rtol=1e-9)
        error = problem.outcome[made[0].rows] - made[0].mean
        assert made[0].loss == pytest.approx(0.5 * np.mean(error**2), rel=1e-12)
        assert made[0].left > made[1].left > made[2].left


def test_chosen_folds_are_those_of_the_whole_trace(problem):
    whole = list(trace(problem, [0.0, 1.0], None, 4, seed=3))
    part = list(trace(problem, [0.0, 1.0], None, 4, seed=3, chosen=[1, 3]))
    for one, other in zip(part, whole[1::2], strict=True):
        np.testing.assert_array_equal(one[1].mean, other[1].mean)


@pytest.mark.parametrize("percent", [2.0, 10.0])
def test_a_loss_budget_is_spent_and_not_overdrawn(problem, percent):
    parts = folds(problem, None, 0)
    strength, reduction = strength_within(parts, percent)
    assert 0 < reduction < 100
    plain = [part.fitted.solve(0.0) for part in parts]

    def added(chosen):
        fitted = [part.fitted.solve(chosen, state) for part, state in zip(parts, plain, strict=True)]
        before, after = (
            sum(part.held.half_deviance(state) * len(part.rows) for part, state in zip(parts, states, strict=True))
            for states in (plain, fitted)
        )
        return 100 * (after / before - 1)

    assert added(strength) <= percent + 0.02
    assert added(1.2 * strength) > percent


def test_without_a_budget_there_is_no_penalty(problem):
    strength, _ = strength_within(folds(problem, None, 0), 0.0)
    assert strength < 1e-3
