"""A reduction on held-out rows is split exactly into less correlation and less spread, with intervals that hold."""

from __future__ import annotations

import dcor
import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.fitting.estimators import fitted
from fairaudit.fitting.held_out import judged
from fairaudit.fitting.reducing import CHANCE, NOTHING, reductions
from fairaudit.fitting.split import split_table
from fairaudit.fitting.summary import promised
from fairaudit.results import Source

QUICK = fa.Options(bootstrap=0, permutations=0)


def table(n=1500, seed=0, effect=1.0):
    """People of two groups and of either sex, whose outcome follows from two columns, one of which tells of both."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"g": rng.choice(["a", "b"], n), "s": rng.choice(["f", "m"], n), "z": rng.normal(size=n)})
    frame["x"] = rng.normal(size=n) + effect * (frame["g"] == "b") + 0.5 * effect * (frame["s"] == "m")
    frame["y"] = frame["x"] + frame["z"] + rng.normal(size=n)
    return frame


def fit(frame, protected=("g", "s"), **fitting):
    asked = fa.FitOptions(**{"penalty": "ccdcov", **fitting})
    roles = {"target": "y", "protected": list(protected), "features": ["x", "z"], "task": "regression"}
    return fa.fit(frame, **roles, fitting=asked, options=QUICK)


@pytest.fixture(scope="module")
def fair():
    return fit(table(), strength=2.0)


def test_the_split_is_exact(fair):
    assert [(each.measure, each.by) for each in fair.audit.reductions] == [
        ("ccdcov", ["g", "s"]),
        ("jdcov", ["g", "s"]),
        ("dcov", ["g"]),
        ("dcov", ["s"]),
    ]
    for each in fair.audit.reductions:
        assert each.total == pytest.approx(np.log(each.fair / each.plain), rel=1e-12)
        assert each.decorrelation + each.shrinkage == pytest.approx(each.total, rel=1e-12)
        assert each.shrinkage == pytest.approx(np.log(each.spread), rel=1e-12)
        assert each.decorrelation == pytest.approx(np.log(1 - each.dcor_percent / 100), rel=1e-9)
        assert each.interval[0] < each.percent < each.interval[1]
        assert each.dcor_interval[0] < each.dcor_percent < each.dcor_interval[1]
    assert [each.penalised for each in fair.audit.reductions] == [True, False, False, False]


def test_its_spread_is_the_ratio_of_the_distance_variances(fair):
    before, after = (fair.predictions[name].to_numpy() for name in ("plain", "prediction"))
    variances = [dcor.distance_covariance_sqr(values, values) for values in (before, after)]
    assert fair.audit.reductions[0].shrinkage == pytest.approx(0.5 * np.log(variances[1] / variances[0]), rel=1e-9)


@pytest.mark.parametrize("penalty", ["sum", "dcor", "dcov:g"])
def test_what_is_penalised_comes_first(penalty):
    first = fit(table(), penalty=penalty, strength=1.0).audit.reductions[0]
    assert first.penalised
    assert first.measure == {"sum": "sum", "dcor": "ccdcov", "dcov:g": "dcov"}[penalty]
    assert first.interval[0] > 0


@pytest.mark.parametrize("penalty", ["ccdcov", "jdcov", "dcor"])
def test_of_one_attribute_there_is_one_measure(penalty):
    found = fit(table(), protected=["g"], penalty=penalty, strength=1.0).audit.reductions
    assert [(each.measure, each.by, each.penalised) for each in found] == [("dcov", ["g"], True)]


def test_a_scale_free_penalty_shrinks_less_than_one_of_degree_one():
    free, plain = (fit(table(), penalty=name, reduce=80.0).audit.reductions[0] for name in ("dcor", "ccdcov"))
    assert free.spread > plain.spread
    assert free.decorrelation < plain.decorrelation


def test_within_strata_the_two_parts_add_up_as_well():
    frame = table()
    roles = {"target": "y", "protected": ["g"], "features": ["x", "z"], "task": "regression", "given": "s"}
    found = fa.fit(frame, **roles, fitting=fa.FitOptions(strength=2.0), options=QUICK).audit.reductions
    assert (found[0].measure, found[0].penalised) == ("within_strata", True)
    assert found[0].decorrelation + found[0].shrinkage == pytest.approx(found[0].total, rel=1e-12)


def test_of_noise_no_reduction_is_told():
    found = [each for seed in range(4) for each in fit(table(600, seed, effect=0.0), strength=2.0).audit.reductions]
    unclear = [each for each in found if each.interval is None or each.interval[0] <= 0]
    assert len(unclear) == len(found)
    assert {each.why for each in found} <= {CHANCE, NOTHING, None}


def test_held_out_reductions_lie_where_they_were_promised():
    """Twenty splits; `benchmarks/promises.py` has two hundred of each of several tables."""
    frame, kept = table(900, 3), []
    roles = Roles(target="y", protected=(Protected("g"), Protected("s")), features=("x", "z"), task="regression")
    for seed in range(20):
        options = fa.Options(bootstrap=0, permutations=0, seed=seed)
        asked = fa.FitOptions(penalty="ccdcov", reduce=80.0)
        split = split_table(role_table(frame, roles, features=True), Source(name="t"), roles, asked, options)
        plain, fair = fitted(split, "none", lambda _: None), fitted(split, "ccdcov", lambda _: None, reduce=80.0)
        interval = promised(split, fair)
        if interval is None:  # the dependence on training rows is not told from chance: nothing is promised
            continue
        (reached,) = reductions(split, judged(split, plain), judged(split, fair), [])
        kept.append(interval[0] <= reached.percent <= interval[1])
    assert len(kept) >= 15
    assert np.mean(kept) >= 0.85


def test_a_promise_is_stated_with_the_model():
    model = fit(table(), reduce=80.0).audit.model
    low, high = model.reduce_interval
    assert low < model.reduce_reached < high
    assert fit(table(), strength=1.0).audit.model.reduce_interval is None
