"""The weight decay that rows held out choose."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fairaudit.models.learners import decay as module

torch = pytest.importorskip("torch")

from fairaudit.models.network import PenalizedNetwork  # noqa: E402  # needs torch


def rows(n, seed=0):
    rng = np.random.default_rng(seed)
    features = pd.DataFrame(rng.normal(size=(n, 6)), columns=list("abcdef"))
    return features, (rng.logistic(size=n) < features["a"]) * 1


@pytest.mark.filterwarnings("ignore:the criterion of training:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.slow
def test_with_few_rows_a_network_predicts_better_than_the_constant():
    features, y = rows(200)
    fresh, fresh_y = rows(3000, 1)
    chosen, weak = (
        PenalizedNetwork(hidden=(16, 8), weight_decay=decay, epochs=200).fit(features, y) for decay in ("auto", 0.01)
    )
    share = y.mean()
    constant = -(fresh_y * np.log(share) + (1 - fresh_y) * np.log(1 - share)).mean()
    assert chosen.losses(fresh, fresh_y).mean() < 0.98 * constant < weak.losses(fresh, fresh_y).mean()
    assert chosen.weight_decay_ in module.GRID


def test_a_decay_fades_with_the_rows_that_it_was_not_chosen_by(monkeypatch):
    features, y = rows(300)
    model = PenalizedNetwork(hidden=(), n_knots=0)
    problem = model.problem(model.read(features, y))
    monkeypatch.setattr(module, "ROWS", 100)
    few = module.chosen_decay(problem, 0)
    assert few in [max(decay / 3, module.LEAST) for decay in module.GRID]
    monkeypatch.setattr(module, "MANY", 300)
    assert module.chosen_decay(problem, 0) == module.LEAST


def test_with_too_few_rows_for_folds_it_is_a_guess():
    features, y = rows(module.FEWEST - 1)
    model = PenalizedNetwork(hidden=(), n_knots=0).fit(features, y)
    assert model.weight_decay_ == module.GRID[-2]
