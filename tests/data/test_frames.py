"""Frames of every library are asked where their rows are, and give the audit that pandas gives, byte for byte."""

from __future__ import annotations

import inspect
import re

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from frames_of import FRAMES, IN_ORDER
from questions import FEW, QUESTIONS, SCORE, SEX, asked_table, protected

import fairaudit as fa
from fairaudit.data import condensed, frames
from fairaudit.data.datasets import dataset_names
from fairaudit.data.frames import framed
from fairaudit.engines.narwhals import Native


def answer(frame, options=FEW, **asked):
    """The JSON of an audit, or the error."""
    try:
        return fa.audit(frame, options=options, **asked).to_json()
    except fa.FairAuditError as error:
        return f"{type(error).__name__}: {error}"


def as_told(name, text):
    """What an answer says of a frame of this kind: where rows are in no order, of several wrong values any one."""
    return text if name in IN_ORDER else re.sub(r"value '[^']*'( in row \d+)?|( \(first in row \d+\))", "", text)


@pytest.fixture(scope="module")
def table():
    return asked_table()


@pytest.mark.parametrize(("place", "asked"), list(enumerate(QUESTIONS.values())), ids=list(QUESTIONS))
def test_every_question_has_the_same_answer(table, place, asked):
    name = list(FRAMES)[place % len(FRAMES)]
    assert as_told(name, answer(FRAMES[name](table), **asked)) == as_told(name, answer(table, **asked))


@pytest.mark.slow
@pytest.mark.parametrize("name", list(FRAMES))
@pytest.mark.parametrize("asked", list(QUESTIONS.values()), ids=list(QUESTIONS))
def test_every_question_has_the_same_answer_of_every_kind_of_frame(table, name, asked):
    assert as_told(name, answer(FRAMES[name](table), **asked)) == as_told(name, answer(table, **asked))


@pytest.mark.slow
@pytest.mark.parametrize("dataset", dataset_names())
def test_embedded_tables_have_the_same_answer(dataset):
    data = fa.load_dataset(dataset)
    names = set(inspect.signature(fa.audit).parameters) & set(vars(type(data.roles))["__dataclass_fields__"])
    asked = {name: getattr(data.roles, name) for name in names}
    same = answer(data.frame, **asked)
    assert same.startswith("{")
    for name, made in FRAMES.items():
        assert answer(made(data.frame), **asked) == same, name


@pytest.mark.parametrize("name", list(FRAMES))
def test_rounded_predictions_have_the_same_answer(table, name, monkeypatch):
    monkeypatch.setattr(condensed, "MOST_DISTINCT", 200)
    asked = SCORE | protected(SEX, "income") | {"threshold": "top=10%"}
    same = answer(table, **asked)
    assert answer(FRAMES[name](table), **asked) == same
    assert '"exact": false' in same
    assert '"distinct": 1500' in same


@pytest.mark.parametrize("name", list(FRAMES))
def test_a_score_table_of_a_frame_is_that_of_pandas(table, name):
    roles = {"prediction": "p", "target": "y", "protected": [SEX, "area"], "weight": "w"}
    one, other = (fa.score_table(frame, **roles).stored.to_bytes() for frame in (FRAMES[name](table), table))
    assert one == other


@pytest.mark.parametrize("name", list(FRAMES))
def test_of_many_rows_only_lines_levels_and_counts_come_back(name, monkeypatch):
    rng = np.random.default_rng(3)
    n = 3000
    few = pd.DataFrame({"g": rng.choice(["a", "b"], n), "p": rng.integers(0, 5, n) / 5, "y": rng.integers(0, 2, n)})
    frame = FRAMES[name](few)
    fetched = []

    def counted(function):
        def fetch(*given, **named):
            result = function(*given, **named)
            fetched.append(len(result))
            return result

        return fetch

    monkeypatch.setattr(frames, "MOST_ROWS", n - 1)
    monkeypatch.setattr(pl.LazyFrame, "collect", counted(pl.LazyFrame.collect))
    monkeypatch.setattr(nw.LazyFrame, "collect", counted(nw.LazyFrame.collect))
    monkeypatch.setattr(nw.DataFrame, "to_pandas", counted(nw.DataFrame.to_pandas))
    monkeypatch.setattr(frames, "from_frame", lambda _: pytest.fail("all rows are read"))
    audit = fa.audit(frame, prediction="p", target="y", protected="g", options=FEW)
    assert audit.rows.used == n
    assert 0 < max(fetched) <= 2 * 5 * 2
    assert isinstance(framed(frame).engine, Native)


