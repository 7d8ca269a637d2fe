"""Training of a network: the objective on tensors and its gradient."""

from __future__ import annotations

import numpy as np
import pytest
from network_cases import LEVELS, PROTECTED, X

import fairaudit as fa
from fairaudit.models.network import PenalizedNetwork

torch = pytest.importorskip("torch", reason="the extra torch is not installed")

pytestmark = pytest.mark.filterwarnings("ignore:the criterion of training still fell")


@pytest.mark.parametrize("known", [{"weights": {"proxy": 3, "number": 1, "kind": 1}}, {"order": ["number", "proxy"]}])
@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.slow
def test_the_gradient_of_a_guided_objective_is_its_slope(known, norm):
    from fairaudit.models.learners.training import _Descent

    model = PenalizedNetwork(
        "ordinal",
        "ccdcov",
        0.5,
        hidden=(4, 3),
        batch_norm=norm,
        knowledge=fa.Knowledge(**known),
        consistency=0.5,
        epochs=20,
    )
    problem = model.problem(model.read(X, LEVELS, PROTECTED, *[None] * 6)).joined
    descent = _Descent(problem, 0.5, problem.initial(), torch.device("cpu"))
    begin = descent.objective.parameters.point()

    def value(point):
        descent.objective.parameters.move(point)
        return (descent.objective() + descent.objective.decay()).item()

    descent.objective.parameters.move(begin)
    (descent.objective() + descent.objective.decay()).backward()
    slope = descent.objective.parameters.slope()
    for place in np.random.default_rng(1).choice(len(begin), 12, replace=False):
        move = 1e-5 * np.eye(len(begin))[place]
        assert slope[place] == pytest.approx((value(begin + move) - value(begin - move)) / 2e-5, rel=1e-3, abs=1e-5)
    assert model.fit(X, LEVELS, PROTECTED).score(X, LEVELS) > 0.4
