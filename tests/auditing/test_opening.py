"""An audit of a file is the same, byte for byte, whatever counts its rows."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from questions import FEW, QUESTIONS, SCORE, SEX, asked_table, protected

import fairaudit as fa
from fairaudit import Options
from fairaudit.auditing import opening
from fairaudit.auditing.opening import drawn_places, opened
from fairaudit.auditing.run import audit_table
from fairaudit.data import condensed
from fairaudit.data.datasets import dataset_names
from fairaudit.data.roles import Protected


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    frame = asked_table()
    place = tmp_path_factory.mktemp("tables")
    frame.to_csv(place / "t.csv", index=False)
    frame.to_parquet(place / "t.parquet")
    frame.iloc[:400].to_csv(place / "part-1.csv", index=False)
    frame.iloc[400:, ::-1].to_csv(place / "part-2.csv", index=False)
    return place


def answer(source, engine, options=FEW, **given):
    """The JSON of an audit, or the error."""
    try:
        with opened(str(source), given, engine, master="local[2]") as data:
            return audit_table(data.table, data.origin(), data.roles, options, others=data.others).to_json()
    except fa.FairAuditError as error:
        return f"{type(error).__name__}: {error}"


FILES = ("t.csv", "t.parquet", "part-*.csv")


@pytest.mark.parametrize(("place", "asked"), list(enumerate(QUESTIONS.values())), ids=list(QUESTIONS))
def test_every_question_has_the_same_answer(folder, place, asked):
    name = FILES[place % len(FILES)]
    assert answer(folder / name, "duckdb", **asked) == answer(folder / name, "pandas", **asked)


OF_SPARK = {
    "weights, missing values and a cut": "t.csv",
    "bands and people": "part-*.csv",
    "counts of people and an admissible column": "t.parquet",
    "claims": "t.parquet",
}
"""The questions that Spark is asked every day, and of which files."""


@pytest.mark.xdist_group("spark")
@pytest.mark.parametrize("question", OF_SPARK)
def test_spark_has_the_same_answer(spark, folder, question):
    source, asked = folder / OF_SPARK[question], QUESTIONS[question]
    assert without_row(answer(source, "spark", **asked)) == without_row(answer(source, "duckdb", **asked))


@pytest.mark.xdist_group("spark")
def test_spark_rounds_predictions_alike(spark, folder, monkeypatch):
    monkeypatch.setattr(condensed, "MOST_DISTINCT", 200)
    asked = SCORE | protected(SEX, "income") | {"threshold": "top=10%"}
    one, other = (answer(folder / "t.csv", engine, **asked) for engine in ("duckdb", "spark"))
    assert one == other
    assert '"exact": false' in one


@pytest.mark.slow
@pytest.mark.xdist_group("spark")
@pytest.mark.parametrize("name", FILES)
def test_spark_has_the_same_answer_to_every_question(spark, folder, name):
    for asked in QUESTIONS.values():
        source = folder / name
        assert without_row(answer(source, "spark", **asked)) == without_row(answer(source, "duckdb", **asked))


@pytest.mark.slow
@pytest.mark.xdist_group("spark")
@pytest.mark.parametrize("name", dataset_names())
def test_spark_has_the_same_answer_of_embedded_tables(spark, name):
    assert answer(name, "spark") == answer(name, "duckdb")


def without_row(told):
    """An error without the place of a row, and the value in the first one: rows of Spark are in no order."""
    known = r" in row \d+| \(first in row \d+\)|(?<=the value )'[^']*'"
    return re.sub(known, "", told) if "Error: " in told else told


@pytest.mark.slow
@pytest.mark.parametrize("name", dataset_names())
def test_embedded_tables_have_the_same_answer(name):
    assert answer(name, "duckdb") == answer(name, "pandas")


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("asked", list(QUESTIONS.values()), ids=list(QUESTIONS))
def test_every_question_has_the_same_answer_of_every_kind_of_file(folder, name, asked):
    assert answer(folder / name, "duckdb", **asked) == answer(folder / name, "pandas", **asked)


def test_parity_and_a_search_have_the_same_answer(folder):
    options = Options(bootstrap=20, permutations=19, parity="equalized-odds", search=2)
    asked = SCORE | {"threshold": 0.5, "search_over": (Protected("area"),)}
    one, other = (answer(folder / "t.csv", engine, options, **asked) for engine in ("duckdb", "pandas"))
    assert one == other


def test_rounded_predictions_have_the_same_answer(folder, monkeypatch):
    monkeypatch.setattr(condensed, "MOST_DISTINCT", 200)
    asked = SCORE | protected(SEX, "income") | {"threshold": "top=10%"}
    one, other = (answer(folder / "t.csv", engine, **asked) for engine in ("duckdb", "pandas"))
    assert one == other
    assert '"exact": false' in one
    assert '"distinct": 1500' in one


def test_an_audit_of_a_frame_is_that_of_its_file(folder):
    with opened(str(folder / "t.csv"), SCORE, "duckdb") as data:
        audit = audit_table(data.table, data.origin(), data.roles, FEW, others=data.others)
        frame = data.rows()
    same = fa.audit(frame, prediction="p", target="y", protected=SEX, options=FEW)
    assert audit.groups == same.groups
    assert (audit.disparities, audit.dependence, audit.verdict) == (same.disparities, same.dependence, same.verdict)


def test_a_score_table_is_opened_with_its_roles(folder, tmp_path):
    with opened(str(folder / "t.csv"), SCORE | {"threshold": 0.5}) as data:
        stored, audit = data.stored(), audit_table(data.table, data.origin(), data.roles, FEW)
    (tmp_path / "t.parquet").write_bytes(stored.to_bytes())
    with opened(str(tmp_path / "t.parquet"), {}) as data:
        same = audit_table(data.table, data.origin(), data.roles, FEW)
        assert data.others() is None
    assert (same.groups, same.disparities, same.dependence) == (audit.groups, audit.disparities, audit.dependence)
    with opened(str(tmp_path / "t.parquet"), {"threshold": 0.25}) as data:
        assert data.roles.threshold == 0.25


def test_a_sample_of_rows_is_the_same_of_both_engines(folder):
    drawn = []
    for engine in ("duckdb", "pandas"):
        with opened(str(folder / "t.csv"), SCORE, engine) as data:
            drawn.append(data.row_by_row(300, seed=3))
    one, other = drawn
    pd.testing.assert_frame_equal(one.frame, other.frame, check_dtype=False)
    assert (len(one.frame), one.note) == (300, other.note)
    assert one.note.endswith("by 300 of 1,500 rows, drawn at random.")


def test_drawn_places_are_so_many_different_ones():
    for rows, sample in ((1000, 999), (10**9, 1000)):
        places = drawn_places(rows, sample, 1)
        assert len(np.unique(places)) == sample
        assert (np.diff(places) > 0).all()
        assert 0 <= places[0] <= places[-1] < rows


def test_many_rows_are_asked_for_all_their_columns_only_as_a_sample(folder, monkeypatch):
    monkeypatch.setattr(opening, "MOST_ROWS", 1000)
    with opened(str(folder / "t.csv"), SCORE, "duckdb") as data:
        assert data.others() is None
        assert len(data.others(500).frame) == 500
