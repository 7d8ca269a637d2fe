"""The objective of boosting, its steps, and how the number of rounds is chosen."""

from __future__ import annotations

from dataclasses import replace

import lightgbm
import numpy as np
import pandas as pd
import pytest

from fairaudit.models.boosting import PenalizedBoosting
from fairaudit.models.families import FAMILIES
from fairaudit.models.features.bins import Bins
from fairaudit.models.learners.trees import Run

N = 300
RNG = np.random.default_rng(7)
SEX = RNG.integers(0, 2, N)
X = pd.DataFrame(
    {
        "proxy": RNG.normal(size=N) + SEX,
        "number": np.where(RNG.random(N) < 0.1, np.nan, RNG.uniform(-1, 1, N)),
        "kind": RNG.choice(["p", "q", "r"], N),
    }
)
ETA = (0.8 * X["proxy"] + np.sin(3 * X["number"].fillna(0)) + (X["kind"] == "p") - 1).to_numpy()
PROTECTED = pd.DataFrame({"sex": np.where(SEX, "m", "f"), "age": RNG.integers(0, 3, N).astype(str)})
WEIGHT = RNG.integers(1, 4, N) / 2.0
OFFSET = RNG.normal(size=N) / 2
LEVELS = np.digitize(ETA + RNG.logistic(size=N), [-0.5, 1.0])
OUTCOMES = {
    "binomial": (RNG.random(N) < 1 / (1 + np.exp(-ETA))) / 1.0,
    "gaussian": ETA + RNG.normal(size=N),
    "poisson": RNG.poisson(np.exp(ETA / 2)) / 1.0,
    "gamma": RNG.gamma(2, np.exp(ETA / 2)),
    "tweedie": RNG.poisson(np.exp(ETA / 2)) * RNG.gamma(2, size=N),
    "ordinal": LEVELS,
    "multinomial": LEVELS,
}
SMALL = {"n_estimators": 30, "fair_estimators": 10, "min_child_samples": 5, "n_iter_no_change": None, "n_jobs": 1}


@pytest.fixture(params=FAMILIES)
def name(request):
    return request.param


def problem_of(name, penalty="ccdcov", weight=WEIGHT, groups=None, outcome=None, **options):
    model = PenalizedBoosting(name, penalty, **(SMALL | options))
    offset = None if name == "multinomial" else OFFSET
    y = OUTCOMES[name] if outcome is None else outcome
    return model.problem(model.read(X, y, PROTECTED, weight, None, offset, groups))


def traced(problem, strength, rounds):
    """A run of the second phase, and the objective after each of its rounds."""
    run = Run(problem, problem.fair, strength, problem.solve(0.0))
    values = [run.value]
    for _ in range(rounds):
        run.grow(1)
        values.append(run.value)
    return run, values


@pytest.mark.parametrize("strength", [0.0, 3.0])
def test_trees_are_given_the_slope_of_loss_and_penalty(name, strength):
    rng = np.random.default_rng(1)
    problem = problem_of(name)
    run = Run(problem, problem.fair, strength, problem.solve(0.0))
    given = []
    update = run.booster.update
    run.booster.update = lambda fobj: update(fobj=lambda *args: given.append(fobj(*args)) or given[0])
    # Rows in one leaf tie, where the penalty has a kink.
    run.trees = run.trees + 0.01 * rng.normal(size=run.trees.shape)
    run.value, run.slope = run.objective(run.trees)
    start, step = run.trees, 1e-5
    run.grow(1)

    def value(trees):
        linear = problem.located(trees, run.intercept)
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
    run = Run(problem, problem.fair, 3.0, problem.solve(0.0))
    step, found = 1e-4, run.curvature(run.trees)
    for column in np.ndindex(run.trees.shape[1:]):
        move = np.zeros_like(run.trees)
        move[(slice(None), *column)] = step
        losses = [
            problem.family.loss(problem.outcome, problem.located(run.trees + sign * move, run.intercept))
            for sign in (-1, 0, 1)
        ]
        expected = N * problem.weight * (losses[0] - 2 * losses[1] + losses[2]) / step**2
        np.testing.assert_allclose(found[(slice(None), *column)], expected, rtol=1e-3, atol=1e-4)


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
    run = Run(problem, problem.plain, 0.0)
    run.grow(30)
    options = dict(run.booster.params, objective="poisson", poisson_max_delta_step=1e-12, boost_from_average=False)
    booster = lightgbm.train(options, data, 30)
    np.testing.assert_allclose(run.trees, booster.predict(problem.codes, raw_score=True), atol=1e-5)
    assert np.ptp(run.trees) > 1


def test_the_constant_model_with_an_offset_has_the_least_loss(name):
    problem = problem_of(name)
    start = problem.start()
    linear = problem.located(np.zeros((N, 3) if name == "multinomial" else N), start)
    slope = problem.weight @ problem.family.gradient(problem.outcome, linear)
    np.testing.assert_allclose(slope, 0, atol=1e-8)


