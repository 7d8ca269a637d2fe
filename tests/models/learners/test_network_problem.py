"""The objective of a network: which rows it trains on, which it holds out, and where it begins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from network_cases import OUTCOMES, N, small

from fairaudit.models.families import family
from fairaudit.models.learners.network_problem import NetworkProblem


def test_rows_of_one_group_are_held_out_together():
    model = small("gaussian", validation_fraction=0.3)
    problem = NetworkProblem(
        family=family("gaussian"),
        matrix=np.random.default_rng(6).normal(size=(N, 2)),
        outcome=OUTCOMES["gaussian"],
        weight=np.full(N, 1 / N),
        penalty=None,
        training=model._schedule(),
    )
    fitted, held = problem.sides
    assert sorted([*fitted, *held]) == list(range(N))
    assert len(held) == int(0.3 * N)
    twins = replace(problem, line=np.arange(N), mass=np.ones(N)).take(np.tile(np.arange(N), 2))
    np.testing.assert_array_equal(twins.joined.sides[1], held)
    np.testing.assert_array_equal(twins.joined.matrix, problem.matrix)
    groups = np.arange(N) % 60
    fitted, held = replace(problem, units=groups).sides
    assert set(groups[fitted]).isdisjoint(groups[held])
    assert len(set(groups[held])) == 18
    for few in (replace(problem, units=groups % 20), problem.take(np.arange(30))):
        assert len(few.sides[1]) == 0


@pytest.mark.parametrize("size", [1e-3, 50.0])
def test_in_other_units_the_losses_are_those_units_to_the_degree_of_the_loss(size):
    for name, degree in (("gaussian", 2), ("quantile:0.9", 1)):
        weight = np.full(N, 1 / N)
        problem = NetworkProblem(
            family=family(name).fitted_to(OUTCOMES["gaussian"], weight),
            matrix=np.random.default_rng(6).normal(size=(N, 2)),
            outcome=OUTCOMES["gaussian"],
            weight=weight,
            penalty=None,
            training=small("gaussian")._schedule(),
        )
        scaled = problem.in_units(size)
        np.testing.assert_allclose(size**degree * scaled.null_losses(), problem.null_losses(), rtol=1e-6)


def test_initial_weights_come_from_the_seed_and_predict_for_every_class():
    model = small("multinomial")
    problem = NetworkProblem(
        family=family("multinomial", classes=3),
        matrix=np.random.default_rng(6).normal(size=(N, 2)),
        outcome=OUTCOMES["multinomial"] / 1.0,
        weight=np.full(N, 1 / N),
        penalty=None,
        training=model._schedule(),
    )
    first, again = problem.initial(), problem.initial()
    np.testing.assert_array_equal(first.output, again.output)
    assert problem.linear(first).shape == (N, 3)
    assert problem.typical(first, 5).shape == (5, 2)
