"""A fit to lines of rows that are alike is the fit to these rows, each by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.data.datasets import describe, load_dataset
from fairaudit.data.inputs import input_table
from fairaudit.engines.duckdb import engine as duckdb_of
from fairaudit.engines.pandas import Frame
from fairaudit.errors import OptionError
from fairaudit.fitting import FitOptions, estimators
from fairaudit.fitting.estimators import fitted
from fairaudit.fitting.guiding import guide
from fairaudit.fitting.run import audited, fit_roles
from fairaudit.fitting.split import split_table
from fairaudit.results import Source

OPTIONS = fa.Options(bootstrap=0, permutations=0)
SOURCE = Source(name="table")


def split_of(frame, roles, fitting, engine=Frame, options=OPTIONS):
    """The lines of a table, split."""
    table = input_table(engine(frame), fit_roles(roles, list(frame.columns)))
    return split_table(table, SOURCE, roles, fitting, options)


def by_rows(split):
    """The same split, each row by itself."""
    rng = np.random.default_rng(0)
    single = {side: getattr(split, side).single(10**9, rng) for side in ("train", "test")}
    return replace(split, **single)


def fit(split):
    split = guide(split, lambda _: None)
    plain = fitted(split, "none", lambda _: None)
    options = split.fitting.strength_options()
    penalised = split.fitting.penalty != "none"
    chosen = fitted(split, split.fitting.penalty, lambda _: None, guided=True, **options) if penalised else plain
    return audited(split, plain, chosen, lambda _: None)


@pytest.fixture
def few_single_rows(monkeypatch):
    """Models of more training rows than these are fitted to lines."""
    monkeypatch.setattr(estimators, "SINGLE_ROWS", 500)


def compas():
    return load_dataset("compas").frame, replace(describe("compas").roles, prediction=None, decision=None)


def motor():
    """Ages of policyholders in ten bands, so that rows are alike."""
    return load_dataset("motor").frame, replace(describe("motor").roles, features=("Area", "VehBrand", "VehPower"))


def wellbeing():
    roles = replace(describe("wellbeing").roles, features=("educ", "income", "region", "mothfath16"))
    return load_dataset("wellbeing").frame, roles


def years():
    """Years of education as an amount, which a gaussian or a gamma model fits; missing parents are a group."""
    frame = load_dataset("wellbeing").frame.assign(educ=lambda table: table["educ"] + 1.0)
    features = ("income", "region", "mothfath16")
    return frame, replace(describe("wellbeing").roles, target="educ", task="regression", features=features)


CASES = {
    "compas": (compas, FitOptions(penalty="ccdcov", strength=20, settings={"ridge": 0.01})),
    "jdcov": (compas, FitOptions(penalty="jdcov", strength=20, settings={"ridge": 0.01})),
    "sum": (compas, FitOptions(penalty="sum", strength=20, settings={"ridge": 0.01})),
    "plain": (compas, FitOptions(penalty="none", settings={"ridge": 0.01})),
    "motor": (motor, FitOptions(strength=30, settings={"ridge": 0.001})),
    "wellbeing": (wellbeing, FitOptions(strength=1, settings={"ridge": 0.01})),
    "gaussian": (years, FitOptions(strength=3, settings={"ridge": 0.01})),
    "gamma": (years, FitOptions(family="gamma", strength=0.01, settings={"ridge": 0.01})),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("few_single_rows")
def test_lines_give_the_model_and_the_numbers_of_their_rows(case, monkeypatch):
    table, fitting = CASES[case]
    split = split_of(*table(), fitting)
    assert len(split.train.rows) < 0.9 * split.train.people
    lines = fit(split)
    monkeypatch.setattr(estimators, "SINGLE_ROWS", 0)  # each row is one already
    rows = fit(by_rows(split))
    # L-BFGS ends where the objective falls by less than 1e-9 of itself, so coefficients have about half as many digits.
    assert lines.model.coef_ == pytest.approx(rows.model.coef_, abs=3e-4 * np.abs(rows.model.coef_).max())
    assert (lines.audit.model.rows_train, lines.audit.model.rows_test) == (
        rows.audit.model.rows_train,
        rows.audit.model.rows_test,
    )
    for ours, theirs in ((lines.audit, rows.audit), (lines.audit.plain, rows.audit.plain)):
        if ours is None:
            continue
        assert ours.performance.test == pytest.approx(theirs.performance.test, rel=1e-4)
        assert ours.model.test.deviance == pytest.approx(theirs.model.test.deviance, rel=1e-5)
        assert ours.model.train.deviance == pytest.approx(theirs.model.train.deviance, rel=1e-5)
        assert ours.dependence.ccdcov.biased == pytest.approx(theirs.dependence.ccdcov.biased, rel=2e-3)
        assert ours.dependence.ccdcov.excess == pytest.approx(theirs.dependence.ccdcov.excess, rel=2e-3, abs=1e-9)
        assert ours.attribution.importance == pytest.approx(theirs.attribution.importance, abs=1e-3)
        assert [group.n for group in ours.groups] == [group.n for group in theirs.groups]
        assert [proxy.dcor_sq for proxy in ours.attribution.proxies] == pytest.approx(
            [proxy.dcor_sq for proxy in theirs.attribution.proxies], abs=1e-9
        )
    for ours, theirs in zip(lines.audit.reductions, rows.audit.reductions, strict=True):
        assert (ours.measure, ours.why) == (theirs.measure, theirs.why)
        if theirs.interval is not None:
            assert ours.interval == pytest.approx(theirs.interval, abs=0.5)


def test_few_rows_are_fitted_each_by_itself_so_that_the_strength_is_that_of_all():
    split = split_of(*compas(), FitOptions(reduce=80))
    lines, rows = fit(split), fit(by_rows(split))
    assert (lines.model.coef_ == rows.model.coef_).all()
    assert lines.audit.model.strength == rows.audit.model.strength
    assert lines.audit.model.reduce_interval == pytest.approx(rows.audit.model.reduce_interval)


@pytest.mark.usefixtures("few_single_rows")
def test_the_engine_and_the_order_of_rows_change_no_bit():
    frame, roles = compas()
    fits = [
        fit(split_of(rows, roles, FitOptions(strength=20), engine))
        for rows, engine in ((frame, Frame), (frame.sample(frac=1, random_state=1), duckdb_of))
    ]
    assert fits[0].audit.to_json() == fits[1].audit.to_json()


@pytest.mark.usefixtures("few_single_rows")
def test_the_size_of_effects_that_a_sample_says_shrinks_all_rows_by_their_number():
    frame, roles = compas()
    several = pd.concat([frame] * 4)
    one, four = (fitted(split_of(each, roles, FitOptions()), "none", lambda _: None) for each in (frame, several))
    slopes = [np.abs(each.coef_).sum() for each in (one, four)]
    assert one.effect_sizes_["straight"] > 0
    assert four.effect_sizes_["straight"] > 0
    assert slopes[1] > 0.5 * slopes[0]
    assert (one.ridge_, four.ridge_) == (0, 0)


@pytest.mark.parametrize(
    ("options", "named"),
    [({"model": "boosting"}, "a model of kind boosting"), ({"knowledge": "pool"}, "knowledge of the factors")],
)
def test_what_is_fitted_to_single_rows_says_so(options, named):
    with pytest.raises(OptionError, match=f"{named} is fitted to single rows.*--sample N"):
        split_of(*compas(), FitOptions(**options))


def test_rows_of_one_unit_stay_on_one_side():
    frame, roles = compas()
    split = split_of(frame, replace(roles, split_by="priors_count"), FitOptions(strength=1))
    sides = [set(part.features["priors_count"]) for part in (split.train, split.test)]
    assert sides[0].isdisjoint(sides[1])
    assert split.train.people + split.test.people == len(frame)


def test_as_large_a_share_of_all_rows_is_held_out_as_was_asked():
    frame, roles = compas()
    split = split_of(frame, roles, FitOptions(strength=1, test_size=0.25))
    assert split.test.people == round(0.25 * len(frame))
    assert split.train.people == len(frame) - split.test.people