@pytest.mark.parametrize("strength", [1.0, 1e4, 1e12])
def test_no_round_raises_the_objective_however_strong_the_penalty(name, strength):
    run, values = traced(problem_of(name), strength, 12)
    assert (np.diff(values) <= 0).all()
    assert values[-1] < values[0]
    assert np.isfinite(run.trees).all()
    assert len(run.scales) > 1


def test_steps_that_need_no_shortening_are_left_alone():
    run, _ = traced(problem_of("gaussian"), 0.01, 10)
    assert run.scales == [1.0] * 10


@pytest.mark.parametrize("strength", [0.5, 1e4])
def test_the_kept_trees_add_up_to_what_was_tracked(name, strength):
    problem = problem_of(name)
    base = problem.solve(0.0)
    run = Run(problem, problem.fair, strength, base)
    run.grow(10)
    solution = run.solution()
    assert strength < 1e4 or min(run.scales) < 0.5
    np.testing.assert_allclose(problem.linear(solution), problem.located(run.trees, run.intercept), atol=1e-10)
    assert run.solution().fair.text == solution.fair.text


def test_the_first_rounds_are_kept_with_their_own_steps(name):
    problem = problem_of(name)
    base = problem.solve(0.0)
    short, long = (Run(problem, problem.fair, 1e3, base) for _ in range(2))
    short.grow(4)
    long.grow(9)
    np.testing.assert_allclose(
        problem.linear(long.solution(4)), problem.located(short.trees, short.intercept), atol=1e-10
    )


def test_thresholds_of_ordered_levels_have_the_least_loss_given_the_trees():
    problem = problem_of("ordinal")
    solution = problem.solve(0.0)
    linear = problem.linear(solution)
    slope = problem.weight @ problem.family.gradient(problem.outcome, linear)
    np.testing.assert_allclose(slope, 0, atol=1e-8)
    assert (np.diff(solution.intercept) < 0).all()
    assert np.abs(solution.intercept - problem.start()).max() > 0.01


def judged(problem, strength):
    """The criterion after each round, from its definition."""
    part, held = (problem.take(rows) for rows in problem._sides())
    base = problem.solve(0.0) if strength else None
    inner = None if base is None else replace(base, plain=base.judged)
    run = Run(part, problem.fair if strength else problem.plain, strength, inner)
    criteria = []
    for round_ in range(run.growth.n_estimators + 1):
        solution = run.solution(round_)
        mean = held.mean(solution)
        value = held.weight @ held.losses(solution)
        if strength:
            columns = mean[:, None] if mean.ndim == 1 else mean
            value += strength * sum(held.penalty.excess(column) for column in columns.T)
        criteria.append(value)
        run.grow(1)
    return np.array(criteria)


@pytest.mark.parametrize(
    ("name", "strength"),
    # The trace calls grow each round, which refits the thresholds of ordered levels in the first phase.
    [(name, strength) for name in FAMILIES for strength in (0.0, 0.5) if (name, strength) != ("ordinal", 0.0)],
)
def test_early_stopping_takes_the_best_round_of_its_criterion_and_fits_all_rows(name, strength):
    problem = problem_of(name, n_iter_no_change=60, n_estimators=50, learning_rate=0.3, validation_fraction=0.3)
    criteria = judged(problem, strength)
    solution = problem.solve(strength)
    forest = solution.fair if strength else solution.plain
    assert forest.rounds == np.argmin(criteria)
    run = Run(problem, problem.fair if strength else problem.plain, strength, problem.solve(0.0) if strength else None)
    run.grow(forest.rounds)
    np.testing.assert_allclose(problem.linear(solution), problem.located(run.trees, run.intercept), atol=1e-10)


def test_it_stops_after_so_many_rounds_without_progress():
    problem = problem_of("gaussian", n_iter_no_change=3, n_estimators=500, learning_rate=0.5)
    part, held = (problem.take(rows) for rows in problem._sides())
    run = Run(part, problem.plain, 0.0, None, held)
    run.grow(500, 3)
    assert len(run.scales) == run.best + 3 < 500


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


def test_the_second_phase_is_judged_by_rows_that_no_tree_has_seen():
    problem = problem_of("gaussian", n_iter_no_change=5)
    plain = problem.solve(0.0)
    fitted, _ = problem._sides()
    part = Run(problem.take(fitted), problem.plain, 0.0)
    part.grow(plain.plain.rounds)
    assert plain.judged.text.split("parameters")[0] == part.solution().plain.text.split("parameters")[0]


def test_a_class_that_cannot_be_spared_keeps_all_rows_in():
    rare = np.zeros(N)
    rare[0] = 1
    seeds = [problem_of("multinomial", outcome=rare, random_state=seed)._sides() for seed in range(20)]
    assert any(sides is None for sides in seeds)
    assert all(0 in sides[0] for sides in seeds if sides is not None)


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
    run = Run(problem, replace(problem.plain, learning_rate=1.0, num_leaves=3), 0.0)
    run.grow(1)
    np.testing.assert_allclose(run.trees + run.intercept, problem.outcome, atol=1e-6)