def test_a_scan_of_a_file_is_computed_once_for_each_question_and_gives_lines(tmp_path, monkeypatch):
    rng = np.random.default_rng(3)
    n = frames.MOST_ROWS + 1
    table = pl.DataFrame({"g": rng.choice(["a", "b"], n), "p": rng.random(n), "y": rng.integers(0, 2, n)})
    table.write_parquet(tmp_path / "t.parquet")
    heights = []
    collect = pl.LazyFrame.collect

    def counted(self, *given, **named):
        heights.append(collect(self, *given, **named).height)
        return collect(self, *given, **named)

    monkeypatch.setattr(condensed, "MOST_DISTINCT", 1000)
    monkeypatch.setattr(pl.LazyFrame, "collect", counted)
    scan = pl.scan_parquet(tmp_path / "t.parquet")
    audit = fa.audit(scan, prediction="p", target="y", protected="g", options=FEW)
    assert audit.prediction.distinct == table["p"].n_unique()
    lines = max(heights)
    assert lines < n / 5
    assert sorted(heights)[:-1] == [1] * (len(heights) - 1)
    assert len(heights) <= 5


def test_a_frame_of_pandas_is_asked_in_memory():
    table = framed(pd.DataFrame({"a": [1, 1, 2]}))
    assert (table.engine.names, table.engine.rows(), table.source.name) == (("a",), 3, "data frame")
    assert table.rows()["a"].tolist() == [1, 1, 2]


def test_a_frame_in_the_hands_of_narwhals_is_asked_as_what_it_is():
    assert isinstance(framed(nw.from_native(pl.DataFrame({"a": [1]}))).engine, Native)
    assert framed(nw.from_native(pd.DataFrame({"a": [1, 2]}))).engine.rows() == 2


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"a": [1]}, "a data frame (pandas, Polars, Arrow, DuckDB, PySpark) is needed, not dict"),
        ("t.csv", "not the name 't.csv'"),
        (pl.DataFrame(), "the data frame is empty: 0 rows and 0 columns"),
        (pl.DataFrame({"a": []}), "the data frame is empty: 0 rows and 1 columns"),
        (pl.LazyFrame({"a": [1]}).filter(pl.col("a") > 1), "the data frame is empty: 0 rows and 1 columns"),
        (pa.table({"a": []}), "the data frame is empty: 0 rows and 1 columns"),
        (pa.table([[1], [2]], names=["a", "a"]), "the data frame has more than one column called a; rename them"),
        (pl.scan_csv("nowhere.csv"), "the data frame cannot be computed: No such file or directory"),
        (pl.LazyFrame({"a": ["x"]}).select(pl.col("b")), "the data frame cannot be computed: "),
    ],
)
def test_what_is_no_table_is_refused(frame, message):
    with pytest.raises(fa.SourceError) as caught:
        framed(frame)
    assert message in str(caught.value)


def test_columns_of_a_relation_with_one_name_are_refused():
    with (
        duckdb.connect() as connection,
        pytest.raises(fa.SourceError, match="more than one column called a"),
    ):
        framed(connection.sql("SELECT 1 AS a, 2 AS a"))


def test_a_plan_that_fails_on_the_way_is_refused():
    plan = pl.LazyFrame({"g": ["a", "b"], "y": ["0", "x"]}).with_columns(pl.col("y").cast(pl.Int64))
    with pytest.raises(fa.SourceError, match="the data frame cannot be computed: "):
        fa.audit(plan, target="y", protected="g")


@pytest.mark.parametrize("name", list(FRAMES))
def test_lists_and_records_in_a_cell_are_refused_where_they_have_a_part(name):
    frame = FRAMES[name](pd.DataFrame({"g": [["a"], ["b", "a"]], "h": ["x", "y"], "y": [0, 1]}))
    with pytest.raises(fa.RoleError, match="protected attribute 'g' holds lists or records"):
        fa.audit(frame, target="y", protected="g")
