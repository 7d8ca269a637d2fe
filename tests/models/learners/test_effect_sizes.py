"""How large the effects of each kind are, by marginal likelihood."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fairaudit.models.glm import PenalizedGLM
from fairaudit.models.learners import effect_sizes as module

FAMILIES = ("binomial", "gamma", "gaussian", "multinomial", "ordinal", "poisson", "quantile:0.8", "tweedie")
N = 600


def rows(seed=0, n=N):
    """A bent, a straight and an idle number, and towns of unlike level; and an outcome of each family."""
    rng = np.random.default_rng(seed)
    features = pd.DataFrame(rng.normal(size=(n, 3)), columns=["bent", "line", "idle"])
    town = rng.integers(0, 12, n)
    eta = 0.8 * np.abs(features["bent"]) + 0.4 * features["line"] + 0.4 * rng.normal(size=12)[town] - 0.5
    mean = np.exp(eta.to_numpy())
    label = (rng.logistic(size=n) < eta) + (rng.logistic(size=n) < eta - 1)
    outcomes = {
        "binomial": (label > 0) * 1,
        "multinomial": label,
        "ordinal": label,
        "poisson": rng.poisson(mean),
        "gamma": rng.gamma(2, mean / 2) + 1e-3,
        "tweedie": rng.poisson(mean) * rng.gamma(2, 0.5, n),
        "gaussian": eta + rng.normal(size=n),
        "quantile:0.8": eta + rng.normal(size=n),
    }
    return features.assign(town=town.astype(str)), {name: np.asarray(y, float) for name, y in outcomes.items()}


FEATURES, OUTCOMES = rows()


def sizes(family, features=FEATURES, outcome=None, **given):
    outcome = OUTCOMES[family] if outcome is None else outcome
    model = PenalizedGLM(family)
    model.problem(model.read(features, outcome, **given))
    return model.effect_sizes_


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_bent_is_told_from_what_is_not(family):
    size = sizes(family)
    assert size["bent bent"] > 1.5 * max(size["bent line"], size["bent idle"])
    assert size["straight"] > 0.05
    assert size["levels town"] > 0.1


def test_in_a_balanced_one_way_layout_it_is_the_estimate_of_the_analysis_of_variance(monkeypatch):
    # Searle, Casella & McCulloch, Variance Components (1992), 3.3: σ² = (MSB − MSW) / m where REML is inside.
    monkeypatch.setattr(module, "LARGE", 1e3)
    monkeypatch.setattr(module, "STALLED", 1e-9)
    rng = np.random.default_rng(1)
    groups, m = 15, 8
    town = np.repeat(np.arange(groups), m)
    y = rng.normal(size=groups)[town] + rng.normal(size=groups * m)
    means = y.reshape(groups, m).mean(axis=1)
    between = m * means.var(ddof=1)
    inside = ((y.reshape(groups, m) - means[:, None]) ** 2).sum() / (groups * (m - 1))
    size = sizes("gaussian", pd.DataFrame({"town": [f"t{place:02d}" for place in town]}), y)
    assert size["levels town"] == pytest.approx(np.sqrt((between - inside) / m), rel=1e-3)


@pytest.mark.parametrize("family", ["gaussian", "quantile:0.8", "gamma"])
def test_the_unit_of_the_outcome_does_not_matter(family):
    once, thousand = (sizes(family, outcome=factor * OUTCOMES[family]) for factor in (1.0, 1000.0))
    unit = 1.0 if family == "gamma" else 1000.0
    assert thousand == pytest.approx({kind: unit * size for kind, size in once.items()}, rel=1e-6)


def test_the_order_of_the_rows_does_not_matter():
    order = np.random.default_rng(0).permutation(N)
    there = sizes("poisson", FEATURES.iloc[order], OUTCOMES["poisson"][order])
    assert there == pytest.approx(sizes("poisson"), rel=1e-6)


@pytest.mark.parametrize("family", ["binomial", "gamma"])
def test_a_row_of_weight_two_is_the_row_twice(family):
    features = FEATURES.round({"bent": 0, "line": 0, "idle": 0})  # no quantile of so few values hangs on a digit
    weight = 1.0 + (np.arange(N) % 3)
    twice = np.repeat(np.arange(N), weight.astype(int))
    weighted = sizes(family, features, sample_weight=weight)
    assert weighted == pytest.approx(sizes(family, features.iloc[twice], OUTCOMES[family][twice]), rel=1e-6)


def test_weights_that_are_no_counts_have_no_unit():
    weight = np.random.default_rng(2).uniform(0.5, 2, N)
    first, second = (sizes("binomial", sample_weight=factor * weight) for factor in (1.0, 0.01))
    assert first == pytest.approx(second, rel=1e-6)


def test_an_exposure_is_an_offset_of_its_logarithm():
    exposure = np.random.default_rng(3).uniform(0.2, 1, N)
    town = FEATURES[["town"]]  # the spread of numbers is that of time at risk, or of rows
    rates = sizes("poisson", town, exposure=exposure)
    counts = OUTCOMES["poisson"]
    assert rates == pytest.approx(sizes("poisson", town, counts, offset=np.log(exposure)), rel=1e-4)


def test_of_many_rows_a_sample_says_nearly_the_same(monkeypatch):
    features, outcomes = rows(1, 4000)
    whole = sizes("binomial", features, outcomes["binomial"])
    monkeypatch.setattr(module, "ROWS", 2000)
    part = sizes("binomial", features, outcomes["binomial"])
    assert part != whole
    assert part["bent bent"] == pytest.approx(whole["bent bent"], rel=0.5)


def test_a_prior_on_the_sizes_keeps_those_of_separated_classes_finite():
    features = pd.DataFrame({"x": np.r_[np.linspace(-2, -1, 30), np.linspace(1, 2, 30)]})
    assert sizes("binomial", features, np.repeat([0.0, 1.0], 30))["straight"] < 3 * module.LARGE
