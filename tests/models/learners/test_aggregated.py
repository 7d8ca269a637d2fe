"""The objective over rows that an engine adds up is that over the rows themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fairaudit.data.roles import Protected
from fairaudit.distance.penalty import dependence_penalty
from fairaudit.engines import DRAWS, draws
from fairaudit.engines.pandas import Numbers
from fairaudit.models.families import family
from fairaudit.models.features.design import Design
from fairaudit.models.features.directions import Directions
from fairaudit.models.learners.aggregated import AggregatedProblem, Elsewhere
from fairaudit.models.learners.solver import Problem
from fairaudit.scoretable.cells import cells

N = 3000
LEVELS = [pd.Series(np.linspace(-1, 2, 400) ** 3, name="x"), pd.Series(list("abcde"), name="k")]
FAMILIES = ["gaussian", "binomial", "poisson", "gamma"]


def problems(name, penalty="ccdcov", strata=False):
    """The objective of random rows, of those that an engine holds, and where these are."""
    rng = np.random.default_rng(3)
    chosen = family(name, 1.5, 2)
    sex, region = rng.integers(0, 2, N), rng.integers(0, 3, N)
    codes = np.column_stack([(rng.integers(0, 400, N) + 50 * sex) % 400, (rng.integers(0, 5, N) + region) % 5])
    features = pd.DataFrame({one.name: one.to_numpy()[of] for one, of in zip(LEVELS, codes.T, strict=True)})
    drawn = {
        "gaussian": rng.normal(0.3 * sex, 1),
        "binomial": rng.integers(0, 2, N).astype(float),
        "poisson": rng.poisson(1 + sex) / 1.0,
        "gamma": rng.gamma(2, 1 + sex),
    }[name]
    mass = rng.integers(1, 4, N).astype(float)
    protected = cells(
        {"sex": pd.Series(sex.astype(str)), "region": pd.Series(region.astype(str))},
        [Protected("sex", "categorical"), Protected("region", "categorical")],
    )
    stratum = (codes[:, 1] > 2).astype(np.intp) if strata else None
    weight = mass / mass.sum()
    design = Design()
    shared = {
        "family": chosen,
        "outcome": drawn,
        "weight": weight,
        "penalty": dependence_penalty(protected, penalty, weight, stratum),
        "ridge": 0.01,
        "max_iter": 200,
        "tol": 1e-10,
    }
    rows = Problem(matrix=design.fit_transform(features, sample_weight=weight), **shared)
    parts = [Design().fit(features[[one.name]], sample_weight=weight) for one in LEVELS]
    positions = np.arange(N)
    kind = np.unique(
        np.column_stack([sex, region, drawn if chosen.labels else sex, codes[:, 1] > 2]), axis=0, return_inverse=True
    )[1]
    first = np.array([np.flatnonzero(kind == k)[0] for k in range(kind.max() + 1)])
    elsewhere = Elsewhere(
        coded=Numbers(np.column_stack([positions, codes]), draws(positions, 0), positions, draws(positions, 1)),
        start=0,
        kind=kind.astype(np.intp),
        mass=mass,
        outcome=drawn,
        cells=protected.take(first),
        strata=None if stratum is None else stratum[first],
    )
    basis = [part.transform(one.to_frame()) for part, one in zip(parts, LEVELS, strict=True)]
    return rows, AggregatedProblem.over(rows, elsewhere, basis), elsewhere


def somewhere(problem):
    rng = np.random.default_rng(8)
    return problem.start() + 0.1, rng.normal(0, 0.1, problem.matrix.shape[1])


@pytest.mark.parametrize("strata", [False, True])
@pytest.mark.parametrize("penalty", ["ccdcov", "jdcov", "sum", "dcor"])
@pytest.mark.parametrize("name", FAMILIES)
def test_value_and_gradient_are_those_of_the_rows_but_for_a_constant(name, penalty, strata):
    rows, added, _ = problems(name, penalty, strata)
    intercept, coefficients = somewhere(rows)
    for strength in (0.0, 5.0):
        ours, theirs = (each.objective(intercept, coefficients, strength) for each in (added, rows))
        other = [each.objective(intercept - 0.2, 0.5 * coefficients, strength)[0] for each in (added, rows)]
        assert ours[0] - other[0] == pytest.approx(theirs[0] - other[1], abs=1e-7)
        assert ours[1] == pytest.approx(theirs[1], abs=1e-6)
        # Different predictors may lie in one bin, where the penalty takes their order from the means of their cells.
        assert ours[2] == pytest.approx(theirs[2], abs=5e-3 * np.abs(theirs[2]).max())


@pytest.mark.parametrize("name", FAMILIES)
def test_the_gradient_is_the_slope_of_the_value(name):
    _, added, _ = problems(name)
    intercept, coefficients = somewhere(added)
    slope = added.objective(intercept, coefficients, 5.0)[2]
    for place in range(0, len(coefficients), 3):
        step = np.zeros_like(coefficients)
        step[place] = 1e-3
        up, down = (added.objective(intercept, coefficients + way * step, 5.0)[0] for way in (1, -1))
        assert (up - down) / 2e-3 == pytest.approx(slope[place], abs=1e-2 * np.abs(slope).max())


@pytest.mark.parametrize("name", FAMILIES)
def test_the_solution_is_that_of_the_rows_and_balanced_over_all_of_them(name):
    rows, added, _ = problems(name)
    solved = [each.solve(5.0, each.solve(0.0)) for each in (rows, added)]
    reached = [rows.objective(each.intercept, each.coefficients, 5.0)[0] for each in solved]
    assert reached[1] == pytest.approx(reached[0], rel=1e-5)
    balanced = added.balanced(solved[1])
    assert rows.weight @ rows.mean(balanced) == pytest.approx(rows.weight @ rows.outcome, rel=1e-6)


def test_directions_are_those_of_the_rows():
    design = Design().fit(pd.concat([LEVELS[0], LEVELS[1].reindex(range(400), fill_value="a")], axis=1))
    directions = Directions.of(design, [-1, 0])
    rows, added = (replace(each, directions=directions) for each in problems("gaussian")[:2])
    solved = [each.solve(5.0, each.solve(0.0)) for each in (rows, added)]
    own = np.linalg.solve(directions.basis, solved[1].coefficients[directions.columns])
    assert own.min() == pytest.approx(0, abs=1e-12)
    reached = [rows.objective(each.intercept, each.coefficients, 5.0)[0] for each in solved]
    assert reached[1] == pytest.approx(reached[0], rel=1e-5)


def test_masses_of_levels_and_the_number_of_rows_are_those_of_training_rows():
    rows, _, elsewhere = problems("gaussian")
    numbers = elsewhere.coded.rows(0, DRAWS)
    expected = [np.bincount(numbers[:, place], elsewhere.mass, minlength=size) for place, size in ((1, 400), (2, 5))]
    for ours, theirs in zip(elsewhere.masses([400, 5]), expected, strict=True):
        assert ours == pytest.approx(theirs)
    assert elsewhere.people([400, 5]) == len(rows.outcome)


def test_rare_levels_of_a_sample_do_not_make_its_coordinates_steep():
    _, added, _ = problems("gaussian")
    assert (np.diagonal(added.gram()) >= 1 - 1e-9).all()
