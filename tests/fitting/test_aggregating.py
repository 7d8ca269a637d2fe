"""A fit by adding up rows in an engine is the fit to these rows, to within the width of a bin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.data.cleaning import Cleaning
from fairaudit.data.datasets import describe, load_dataset
from fairaudit.data.table import role_table
from fairaudit.engines.duckdb import engine as duckdb_of
from fairaudit.engines.narwhals import engine as native
from fairaudit.engines.pandas import Frame
from fairaudit.engines.spark import engine as spark_of
from fairaudit.errors import FitError, OptionError, RoleError
from fairaudit.fitting import FitOptions, aggregating
from fairaudit.fitting.aggregating import coded_split
from fairaudit.fitting.estimators import training_data
from fairaudit.fitting.run import fit_roles, fit_split
from fairaudit.models.learners.aggregated import AggregatedProblem
from fairaudit.models.learners.solver import Problem
from fairaudit.results import Source

OPTIONS = fa.Options(bootstrap=0, permutations=0)


def split_of(frame, roles, fitting, engine=Frame, options=OPTIONS):
    asked = fit_roles(roles, list(frame.columns))
    return coded_split(engine(frame), roles, asked, Source(name="table"), fitting, options)


def compas():
    return load_dataset("compas").frame, replace(describe("compas").roles, prediction=None, decision=None)


def motor():
    return load_dataset("motor").frame, describe("motor").roles


def wellbeing():
    """Levels in an order; missing parents, incomes and educations are a group."""
    return load_dataset("wellbeing").frame, replace(describe("wellbeing").roles, features=("educ", "income", "region"))


def years():
    frame = load_dataset("wellbeing").frame
    frame = frame.assign(educ=frame["educ"].fillna(12) + 1.0)
    features = ("income", "region", "mothfath16", "prestige")
    return frame, replace(describe("wellbeing").roles, target="educ", task="regression", features=features)


SEX = describe("compas").roles.protected[1:2]
RIDGE = {"ridge": 0.001}
CASES = {
    "compas": (compas, FitOptions(penalty="ccdcov", strength=20, settings=RIDGE)),
    "jdcov": (compas, FitOptions(penalty="jdcov", strength=20, settings=RIDGE)),
    "sum": (compas, FitOptions(penalty="sum", strength=20, settings=RIDGE)),
    "plain": (compas, FitOptions(penalty="none", settings=RIDGE)),
    "motor": (motor, FitOptions(strength=30, settings=RIDGE)),
    "wellbeing": (wellbeing, FitOptions(strength=1, settings=RIDGE)),
    "gaussian": (years, FitOptions(strength=3, settings=RIDGE)),
    "gamma": (years, FitOptions(family="gamma", strength=0.02, settings=RIDGE)),
}


@pytest.mark.parametrize("case", CASES)
def test_rows_added_up_give_the_model_of_the_rows(case, monkeypatch):
    table, fitting = CASES[case]
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 2000)
    added = fit_split(split_of(*table(), fitting))
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 10**9)
    split = split_of(*table(), fitting)
    rows = fit_split(replace(split, coded=None))
    assert added.audit.model.rows_train == rows.audit.model.rows_train == len(split.train.rows)
    assert added.audit.model.rows_test == rows.audit.model.rows_test
    assert added.model.converged_
    # Inputs of whole numbers make predictions tie, where the penalty has kinks, and L-BFGS ends at one that is near the
    # optimum; from another start it is another. That the objectives are equal, at any coefficients, is tested below.
    ours, theirs = (model.predictors(split.test.features) for model in (added.model, rows.model))
    assert np.sqrt(np.mean((ours - theirs) ** 2)) < 0.15 * np.sqrt(np.mean((theirs - theirs.mean(axis=0)) ** 2))
    problem = rows.model.problem(rows.model.read(**training_data(split.train, fitting.penalty != "none")))
    reached, optimum = (
        problem.objective(np.asarray(model.intercept_), model.coef_, fitting.strength or 0.0)[0]
        for model in (added.model, rows.model)
    )
    assert reached < optimum + 1e-4 * abs(optimum)
    assert added.model.design_.mean_ == pytest.approx(rows.model.design_.mean_, rel=1e-9, abs=1e-12)
    assert added.model.design_.scale_ == pytest.approx(rows.model.design_.scale_, rel=1e-9)
    pairs = [(added.audit, rows.audit)] + ([] if added.audit.plain is None else [(added.audit.plain, rows.audit.plain)])
    for ours, theirs in pairs:
        assert ours.model.test.deviance == pytest.approx(theirs.model.test.deviance, rel=2e-3)
        assert ours.dependence.ccdcov.biased == pytest.approx(theirs.dependence.ccdcov.biased, rel=0.1)


@pytest.mark.parametrize("case", ["compas", "motor", "wellbeing", "gaussian", "gamma"])
def test_the_objective_and_its_gradient_are_those_of_the_rows(case, monkeypatch):
    table, fitting = CASES[case]
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 10**9)
    problems = {}
    for kind in (Problem, AggregatedProblem):
        solve = kind.solve

        def kept(self, strength, start=None, solve=solve):
            problems[type(self)] = self
            return solve(self, strength, start)

        monkeypatch.setattr(kind, "solve", kept)
    fit = fit_split(split_of(*table(), fitting))
    rows, added = (problems[kind] for kind in (Problem, AggregatedProblem))
    rng = np.random.default_rng(0)
    coefficients = fit.model.coef_ + rng.normal(0, 0.05, fit.model.coef_.shape)
    intercept = np.asarray(fit.model.intercept_) + 0.1
    for strength in (0.0, fitting.strength):
        ours, theirs = (each.objective(intercept, coefficients, strength) for each in (added, rows))
        other = [each.objective(intercept + 0.05, coefficients * 0.9, strength)[0] for each in (added, rows)]
        # Numbers have another constant, that of the mean outcome: values compare as differences.
        assert ours[0] - other[0] == pytest.approx(theirs[0] - other[1], rel=1e-5, abs=1e-7)
        assert ours[1] == pytest.approx(theirs[1], rel=1e-5, abs=1e-7)
        assert ours[2] == pytest.approx(theirs[2], abs=5e-4 * np.abs(theirs[2]).max())
    place, step = 2, 1e-3 * np.abs(coefficients).max()
    moved = np.zeros_like(coefficients)
    moved[place] = step
    up, down = (added.objective(intercept, coefficients + way * moved, fitting.strength)[0] for way in (1, -1))
    slope = added.objective(intercept, coefficients, fitting.strength)[2]
    # Predictions of whole numbers tie, and a step leads over kinks of the penalty.
    assert (up - down) / (2 * step) == pytest.approx(slope[place], abs=1e-2 * np.abs(slope).max())


def test_engines_add_up_alike(monkeypatch):
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 2000)
    fitting = FitOptions(penalty="none", settings=RIDGE)
    fits = [fit_split(split_of(*compas(), fitting, engine)) for engine in (Frame, duckdb_of)]
    assert fits[0].model.coef_ == pytest.approx(fits[1].model.coef_, abs=1e-6)
    assert fits[0].audit.rows == fits[1].audit.rows


@pytest.fixture
def at_start(monkeypatch):
    """The objective of all rows and its gradient where each fit to them begins, instead of the fits."""
    seen = []

    def solve(self, strength, start):
        seen.append(self.objective(start.intercept, start.coefficients, strength))
        return replace(start, strength=strength)

    monkeypatch.setattr(AggregatedProblem, "solve", solve)
    return seen


@pytest.mark.slow
@pytest.mark.xdist_group("spark")
def test_a_cluster_adds_up_as_other_engines_do(spark, at_start, monkeypatch):
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 2000)
    splits = [split_of(*compas(), CASES["compas"][1], engine) for engine in (duckdb_of, spark_of)]
    for part in ("train", "test"):
        ours, theirs = (getattr(split, part).features for split in splits)
        pd.testing.assert_frame_equal(ours, theirs)
    here, there = (fit_split(split) for split in splits)
    assert there.model.design_.scale_ == pytest.approx(here.model.design_.scale_, rel=1e-12)
    assert len(at_start) == 4
    for ours, theirs in zip(at_start[:2], at_start[2:], strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert other == pytest.approx(one, rel=1e-9, abs=1e-12)
    assert there.audit.rows == here.audit.rows


@pytest.mark.slow
@pytest.mark.xdist_group("spark")
def test_a_cluster_finds_the_model_of_other_engines(spark, monkeypatch):
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 2000)
    fitting = FitOptions(penalty="none", settings={"ridge": 0.01})
    here, there = (fit_split(split_of(*compas(), fitting, engine)) for engine in (duckdb_of, spark_of))
    assert there.model.coef_ == pytest.approx(here.model.coef_, abs=1e-9)


def test_strength_and_size_of_effects_are_chosen_by_a_sample(monkeypatch):
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 3000)
    fit = fit_split(split_of(*compas(), FitOptions(reduce=80)))
    assert fit.audit.model.reduce_reached == pytest.approx(80, abs=3)
    assert fit.model.effect_sizes_
    assert fit.audit.plain.dependence.ccdcov.excess > fit.audit.dependence.ccdcov.excess


def test_names_and_levels_mean_nothing_and_missing_values_are_a_group(monkeypatch):
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 1500)
    frame, roles = compas()
    plain = roles.features[-1]
    hostile = 'x "; DROP TABLE coded; --'
    frame[plain] = frame[plain].replace({"F": "it's; --"}).where(np.arange(len(frame)) % 7 > 0)
    renamed = frame.rename(columns={plain: hostile})
    features = (*roles.features[:-1], hostile)
    roles, fitting = replace(roles, missing="group"), CASES["plain"][1]
    ours = fit_split(split_of(renamed, replace(roles, features=features), fitting, duckdb_of))
    theirs = fit_split(split_of(frame, roles, fitting))
    assert ours.model.coef_ == pytest.approx(theirs.model.coef_, abs=1e-6)
    assert "(missing)" in ours.model.design_.encoders_[-1]["levels"]
    with pytest.raises(RoleError, match=r"feature 'c_charge_degree' is missing in 882 of 6172 rows"):
        split_of(frame, replace(roles, missing="error"), fitting)


def test_levels_are_merged_and_rows_kept_as_was_said(monkeypatch):
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 10**9)
    frame, roles = compas()
    cleaning = Cleaning(merge=("c_charge_degree:any=F,M",), keep=("sex=Male",))
    roles = replace(roles, cleaning=cleaning, protected=roles.protected[:1])
    split = split_of(frame, roles, CASES["compas"][1])
    assert split.table.rows.used == (frame["sex"] == "Male").sum() == len(split.train.rows) + len(split.test.rows)
    assert "c_charge_degree" not in split.factors  # it has one level now
    assert any("c_charge_degree" in note and "left out" in note for note in split.table.notes)


@pytest.mark.parametrize(
    ("roles", "fitting", "said"),
    [
        (
            {"target": "priors_count", "task": "regression", "features": ("c_charge_degree",)},
            {"family": "quantile:0.9"},
            "quantile",
        ),
        ({}, {"settings": {"interactions": "pairs"}}, "interactions"),
        ({}, {"model": "boosting"}, "single rows"),
        (
            {"target": "race", "task": "multiclass", "protected": describe("compas").roles.protected[1:2]},
            {},
            "multinomial",
        ),
    ],
)
def test_what_takes_rows_or_joint_levels_is_refused_with_what_to_do(roles, fitting, said):
    frame, own = compas()
    with pytest.raises(OptionError, match=rf"{said}.*--sample N"):
        split_of(frame, replace(own, favourable=None, **roles), FitOptions(strength=1, **fitting))


def test_frames_whose_rows_are_not_held_as_numbers_are_refused_with_what_to_do():
    frame, roles = compas()
    with pytest.raises(OptionError, match="write it as Parquet and fit to that with --engine duckdb"):
        split_of(frame, roles, FitOptions(strength=1), native)


def test_a_part_of_the_rows_is_held_out_and_the_others_are_fitted_on(monkeypatch):
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 500)
    monkeypatch.setattr(aggregating, "JUDGED_ROWS", 600)
    frame, roles = compas()
    split = split_of(frame, roles, FitOptions(strength=1))
    assert split.train.people == pytest.approx(0.7 * len(frame), abs=120)
    assert len(split.train.rows) == pytest.approx(500, abs=80)
    assert len(split.test.rows) == pytest.approx(600, abs=90)
    assert isinstance(split.train.features, pd.DataFrame)


def read_all(frame, roles):
    """The table of the rows themselves."""
    return role_table(frame, fit_roles(roles, list(frame.columns)), features=True)


def lacking_some(frame, *names):
    """A table in which every so many rows lack a value."""
    for place, name in enumerate(names):
        frame[name] = frame[name].where(np.arange(len(frame)) % (5 + place) > 0)
    return frame


def masses_of(split):
    """Rows of the training part with each level of each input, added up in the engine and of the rows."""
    levels = split.coded.levels
    added = split.coded.rows.masses([len(one) for one in levels])
    ours = [dict(zip(map(str, one), mass, strict=True)) for one, mass in zip(levels, added, strict=True)]
    rows = split.train.features
    theirs = [rows[one.name].map(str).value_counts().to_dict() for one in levels]
    return [{level: mass for level, mass in of.items() if mass} for of in ours], theirs


@pytest.fixture
def every_row(monkeypatch):
    """All training rows are drawn."""
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 10**9)


@pytest.mark.parametrize("engine", [Frame, duckdb_of])
def test_rows_that_lack_a_value_are_left_out_and_told_as_of_rows(engine, every_row):
    frame, roles = compas()
    frame = lacking_some(frame, "sex", "c_charge_degree", "priors_count")
    roles = replace(roles, missing="drop")
    split = split_of(frame, roles, FitOptions(strength=1), engine)
    rows = read_all(frame, roles)
    assert split.table.rows == rows.rows
    assert len(rows.rows.dropped) == 3
    assert [note for note in rows.notes if "not used" in note] == [n for n in split.table.notes if "not used" in n]
    assert split.train.people + len(split.test.rows) == rows.rows.used
    assert not split.train.features.isna().any(axis=None)
    ours, theirs = masses_of(split)
    assert ours == theirs


def test_levels_and_features_that_only_rows_left_out_have_are_gone(every_row):
    frame, roles = compas()
    odd = np.arange(len(frame)) % 2 == 1
    frame["priors_count"] = frame["priors_count"].where(odd)
    frame["c_charge_degree"] = np.where(odd, "F", "M")
    frame["race"] = frame["race"].where(odd | (np.arange(len(frame)) > 9), "nobody else")
    split = split_of(frame, replace(roles, missing="drop"), FitOptions(strength=1))
    assert "c_charge_degree" not in split.factors
    assert "nobody else" not in split.table.protected["race"].to_numpy()
    assert any(
        group.level == "nobody else" and group.dropped == group.read for group in split.table.rows.dropped_groups
    )


def test_no_row_with_all_values_is_told_with_what_they_lack():
    frame, roles = compas()
    frame["priors_count"] = frame["priors_count"].where(np.arange(len(frame)) % 2 == 1)
    frame["c_charge_degree"] = frame["c_charge_degree"].where(np.arange(len(frame)) % 2 == 0)
    with pytest.raises(RoleError, match="no row is left of 6172: feature 'priors_count' missing: 3086"):
        split_of(frame, replace(roles, missing="drop"), FitOptions(strength=1))


@pytest.mark.parametrize("engine", [Frame, duckdb_of])
def test_a_row_that_stands_for_several_people_is_as_many_rows(engine, every_row):
    frame, roles = compas()
    frame["people"] = np.arange(len(frame)) % 4
    split = split_of(frame, replace(roles, count="people"), FitOptions(strength=1), engine)
    assert split.table.rows == read_all(frame, replace(roles, count="people")).rows
    assert split.train.people + len(split.test.rows) == frame["people"].sum()
    assert split.train.count is split.test.count is None
    ours, theirs = masses_of(split)
    assert ours == theirs
    positions = np.concatenate([positions for positions, _ in split.coded.parts()])
    assert positions.tolist() == np.flatnonzero(frame["people"] > 0).tolist()


@pytest.mark.parametrize("engine", [Frame, duckdb_of])
def test_rows_of_one_unit_stay_together_and_people_are_known(engine, monkeypatch):
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 2000)
    frame, roles = compas()
    frame["town"], frame["person"] = np.arange(len(frame)) % 300, [f"p{place % 2000}" for place in range(len(frame))]
    frame["id"] = frame["town"]  # a copy, to tell units apart
    roles = replace(roles, split_by="town", cluster="person", features=(*roles.features, "id"))
    split = split_of(frame, roles, FitOptions(strength=1), engine)
    sides = [part.features["id"] for part in (split.train, split.test)]
    assert not set(sides[0]) & set(sides[1])
    assert {side.nunique() for side in sides} <= {*range(60, 121), *range(180, 241)}
    for part, side in zip((split.train, split.test), sides, strict=True):
        assert (pd.Series(part.unit).groupby(side.to_numpy()).nunique() == 1).all()
        assert len(np.unique(part.cluster)) > 300
    assert len(split.train.rows) == pytest.approx(2000, abs=150)
    assert split.roles.kept_together == "town"


def test_engines_draw_units_and_people_alike(monkeypatch):
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 1000)
    frame, roles = compas()
    frame["person"] = [f"p{place % 900}" for place in range(len(frame))]
    frame.loc[::11, "person"] = None
    frame["people"] = np.arange(len(frame)) % 3
    roles = replace(roles, cluster="person", count="people", missing="drop")
    ours, theirs = (split_of(frame, roles, FitOptions(strength=1), engine) for engine in (Frame, duckdb_of))
    assert ours.table.rows == theirs.table.rows
    assert "cluster 'person' missing" in ours.table.rows.dropped
    for part in ("train", "test"):
        one, other = getattr(ours, part), getattr(theirs, part)
        pd.testing.assert_frame_equal(one.features, other.features)
        assert one.cluster.tolist() == other.cluster.tolist()


def test_a_unit_that_is_missing_is_an_error_unless_rows_without_are_left_out():
    frame, roles = compas()
    frame["town"] = np.where(np.arange(len(frame)) % 7 == 0, np.nan, np.arange(len(frame)) % 300)
    with pytest.raises(RoleError, match=r"split key 'town' is missing in 882 of 6172 rows"):
        split_of(frame, replace(roles, split_by="town"), FitOptions(strength=1))


def test_rows_that_an_engine_does_not_find_again_are_no_silent_loss(monkeypatch):
    from fairaudit.engines import pandas as engine

    monkeypatch.setattr(engine.Frame, "_numbers", lambda self, coding: np.full(len(self.frame), -1))
    frame, roles = compas()
    with pytest.raises(FitError, match=r"counted 6,172 rows and finds 0 of them"):
        split_of(frame, roles, FitOptions(strength=1))


def test_progress_tells_of_each_step_which_it_is(at_start, monkeypatch):
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 2000)
    frame, roles = compas()
    steps, asked = [], fit_roles(roles, list(frame.columns))
    fitting = FitOptions(strength=1, settings=RIDGE)
    split = coded_split(Frame(frame), roles, asked, Source(name="table"), fitting, OPTIONS, steps.append)
    assert steps == ["counting the levels of each feature", "giving rows the numbers of their values", "drawing rows"]
    fit_split(split, steps.append)
    rows = f"adding up {split.train.people:,} rows"
    assert [step for step in steps if "adding up" in step] == [
        *(f"{rows} by level", f"{rows}, step 1 of at most 500"),
        *(f"{rows} by level", f"{rows}, step 1 of at most 500"),
    ]


def test_the_fairer_model_begins_at_the_plain_one_of_all_rows(at_start, monkeypatch):
    monkeypatch.setattr(aggregating, "SINGLE_ROWS", 2000)
    fit_split(split_of(*compas(), FitOptions(strength=1, settings=RIDGE)))
    (plain, _, by_coefficient), (fairer, _, _) = at_start
    assert plain < fairer < 1.1 * plain
    assert np.abs(by_coefficient).max() > 0  # where the sample's fit ends
