"""What frames of Polars, Arrow and DuckDB are beyond the contract: values of all types, and rows in no order."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from frames_of import FRAMES, IN_ORDER

from fairaudit.data.sources import from_frame, plain
from fairaudit.engines import Question
from fairaudit.engines.narwhals import native
from fairaudit.engines.pandas import Frame

MISSING = float("nan")
DAY, NOON = dt.date(2020, 2, 29), dt.datetime(2020, 2, 29, 12)
POLARS = {
    "flags": pl.Series([True, None, False]),
    "categories": pl.Series(["x", None, "y"], dtype=pl.Categorical),
    "declared levels": pl.Series(["x", None, "y"], dtype=pl.Enum(["z", "y", "x"])),
    "decimals": pl.Series([Decimal("1.50"), None, Decimal("2.25")]),
    "dates": pl.Series([DAY, None, DAY + dt.timedelta(1)]),
    "moments": pl.Series([NOON, None, NOON], dtype=pl.Datetime("ns")),
    "moments of a zone": pl.Series([NOON, None, NOON]).dt.replace_time_zone("Europe/Berlin"),
    "times of day": pl.Series([dt.time(1), None, dt.time(2)]),
    "durations": pl.Series([dt.timedelta(1), None, dt.timedelta(2)]),
    "whole numbers of 64 bits": pl.Series([2**64 - 1, 1, 2], dtype=pl.UInt64),
    "whole numbers with missing ones": pl.Series([2**60, None, 1]),
    "numbers of 32 bits": pl.Series([0.1, None, MISSING], dtype=pl.Float32),
    "numbers": pl.Series([-0.0, 0.0, None, MISSING, float("inf")]),
    "bytes": pl.Series([b"a", None, b"b"]),
    "nothing": pl.Series([None, None, None]),
}
RELATIONS = {
    "HUGEINT": "1",
    "DECIMAL(5, 2)": "1.5",
    "DATE": "2020-02-29",
    "TIMESTAMPTZ": "2020-02-29 12:00:00+01:00",
    "ENUM('y', 'x', 'z')": "x",
    "UUID": "00000000-0000-0000-0000-000000000001",
    "BOOLEAN": "true",
    "DOUBLE": "nan",
    "TIME": "01:00",
    "BLOB": "a",
    "UBIGINT": "18446744073709551615",
}
ARROW = {
    "views of text": pa.array(["x", None, "y"]).cast(pa.string_view()),
    "numbers of 16 bits": pa.array([1.5, None, MISSING], pa.float16()),
    "dates of 64 bits": pa.array([DAY, None], pa.date64()),
    "dictionaries of several chunks": pa.chunked_array(
        [pa.array(["a", "b"]).dictionary_encode(), pa.array(["c", "a"]).dictionary_encode()]
    ),
    "declared levels": pa.DictionaryArray.from_arrays([0, 0, None], ["a", "z"]),
}


def shown(values, rows):
    """Value, in words → rows with it."""
    return dict(zip(map(repr, values), map(int, rows), strict=True))


def check_alike(frame):
    """A frame says of its column what a pandas copy of all its rows says."""
    there, here = native(frame, plain), Frame(from_frame(frame).frame)
    (name,) = there.names
    lines, same = (engine.lines(Question([name])) for engine in (there, here))
    assert shown(lines.values[name], lines.rows) == shown(same.values[name], same.rows)
    assert lines.values[name].dtype == same.values[name].dtype
    assert there.kinds([name]) == here.kinds([name])
    assert there.distinct([name]) == here.distinct([name])
    assert set(there.levels(name)) == set(here.levels(name))


@pytest.mark.parametrize("values", POLARS.values(), ids=POLARS.keys())
@pytest.mark.parametrize("made", [pl.DataFrame, pl.LazyFrame, lambda table: pl.DataFrame(table).to_arrow()])
def test_values_of_every_type_are_those_of_a_copy_in_pandas(made, values):
    check_alike(made({"c": pl.concat([values, values[:2]])}))


@pytest.mark.parametrize(("held", "value"), RELATIONS.items())
def test_values_of_a_relation_are_those_of_a_copy_in_pandas(held, value):
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        values = pa.table({"v": [value, None, value]})
        check_alike(connection.from_arrow(values).project(f"CAST(v AS {held}) AS c"))


@pytest.mark.parametrize("values", ARROW.values(), ids=ARROW.keys())
def test_values_of_arrow_are_those_of_a_copy_in_pandas(values):
    check_alike(pa.table({"c": values}))


def test_whole_numbers_of_128_bits_are_numbers():
    frame = pl.DataFrame({"c": pl.Series([1, None, 2**100], dtype=pl.Int128)})
    check_alike(frame)
    assert set(native(frame).levels("c")) == {1.0, 2.0**100}


def test_whole_numbers_that_pandas_cannot_tell_apart_are_one_line():
    lines = native(pl.DataFrame({"c": [2**60 + 1, 2**60, None]})).lines(Question(["c"], places=True))
    assert lines.values["c"].dropna().tolist() == [2.0**60]
    assert (lines.rows.tolist(), lines.first.tolist()) == ([2, 1], [0, 2])


def test_decimals_are_put_on_the_grid():
    values = [Decimal("0.500000001"), Decimal("0.750000001"), None]
    for frame in (pl.DataFrame({"c": values}), pa.table({"c": values})):
        lines = native(frame).lines(Question(["c"], {"c": []}))
        assert set(lines.values["c"].dropna()) == {0.5, 0.75}


def test_declared_levels_without_rows_stay_declared():
    dictionary = pa.DictionaryArray.from_arrays([0, 0], ["a", "z"])
    for frame in (pl.DataFrame({"c": pl.Series(["a"], dtype=pl.Enum(["a", "z"]))}), pa.table({"c": dictionary})):
        assert native(frame).lines(Question(["c"])).values["c"].cat.categories.tolist() == ["a", "z"]


def test_columns_of_a_relation_that_differ_in_case_only_stay_apart():
    with duckdb.connect() as connection:
        table = native(connection.sql('SELECT 1 AS a, 2 AS "A", 3 AS a2'))
        assert [table.levels(name).tolist() for name in ("a", "A")] == [[1], [2]]


@pytest.mark.parametrize("name", sorted(set(FRAMES) - set(IN_ORDER)))
def test_rows_of_a_plan_are_in_no_order(name):
    frame = pd.DataFrame({"a": ["x", "y", "x"]})
    assert native(FRAMES[name](frame)).lines(Question(["a"], places=True)).first is None


@pytest.mark.parametrize("name", list(FRAMES))
def test_more_lines_than_are_wanted_are_told_by_one_more(name):
    table = native(FRAMES[name](pd.DataFrame({"a": range(100)})))
    assert len(table.lines(Question(["a"], most=100)).rows) == 100
    assert len(table.lines(Question(["a"], most=7)).rows) == 8


def test_an_interrupt_within_a_query_is_an_interrupt(monkeypatch):
    def interrupted(*_, **__):
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr("narwhals.LazyFrame.collect", interrupted)
    with pytest.raises(KeyboardInterrupt):
        native(pl.LazyFrame({"a": [1]})).rows()


def test_other_libraries_have_no_engine_here():
    assert native(pd.DataFrame({"a": [1]})) is None
    assert native("t.csv") is None
