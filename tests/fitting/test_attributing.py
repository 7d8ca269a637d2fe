"""`fairaudit.attribute`: one result for models of all kinds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from proxied import FEW, PROTECTED, SEX, N, X, Y
from sklearn.linear_model import LinearRegression

import fairaudit as fa
from fairaudit.errors import OptionError, RoleError
from fairaudit.fitting.attributing import own_explainer
from fairaudit.models.family import LARGEST_LOG
from fairaudit.results import from_json


def own(kind):
    if kind == "glm":
        return fa.PenalizedGLM().fit(X, Y)
    if kind == "boosting":
        return fa.PenalizedBoosting(n_estimators=60, n_iter_no_change=None, n_jobs=1).fit(X, Y)
    pytest.importorskip("torch", reason="the extra torch is not installed")
    return fa.PenalizedNetwork(hidden=(8,), epochs=40, tol=1e-3, device="cpu").fit(X, Y)


@pytest.mark.filterwarnings("ignore:the criterion of training still fell")
@pytest.mark.parametrize("kind", ["glm", "boosting", "network"])
def test_every_gap_is_the_sum_of_its_factors_for_every_model(kind):
    model = own(kind)
    found = fa.attribute(model, X, PROTECTED, options=FEW)
    linear = model.linear_predictor(X)
    for gap in found.gaps:
        mine = PROTECTED["sex"] == gap.cell["sex"]
        assert gap.gap == pytest.approx(linear[mine].mean() - linear.mean(), abs=1e-9)
        assert sum(gap.contributions.values()) == pytest.approx(gap.gap, abs=1e-9)
        low, high = gap.interval
        assert low < gap.gap < high
        for name, (low, high) in gap.contribution_intervals.items():
            assert low <= gap.contributions[name] <= high
    assert found.method == {"glm": "closed form", "boosting": "TreeSHAP", "network": "expected gradients"}[kind]
    assert sum(found.importance.values()) == pytest.approx(1)
    assert max(found.importance, key=found.importance.get) == "proxy"


def test_attributions_add_up_to_the_prediction_also_where_its_log_is_cut():
    model = fa.PenalizedGLM(family="poisson").fit(X, np.arange(N) % 3)
    model.intercept_ = model.intercept_ - LARGEST_LOG - np.median(model.linear_predictor(X))
    attributed, linear, _ = own_explainer(model)[0](X)
    assert np.exp(linear) == pytest.approx(model.predict(X), rel=1e-12)
    assert np.ptp(linear - attributed.values.sum(axis=1)) < 1e-9
    told = fa.attribute(model, X, PROTECTED, options=FEW)
    beyond = model.linear_predictor(X) < -LARGEST_LOG
    assert told.cut_rows == beyond.sum() > 0
    assert told.cut == pytest.approx(-LARGEST_LOG - model.linear_predictor(X).min())
    for gap in told.gaps:
        mine = (PROTECTED["sex"] == gap.cell["sex"]).to_numpy()
        assert sum(gap.contributions.values()) == pytest.approx(linear[mine].mean() - linear.mean(), abs=1e-9)


def test_rows_are_drawn_with_the_seed_and_their_number_is_stated():
    model = own("glm")
    one, again, other = (
        fa.attribute(model, X, PROTECTED, rows=150, options=fa.Options(seed=seed, bootstrap=50)) for seed in (1, 1, 2)
    )
    assert (one.rows, one.of_rows) == (150, N)
    assert one == again
    assert one.importance != other.importance


def test_a_row_of_weight_two_is_the_row_twice():
    rng = np.random.default_rng(1)
    model = own("glm")
    times = rng.integers(1, 4, N)
    copies = np.repeat(np.arange(N), times)
    none = fa.Options(bootstrap=0)
    weighted = fa.attribute(model, X, PROTECTED, weight=times, options=none)
    copied = fa.attribute(model, X.iloc[copies], PROTECTED.iloc[copies].reset_index(drop=True), options=none)
    assert weighted.importance == pytest.approx(copied.importance, abs=1e-12)
    for one, other in zip(weighted.gaps, copied.gaps, strict=True):
        assert one.contributions == pytest.approx(other.contributions, abs=1e-12)


def test_groups_about_whom_a_model_reasons_alike_have_no_divergence_beyond_chance():
    # Two factors that matter alike in both groups, and one whose effect is larger in a group.
    rng = np.random.default_rng(1)
    inside = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rows = pd.DataFrame({name: rng.normal(size=200) for name in "ab"})
        model = LinearGLM(rows)
        group = pd.DataFrame({"g": rng.choice(["x", "y"], 200)})
        (found,) = fa.attribute(model, rows, group, options=fa.Options(bootstrap=0)).divergence
        inside.append((found.value, found.floor))
    values, floors = np.array(inside).T
    assert values.mean() == pytest.approx(floors.mean(), abs=4 * values.std() / np.sqrt(60))
    rows = pd.DataFrame({"a": rng.normal(size=N), "b": rng.normal(size=N) * (1 + 2 * SEX)})
    (found,) = fa.attribute(LinearGLM(rows), rows, PROTECTED, options=FEW).divergence
    assert found.interval[0] > 0


def LinearGLM(rows):
    """A model whose linear predictor is a + b."""
    return fa.PenalizedGLM("gaussian", n_knots=0).fit(rows, rows.sum(axis=1))


def test_arguments_that_do_not_fit_are_refused():
    model = own("glm")
    with pytest.raises(RoleError, match="400 rows, the protected attributes 10"):
        fa.attribute(model, X, PROTECTED.iloc[:10])
    with pytest.raises(OptionError, match="rows is 1"):
        fa.attribute(model, X, rows=1)
    with pytest.raises(OptionError, match="brings what it needs"):
        fa.attribute(model, X, background=X)


def test_a_fit_carries_intervals_divergence_and_proxies_and_comes_back_from_json():
    table = X.assign(sex=PROTECTED["sex"], y=Y)
    fit = fa.fit(table, target="y", protected="sex", fitting=fa.FitOptions(penalty="none"), options=FEW)
    found = fit.audit.attribution
    assert found.importance_intervals
    assert {proxy.factor for proxy in found.proxies} == set(X)
    ranked = sorted(found.proxies, key=lambda proxy: -proxy.dcor_sq)
    assert (ranked[0].factor, ranked[0].p_value < 0.001) == ("proxy", True)
    assert from_json(fit.audit.to_json()) == fit.audit


def test_rows_without_weight_are_not_drawn():
    """A sample of all rows may hit none of those that count."""
    weight = np.where(np.arange(N) < 30, 1.0, 0.0)
    model = own("glm")
    known = fa.attribute(model, X[:30], PROTECTED[:30], options=FEW)
    found = fa.attribute(model, X, PROTECTED, weight=weight, rows=40, options=FEW)
    assert (found.rows, found.of_rows) == (30, N)
    assert found.importance == pytest.approx(known.importance, rel=1e-12)
    assert fa.attribute(model, X, PROTECTED, weight=weight, rows=20, options=FEW).rows == 20


def test_columns_of_one_name_are_refused():
    with pytest.raises(RoleError, match="several columns named proxy; rename them"):
        fa.attribute(LinearRegression(), pd.concat([X, X[["proxy"]]], axis=1))
