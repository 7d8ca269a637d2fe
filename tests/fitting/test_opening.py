"""Sources opened for a fit: rows in memory, a sample of them, or lines in an engine, through to the command line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from frames_of import FRAMES, relation

import fairaudit as fa
from fairaudit.cli import cli
from fairaudit.data.datasets import load_dataset
from fairaudit.data.frames import framed
from fairaudit.errors import OptionError
from fairaudit.fitting.opening import Opened
from fairaudit.models.files import load

QUICK = ["--bootstrap", "0", "--permutations", "0", "--json"]
HOSTILE = 'a "; DROP TABLE x; --'


@pytest.fixture
def people(tmp_path):
    """A Parquet file with hostile names and levels, missing values and rows that are alike."""
    frame = load_dataset("compas").frame
    frame = frame[["race", "sex", "priors_count", "c_charge_degree", "two_year_recid"]].rename(
        columns={"c_charge_degree": HOSTILE}
    )
    frame[HOSTILE] = frame[HOSTILE].replace({"F": "it's; --"})
    frame.loc[::7, HOSTILE] = None
    path = tmp_path / "people.parquet"
    frame.to_parquet(path)
    return path, frame


def run(*arguments):
    result = CliRunner().invoke(cli, [str(each) for each in arguments])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout) if "--json" in arguments else result.output


ROLES = ["--target", "two_year_recid", "--protected", "race", "--protected", "sex", "--missing", "group"]


def test_an_engine_fits_audits_and_writes_what_is_predicted_of_each_row(people, tmp_path):
    path, frame = people
    model, predicted = tmp_path / "m.skops", tmp_path / "p.parquet"
    told = run(
        *("fit", path, *ROLES, "--engine", "duckdb", "--strength", "20"),
        *("--save", model, "--predictions", predicted, *QUICK),
    )
    assert told["model"]["rows_train"] + told["model"]["rows_test"] == len(frame)
    written = pd.read_parquet(predicted)
    assert written["row"].tolist() == list(range(len(frame)))
    assert (written["outcome"] == frame["two_year_recid"]).all()
    own = load(model).predict_proba(frame[["priors_count", HOSTILE]].astype({"priors_count": float}))[:, 1]
    assert written["prediction"].to_numpy() == pytest.approx(own, abs=1e-12)
    cut = told["model"]["threshold"]
    assert (written["decision"] == (written["prediction"] >= cut)).all()
    assert list(tmp_path.glob(".fairaudit-*")) == []


def test_the_model_of_an_engine_is_as_good_as_that_of_the_rows(people):
    path, _ = people
    rows, lines = (run("fit", path, *ROLES, "--strength", 20, *more, *QUICK) for more in ([], ["--engine", "duckdb"]))
    assert lines["rows"]["read"] == rows["rows"]["read"]
    assert lines["performance"]["test"]["auc"] == pytest.approx(rows["performance"]["test"]["auc"], abs=0.03)
    assert lines["source"] == rows["source"]


@pytest.mark.parametrize("model", ["glm", "boosting"])
def test_a_sample_is_fitted_and_audited(people, model):
    path, frame = people
    told = run("fit", path, *ROLES, "--sample", 1500, "--model", model, "--penalty", "none", *QUICK)
    assert told["model"]["rows_train"] + told["model"]["rows_test"] == told["rows"]["read"] == 1500
    assert any(f"1,500 of {len(frame):,} rows, drawn at random" in note for note in told["notes"])


def test_the_predictions_of_a_sample_name_the_rows_of_the_source(people, tmp_path):
    path, frame = people
    predicted = tmp_path / "p.csv"
    run("fit", path, *ROLES, "--sample", 1500, "--strength", 5, "--predictions", predicted, *QUICK)
    written = pd.read_csv(predicted)
    assert len(written) == 450
    assert (frame["two_year_recid"].to_numpy()[written["row"]] == written["outcome"]).all()


def test_a_sample_of_all_rows_is_all_rows(people):
    path, frame = people
    every, rows = (
        run("fit", path, *ROLES, "--penalty", "none", *more, *QUICK) for more in (["--sample", len(frame)], [])
    )
    assert every == rows


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--model", "boosting"], "a model of kind boosting is fitted to single rows"),
        (["--predictions", "p.csv"], "--predictions writes Parquet, as the engine writes it"),
    ],
)
def test_what_an_engine_cannot_do_is_refused_with_what_to_do(people, more, said):
    path, _ = people
    result = CliRunner().invoke(cli, ["fit", str(path), *ROLES, "--engine", "duckdb", *more])
    assert isinstance(result.exception, OptionError)
    assert said in str(result.exception)


def test_numbers_on_the_grid_are_told_of(people, monkeypatch):
    path, frame = people
    monkeypatch.setattr("fairaudit.data.condensed.MOST_DISTINCT", 500)
    frame.assign(income=np.random.default_rng(0).uniform(1, 2, len(frame))).to_parquet(path)
    told = run("fit", path, *ROLES, "--engine", "duckdb", "--penalty", "none", *QUICK)
    assert any("'income'" in note and "rounded" in note for note in told["notes"])


def test_rows_of_too_many_lines_are_added_up_in_the_engine(people, tmp_path, monkeypatch):
    monkeypatch.setattr("fairaudit.data.inputs.MOST_LINES", 50)
    path, frame = people
    told = run(
        *("fit", path, *ROLES, "--engine", "duckdb", "--penalty", "none"),
        *("--save", tmp_path / "m.skops", "--test-size", "0.25", *QUICK),
    )
    assert told["model"]["rows_train"] + told["model"]["rows_test"] == len(frame)
    assert any("added up where they are" in note for note in told["notes"])
    rows = run("fit", path, *ROLES, "--penalty", "none", "--test-size", "0.25", *QUICK)
    assert told["performance"]["test"]["auc"] == pytest.approx(rows["performance"]["test"]["auc"], abs=0.03)
    assert load(tmp_path / "m.skops").coef_.shape == (rows["model"]["parameters"] - 1,)


def test_what_is_predicted_of_rows_of_too_many_lines_is_written_part_by_part(people, tmp_path, monkeypatch):
    monkeypatch.setattr("fairaudit.data.inputs.MOST_LINES", 50)
    monkeypatch.setattr("fairaudit.engines.duckdb.VECTORS", 1)
    path, frame = people
    model, predicted = tmp_path / "m.skops", tmp_path / "p.parquet"
    run(
        *("fit", path, *ROLES, "--engine", "duckdb", "--strength", 5),
        *("--save", model, "--predictions", predicted, *QUICK),
    )
    written = pd.read_parquet(predicted)
    assert written["row"].tolist() == list(range(len(frame)))
    assert (written["outcome"] == frame["two_year_recid"]).all()
    own = load(model).predict_proba(frame[["priors_count", HOSTILE]].astype({"priors_count": float}))[:, 1]
    assert written["prediction"].to_numpy() == pytest.approx(own, abs=1e-12)
    assert set(written["decision"]) == {0, 1}


@pytest.mark.parametrize("kind", FRAMES)
def test_frames_of_other_libraries_are_fitted_to_where_their_rows_are(people, kind):
    _, frame = people
    roles = {"target": "two_year_recid", "protected": ["race", "sex"], "missing": "group", "in_engine": True}
    options = fa.Options(bootstrap=0, permutations=0)
    fitting = fa.FitOptions(strength=20)
    ours, theirs = (fa.fit(of, **roles, fitting=fitting, options=options) for of in (FRAMES[kind](frame), frame))
    assert ours.audit.to_json() == theirs.audit.to_json()
    assert ours.predictions["rows"].sum() == ours.audit.model.rows_test


@pytest.mark.xdist_group("spark")
def test_a_cluster_counts_the_rows_that_are_fitted_to(spark, people):
    path, _ = people
    arguments = ["fit", path, *ROLES, "--strength", 20, *QUICK]
    cluster = ["--engine", "spark", "--spark-master", "local[2]"]
    here, there = (run(*arguments, *more) for more in (["--engine", "duckdb"], cluster))
    assert {**there, "source": here["source"]} == here


def test_an_engine_that_writes_no_files_says_so_before_a_model_is_fitted(people):
    _, frame = people
    opened = Opened(None, lambda: None, None, framed(relation(frame)).engine)
    with pytest.raises(OptionError, match="score the table with predict"):
        opened.check_predictions()
