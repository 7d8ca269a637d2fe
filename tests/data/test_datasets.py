"""The embedded tables are what their descriptions say."""

from __future__ import annotations

import gzip
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from fairaudit.data.datasets import dataset_names, describe, export, load_dataset
from fairaudit.data.sources import read
from fairaudit.data.table import role_table
from fairaudit.errors import OptionError, SourceError

ROOT = Path(__file__).parents[2]
NAMES = dataset_names()


def test_every_table_of_the_folder_is_listed():
    assert set(NAMES) == {path.name.removesuffix(".csv.gz") for path in (ROOT / "datasets").glob("*.csv.gz")}
    assert list(NAMES) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_description_agrees_with_the_file(name):
    about, dataset = describe(name), load_dataset(name)
    assert dataset.frame.shape == (about.rows, len(about.columns))
    assert about.roles.task is not None
    assert list(about.columns) == list(dataset.frame.columns)
    assert dataset.source.name == name
    assert dataset.source.bytes


@pytest.mark.parametrize("name", NAMES)
def test_every_table_comes_with_its_story(name):
    about = describe(name)
    for text in (about.title, about.description, about.origin, about.licence, about.defects):
        assert len(text) > 20


def test_the_page_of_the_tables_is_made_from_their_descriptions(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    make = importlib.import_module("make_datasets")
    assert make.PAGE.read_text(encoding="utf-8") == make.page().rstrip("\n") + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_each_column_with_a_role_says_so(name):
    about = describe(name)
    parts = [about.part(column) for column in about.columns]
    assert parts.count("protected") == len(about.roles.protected)
    assert parts.count("target") == 1
    assert parts.count("feature") == len(about.roles.features)


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    """A copy of the package with one more table: its data and its .toml, and nothing else."""
    home = tmp_path_factory.mktemp("package")
    for folder in ("fairaudit", "datasets"):
        shutil.copytree(ROOT / folder, home / folder)
    rows = [f"{sex},{day},{int(day < 10 + 6 * (sex == 'm'))}" for sex in "fm" for day in range(40)]
    (home / "datasets" / "visits.csv.gz").write_bytes(gzip.compress("\n".join(["sex,day,late", *rows]).encode()))
    (home / "datasets" / "visits.toml").write_text(
        """title = "Visits of a made-up office"
rows = 80
description = "Whether people came late."
origin = "Made up for a test."
licence = "Public domain."
defects = "Nobody was ever asked."

[roles]
target = "late"
protected = ["sex"]
task = "binary"

[columns]
sex = "f or m"
day = "day of the visit"
late = "1: came late"
"""
    )

    def run(*arguments):
        command = [sys.executable, "-m", "fairaudit", *arguments]
        done = subprocess.run(command, cwd=home, env=os.environ | {"PYTHONPATH": str(home)}, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    return run


def test_a_table_is_added_by_its_data_and_one_toml(extended):
    assert "visits" in extended("datasets", "list")
    assert "Nobody was ever asked." in extended("datasets", "show", "visits")
    assert "wellbeing" in extended("audit", "--help")
    assert "visits" in extended("audit", "--help")
    audit = json.loads(extended("audit", "visits", "--json", "--bootstrap", "0", "--permutations", "9"))
    rates = {group["cell"]["sex"]: group["mean_prediction"] for group in audit["groups"]}
    assert rates == {"f": 10 / 40, "m": 16 / 40}
    assert audit["source"]["name"] == "visits"


def test_a_description_with_an_unknown_key_is_refused_by_name(tmp_path, monkeypatch):
    (tmp_path / "odd.toml").write_text('titel = "x"\nrows = 1\n[roles]\n[columns]\n')
    monkeypatch.setattr("fairaudit.data.datasets._folder", lambda: tmp_path)
    with pytest.raises(SourceError, match=r"odd\.toml' is no description of a table: .*'titel'"):
        describe("odd")
    with pytest.raises(SourceError, match=r"the embedded table 'odd\.csv\.gz' is not in"):
        export("odd", tmp_path / "x.csv")


@pytest.mark.parametrize("name", NAMES)
def test_the_roles_fit_the_table_and_use_every_row(name):
    dataset = load_dataset(name)
    table = role_table(dataset.frame, dataset.roles, features=True)
    assert table.task == dataset.roles.task
    assert table.rows.used == len(dataset.frame)
    assert tuple(table.features.columns) == dataset.roles.features
    assert table.notes == ()


def test_compas_is_as_published():
    frame = load_dataset("compas").frame
    assert frame["two_year_recid"].mean() == pytest.approx(0.455, abs=5e-4)
    assert frame["race"].value_counts().to_dict() == {
        "African-American": 3175,
        "Caucasian": 2103,
        "Hispanic": 509,
        "Other": 343,
        "Asian": 31,
        "Native American": 11,
    }
    bands = frame.groupby("score_text")["decile_score"].agg(["min", "max"])
    assert bands.to_numpy().tolist() == [[8, 10], [1, 4], [5, 7]]
    late = frame["compas_screening_date"] > pd.Timestamp("2014-04-01")
    assert late.sum() == 868
    assert frame.loc[late, "two_year_recid"].eq(1).all()


def test_compas_decisions_are_medium_and_high_scores():
    dataset = load_dataset("compas")
    table = role_table(dataset.frame, dataset.roles)
    assert (table.decision == (table.prediction >= 5)).all()
    innocent = table.outcome == 0
    rates = {
        race: table.decision[innocent & (table.protected["race"] == race)].mean()
        for race in ("Caucasian", "African-American")
    }
    assert rates == {"Caucasian": pytest.approx(0.2201, abs=1e-4), "African-American": pytest.approx(0.4234, abs=1e-4)}


def test_motor_keeps_policies_that_repeat_others():
    frame = load_dataset("motor").frame
    assert frame.duplicated().sum() == 2432
    assert (frame["ClaimNb"] > 0).mean() == pytest.approx(0.0405, abs=1e-4)
    assert frame["Exposure"].max() == 1.75


def test_health_is_a_panel_whose_outcomes_are_no_features():
    dataset = load_dataset("health")
    assert dataset.frame["zper"].nunique() == 5827
    assert ((dataset.frame["meddol"] > 0) == dataset.frame["binexp"]).all()
    assert not {"meddol", "mdvis", "binexp", "zper"} & set(dataset.roles.features)
    assert len(set(role_table(dataset.frame, dataset.roles).split_key)) == 5827


@pytest.mark.parametrize(
    ("changes", "task", "mean"),
    [
        ({"target": "meddol", "task": "regression"}, "regression", 172.09),
        ({"target": "meddol"}, "regression", 172.09),
        ({"target": "binexp"}, "binary", 0.7793),
        ({}, "count", 2.8654),
    ],
)
def test_another_outcome_of_health_needs_only_its_name(changes, task, mean):
    dataset = load_dataset("health")
    table = role_table(dataset.frame, dataset.roles_with(**changes), features=True)
    assert table.task == task
    assert table.outcome.mean() == pytest.approx(mean, abs=0.01)
    assert (table.exposure is not None) == (task == "count")
    assert not {"meddol", "mdvis", "binexp"} & set(table.features)


def test_happiness_misses_health_where_it_was_not_asked():
    frame = load_dataset("happiness").frame
    assert frame["health"].isna().sum() == 10909
    assert frame.loc[frame["year"].isin([1978, 1983, 1986]), "health"].isna().all()
    assert not frame.duplicated(["year", "id"]).any()
    shares = frame["happy"].value_counts(normalize=True).round(3).to_dict()
    assert shares == {"pretty happy": 0.559, "very happy": 0.320, "not too happy": 0.122}


def test_wellbeing_is_complete_in_14124_rows_but_for_three_columns():
    frame = load_dataset("wellbeing").frame
    assert len(frame.drop(columns=["tvhours", "unem10", "divorce"]).dropna()) == 14124
    assert (frame["income"] == "$25000 or more").sum() == 9725


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(SourceError, match="no embedded table 'adult'; there are compas, happiness, health, motor"):
        load_dataset("adult")
    with pytest.raises(SourceError, match="no embedded table 'adult'"):
        export("adult", "x.csv")


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
@pytest.mark.parametrize("name", ["compas", "happiness"])
def test_an_exported_table_is_read_back_the_same(tmp_path, name, suffix):
    path = export(name, tmp_path / f"out{suffix}")
    pd.testing.assert_frame_equal(read(str(path)).frame, load_dataset(name).frame)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_the_bytes_of_an_export_have_no_clock(tmp_path):
    path = export("motor", tmp_path / "motor.csv.gz")
    first = path.read_bytes()
    assert export("motor", path).read_bytes() == first
    assert first[4:8] == b"\0\0\0\0"
    assert gzip.decompress(first).startswith(b"Area,BonusMalus,DrivAge")


def test_an_export_needs_a_place_and_a_known_suffix(tmp_path):
    for path, message in [
        (tmp_path, "is a folder"),
        (tmp_path / "x.xlsx", "must end in one of .csv, .csv.gz, .parquet"),
        (tmp_path / "no" / "x.csv", "does not exist"),
    ]:
        with pytest.raises(OptionError, match=re.escape(message)):
            export("motor", path)
    assert not list(tmp_path.iterdir())


def test_a_failed_export_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "motor.csv"
    path.write_text("old")

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OptionError, match="could not be written: No space left on device"):
        export("motor", path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
